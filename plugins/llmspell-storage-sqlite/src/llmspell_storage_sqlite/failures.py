"""What SQLite says, as the error of the contract: what happened, to which file, and what to do next."""

from __future__ import annotations

import errno
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from llmspell.errors import StorageError, StorageFullError, StorageLimitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DAMAGED = ("is damaged or no SQLite file", "restore a backup, or move the file away to start with an empty store")
_FORBIDDEN = ("cannot be written", "check the rights of the file and its folder, or set another `[storage] path`")
_REASONS = {
    sqlite3.SQLITE_FULL: (
        "has no room: the disk is full, or its size limit is reached",
        "free some space, or set a larger `[storage.sqlite] max_size`",
    ),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_READONLY: _FORBIDDEN,
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", _FORBIDDEN[1]),
    sqlite3.SQLITE_PERM: _FORBIDDEN,
    sqlite3.SQLITE_BUSY: ("is locked by another program", "close the program that has the file open"),
    sqlite3.SQLITE_TOOBIG: ("cannot hold a value this large", "keep large data in files and their paths in the store"),
    sqlite3.SQLITE_IOERR: ("cannot be read or written", "check the disk"),
}
"""Primary result codes (https://www.sqlite.org/rescode.html) to what happened and what to do."""

_KINDS = {sqlite3.SQLITE_FULL: StorageFullError, sqlite3.SQLITE_TOOBIG: StorageLimitError}

FAULTS = (sqlite3.Error, OSError, OverflowError, UnicodeDecodeError)
"""What a connection raises: the last two for a value of 2 GiB, and when SQLite speaks of names that are damaged."""

_NO_ROOM = ("ENOSPC", "EDQUOT", "EFBIG")

PRIMARY = 0xFF
"""The bits of an extended result code that hold the primary one."""


def failure(error: Exception, path: Path, what: str = "store") -> StorageError:
    """Say what one of `FAULTS` means for a store, or a backup."""
    code = 0
    if isinstance(error, OSError) and errno.errorcode.get(error.errno or 0) in _NO_ROOM:
        code = sqlite3.SQLITE_FULL
        happened, advice = f"has no room: {error.strerror}", "free some space"
    elif isinstance(error, OSError):
        happened, advice = f"cannot be used: {error.strerror or error}", _FORBIDDEN[1]
    else:
        other = {OverflowError: sqlite3.SQLITE_TOOBIG, UnicodeDecodeError: sqlite3.SQLITE_CORRUPT}
        code = getattr(error, "sqlite_errorcode", other.get(type(error), 0)) & PRIMARY
        happened, advice = _REASONS.get(code, ("failed", "run `llmspell doctor`"))
        happened = f"{happened} ({error})"
    return _KINDS.get(code, StorageError)(
        f"the {what} {path} {happened}", suggestions=[advice], context={"path": str(path)}
    )


@contextmanager
def explained(path: Path, what: str = "store") -> Iterator[None]:
    """Turn the errors of SQLite and of the system within a block into `StorageError`."""
    try:
        yield
    except FAULTS as error:
        raise failure(error, path, what) from error
