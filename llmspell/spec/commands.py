"""Commands: verbs of the command line, which a plugin describes with `command()` of `llmspell.spec.arguments`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from llmspell.spec.descriptor import Component


@hookspec
def llmspell_commands() -> list[Component]:
    """Return the command line verbs of this plugin, made with `command()`. Called once, when its verb is asked for."""
    return []
