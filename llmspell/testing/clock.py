"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
import heapq
from itertools import count


class ManualClock:
    """Tell a time of the test's choosing; `advance` wakes who slept long enough."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._start = start
        self._elapsed = 0.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._fell_asleep = asyncio.Event()

    def now(self) -> float:
        """Give seconds since the epoch."""
        return self._start + self._elapsed

    def monotonic(self) -> float:
        """Give the seconds advanced so far."""
        return self._elapsed

    @property
    def sleepers(self) -> int:
        """Count who is asleep."""
        return sum(not future.done() for _, _, future in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        """Wait until `advance` has passed this many seconds; zero or less only lets others run."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), future))
        self._fell_asleep.set()
        await future

    async def until(self, sleepers: int) -> None:
        """Wait until so many are asleep at once."""
        while self.sleepers < sleepers:
            self._fell_asleep.clear()
            await self._fell_asleep.wait()

    async def wake(self) -> None:
        """Move on to the time of whoever wakes next, and wake all of that time; raises `LookupError` when all are."""
        due = min((due for due, _, future in self._sleepers if not future.done()), default=None)
        if due is None:
            message = "nobody is asleep"
            raise LookupError(message)
        await self.advance(due - self._elapsed)

    async def advance(self, seconds: float) -> None:
        """Move on, waking sleepers one after another at their own time, so that they see it and may sleep again."""
        end = self._elapsed + seconds
        await _let_others_run()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            self._elapsed = max(self._elapsed, due)
            if not future.done():
                future.set_result(None)
                await _let_others_run()
        self._elapsed = end


async def _let_others_run() -> None:
    # A woken task may itself wake others before anybody sleeps again; a few turns of the loop cover such chains.
    for _ in range(10):
        await asyncio.sleep(0)
