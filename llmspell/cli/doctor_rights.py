"""What `llmspell doctor` says of rights and keys that the configuration gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.cli.doctor_installed import BROKEN, NOTE, OK, Finding
from llmspell.errors import LlmspellError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.runtime.app import App
    from llmspell.services.config import Config

RUN = "process.exec="


def programs(app: App, config: Config) -> Iterator[Finding]:
    """Name the programs that `[permissions]` grants and nobody describes, and grammars that cannot be read."""
    try:
        rules = config.permission_rules()
    except LlmspellError:  # told among the faults of the configuration
        return
    group = "rights"
    wrong = faulty_grammars(app)
    for name, error in wrong.items():
        yield Finding(group, name, BROKEN, error.message, "; or ".join(error.suggestions))
    for name in dict.fromkeys(rule.removeprefix(RUN).split(" ")[0] for rule in rules if rule.startswith(RUN)):
        if "*" in name or "?" in name or name in wrong:
            continue
        try:
            free = app.services.processes.grammar(name).free
        except LlmspellError as error:
            yield Finding(group, name, BROKEN, error.message, "; or ".join(error.suggestions))
            continue
        if free:
            about = f"[permissions] grants {name} with whatever arguments: nothing says which are harmless"
            yield Finding(group, name, NOTE, about, f"bring a grammar, {name}.toml, in [processes] grammars")


def faulty_grammars(app: App) -> dict[str, LlmspellError]:
    """Give what is wrong with the grammars that `[processes]` names, by program."""
    wrong: dict[str, LlmspellError] = {}
    for path in app.config.section("processes").grammars:
        try:
            app.services.processes.grammar(path.stem)
        except LlmspellError as error:
            wrong[path.stem] = error
    return wrong


def keys(app: App) -> Iterator[Finding]:
    """Tell where every secret comes from; no store is opened for it."""
    try:
        found, stores = app.services.secrets.sources(), app.services.secrets.stores
        faults = () if stores is None else stores.faults
    except LlmspellError as error:
        found, faults = [], (error,)
    for fault in faults:
        yield Finding("keys", "stores", BROKEN, fault.message, "; or ".join(fault.suggestions))
    for one in found:
        hosts = f", for {', '.join(one.hosts)} only" if one.hosts else ""
        yield Finding("keys", one.name, OK, f"from the {one.place}{hosts}")
