"""Verbs that plugins add to the command line: find the one that was asked for and run it in its plugin's name."""

from __future__ import annotations

import asyncio
import difflib
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from llmspell.cli.arguments import SETUP
from llmspell.cli.opening import load_config, loader, open_app
from llmspell.cli.table import COMMANDS
from llmspell.cli.verbs import pick
from llmspell.errors import LlmspellError, PluginError, UsageError
from llmspell.kernel.catalog import Catalog
from llmspell.kernel.catalog_errors import provider, unavailable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Awaitable, Callable, Sequence

    from llmspell.cli.console import Console
    from llmspell.spec import Application, Component

KIND = "commands"


def find(words: Sequence[str]) -> Component:
    """Find the verb `words[0]` among the plugins that may be loaded.

    Raises `UsageError` with the nearest verbs and the plugins that failed when there is none, `NameClashError` when two
    plugins have it.
    """
    word = words[0]
    if word.startswith("-"):
        message = f"{word} stands before the verb"
        raise UsageError(message, suggestions=[f"write it behind: llmspell VERB {word}", "see `llmspell --help`"])
    setup = _setup(words)
    plugins = loader(setup, load_config(setup), strict=bool(setup.strict_plugins), insist=True)
    catalog = Catalog(plugins)
    known = catalog.list("command")
    if any(word in (one.name, *one.aliases, one.qualified) for one in known):
        return catalog.get("command", word)
    other = pick(word, known)  # the singular or plural of one
    if other is not None:
        return catalog.get("command", other.name)
    near = difflib.get_close_matches(word, [one.name for one in (*COMMANDS, *known)], n=2)
    remedies = [f"did you mean `llmspell {name}`?" for name in near]
    remedies += [
        f"plugin {report.name} may have it and is {report.state}: {report.error}"
        for report in plugins.unavailable(KIND)
        if report.kinds is None or KIND in report.kinds
    ]
    message = f"there is no verb {word!r}"
    raise UsageError(message, suggestions=remedies or ["see `llmspell --help`"])


def run(command: Component, args: argparse.Namespace, console: Console) -> int:
    """Run a plugin's verb; what it raises beside our own errors is told as a fault of the plugin."""
    from importlib import import_module  # noqa: PLC0415 - as in `main`

    module, _, name = str(args.target).partition(":")
    try:
        function = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise unavailable(command, error) from error
    try:
        with redirect_stdout(console.out):  # the verb is what was asked for: what it prints is the result
            if not getattr(args, "app", False):
                return int(function(args, console) or 0)
            return asyncio.run(_with_app(function, args, console, command.plugin))
    except (LlmspellError, BrokenPipeError):
        raise
    except Exception as error:
        message = f"verb {command.name!r} of {provider(command)} failed: {type(error).__name__}: {error}"
        remedy = f"report it to the author of {command.dist or command.plugin}"
        raise PluginError(message, suggestions=[remedy], context={"plugin": command.plugin}) from error


async def _with_app(
    function: Callable[[argparse.Namespace, Console, Application], Awaitable[int | None]],
    args: argparse.Namespace,
    console: Console,
    plugin: str,
) -> int:
    """Open the application around a verb that asked for it."""
    from llmspell.cli import logs  # noqa: PLC0415 - only such a verb needs a whole application
    from llmspell.cli.plugin_app import CommandApplication  # noqa: PLC0415 - likewise

    async with open_app(args, console) as app:
        logs.start(app, console)
        return int(await function(args, console, CommandApplication(app, plugin)) or 0)


def _setup(words: Sequence[str]) -> argparse.Namespace:
    """Read the flags that say which plugins there are, before it is known which other flags the verb has."""
    from llmspell.cli.parser import Parser, add  # noqa: PLC0415 - argparse is imported by the first parser

    parser = Parser(add_help=False, allow_abbrev=False)
    for argument in SETUP:
        add(parser, argument)
    return parser.parse_known_args(words)[0]
