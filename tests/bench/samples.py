"""Rounds and their statistics: contestants take turns, so that a change of the machine's mood meets all of them."""

from __future__ import annotations

import gc
import statistics
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    Turn = Callable[[], Awaitable[float]]
    """One round of one contestant; returns what one unit of its work took."""

    Samples = dict[str, list[float]]
    """What each contestant took, round by round."""

ROUNDS = 7
MICRO = 1e6
MILLI = 1e3


@dataclass(frozen=True)
class Spread:
    """A median with its two extremes."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Summarise values, of which there must be some."""
        return cls(statistics.median(values), min(values), max(values))


def ratio(mine: Sequence[float], theirs: Sequence[float]) -> Spread:
    """Compare each round with the other's same round, which met the same mood of the machine."""
    return Spread.of([one / other for one, other in zip(mine, theirs, strict=True)])


async def contest(turns: Mapping[str, Turn], rounds: int = ROUNDS, *, warm: bool = True) -> Samples:
    """Let all take a turn per round; the first round warms up and is not counted, unless `warm` is off."""
    samples: Samples = {name: [] for name in turns}
    for number in range(rounds + warm):
        for name, turn in turns.items():
            gc.collect()
            taken = await turn()
            if number >= warm:
                samples[name].append(taken)
    return samples


def derived(samples: Samples, formula: Callable[[Mapping[str, float]], float]) -> list[float]:
    """Compute something from the contestants of each round."""
    length = len(next(iter(samples.values())))
    return [formula({name: values[at] for name, values in samples.items()}) for at in range(length)]


def repeated(
    work: Callable[[], Awaitable[object]],
    times: int,
    *,
    clock: Callable[[], float] = perf_counter,
    unit: float = MICRO,
    per: int = 1,
) -> Turn:
    """Make a turn that awaits `work` some times; one of it does `per` units of work."""

    async def turn() -> float:
        start = clock()
        for _ in range(times):
            await work()
        return (clock() - start) / times / per * unit

    return turn


def looped(work: Callable[[], object], times: int) -> Turn:
    """Make a turn that calls `work` some times, in microseconds each."""

    async def turn() -> float:
        start = perf_counter()
        for _ in range(times):
            work()
        return (perf_counter() - start) / times * MICRO

    return turn
