"""`llmspell --help` and `llmspell help`, with the verbs that plugins add; nothing of a plugin is imported for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

from llmspell import __version__
from llmspell.cli.table import COMMANDS
from llmspell.kernel.discovery import scan
from llmspell.kernel.selection import PluginSelection

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from llmspell.cli.console import Console
    from llmspell.spec import Component
    from llmspell.spec.arguments import Argument

_KIND = "commands"


def run(args: argparse.Namespace, console: Console) -> int:
    """Print the overview, or the help of the verb that is named; raises `UsageError` for a verb nobody has."""
    if not args.words:
        console.data(as_data()) if console.as_json else console.print(overview())
        return 0
    from llmspell.cli.verbs import descend, find  # noqa: PLC0415 - `--help` needs neither

    setup = [word for name in args.plugins or () for word in ("-p", name)]
    command = find([args.words[0], *setup, *(("--config", args.config) if args.config else ())])
    found, name = descend(command, args.words[1:])
    if console.as_json:
        console.data(describe(found, name))
        return 0
    from llmspell.cli.parser import parser_of  # noqa: PLC0415 - argparse

    console.print(parser_of(found, "llmspell", name=name, plugin=command.plugin).format_help().rstrip())
    return 0


def overview() -> str:
    """Give the text of `llmspell --help`."""
    from shutil import get_terminal_size  # noqa: PLC0415 - the overview alone needs to know

    room = get_terminal_size().columns
    width = max(len(command.name) for command in COMMANDS)
    lines = [
        f"llmspell {__version__}: run spells, scripts that drive LLM agents, tools and workflows.",
        "",
        "usage: llmspell VERB [ARGUMENT ...]",
        "",
        "verbs:",
        *(f"  {command.name.ljust(width)}  {command.summary}" for command in COMMANDS),
    ]
    added = _added()
    if added:
        lines += ["", "verbs of plugins:", *(f"  {name}" for name in added)]
    lines += ["", "`llmspell help VERB` tells more; `llmspell --version` prints the version."]
    return "\n".join(folded for line in lines for folded in _fold(line, room, width + 4))


def as_data() -> dict[str, object]:
    """Give what `llmspell --help` says as JSON data."""
    return {
        "version": __version__,
        "verbs": [{"name": command.name, "summary": command.summary} for command in COMMANDS],
        "plugin_verbs": _added(),
    }


def describe(command: Component, name: str) -> dict[str, Any]:
    """Give one verb, its arguments and the verbs below it as JSON data."""
    extra = command.extra
    return {
        "name": name,
        "summary": command.summary,
        "aliases": list(command.aliases),
        "arguments": [one._asdict() for one in cast("Sequence[Argument]", extra.get("arguments", ()))],
        "examples": list(cast("Sequence[str]", extra.get("examples", ()))),
        "verbs": [describe(one, f"{name} {one.name}") for one in cast("Sequence[Component]", extra.get("verbs", ()))],
    }


def _added() -> list[str]:
    chosen = PluginSelection.read((), os.environ)
    refs = (ref for ref in scan() if ref.kind == _KIND and not ref.fault)
    return sorted({ref.plugin for ref in refs if chosen.reason(ref.plugin, ref.dist) is None})


def _fold(line: str, room: int, indent: int) -> list[str]:
    """Break a line at the terminal's edge; what follows stands under the second column."""
    if len(line) <= room:
        return [line]
    from textwrap import wrap  # noqa: PLC0415 - most terminals are wide enough

    below = " " * min(indent, room // 2) if line.startswith("  ") else ""
    return wrap(line, max(room, 20), subsequent_indent=below, drop_whitespace=True)
