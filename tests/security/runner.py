"""Try the cases of areas, whole or a sample, and keep what came of it."""

from __future__ import annotations

import asyncio
import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, frozen

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


def machine() -> str:
    """Describe the machine without naming it, and the versions of the engines."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    engines = ", ".join(f"{name} {version(name)}" for name in ("lupa", "mini-racer"))
    system = f"{platform.system()} {platform.release().partition('-')[0]}, {platform.machine()}"
    return f"{system}, {os.cpu_count()} cores, {python}, {engines}"


async def run_area(area: Area, sample: int | None = None, told: Callable[[str], object] = lambda _: None) -> Outcome:
    """Try every case of an area, or `sample` of them; `told` hears of each case that fails."""
    if area.online and sample is not None:
        return Outcome(unmeasured="asks a server elsewhere, which whole runs do alone", machine=machine())
    if (reason := area.needs()) is not None:
        return Outcome(unmeasured=reason, machine=machine())
    cases = area.load() if sample is None else area.sampled(sample)
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
    RECORD.mkdir(exist_ok=True)
    text = json.dumps(asdict(outcome), indent=1, sort_keys=True, ensure_ascii=False)
    (RECORD / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def kept() -> dict[str, Outcome]:
    """Read what the last whole runs found, by area."""
    files = sorted(RECORD.glob("*.json"))
    read: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}
    return {name: Outcome(**row) for name, row in read.items()}
