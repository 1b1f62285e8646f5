"""The writer: one thread that puts everything which waits into one transaction and answers after its commit."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from itertools import chain, groupby, repeat
from operator import itemgetter
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, TypeVar, cast

from llmspell.errors import StorageError
from llmspell.spec.threads import in_thread
from llmspell_storage_sqlite.failures import FAULTS, failure
from llmspell_storage_sqlite.statements import put_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from llmspell.spec.storage_warm import Warm
    from llmspell_storage_sqlite.port import Connection
    from llmspell_storage_sqlite.statements import Pair

T = TypeVar("T")

MOST = 1000
"""Jobs of one commit; those behind them wait for the next, so that the first are not kept waiting."""

PUT, WORK, ALONE = range(3)

Job = tuple[int, Any, "Sequence[bytes] | None", "asyncio.Future[Any]"]
"""One write: its kind, what to do, which keys it changes (None when nobody knows), and who waits for it.

A `PUT` is a list of pairs. `WORK` is a function of the connection that leaves nothing behind when it fails: it is one
statement, or several in a savepoint. Both may be done twice, when the first transaction they were in could not be
committed. `ALONE` is work outside of every group and transaction. Plain tuples: there is one for each write.
"""

_kind, _what, _waits = itemgetter(0), itemgetter(1), itemgetter(3)

Outcome = tuple["asyncio.Future[Any]", object, "Exception | None"]
"""How a job ended: who waits, the result, the error."""


class Writer:
    """Use the connection that writes, alone.

    While one transaction is being committed, new jobs gather; they become the next transaction.
    """

    def __init__(self, connection: Connection, path: Path, warm: Warm) -> None:
        self._connection = connection
        self._path = path
        self._warm = warm
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._closed = False
        self._last: Exception = StorageError("nothing failed yet")
        self.commits = 0
        self._thread = threading.Thread(target=self._run, name="llmspell-storage", daemon=True)
        self._thread.start()

    async def put(self, pairs: list[Pair]) -> None:
        """Write pairs, all or none; done once they are committed.

        A cancelled caller's write is made or not when the cancellation arrives, but never under way any more.
        """
        future = self._submit(PUT, pairs)
        try:
            await future
        except asyncio.CancelledError:
            await self._settle()
            raise

    async def do(
        self, work: Callable[[Connection], T], *, keys: Sequence[bytes] | None = None, alone: bool = False
    ) -> T:
        """Run work that changes some keys (None: any) in the writer's thread; gives its result once it is committed.

        Cancelled as `put` is.
        """
        future = self._submit(ALONE if alone else WORK, work, keys)
        try:
            return cast("T", await future)
        except asyncio.CancelledError:
            await self._settle()
            raise

    def _submit(self, kind: int, what: Any, keys: Sequence[bytes] | None = None) -> asyncio.Future[Any]:
        if self._closed:
            raise StorageError(f"the store {self._path} is closed")
        future = asyncio.get_running_loop().create_future()
        self._jobs.put((kind, what, keys, future))
        return future

    async def _settle(self) -> None:
        """Wait until everything that was submitted has been answered or passed over, however often one is cancelled."""
        if self._closed:  # then closing waits for the rest
            return
        barrier = self._submit(PUT, [])
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
        while True:
            waiting = self._gather()
            last = waiting[-1] is None
            jobs = [job for job in waiting if job is not None]
            while jobs:
                jobs = self._serve(jobs)
            if last:
                return

    def _gather(self) -> list[Job | None]:
        """Wait for a job and take all that are there; None, the last that ever comes, closes."""
        get = self._jobs.get
        return [get(), *[get() for _ in range(min(self._jobs.qsize(), MOST - 1))]]

    def _serve(self, jobs: list[Job]) -> list[Job]:
        """Do the jobs up to the next one that stands alone, and give those that are left."""
        kinds = [kind for kind, _, _, _ in jobs]
        size = kinds.index(ALONE) if ALONE in kinds else len(jobs)
        if not size:
            with self._warm.changing(jobs[0][2]):
                outcome = self._attempt(jobs[0])
            self._answer([outcome])
            return jobs[1:]
        live = [job for job in jobs[:size] if not job[3].cancelled()]
        outcomes = self._commit(live)
        if outcomes is None:  # nothing was kept: the fault of one must not be the failure of all
            for job in live:
                self._answer(self._commit([job]) or [(job[3], None, self._last)])
        else:
            self._answer(outcomes)
        return jobs[size:]

    def _commit(self, jobs: list[Job]) -> list[Outcome] | None:
        """Do jobs in one transaction; None when it could not be committed, and `_last` says why."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
        except FAULTS as error:  # another program has the file locked: each one alone would wait as long again
            return [(future, None, self._told(error)) for _, _, _, future in jobs]
        try:
            outcomes = self._perform(jobs)
            if not connection.in_transaction:  # a full disk ends the whole transaction
                failed = [error for _, _, error in outcomes if error is not None]
                self._last = failed[-1] if failed else StorageError(f"a transaction of {self._path} was lost")
                return None
            with self._warm.changing(_changed(jobs)):
                connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - of a put: whoever is at fault hears of it when each is alone
            self._last = self._told(error)
            with contextlib.suppress(sqlite3.Error):  # there may be nothing left to roll back
                connection.execute("ROLLBACK")
            return None
        self.commits += 1
        return outcomes

    def _perform(self, jobs: list[Job]) -> list[Outcome]:
        """Do jobs one after the other, but all puts between two others at once; raises when a put fails."""
        outcomes: list[Outcome] = []
        for kind, run in groupby(jobs, _kind):
            some = list(run)
            if kind == PUT:
                put_all(self._connection, list(chain.from_iterable(map(_what, some))))
                outcomes += zip(map(_waits, some), repeat(None), repeat(None))
                continue
            for job in some:
                outcomes.append(self._attempt(job))
                if not self._connection.in_transaction:
                    return outcomes
        return outcomes

    def _attempt(self, job: Job) -> Outcome:
        _, work, _, future = job
        try:
            return future, work(self._connection), None
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, and the others go on
            return future, None, self._told(error)

    def _told(self, error: Exception) -> Exception:
        """Give an error as the caller sees it."""
        if not isinstance(error, FAULTS):
            return error
        told = failure(error, self._path)
        told.__cause__ = error
        return told

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


def _changed(jobs: list[Job]) -> Iterator[bytes] | None:
    """Give the keys that jobs change, None when nobody knows them."""
    work = [keys for kind, _, keys, _ in jobs if kind == WORK]
    if None in work:
        return None
    puts = chain.from_iterable(what for kind, what, _, _ in jobs if kind == PUT)
    return chain((key for key, _ in puts), *cast("list[Sequence[bytes]]", work))
