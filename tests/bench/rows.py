"""Rows: a budget together with what was measured. Table, page and JSON are made of nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.budget import BEST_PEER, OURS
from tests.bench.samples import Spread, ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.bench.budget import Budget
    from tests.bench.samples import Samples

NOISE = 1.2
"""A difference below this says nothing."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the page; `floor`, `peer` and `ratio` are None where there is nobody to compare with."""

    what: str
    goal: str
    unit: str
    measured: Spread
    floor: tuple[str, Spread] | None
    peer: tuple[str, Spread] | None
    ratio: Spread | None
    verdict: str
    cause: str


def row_of(budget: Budget, samples: Samples) -> Row:
    """Judge a budget by the samples of its contest; raises `KeyError` when the bench left ourselves out."""
    mine = samples[OURS]
    present = [name for name in budget.peers if name in samples]
    best = min(present, key=lambda name: Spread.of(samples[name]).median, default=None)
    rival = best if budget.over == BEST_PEER else budget.over
    compared = ratio(mine, samples[rival]) if rival in samples else None
    measured = Spread.of(mine)
    verdict = _verdict(budget, measured, compared)
    return Row(
        what=budget.what,
        goal=_goal(budget),
        unit=budget.unit,
        measured=measured,
        floor=(budget.floor, Spread.of(samples[budget.floor])) if budget.floor in samples else None,
        peer=(best, Spread.of(samples[best])) if best else None,
        ratio=compared,
        verdict=verdict,
        cause=budget.cause if verdict.startswith("missed") else "",
    )


def rows_of(budgets: tuple[Budget, ...], contests: Mapping[str, Samples]) -> list[Row]:
    """Judge all budgets; a contest nobody held is an error, never an empty line."""
    if missing := sorted({budget.contest for budget in budgets} - set(contests)):
        message = f"not measured: {', '.join(missing)}"
        raise LookupError(message)
    return [row_of(budget, contests[budget.contest]) for budget in budgets]


def _goal(budget: Budget) -> str:
    if budget.goal is None:
        return ""
    goal = f"{budget.goal:g} {budget.unit}" if budget.over is None else f"{budget.goal:g}x {budget.over}"
    return f"{goal} *" if budget.chosen else goal


def _verdict(budget: Budget, measured: Spread, compared: Spread | None) -> str:
    """Say `met`, `missed` (with a note when the difference says nothing), or why there is no verdict."""
    if budget.goal is None:
        return "shown"
    if budget.over is not None and compared is None:
        return "no peer"
    value = measured.median if budget.over is None or compared is None else compared.median
    if value <= budget.goal:
        return "met"
    return "missed" if value > budget.goal * NOISE else "missed, within noise"
