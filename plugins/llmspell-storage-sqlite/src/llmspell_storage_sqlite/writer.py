"""The writer: one thread that puts everything which waits into one transaction and answers after its commit."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar, cast

from llmspell.errors import StorageError
from llmspell_storage_sqlite.failures import failure
from llmspell_storage_sqlite.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")

MOST = 1000
"""Jobs of one commit; those behind them wait for the next, so that the first are not kept waiting."""

Job = tuple["Callable[[sqlite3.Connection], Any]", "asyncio.Future[Any]", bool]
"""One write: what to do, who waits for it, and whether it stands alone, outside of every group and transaction.

Work that fails must leave nothing behind: it is one statement, or several in a savepoint. It may run twice, when the
first transaction it was in could not be committed. Plain tuples: there is one for each write.
"""

Outcome = tuple["asyncio.Future[Any]", object, "Exception | None"]
"""How a job ended: who waits, the result, the error."""


class Writer:
    """Use the connection that writes, alone.

    While one transaction is being committed, new jobs gather; they become the next transaction.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._closed = False
        self._last: Exception = StorageError("nothing failed yet")
        self.commits = 0
        self._thread = threading.Thread(target=self._run, name="llmspell-storage", daemon=True)
        self._thread.start()

    async def do(self, work: Callable[[sqlite3.Connection], T], *, alone: bool = False) -> T:
        """Run work in the writer's thread and give its result once it is committed.

        A cancelled caller's work is done or not when the cancellation arrives, but never under way any more.
        """
        future = self._submit(work, alone=alone)
        try:
            return cast("T", await future)
        except asyncio.CancelledError:
            await self._settle()
            raise

    def _submit(self, work: Callable[[sqlite3.Connection], Any], *, alone: bool = False) -> asyncio.Future[Any]:
        if self._closed:
            raise StorageError(f"the store {self._path} is closed")
        future = asyncio.get_running_loop().create_future()
        self._jobs.put((work, future, alone))
        return future

    async def _settle(self) -> None:
        """Wait until everything that was submitted has been answered or passed over, however often one is cancelled."""
        if self._closed:  # then closing waits for the rest
            return
        barrier = self._submit(lambda _: None)
        while not barrier.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({barrier})

    async def aclose(self) -> None:
        """Finish what waits and end the thread; the connection is its owner's to close."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
        await in_thread(self._thread.join)

    # -- in the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        going = True
        while going:
            jobs = self._gather()
            going = jobs[-1] is not None
            waiting = [job for job in jobs if job is not None]
            while waiting:
                waiting = self._serve(waiting)

    def _gather(self) -> list[Job | None]:
        """Wait for a job and take all that are there; None, the last that ever comes, closes."""
        jobs = [self._jobs.get()]
        while len(jobs) < MOST and jobs[-1] is not None:
            try:
                jobs.append(self._jobs.get_nowait())
            except Empty:
                break
        return jobs

    def _serve(self, jobs: list[Job]) -> list[Job]:
        """Do the jobs up to the next one that stands alone, and give those that are left."""
        size = next((number for number, (_, _, alone) in enumerate(jobs) if alone), len(jobs))
        if not size:
            self._answer([self._attempt(jobs[0])])
            return jobs[1:]
        live = [job for job in jobs[:size] if not job[1].cancelled()]
        outcomes = self._commit(live)
        if outcomes is None:  # nothing was kept: the fault of one must not be the failure of all
            for job in live:
                self._answer(self._commit([job]) or [(job[1], None, self._last)])
        else:
            self._answer(outcomes)
        return jobs[size:]

    def _commit(self, jobs: list[Job]) -> list[Outcome] | None:
        """Do jobs in one transaction; None when it could not be committed, and `_last` says why."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:  # another program has the file locked: each one alone would wait as long again
            return [(future, None, failure(error, self._path)) for _, future, _ in jobs]
        try:
            outcomes: list[Outcome] = []
            for job in jobs:
                outcomes.append(self._attempt(job))
                if not connection.in_transaction:  # a full disk ends the whole transaction
                    self._last = outcomes[-1][2] or StorageError(f"a transaction of {self._path} was lost")
                    return None
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._last = failure(error, self._path)
            self._last.__cause__ = error
            with contextlib.suppress(sqlite3.Error):  # there may be nothing left to roll back
                connection.execute("ROLLBACK")
            return None
        self.commits += 1
        return outcomes

    def _attempt(self, job: Job) -> Outcome:
        work, future, _ = job
        try:
            return future, work(self._connection), None
        except (sqlite3.Error, OSError, OverflowError) as error:
            told = failure(error, self._path)
            told.__cause__ = error
            return future, None, told
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, and the others go on
            return future, None, error

    def _answer(self, outcomes: list[Outcome]) -> None:
        """Wake all callers of a loop at once."""
        loops: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
        for outcome in outcomes:
            loops.setdefault(outcome[0].get_loop(), []).append(outcome)
        for loop, told in loops.items():
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(_tell, told)


def _tell(outcomes: list[Outcome]) -> None:
    for future, result, error in outcomes:
        if not future.done():
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
