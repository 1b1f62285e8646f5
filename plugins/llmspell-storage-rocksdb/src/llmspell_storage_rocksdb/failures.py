"""What RocksDB says, as the error of the contract: what happened, to which folder, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rocksdict import DbClosedError

from llmspell.errors import StorageError, StorageFullError

if TYPE_CHECKING:
    from pathlib import Path

FAULTS = (Exception,)
"""The binding raises `Exception` itself for whatever the library says."""

_NO_ROOM = ("No space left", "Disk quota exceeded", "File too large", "NoSpace")


def full(path: Path, why: str) -> StorageFullError:
    """Give the error for a store without room."""
    return StorageFullError(
        f"the store {path} has no room: {why}",
        suggestions=["free some space, or set a larger `[storage.rocksdb] max_size`"],
        context={"path": str(path)},
    )


def failure(error: Exception, path: Path) -> StorageError:
    """Say what an exception of the binding means for a store."""
    if isinstance(error, StorageError):
        return error
    said = str(error)
    if any(sign in said for sign in _NO_ROOM):
        return full(path, f"the disk is full ({said})")
    if said.startswith(("Corruption", "Invalid argument")):
        happened, advice = "is damaged, or no RocksDB folder", "restore a backup, or move the folder away"
    elif isinstance(error, DbClosedError):
        happened, advice = "is closed", "open it again"
    else:
        happened, advice = "cannot be used", "check the rights of the folder, or set another `[storage] path`"
    return StorageError(f"the store {path} {happened} ({said})", suggestions=[advice], context={"path": str(path)})
