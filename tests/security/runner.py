"""Try the cases of areas, whole or a sample, and keep what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import asdict, frozen

from tests.proof.areas import machine, read, spread, write
from tests.security.probe import Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.security.probe import Area, Case

RECORD = Path(__file__).with_name("record")
"""What the last whole run of each area found, a file for each."""


@frozen
class Outcome:
    """What came of an area.

    tried       cases, and the rounds of those that repeat
    failures    what did not hold: the case's name and how it failed
    unmeasured  why nothing was tried; None when something was
    figures     the worst of each thing measured
    machine     what it was tried on
    """

    tried: int = 0
    failures: Mapping[str, str] = {}
    unmeasured: str | None = None
    figures: Mapping[str, float] = {}
    machine: str = ""


async def run_area(area: Area, sample: int | None = None, told: Callable[[str], object] = lambda _: None) -> Outcome:
    """Try every case of an area, or `sample` of them; `told` hears of each case that fails."""
    if area.online and sample is not None:
        return Outcome(unmeasured="asks a server elsewhere, which whole runs do alone", machine=machine())
    if (reason := area.needs()) is not None:
        return Outcome(unmeasured=reason, machine=machine())
    cases = spread(area.load(), sample)
    if not cases:
        raise ValueError(f"the area {area.name} has no cases")
    failures: dict[str, str] = {}
    async with Stage(whole=sample is None) as stage:
        for case in cases:
            if (fault := await _try_one(area, case, stage)) is not None:
                failures[case.name] = fault
                told(f"{area.name}: {case.name}: {fault}")
        return Outcome(len(cases) + stage.tries, failures, None, stage.figures, machine())


async def _try_one(area: Area, case: Case, stage: Stage) -> str | None:
    try:
        return await area.try_(case, stage)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - a probe that breaks has shown nothing
        return f"the probe raised {type(error).__name__}: {error}"


def keep(name: str, outcome: Outcome) -> None:
    """Write what a whole run of an area found."""
    write(RECORD, name, asdict(outcome))


def kept() -> dict[str, Outcome]:
    """Read what the last whole runs found, by area."""
    return {name: Outcome(**row) for name, row in read(RECORD).items()}
