"""A disk in the hands of a test, under the SQLite of apsw: it fails when it is told to, and remembers what was done."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import apsw
else:
    apsw = pytest.importorskip("apsw", reason="a SQLite whose files a test can hold needs apsw")


class File(apsw.VFSFile):
    """A file of a `Disk`."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self.disk, self.name = disk, Path(path).name if path else ""
        disk.meets("open", self.name)
        super().__init__("", name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802 - SQLite's name
        self.disk.meets("read", self.name)
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self.disk.meets("write", self.name, offset, bytes(data))
        super().xWrite(data, offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self.disk.meets("truncate", self.name, size)
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:  # noqa: N802 - no real disk has to spin for this
        self.disk.meets("sync", self.name)


Fault = apsw.Error
CODES = {"open": apsw.SQLITE_CANTOPEN, "read": apsw.SQLITE_IOERR_READ, "write": apsw.SQLITE_IOERR_WRITE}
CODES |= {"truncate": apsw.SQLITE_IOERR_TRUNCATE, "sync": apsw.SQLITE_IOERR_FSYNC, "delete": apsw.SQLITE_IOERR_DELETE}


class Disk(apsw.VFS):
    """Log what is done to files, and fail from the n-th operation on, for a number of operations."""

    def __init__(self, *, full: bool = False) -> None:
        self.id = uuid4().hex
        self.log: list[tuple[Any, ...]] = []
        self.first, self.last, self.seen, self.full = -1, -1, 0, full
        self.lock = threading.Lock()
        super().__init__(self.id, "")

    def meets(self, what: str, *details: Any) -> None:
        """Count one operation, and log it or fail."""
        with self.lock:
            self.seen += 1
            if self.first <= self.seen <= self.last and (what == "write" or not self.full):
                raise apsw.exception_for(apsw.SQLITE_FULL if self.full else CODES[what])
            self.log.append((what, *details))

    def xOpen(self, name: Any, flags: list[int]) -> File:  # noqa: N802
        return File(self, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802
        self.meets("delete", Path(name).name)
        super().xDelete(name, sync)

    def connect(self, path: Path, *, read_only: bool = False) -> Any:
        """Be the port of a store whose cache and log are so small that everything happens soon."""
        with as_sqlite3():
            return Connection(self, path, read_only=read_only)


@contextmanager
def as_sqlite3() -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        told = sqlite3.OperationalError(str(error))
        told.sqlite_errorcode = getattr(error, "extendedresult", 0) or getattr(error, "result", 0)
        raise told from error


class Cursor:
    """Read all rows at once."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rows: Iterator[Any] = iter(())
        self.rowcount = -1

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> Cursor:
        with as_sqlite3():
            self.rows = iter(self.connection.inner.execute(sql, parameters).fetchall())
        self.rowcount = self.connection.inner.changes()
        return self

    def fetchone(self) -> Any:
        return next(self.rows, None)

    def fetchall(self) -> list[Any]:
        return list(self.rows)

    def __iter__(self) -> Iterator[Any]:
        return self.rows


class Connection:
    """Look like `llmspell_storage_sqlite.port.Connection`."""

    def __init__(self, disk: Disk, path: Path, *, read_only: bool) -> None:
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_URI
        uri = path.absolute().as_uri() + ("?mode=ro" if read_only else "")
        self.inner = apsw.Connection(uri, flags=flags, vfs=disk.id)
        self.inner.execute("PRAGMA cache_size = 4")
        self.inner.set_wal_hook(self.checkpoint)

    def checkpoint(self, _: object, name: str, pages: int) -> int:
        """Do what SQLite does after every thousandth page: it ignores the outcome, where apsw alone would raise it."""
        if pages >= 8:
            with suppress(apsw.Error):
                self.inner.wal_checkpoint(name)
        return int(apsw.SQLITE_OK)

    @property
    def in_transaction(self) -> bool:
        return bool(self.inner.in_transaction)

    def execute(self, sql: str, parameters: Sequence[object] = (), /) -> Cursor:
        return Cursor(self).execute(sql, parameters)

    def executemany(self, sql: str, rows: Sequence[Sequence[object]], /) -> object:
        with as_sqlite3():
            return self.inner.executemany(sql, rows).fetchall()

    def cursor(self) -> Cursor:
        return Cursor(self)

    def backup(self, target: Connection, /) -> None:
        with as_sqlite3():
            copy = target.inner.backup("main", self.inner, "main")
            try:
                while not copy.done:
                    copy.step(-1)
            finally:
                copy.close(True)  # without saying again what went wrong

    def close(self) -> None:
        with suppress(apsw.Error):  # as `sqlite3` does: what could not be tidied up is tidied up at the next opening
            self.inner.close()
