"""Open an application as the command line says: configuration, plugins, permissions."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from llmspell.cli.arguments import rules
from llmspell.errors import ConfigError
from llmspell.kernel.discovery import scan
from llmspell.kernel.loader import Loader
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.runtime.builtins import builtins
from llmspell.services.config import Config
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from llmspell.cli.console import Console
    from llmspell.cli.plugin_verdicts import Verdicts
    from llmspell.cli.rights_prompt import RightsPrompt
    from llmspell.kernel.loader import Trial
    from llmspell.model.event import Event
    from llmspell.services.config_sources import Faults
    from llmspell.services.permission_holding import Answer, Question


def load_config(args: argparse.Namespace, *, check: bool = True) -> Config:
    """Read the configuration; raises `ConfigError` with all faults of the kernel's sections unless `check` is off."""
    path, transcript = getattr(args, "config", None), getattr(args, "transcript", None)
    flags = {} if transcript is None else {"observability.transcript.file_path": transcript}
    return Config.load(path=Path(path) if path else None, flags=flags, check=check)


def read_config(args: argparse.Namespace) -> tuple[Config, Faults]:
    """Read the configuration as far as it can be read, and give what is wrong with its files beside."""
    path = getattr(args, "config", None)
    return Config.read(Path(path) if path else None)


def selection(args: argparse.Namespace, config: Config) -> PluginSelection:
    """Decide which plugins may be loaded."""
    section: object = config.get("plugins")
    found: Mapping[str, object] = section if isinstance(section, dict) else {}
    return PluginSelection.read(getattr(args, "plugins", None) or (), os.environ, found)


def verdicts() -> Verdicts:
    """Give what is remembered of trials of plugins."""
    from llmspell.cli.plugin_verdicts import Verdicts  # noqa: PLC0415 - paid by who loads plugins
    from llmspell.services.paths import AppPaths  # noqa: PLC0415 - likewise

    try:
        return Verdicts(AppPaths().cache)
    except ConfigError:
        return Verdicts(None)  # a user without a home


def trial(config: Config) -> Trial | None:
    """Give the trial that plugins pass before they are imported; None where `[plugins] trial` is off."""
    return None if config.get("plugins.trial") in (False, "false") else verdicts()


def loader(
    args: argparse.Namespace, config: Config, *, strict: bool = False, insist: bool = False, tried: bool = False
) -> Loader:
    """Make the loader of a command that needs no application; `tried` leaves the trial out."""
    return Loader(
        scan(),
        builtins=builtins(),
        selection=selection(args, config),
        strict=strict,
        insist=insist,
        trial=None if tried else trial(config),
    )


def grants(args: argparse.Namespace, config: Config) -> Grants:
    """Combine what is granted without asking, `[permissions]` of the config, and the flags.

    What a rule denies stays denied, also with `--allow-all`.
    """
    first = Grants.everything() if getattr(args, "allow_all", False) else Grants.default()
    return first.extended([*config.permission_rules(), *rules(args)], cwd=Path.cwd())


def open_app(args: argparse.Namespace, console: Console) -> App:
    """Make the application of one command, to be entered with `async with`; a plugin that fails is a warning."""
    config = load_config(args)
    app = App.open(
        config=config,
        grants=grants(args, config),
        selection=selection(args, config),
        strict=bool(getattr(args, "strict_plugins", False)),
        trial=trial(config),
    )
    app.events.subscribe("plugin_failed", lambda event: console.warn(_failed(event)))
    console.redact = app.services.secrets.redact
    app.services.ask = _password if sys.stdin.isatty() and console.err.isatty() else None
    return app


class AtTerminal:
    """Ask for rights at the terminal; who is asked nothing pays nothing. `read` gives a line of it, None at its end."""

    def __init__(self, console: Console, config: Config, read: Callable[[str], Awaitable[str | None]] | None) -> None:
        self._console = console
        self._config = config
        self._read = read

    async def one(self, question: Question) -> Answer:
        """Ask for one right."""
        return await self._prompt().one(question)

    async def many(self, name: str, rules: Sequence[str]) -> Answer:
        """Ask for all that the header of a spell asks for."""
        return await self._prompt().many(name, rules)

    def _prompt(self) -> RightsPrompt:
        from functools import partial  # noqa: PLC0415 - paid by who is asked

        from llmspell.cli.rights_prompt import RightsPrompt, typed  # noqa: PLC0415 - likewise

        return RightsPrompt(self._console, self._config, self._read or partial(typed, self._console))


def let_ask(
    app: App,
    args: argparse.Namespace,
    console: Console,
    read: Callable[[str], Awaitable[str | None]] | None = None,
) -> None:
    """Have an application ask for missing rights, if somebody is at a terminal who wants to be asked.

    `read` is for a prompt whose thread has the keyboard; else the terminal is read in the thread of the loop.
    """
    wanted = not getattr(args, "no_prompt", False) and app.config.get("permissions.prompt") is not False
    if wanted and os.name == "posix" and sys.stdin.isatty() and sys.stderr.isatty():
        app.asker = AtTerminal(console, app.config, read)


def _password(prompt: str) -> str:
    """Ask at the terminal, unseen."""
    from getpass import getpass  # noqa: PLC0415 - only who keeps secrets behind a password pays for it

    return getpass(prompt)


def _failed(event: Event) -> str:
    error = cast("Mapping[str, object]", event.data["error"])
    return f"{error['message']}; see `llmspell plugins doctor`"
