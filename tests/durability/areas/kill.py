"""Processes that are killed after any record."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from llmspell.runtime.journal.reading import read
from tests.durability.corpus import SPELLS, draws, spells
from tests.durability.killing import Graveyard, Kill, compare
from tests.durability.probe import Area, Case

if TYPE_CHECKING:
    from tests.durability.corpus import Variant
    from tests.durability.probe import Tally

EVERY = ("sequence", "parallel", "race", "cancelled", "nested_tool", "callbacks", "events", "state_counts")
"""Spells whose processes are killed after every record; others in some places."""

SOME = 3


def load(variant: Variant) -> list[Case]:
    """Give the spells of the engine, but for those of which no two runs are alike."""
    return [Case(spell.name, {"every": spell.stem in EVERY}) for spell in spells(variant) if not draws(spell)]


async def kill(case: Case, variant: Variant, tally: Tally) -> None:
    """Run a spell to its end, then kill others after some record, and every second one once more on its way."""
    spell = SPELLS / case.name
    dice = random.Random(case.name)
    async with Graveyard(tally.folder, variant) as graves:
        whole = await graves.live(spell)
        records = len(list(read(whole.log)))
        places = range(1, records)
        if not case.data["every"]:
            places = range(dice.randrange(1, max(2, records // SOME)), records, max(1, records // SOME))
        for n in tally.some(places):
            again = (n + dice.randrange(2, 9),) if n % 2 else ()
            name = f"{case.name} killed after {' and '.join(map(str, (n, *again)))} records"
            try:
                one = await graves.live(spell, *map(Kill, (n, *again)), sync="sync" if n % 3 else "async")
            except Exception as error:  # noqa: BLE001 - whatever it is, the run is lost
                tally.count(name, [f"{type(error).__name__}: {error}"])
            else:
                tally.count(name, compare(spell, whole, one))


AREA = Area(
    "kill",
    title="Processes killed after a record",
    how="`llmspell run --durable` runs each spell in a real process, which gets SIGKILL when its log has so many "
    "records: for some spells after every one, for the others in a few places. `llmspell runs resume` goes on; every "
    "second time it is killed, too. Where it asks what became of an effect it is told what the ledger says",
    load=load,
    try_=kill,
    sample=1,
    few=1,
)
