"""`llmspell --help`, with the verbs that plugins add; nothing of a plugin is imported for it."""

from __future__ import annotations

import os

from llmspell import __version__
from llmspell.cli.table import COMMANDS
from llmspell.kernel.discovery import scan
from llmspell.kernel.selection import PluginSelection

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
    chosen = PluginSelection.read((), os.environ)
    refs = (ref for ref in scan() if ref.kind == _KIND and not ref.fault)
    added = sorted({ref.plugin for ref in refs if chosen.reason(ref.plugin, ref.dist) is None})
    if added:
        lines += ["", "verbs of plugins:", *(f"  {name}" for name in added)]
    return "\n".join([*lines, "", "`llmspell VERB --help` tells more; `llmspell --version` prints the version."])
