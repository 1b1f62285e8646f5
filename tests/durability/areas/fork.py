"""Forks from every place at which one may begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.runtime.journal.forking import boundaries
from tests.durability.areas.cut import load
from tests.durability.corpus import SPELLS
from tests.durability.cutting import Cutter
from tests.durability.probe import Area, Case

if TYPE_CHECKING:
    from tests.durability.corpus import Variant
    from tests.durability.probe import Tally


async def fork(case: Case, variant: Variant, tally: Tally) -> None:
    """Run a spell to its end, and begin others before every record at which that is sound."""
    cutter = Cutter(tally.folder, SPELLS / case.name, variant)
    whole = await cutter.whole()
    for n in tally.some(boundaries(whole.records).sound):
        tally.count(f"{case.name} forked before record {n}", await cutter.forked(whole, n))


AREA = Area(
    "fork",
    title="Forks from every record that allows one",
    how="each spell runs to its end once; before every record at which that is sound a fork begins. It must come to "
    "the same end, and do again exactly what lies behind its beginning",
    load=load,
    try_=fork,
    sample=2,
    few=2,
)
