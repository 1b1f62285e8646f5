"""Writers of one process that go one after another, those that wait meanwhile together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from llmspell.runtime.store_list import listed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from llmspell.spec.storages import Operation

MOST: Final = 1000
MOST_BYTES: Final = 8 << 20
"""Operations and bytes beyond which no more writers go together."""


class Job:
    """What one writer wants; `done` once it was made or failed with `error`."""

    __slots__ = ("done", "error", "operations")

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations
        self.done = False
        self.error: Exception | None = None


class Turns:
    """Have jobs done by `work`, which is given several at once and sets `done` and `error` of each.

    Jobs that are done together change no key in common. Within `lock` none is under way.
    """

    def __init__(self, work: Callable[[list[Job]], Awaitable[None]]) -> None:
        self._work = work
        self._waiting: list[Job] = []
        self.lock = asyncio.Lock()

    async def ask(self, operations: Sequence[Operation]) -> None:
        """Do some operations, all or none; who is cancelled hears of it when they are no longer under way."""
        job = Job(operations)
        self._waiting.append(job)
        try:
            await self.lock.acquire()
        except asyncio.CancelledError:
            if job not in self._waiting and not job.done:
                await _through(self._settled())
            raise
        else:
            await self._lead(job)
        finally:
            if job in self._waiting:
                self._waiting.remove(job)
        if job.error is not None:
            raise job.error

    async def _settled(self) -> None:
        async with self.lock:
            pass

    async def _lead(self, job: Job) -> None:
        """Do what waits until one's own is done; who is cancelled meanwhile takes nobody along."""
        try:
            while not job.done:
                taken = self._taken()
                try:
                    await (self._work(taken) if taken == [job] else _through(self._work(taken)))
                finally:
                    self._waiting[:0] = [one for one in taken if not one.done and one is not job]
        finally:
            self.lock.release()

    def _taken(self) -> list[Job]:
        """Take those that waited longest, up to the first that changes what one of them changes."""
        if len(self._waiting) == 1:
            taken, self._waiting = self._waiting, []
            return taken
        keys: set[str] = set()
        size = 0
        for at, job in enumerate(self._waiting):
            own = {one.key for one in job.operations if listed(one.key)}
            size += sum(len(one.value) for one in job.operations)
            if at and (not keys.isdisjoint(own) or len(keys) + len(own) > MOST or size > MOST_BYTES):
                break
            keys |= own
        else:
            at = len(self._waiting)
        taken, self._waiting = self._waiting[:at], self._waiting[at:]
        return taken


async def _through(work: Awaitable[None]) -> None:
    """Wait until something is done, however often one is cancelled meanwhile, and then be cancelled."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            cancelled = True
    task.result()
    if cancelled:
        raise asyncio.CancelledError
