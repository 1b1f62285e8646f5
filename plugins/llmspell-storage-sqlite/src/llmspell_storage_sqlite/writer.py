"""How SQLite commits what waits: one transaction for all jobs of a group."""

from __future__ import annotations

import contextlib
import sqlite3
from itertools import chain, groupby, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, cast

from llmspell.errors import StorageError
from llmspell.spec.storage_writer import PUT, WORK, Job, Outcome, Writer
from llmspell_storage_sqlite.failures import FAULTS, failure
from llmspell_storage_sqlite.statements import put_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from llmspell.spec.storage_warm import Warm
    from llmspell_storage_sqlite.port import Connection

_kind, _what, _waits = itemgetter(0), itemgetter(1), itemgetter(3)


class SqliteWriter(Writer):
    """Use the connection that writes, alone.

    `WORK` is one statement, or several in a savepoint.
    """

    def __init__(self, connection: Connection, path: Path, warm: Warm) -> None:
        self._connection = connection
        self._warm = warm
        super().__init__(path)

    def alone(self, job: Job) -> Outcome:
        """Do a job outside of every transaction."""
        with self._warm.changing(job[2]):
            return self._attempt(job)

    def commit(self, jobs: list[Job]) -> list[Outcome] | None:
        """Do jobs in one transaction; None when it could not be committed, and `last` says why."""
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
        except FAULTS as error:  # another program has the file locked: each one alone would wait as long again
            return [(future, None, self._told(error)) for _, _, _, future in jobs]
        try:
            outcomes = self._perform(jobs)
            if not connection.in_transaction:  # a full disk ends the whole transaction
                failed = [error for _, _, error in outcomes if error is not None]
                self.last = failed[-1] if failed else StorageError(f"a transaction of {self.path} was lost")
                return None
            with self._warm.changing(_changed(jobs)):
                connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - of a put: whoever is at fault hears of it when each is alone
            self.last = self._told(error)
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
        told = failure(error, self.path)
        told.__cause__ = error
        return told


def _changed(jobs: list[Job]) -> Iterator[bytes] | None:
    """Give the keys that jobs change, None when nobody knows them."""
    work = [keys for kind, _, keys, _ in jobs if kind == WORK]
    if None in work:
        return None
    puts = chain.from_iterable(what for kind, what, _, _ in jobs if kind == PUT)
    return chain((key for key, _ in puts), *cast("list[Sequence[bytes]]", work))
