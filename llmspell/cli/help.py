"""`llmspell --help`, and the verbs that plugins add; nothing of a plugin is imported for either."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from llmspell import __version__
from llmspell.cli.table import COMMANDS
from llmspell.errors import UsageError
from llmspell.kernel.discovery import scan

if TYPE_CHECKING:
    from llmspell.spec import Component

_KIND = "commands"


def overview() -> str:
    """Give the text of `llmspell --help`."""
    width = max(len(command.name) for command in COMMANDS)
    lines = [
        f"llmspell {__version__}: run spells, scripts that drive LLM agents, tools and workflows.",
        "",
        "usage: llmspell VERB [ARGUMENT ...]",
        "",
        "verbs:",
        *(f"  {command.name.ljust(width)}  {command.summary}" for command in COMMANDS),
    ]
    added = sorted({ref.plugin for ref in scan() if ref.kind == _KIND and not ref.fault})
    if added:
        lines += ["", "verbs of plugins:", *(f"  {name}" for name in added)]
    return "\n".join([*lines, "", "`llmspell VERB --help` tells more; `llmspell --version` prints the version."])


def plugin_command(word: str) -> Component:
    """Find a verb that a plugin provides; raises `UsageError` with the nearest verbs when there is none."""
    refs = [ref for ref in scan() if ref.kind == _KIND and not ref.fault]
    if refs:
        from llmspell.kernel.catalog import Catalog  # noqa: PLC0415 - only verbs that are not ours need it
        from llmspell.kernel.loader import Loader  # noqa: PLC0415

        catalog = Catalog(Loader(refs))
        for command in catalog.list("command"):
            if word == command.name or word in command.aliases:
                return command
    near = difflib.get_close_matches(word, [c.name for c in COMMANDS], n=2)
    message = f"there is no verb {word!r}"
    raise UsageError(message, suggestions=[f"did you mean `llmspell {n}`?" for n in near] or ["see `llmspell --help`"])
