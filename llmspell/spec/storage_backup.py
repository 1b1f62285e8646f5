r"""Backups that any store can read: pairs in a file with a digest, so that one changed bit anywhere is noticed.

Format 1: the line `llmspell-backup 1\n`; for each pair the sizes of key and value (big-endian, 4 and 8 bytes), the key
in UTF-8, the value; then 4 bytes 0xff, the number of pairs in 8 bytes, and the SHA-256 of everything before it.
"""

from __future__ import annotations

import hashlib
import os
import struct
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from llmspell.errors import StorageError, StorageFullError
from llmspell.spec.storages import StorageStats

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 1
_NAME = b"llmspell-backup "
MAGIC = _NAME + b"%d\n" % VERSION
_SIZES = struct.Struct(">IQ")
_END = 0xFFFFFFFF
_DIGEST = hashlib.sha256().digest_size
_OWN = ("", "-wal", "-shm", "-journal", "-lock", ".lock")
"""Endings of the files that SQLite, LMDB and our lock put beside the file of a store."""

_NO_ROOM = ("ENOSPC", "EDQUOT", "EFBIG")


class BackupWriter:
    """Write pairs to an open file; `written_backup` makes one."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._count = 0
        self._write(MAGIC)

    def add(self, key: bytes, value: bytes) -> None:
        """Write one pair."""
        self._write(_SIZES.pack(len(key), len(value)))
        self._write(key)
        self._write(value)
        self._count += 1

    def finish(self) -> None:
        """Write the end, and wait until the disk has everything."""
        self._write(_SIZES.pack(_END, self._count))
        self._file.write(self._digest.digest())
        self._file.flush()
        os.fsync(self._file.fileno())

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self._file.write(data)


def check_target(store: Path, target: Path) -> None:
    """Refuse to write a backup over the files of the store that is backed up, which would be its end."""
    place, own = target.resolve(), store.resolve()
    if own in place.parents or place in [own.with_name(own.name + ending) for ending in _OWN]:
        raise StorageError(f"{target} belongs to the store itself", suggestions=["write the backup to another file"])


@contextmanager
def put_in_place(target: Path) -> Iterator[Path]:
    """Give an empty file, readable by its owner alone, that takes the place of `target` when the block has ended well.

    It has a name that nobody else gives, so two processes that write the same backup do not disturb each other; a
    killed one leaves it behind, as `<target>.<some letters>.partial`.
    """
    from tempfile import mkstemp  # noqa: PLC0415 - paid by who makes a backup

    handle, name = mkstemp(prefix=f"{target.name}.", suffix=".partial", dir=target.parent)
    os.close(handle)
    partial = target.with_name(os.path.basename(name))  # noqa: PTH119 - of a text
    try:
        yield partial
        partial.replace(target)
        sync(target.parent)
    finally:
        partial.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder; Windows has no such call for what is not open."""
    if os.name == "posix":
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def written_backup(target: Path) -> Iterator[BackupWriter]:
    """Write a backup within a block, whole or not at all; what fails is a `StorageError`, and nothing is left."""
    try:
        with put_in_place(target) as partial, partial.open("wb") as file:
            writer = BackupWriter(file)
            yield writer
            writer.finish()
    except OSError as error:
        raise unwritable(f"the backup {target}", error) from error


def unwritable(what: str, error: OSError) -> StorageError:
    """Give the error for a file that cannot be read or written."""
    import errno  # noqa: PLC0415 - only for the message

    full = errno.errorcode.get(error.errno or 0) in _NO_ROOM
    kind = StorageFullError if full else StorageError
    advice = "free some space and try again" if full else "check the path and the rights of its folder"
    return kind(f"{what} cannot be used: {error.strerror or error}", suggestions=[advice])


def is_backup(source: Path) -> bool:
    """Tell whether a file begins as these backups do, of whatever version."""
    try:
        with source.open("rb") as file:
            return file.read(len(_NAME)) == _NAME
    except OSError as error:
        raise unwritable(f"the backup {source}", error) from error


def backup_pairs(source: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the pairs of a backup; raises `StorageError`, at its end at the latest, when it is damaged or newer.

    Whoever replaces a store by them does so after the last, or asks `verified_backup` first.
    """
    try:
        with source.open("rb") as file:
            yield from _Reading(source, file).pairs()
    except OSError as error:
        raise unwritable(f"the backup {source}", error) from error


def verified_backup(source: Path) -> StorageStats:
    """Read a whole backup and count; raises `StorageError` when it is damaged or newer."""
    keys = size = 0
    for key, value in backup_pairs(source):
        keys += 1
        size += len(key) + len(value)
    return StorageStats(keys, size, source.stat().st_size)


class _Reading:
    def __init__(self, source: Path, file: IO[bytes]) -> None:
        self._source = source
        self._file = file
        self._left = os.fstat(file.fileno()).st_size
        self._digest = hashlib.sha256()

    def pairs(self) -> Iterator[tuple[bytes, bytes]]:
        self._begin()
        count = 0
        while True:
            key_size, value_size = _SIZES.unpack(self._take(_SIZES.size))
            if key_size == _END:
                break
            yield self._take(key_size), self._take(value_size)
            count += 1
        digest = self._digest.digest()
        if value_size != count or self._take(_DIGEST) != digest or self._left:
            raise self._damaged("its digest does not fit its content")

    def _begin(self) -> None:
        line = self._file.readline(len(MAGIC) + 8)
        self._left -= len(line)
        self._digest.update(line)
        if line == MAGIC:
            return
        version = line.removeprefix(_NAME).strip()
        if line.startswith(_NAME) and version.isdigit() and int(version) > VERSION:
            raise StorageError(
                f"{self._source} is a backup of format {int(version)}, this llmspell knows format {VERSION}",
                suggestions=["upgrade llmspell"],
            )
        raise StorageError(
            f"{self._source} is no backup that this store can read",
            suggestions=["name a file that `llmspell storage backup` wrote; those of SQLite are for SQLite alone"],
        )

    def _take(self, size: int) -> bytes:
        if size > self._left:
            raise self._damaged("it was cut")
        data = self._file.read(size)
        self._left -= size
        self._digest.update(data)
        return data

    def _damaged(self, why: str) -> StorageError:
        return StorageError(f"the backup {self._source} is damaged: {why}", suggestions=["restore another backup"])
