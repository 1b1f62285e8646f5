"""Write the end of a journal: whole batches of lines, and a thread that makes them durable."""

from __future__ import annotations

import errno
import os
import threading
from contextlib import suppress
from queue import SimpleQueue
from time import perf_counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable
    from io import FileIO
    from pathlib import Path

_to_disk: Final = getattr(os, "fdatasync", os.fsync)


class LogFile:
    """Append to an open journal: `size` and `records` are what was written whole, `safe` the records the disk has.

    After an error nothing may be written any more: what a failed fsync left is not known, and a second one would say
    that all is well.
    """

    __slots__ = ("_file", "_folders", "records", "safe", "size", "took")

    def __init__(self, file: FileIO, *, size: int = 0, records: int = 0, folders: tuple[Path, ...] = ()) -> None:
        self._file = file
        self._folders = folders
        self.size = size
        self.records = self.safe = records
        self.took = float("inf")
        """Seconds that the disk took the last time."""

    def write(self, batch: bytes) -> None:
        """Append whole lines; an error leaves those that were written whole and cuts off the rest."""
        written = 0
        view = memoryview(batch)
        try:
            while written < len(batch):
                step = os.write(self._file.fileno(), view[written:])
                if step == 0:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                written += step
        except BaseException:
            self._count(batch, batch.rfind(b"\n", 0, written) + 1)
            with suppress(OSError):  # then opening the journal does it
                self.cut()
            raise
        self._count(batch, written)

    def write_durably(self, batch: bytes) -> None:
        """Append whole lines and wait until the disk has them, and the names of the file and its new folders."""
        try:
            self.write(batch)
        except OSError:
            with suppress(OSError):  # the first error is the one to tell; `safe` says what became of the others
                self._to_disk()
            raise
        self._to_disk()

    def keep(self, lines: list[bytes]) -> Exception | None:
        """Write lines durably and give the error, whatever it was, for who waits."""
        try:
            self.write_durably(b"".join(lines))
        except Exception as error:  # noqa: BLE001 - whoever waits hears of it, whatever it is
            return error
        return None

    def _count(self, batch: bytes, whole: int) -> None:
        self.size += whole
        self.records += batch.count(b"\n", 0, whole)

    def _to_disk(self) -> None:
        written = self.records  # the loop may write more meanwhile
        began = perf_counter()
        _to_disk(self._file.fileno())
        self.took = perf_counter() - began
        while self._folders:
            _folder_to_disk(self._folders[0])
            self._folders = self._folders[1:]
        self.safe = written

    def cut(self) -> None:
        """Cut off what follows the whole records."""
        os.ftruncate(self._file.fileno(), self.size)

    def close(self) -> None:
        """Close the file, which ends its lock."""
        self._file.close()


def _folder_to_disk(path: Path) -> None:
    """Make the names in a folder durable where the system can: not on Windows, nor in every file system."""
    if os.name == "nt":
        return
    try:
        number = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:  # it may be written and not read: what was done in it is done, and no error
        return
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(number)


class Syncer:
    """Make batches durable in a thread: one after the other, and all that came meanwhile together.

    A thread of its own hands a batch over in half the time of an executor, and waits for no other work of the process.
    `report` is called in the loop after each batch with the error, if any; after one, nothing more is written. After
    `stop` the thread closes the file, and reports once more that it has ended.
    """

    __slots__ = ("_file", "_inbox", "_loop", "_report")

    def __init__(
        self,
        file: LogFile,
        loop: asyncio.AbstractEventLoop,
        report: Callable[[Exception | None, bool], None],
    ) -> None:
        self._file = file
        self._loop = loop
        self._report = report
        self._inbox: SimpleQueue[list[bytes] | None] = SimpleQueue()
        threading.Thread(target=self._run, name="llmspell-journal", daemon=True).start()

    def put(self, lines: list[bytes]) -> None:
        """Hand over lines, without waiting."""
        self._inbox.put(lines)

    def stop(self) -> None:
        """Let the thread end when it has written what it was given."""
        self._inbox.put(None)

    def _run(self) -> None:
        more = True
        failure: Exception | None = None
        while more:
            lines, more = self._take()
            if lines and failure is None:
                failure = self._file.keep(lines)
                self._tell(failure, ended=False)
        self._file.close()
        self._tell(None, ended=True)

    def _take(self) -> tuple[list[bytes], bool]:
        """Wait for lines and give all there are; False with them is the end."""
        lines: list[bytes] = []
        while not lines or not self._inbox.empty():
            got = self._inbox.get()
            if got is None:
                return lines, False
            lines += got
        return lines, True

    def _tell(self, failure: Exception | None, *, ended: bool) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._report, failure, ended)
