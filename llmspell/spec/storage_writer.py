"""Group commit: one thread that puts everything which waits into one transaction and answers after its commit.

A store's own writer says how jobs are committed; what waits, who is told and what happens when a caller gives up is
here.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar

from llmspell.errors import StorageError
from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

T = TypeVar("T")

MOST = 1000
"""Jobs after which a commit takes no more; those behind them wait for the next, lest the first are kept waiting."""

PUT, WORK, ALONE = range(3)

Job = tuple[int, Any, "Sequence[bytes] | None", "asyncio.Future[Any]"]
"""One write: its kind, what to do, which keys it changes (None when nobody knows), and who waits for it.

A `PUT` is a list of pairs. `WORK` is a function that leaves nothing behind when it fails. Both may be done twice, when
the first transaction they were in could not be committed. `ALONE` is work outside of every group and transaction. Plain
tuples: there is one for each write.
"""

Outcome = tuple["asyncio.Future[Any]", object, "Exception | None"]
"""How a job ended: who waits, the result, the error."""


class Writer:
    """Write to a store, alone.

    While one transaction is being committed, new jobs gather; they become the next transaction. What the tasks of a
    loop ask for in one of its turns is handed over at once: the thread would otherwise commit the first alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.commits = 0
        self.last: Exception = StorageError("nothing failed yet")
        self._jobs: SimpleQueue[list[Job] | None] = SimpleQueue()
        self._asked: dict[asyncio.AbstractEventLoop, list[Job]] = {}
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="llmspell-storage", daemon=True)
        self._thread.start()

    def commit(self, jobs: list[Job]) -> list[Outcome] | None:
        """Do jobs in one transaction; None when it could not be committed, and `last` says why."""
        raise NotImplementedError

    def alone(self, job: Job) -> Outcome:
        """Do a job outside of every transaction."""
        raise NotImplementedError

    async def put(self, pairs: list[tuple[bytes, bytes]]) -> None:
        """Write pairs, all or none; done once they are committed.

        A cancelled caller's write is made or not when the cancellation arrives, but never under way any more.
        """
        try:
            await self.ask(pairs)
        except asyncio.CancelledError:
            await self.settle()
            raise

    def ask(self, pairs: list[tuple[bytes, bytes]]) -> asyncio.Future[Any]:
        """Begin what `put` does, with a coroutine less; whoever is cancelled in awaiting it has to await `settle`."""
        return self._submit(PUT, pairs)

    async def do(self, work: Callable[[Any], T], *, keys: Sequence[bytes] | None = None, alone: bool = False) -> T:
        """Run work that changes some keys (None: any) in the writer's thread; gives its result once it is committed.

        Cancelled as `put` is.
        """
        future = self._submit(ALONE if alone else WORK, work, keys)
        try:
            result: T = await future
        except asyncio.CancelledError:
            await self.settle()
            raise
        return result

    def _submit(self, kind: int, what: Any, keys: Sequence[bytes] | None = None) -> asyncio.Future[Any]:
        if self._closed:
            raise StorageError(f"the store {self.path} is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        asked = self._asked.get(loop)
        if asked is None:
            asked = self._asked[loop] = []
            loop.call_soon(self._hand_over, loop)
        asked.append((kind, what, keys, future))
        return future

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        asked = self._asked.pop(loop, [])
        for start in range(0, len(asked), MOST):
            self._jobs.put(asked[start : start + MOST])

    async def settle(self) -> None:
        """Wait until everything that was submitted has been answered or passed over, however often one is cancelled."""
        if self._closed:  # then closing waits for the rest
            return
        barrier = self._submit(PUT, [])
        while not barrier.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({barrier})

    async def aclose(self) -> None:
        """Finish what waits and end the thread; what it writes to is its owner's to close."""
        if not self._closed:
            self._closed = True
            for loop in list(self._asked):
                self._hand_over(loop)
            self._jobs.put(None)
        await in_thread(self._thread.join)

    # -- in the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        last = False
        while not last:
            jobs, last = self._gather()
            while jobs:
                jobs = self._serve(jobs)

    def _gather(self) -> tuple[list[Job], bool]:
        """Wait for jobs and take those that are there, with whether they are the last that ever come."""
        jobs: list[Job] = []
        while True:
            more = self._jobs.get()
            if more is None:
                return jobs, True
            jobs += more
            if len(jobs) >= MOST or not self._jobs.qsize():
                return jobs, False

    def _serve(self, jobs: list[Job]) -> list[Job]:
        """Do the jobs up to the next one that stands alone, and give those that are left."""
        kinds = [kind for kind, _, _, _ in jobs]
        size = kinds.index(ALONE) if ALONE in kinds else len(jobs)
        if not size:
            self._answer([self.alone(jobs[0])])
            return jobs[1:]
        live = [job for job in jobs[:size] if not job[3].cancelled()]
        outcomes = self.commit(live)
        if outcomes is None:  # nothing was kept: the fault of one must not be the failure of all
            for job in live:
                self._answer(self.commit([job]) or [(job[3], None, self.last)])
        else:
            self._answer(outcomes)
        return jobs[size:]

    def _answer(self, outcomes: list[Outcome]) -> None:
        """Wake all callers of a loop at once."""
        while outcomes:
            loop = outcomes[0][0].get_loop()
            told = [outcome for outcome in outcomes if outcome[0].get_loop() is loop]
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_tell, told)
            if len(told) == len(outcomes):
                return
            outcomes = [outcome for outcome in outcomes if outcome[0].get_loop() is not loop]


def _tell(outcomes: list[Outcome]) -> None:
    for future, result, error in outcomes:
        if not future.done():
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
