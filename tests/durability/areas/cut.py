"""Logs that end after any record, or in the middle of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.durability.corpus import SPELLS, keeps, spells
from tests.durability.cutting import Cutter
from tests.durability.probe import Area, Case

if TYPE_CHECKING:
    from tests.durability.corpus import Variant
    from tests.durability.probe import Tally


def load(variant: Variant) -> list[Case]:
    """Give the spells of the engine, but for those whose store would have to be that of the crash."""
    return [Case(spell.name) for spell in spells(variant) if not keeps(spell)]


async def cut(case: Case, variant: Variant, tally: Tally) -> None:
    """Run a spell to its end, then take it up from every beginning of its log; every second one is torn."""
    cutter = Cutter(tally.folder, SPELLS / case.name, variant)
    whole = await cutter.whole()
    for n in tally.some(range(1, len(whole.lines))):
        torn = n % 2 == 0
        tally.count(f"{case.name} after {n} records{', torn' * torn}", await cutter.cut(whole, n, torn=torn))


AREA = Area(
    "cut",
    title="Logs cut after every record",
    how="each spell runs to its end once; for every record its log is copied up to there, every second time with some "
    "bytes of the next record, and a new application takes the run up. Where an effect that may not be repeated had "
    "begun, the run must say so and do nothing; then it is told that it happened, and in another copy that it did not",
    load=load,
    try_=cut,
    sample=3,
    few=2,
)
