"""The log of one durable run: records appended to a file by one process, and kept as its mode says."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from io import BufferedReader
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from llmspell.errors import JournalError, ValidationError
from llmspell.runtime.journal.formats import encode, encode_again
from llmspell.runtime.journal.migrations import TODAY, Formats, migrate
from llmspell.runtime.journal.opening import make, new_folders, open_to_write, rewrite, unreadable, unwritable
from llmspell.runtime.journal.reading import Scan
from llmspell.runtime.journal.writing import LogFile, Syncer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from llmspell.runtime.journal.formats import Record

    Sync: TypeAlias = Literal["sync", "async", "exit"]

MODES: Final = ("sync", "async", "exit")
"""On the disk before anybody goes on; with the system, which survives kill -9; in memory until the run ends."""

QUICK: Final = 0.0005
"""Seconds of a disk that one may wait for where one is: to hand over to a thread and to hear of it takes as long."""


class RunLog:
    """Append records to the journal of a run that this process has locked.

    `records` is what was there when it was opened, `cut` the bytes of a torn last line that was cut off. A write that
    fails breaks the log: every later `append` and `commit` raises `JournalWriteError`.
    """

    __slots__ = (
        "_clock",
        "_closed",
        "_ended",
        "_failure",
        "_file",
        "_flushing",
        "_handed",
        "_lines",
        "_next",
        "_syncer",
        "_told",
        "_waiters",
        "cut",
        "path",
        "records",
        "sync",
    )

    def __init__(
        self, path: Path, file: LogFile, records: tuple[Record, ...], sync: Sync, clock: Callable[[], float]
    ) -> None:
        self.path = path
        self.records = records
        self.sync = sync
        self.cut = 0
        self._file = file
        self._clock = clock
        self._next = len(records)
        self._lines: list[bytes] = [] if sync == "async" else [b""]
        """What is not written yet; what is there already, the header at least, becomes durable with the first batch."""
        self._flushing = False
        self._waiters: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._syncer: Syncer | None = None
        self._handed = 0
        """How many records are the disk's when the thread has nothing left to do."""
        self._failure: BaseException | None = None
        self._told = False
        self._closed = False
        self._ended: asyncio.Future[None] | None = None

    @classmethod
    def create(
        cls, path: Path, header: Mapping[str, object], *, sync: Sync = "sync", clock: Callable[[], float] = time.time
    ) -> RunLog:
        """Make the journal of a new run with its header, which the first `commit` makes durable with all else.

        Raises `JournalError` when the run exists, `JournalWriteError` and `JournalRecordError`.
        """
        _check(sync)
        line = encode(0, clock(), {"k": "run", "format": TODAY.written, **header, "sync": sync})
        folders = new_folders(path)
        file = LogFile(make(path), folders=folders)
        log = cls(path, file, (), sync, clock)
        try:
            file.write(line)
        except OSError as error:
            file.close()
            path.unlink(missing_ok=True)
            raise unwritable(path, error, safe=0) from error
        log._next = 1
        return log

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        sync: Sync | None = None,
        clock: Callable[[], float] = time.time,
        formats: Formats = TODAY,
    ) -> RunLog:
        """Open the journal of a run to go on with it, in its own mode unless `sync` names another.

        A torn last line is cut off; a journal of an older format is written anew in today's. Raises `JournalError`,
        `JournalBusyError`, `JournalCorruptError`, `JournalVersionError` and `JournalWriteError`.
        """
        file = open_to_write(path)
        records: tuple[Record, ...] = ()
        try:
            reader = BufferedReader(file)
            scan = Scan(path, reader, formats)
            records = tuple(scan)
            reader.detach()  # or it would close the file
            torn = file.seek(0, os.SEEK_END) - scan.size
            size = scan.size
            if records[0]["format"] != formats.written:
                records = tuple(migrate(records, formats))
                file, size = rewrite(path, file, b"".join(map(encode_again, records)))
            end = LogFile(file, size=size, records=len(records), folders=(path.parent,))
            if torn:
                end.cut()
            log = cls(path, end, records, _check(sync or records[0].get("sync")), clock)
        except OSError as error:
            file.close()
            raise (unwritable(path, error, safe=len(records)) if records else unreadable(path, error)) from error
        except BaseException:
            file.close()
            raise
        log.cut = torn
        return log

    def append(self, record: Mapping[str, object]) -> int:
        """Add a record and give its number; it is written at the end of this turn of the loop, with all others.

        `record` has its kind `k`, and neither `n`, `t` nor `c`. Raises `JournalRecordError` for what is no JSON.
        """
        if self._failure is not None or self._closed:
            raise self._unusable()
        n = self._next
        line = encode(n, self._clock(), record)
        if not self._flushing and self.sync != "exit":
            asyncio.get_running_loop().call_soon(self._flush)
            self._flushing = True
        self._lines.append(line)
        self._next = n + 1
        return n

    async def commit(self) -> None:
        """Wait until everything appended so far is kept as the mode says; raises `JournalWriteError`."""
        if self._failure is not None or self._closed:
            raise self._unusable()
        if self.sync == "sync":
            await self._durable()
        elif self.sync == "async":
            self._flush()
            if self._failure is not None:
                raise self._unusable()

    async def flush(self) -> None:
        """Wait until everything appended so far is on the disk, in every mode; raises `JournalWriteError`."""
        if self._failure is not None or self._closed:
            raise self._unusable()
        await self._durable()

    async def aclose(self) -> None:
        """Write what is left and end the lock; raises `JournalWriteError` when that fails and nobody was told yet."""
        if self._ended is None:
            self._hand_over() if self.sync != "async" else self._flush()
            self._closed = True
            self._ended = asyncio.get_running_loop().create_future()
            if self._syncer is None:
                self._file.close()
                self._ended.set_result(None)
            else:
                self._syncer.stop()
        await asyncio.shield(self._ended)
        if self._failure is not None and not self._told:
            raise self._unusable()

    async def _durable(self) -> None:
        if self.sync == "async":
            self._flush()
        if not self._lines and self._file.safe >= self._next:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append((self._next, waiter))
        if not self._flushing:
            self._hand_over()
        await waiter

    def _flush(self) -> None:
        """Write what was appended in this turn of the loop, or hand it to the thread."""
        self._flushing = False
        if self.sync != "async":
            self._hand_over()
        elif self._lines and self._failure is None:
            lines, self._lines = self._lines, []
            try:
                self._file.write(b"".join(lines))
            except BaseException as error:
                self._failure = error  # whatever it was, the next record must not follow a gap
                if not isinstance(error, Exception):
                    raise

    def _hand_over(self) -> None:
        """Have what is not yet kept be kept: by the thread, or at once where somebody alone waits for a quick disk."""
        if self._failure is not None or not (self._lines or self._waiters):
            return
        lines, self._lines = self._lines or [b""], []
        if len(self._waiters) == 1 and self._file.took < QUICK and self._file.safe >= self._handed:
            try:
                self._report(self._file.keep(lines), ended=False)
            except BaseException as error:
                self._failure = error  # the next record must not follow a gap
                raise
            return
        self._syncer = self._syncer or Syncer(self._file, asyncio.get_running_loop(), self._report)
        self._handed = self._next
        self._syncer.put(lines)

    def _report(self, failure: Exception | None, ended: bool) -> None:  # noqa: FBT001 - called by position
        """Hear what became of a batch: wake those who wait for what is kept now, or all of them when it failed."""
        self._failure = self._failure or failure
        while self._waiters and (self._failure is not None or self._waiters[0][0] <= self._file.safe):
            _, waiter = self._waiters.popleft()
            if waiter.done():  # cancelled
                continue
            if self._failure is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(self._unusable())
        if ended and self._ended is not None and not self._ended.done():
            self._ended.set_result(None)

    def _unusable(self) -> JournalError:
        if self._failure is None:
            return JournalError(
                f"the journal {self.path} is closed",
                suggestions=["open the run again to go on with it"],
                context={"path": str(self.path)},
            )
        self._told = True
        safe = self._file.records if self.sync == "async" else self._file.safe
        error = unwritable(self.path, self._failure, safe=safe)
        error.__cause__ = self._failure
        return error


def _check(sync: object) -> Sync:
    if sync not in MODES:
        raise ValidationError(f"no journal is kept as {sync!r}", suggestions=["choose one of: " + ", ".join(MODES)])
    return sync
