"""Processes that are killed at random moments."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from tests.durability.corpus import SPELLS, VARIANTS, draws, spells
from tests.durability.killing import Graveyard, Kill, compare
from tests.durability.probe import Area, Case

if TYPE_CHECKING:
    from pathlib import Path

    from tests.durability.corpus import Variant
    from tests.durability.killing import Ended
    from tests.durability.probe import Tally

SEED = 1
KILLS = 2
"""How often each spell is killed."""

WAYS = (("sync", False), ("async", True), ("sync", True), ("async", False))
"""Modes of the log, and whether the one that goes on is killed, too; each spell begins with another one."""

SIDE_BY_SIDE = 2
"""How many runs are under way at once: it also moves them against each other."""

SHORTER = 0.8
TRIES = 12
"""A kill that came too late is drawn again, from a shorter time: so often."""


def load(variant: Variant) -> list[Case]:
    """Give all spells of the engine as one case: starting what starts the processes takes longer than a kill."""
    names = [spell.name for spell in spells(variant) if not draws(spell)]
    return [Case(f"seed {SEED}", {"spells": names})]


async def kill(case: Case, variant: Variant, tally: Tally) -> None:
    """Run each spell to its end, then kill others after times drawn over as long as that took."""
    left = list(tally.some(case.data["spells"]))[::-1]

    async def work(number: int) -> None:
        async with Graveyard(tally.folder / str(number), variant) as graves:
            while left:
                await _killed(graves, SPELLS / left.pop(), tally)

    async with asyncio.TaskGroup() as group:
        for number in range(min(SIDE_BY_SIDE, len(left))):
            group.create_task(work(number))


async def _killed(graves: Graveyard, spell: Path, tally: Tally) -> None:
    dice = random.Random(f"{SEED} {spell.name}")
    whole = await graves.live(spell)
    begin = dice.randrange(len(WAYS))
    for number in tally.some(range(KILLS)):
        sync, twice = WAYS[(begin + number) % len(WAYS)]
        name = f"{spell.name}, {sync}, kill {number + 1} of seed {SEED}"
        try:
            kills, one = await _one(graves, spell, whole, dice, twice=twice, sync=sync)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run is lost
            tally.count(name, [f"{type(error).__name__}: {error}"])
        else:
            tally.count(f"{name}: killed after {' and '.join(map(str, kills))}", compare(spell, whole, one))


async def _one(
    graves: Graveyard, spell: Path, whole: Ended, dice: random.Random, *, twice: bool, sync: str
) -> tuple[list[Kill], Ended]:
    """Kill one run; every fourth kill may come before the first record, when nothing is there to be lost."""
    begin = 0.0 if dice.random() < 0.25 else min(whole.first, whole.seconds)
    end = whole.seconds
    for _ in range(TRIES):
        kills = [Kill(seconds=dice.uniform(begin, end)) for _ in range(1 + twice)]
        one = await graves.live(spell, *kills, sync=sync)
        if one.killed:
            return kills, one
        begin, end = begin * SHORTER, end * SHORTER
    raise AssertionError(f"it was not killed within {TRIES} tries")


AREA = Area(
    "kill_random",
    title="Processes killed at random moments",
    how="`llmspell run --durable` runs each spell in a real process, which gets SIGKILL after a time that is drawn "
    "over as long as a whole run took, with `--sync sync` and with `--sync async`; every second time the one that "
    "goes on is killed at random, too. What failed names its times",
    load=load,
    try_=kill,
    sample=1,
    few=1,
    fast=(VARIANTS[0], *VARIANTS[3:]),
)
