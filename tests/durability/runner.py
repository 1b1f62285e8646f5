"""Try the cases of areas, whole or a sample, and keep what came of it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import asdict, evolve, frozen

from tests.durability.probe import Tally
from tests.proof.areas import machine, read, spread, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.durability.corpus import Variant
    from tests.durability.probe import Area, Case

RECORD = Path(__file__).with_name("record")
"""What the last whole run of each area found, a file for each."""


@frozen
class Outcome:
    """What came of an area with one engine.

    cases       how many tries there were in each program or situation
    failures    what did not hold: where, and how it failed
    untried     cases that cannot be tried on this machine, and why
    unmeasured  why nothing was tried; None when something was
    machine     what it was tried on
    """

    cases: Mapping[str, int] = {}
    failures: Mapping[str, str] = {}
    untried: Mapping[str, str] = {}
    unmeasured: str | None = None
    machine: str = ""

    @property
    def tried(self) -> int:
        """Give how many tries there were in all."""
        return sum(self.cases.values())

    def renewed(self, by: Outcome) -> Outcome:
        """Give this with what came of some cases that were tried anew."""
        left = {place: fault for place, fault in self.failures.items() if not place.startswith(tuple(by.cases))}
        untried = {case: why for case, why in self.untried.items() if case not in by.cases}
        cases = {**self.cases, **by.cases}
        return evolve(by, cases=cases, failures={**left, **by.failures}, untried={**untried, **by.untried})


async def run_area(
    area: Area,
    variant: Variant,
    sample: int | None = None,
    told: Callable[[str], object] = lambda _: None,
    only: str = "*",
) -> Outcome:
    """Try every case of an area with one engine, or `sample` of them; `told` hears of each failure.

    only   a pattern of the names of cases
    """
    if (reason := area.needs()) is not None:
        return Outcome(unmeasured=reason, machine=machine())
    cases = area.load(variant)
    if not cases:
        raise ValueError(f"the area {area.name} has no cases for {variant.name}")
    cases = spread([one for one in cases if fnmatchcase(one.name, only)], sample)
    tried: dict[str, int] = {}
    untried: dict[str, str] = {}
    failures: dict[str, str] = {}
    for case in cases:
        with tempfile.TemporaryDirectory(prefix="llmspell-durable-") as folder:
            tally = Tally(Path(folder).resolve(), few=None if sample is None else area.few)
            await _try_one(area, case, variant, tally)
        tried[case.name] = tally.tried
        if tally.untried is not None:
            untried[case.name] = tally.untried
        for place, fault in tally.failures.items():
            failures[place] = fault
            told(f"{area.name}, {variant.name}: {place}: {fault}")
    return Outcome(tried, failures, untried, None, machine())


async def _try_one(area: Area, case: Case, variant: Variant, tally: Tally) -> None:
    try:
        await area.try_(case, variant, tally)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - a probe that breaks has shown nothing
        tally.count(case.name, [f"the probe raised {type(error).__name__}: {error}"])


def keep(name: str, outcomes: Mapping[str, Outcome], *, part: bool = False) -> None:
    """Write what a run of an area found, by engine; what was found with other engines stays.

    part   some cases were tried: what was found of the others stays, too
    """
    before = kept().get(name, {})
    if part:
        outcomes = {one: before.get(one, Outcome()).renewed(found) for one, found in outcomes.items()}
    write(RECORD, name, {variant: asdict(outcome) for variant, outcome in {**before, **outcomes}.items()})


def kept() -> dict[str, dict[str, Outcome]]:
    """Read what the last whole runs found, by area and engine."""
    return {name: {variant: Outcome(**row) for variant, row in found.items()} for name, found in read(RECORD).items()}
