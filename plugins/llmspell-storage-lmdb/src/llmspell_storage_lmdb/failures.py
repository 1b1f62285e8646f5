"""What LMDB says, as the error of the contract: what happened, to which file, and what to do next."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import lmdb

from llmspell.errors import StorageError, StorageFullError

if TYPE_CHECKING:
    from pathlib import Path

FAULTS = (lmdb.Error, OSError)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_DAMAGED = (
    lmdb.CorruptedError,
    lmdb.InvalidError,
    lmdb.PageNotFoundError,
    lmdb.PageFullError,
    lmdb.VersionMismatchError,
)
_WHERE = "check the rights of the file and its folder, or set another `[storage] path`"


def damaged(path: Path, why: str) -> StorageError:
    """Give the error for a file whose structure is wrong."""
    return StorageError(
        f"the store {path} is damaged or no LMDB file ({why})",
        suggestions=["restore a backup, or move the file away to start with an empty store"],
        context={"path": str(path)},
    )


def full(path: Path, why: str) -> StorageFullError:
    """Give the error for a store without room."""
    return StorageFullError(
        f"the store {path} has no room: {why}",
        suggestions=["free some space, or set a larger `[storage.lmdb] max_size`"],
        context={"path": str(path)},
    )


def failure(error: Exception, path: Path) -> StorageError:
    """Say what one of `FAULTS` means for a store."""
    if isinstance(error, lmdb.MapFullError):
        return full(path, "its size limit is reached")
    code = getattr(error, "code", 0) or getattr(error, "errno", 0) or 0
    if code in _FULL:
        return full(path, f"the disk is full ({error})")
    if code == errno.EIO:  # what LMDB makes of a write that was cut short, which is what a full disk does first
        return full(path, f"the disk is full, or it fails ({error})")
    if isinstance(error, _DAMAGED):
        return damaged(path, str(error))
    return StorageError(f"the store {path} cannot be used: {error}", suggestions=[_WHERE], context={"path": str(path)})
