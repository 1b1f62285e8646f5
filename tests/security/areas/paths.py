"""Paths that lead out of a grant: every verb of the file port is tried on each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.security.house import House, verbs_of
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from tests.security.probe import Stage


async def try_verbs(case: Case, stage: Stage) -> str | None:
    """Try every verb of a case, each in a folder of its own."""
    verbs = verbs_of(case.data)
    stage.tries += len(verbs) - 1
    faults = []
    for verb in verbs:
        fault = await House(stage.fresh(), case.data).attempt(verb)
        if fault is not None:
            faults.append(f"{verb}: {fault}")
    return "; ".join(faults) or None


def load() -> list[Case]:
    """Give the cases."""
    return cases_of("paths.toml")


AREA = Area(
    "paths",
    promise="F1",
    title="Paths that lead out of a grant",
    how="every verb of the file port is tried on each path in a fresh folder beside one with secrets; it must "
    "end with the error that is expected, show no secret and change nothing outside",
    load=load,
    try_=try_verbs,
    sample=40,
)
