"""Programs: which arguments a program may be given, described as data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Mapping

    Grammar = Mapping[str, object]
    """What a TOML file of a grammar holds; `docs/how-to/allow-programs.md` has its keys."""


def program(command: str, target: str, summary: str, **more: Any) -> Component:
    """Describe the grammar of one program's arguments.

    `command` is the program's bare name (`git`), `target` a mapping in the form of a grammar file. A program with a
    grammar may be given what the grammar knows and nothing else, whoever grants it.
    """
    name = re.sub(r"[^a-z0-9]+", "_", command.lower()).strip("_")
    return Component("program", name, target, summary, category="program", extra={"command": command}, **more)


@hookspec
def llmspell_programs() -> list[Component]:
    """Return the grammars of this plugin, made with `program()`. Called once, when a program is first started."""
    return []
