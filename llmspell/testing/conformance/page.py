"""The recorded cells of several engines as one table for the parity page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.testing.conformance.item import CHILD, HOLDS, INLINE, PLACES
from llmspell.testing.conformance.items import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from llmspell.testing.conformance.item import Item
    from llmspell.testing.conformance.record import Cells

TITLES = {INLINE: "inline", CHILD: "child"}
INTRODUCTION = """\
## What the engines show

Each line is one small spell in each language, run as `llmspell run` does, in the kernel's process (inline) and in a
child. The cells are what the tests found: a test fails when its cell differs from the record beside the spells, which
`make conformance` writes anew.

- *holds*: the spell did what the line says;
- *child only*: it cannot hold in the kernel's process, for the reason below the table;
- *lacks*: the engine does not show it, for the reason below;
- *n/a*: it is asked of other languages.
"""


def render(records: Mapping[str, Cells]) -> str:
    """Give the section as Markdown; `records` are cells by the engine's name as the page shows it.

    Raises `KeyError` for an item that a record does not have.
    """
    lines = [INTRODUCTION, *_summary(records), ""]
    for group, items in GROUPS.items():
        if items:
            lines += [f"### {group}", "", *_table(items, records), "", *_reasons(items, records)]
    return "\n".join(lines).rstrip() + "\n"


def _summary(records: Mapping[str, Cells]) -> Iterator[str]:
    yield "| engine | " + " | ".join(f"holds {TITLES[place]}" for place in PLACES) + " | of |"
    yield "| --- | ---: | ---: | ---: |"
    for name, cells in records.items():
        counts = [sum(cell[place] == HOLDS for cell in cells.values()) for place in PLACES]
        yield f"| {name} | {' | '.join(map(str, counts))} | {len(cells)} |"


def _table(items: Sequence[Item], records: Mapping[str, Cells]) -> Iterator[str]:
    columns = [f"{name} {TITLES[place]}" for name in records for place in PLACES]
    yield f"| | behaviour | {' | '.join(columns)} |"
    yield "| ---: | --- |" + " --- |" * len(columns)
    for item in items:
        states = [cells[str(item.number)][place] for cells in records.values() for place in PLACES]
        yield f"| {item.number} | {item.title} | {' | '.join(states)} |"


def _reasons(items: Sequence[Item], records: Mapping[str, Cells]) -> Iterator[str]:
    """Yield one line for each reason, with the engines that give it."""
    given: dict[tuple[int, str, str], list[str]] = {}
    for item in items:
        for name, cells in records.items():
            cell = cells[str(item.number)]
            states = dict.fromkeys(cell[place] for place in PLACES if cell[place] != HOLDS)
            for state in states:
                given.setdefault((item.number, state, cell.get("reason", "")), []).append(name)
    for (number, state, why), names in given.items():
        yield f"- {number}, *{state}* ({', '.join(names)}): {why}"
    if given:
        yield ""
