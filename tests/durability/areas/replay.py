"""Recordings from which everything outside of a spell is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.durability.corpus import SPELLS, spells
from tests.durability.probe import Area, Case
from tests.durability.world import World

if TYPE_CHECKING:
    from tests.durability.corpus import Variant
    from tests.durability.probe import Tally


def load(variant: Variant) -> list[Case]:
    """Give the spells of the engine."""
    return [Case(spell.name) for spell in spells(variant)]


async def replay(case: Case, variant: Variant, tally: Tally) -> None:
    """Record a spell, and replay it: it must end the same way, and nothing may happen."""
    recorded = World(tally.folder / "first", SPELLS / case.name, variant)
    log = tally.folder / "recording.jsonl"
    whole = await recorded.begin(log)
    before = log.read_bytes()
    elsewhere = World(tally.folder / "second", SPELLS / case.name, variant)
    life = await elsewhere.replay(log)
    faults = [] if life.value == whole.value else [f"it gives {life.value!r} instead of {whole.value!r}"]
    faults += [f"it did {dict(life.done)}"] if life.done else []
    faults += ["it wrote into the recording"] if log.read_bytes() != before else []
    faults += ["it kept something"] if elsewhere.data.exists() and any(elsewhere.data.rglob("*.jsonl")) else []
    tally.count(case.name, faults)


AREA = Area(
    "replay",
    title="Replays of recordings",
    how="each spell is recorded once and replayed by an application that knows nothing else: it must end in the same "
    "way, while no tool does anything, no model is asked, and nothing is written",
    load=load,
    try_=replay,
    sample=2,
)
