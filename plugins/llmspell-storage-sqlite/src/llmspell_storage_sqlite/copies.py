"""Backups: a SQLite file with a trailer of its SHA-256, so that one changed bit anywhere is noticed.

SQLite ignores the trailer, which is shorter than a page: a backup can be opened, or put in the place of the store.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from typing import TYPE_CHECKING

from llmspell.errors import StorageError
from llmspell.spec.storage_backup import backup_pairs, check_target, is_backup, put_in_place, verified_backup
from llmspell_storage_sqlite.database import check
from llmspell_storage_sqlite.failures import explained
from llmspell_storage_sqlite.statements import put, sound, stats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from llmspell.spec.storages import StorageStats
    from llmspell_storage_sqlite.port import Connect, Connection

MARK = b"\nllmspell-backup sha256 "
"""Followed by 32 bytes: the digest of everything before the mark."""

TRAILER = len(MARK) + hashlib.sha256().digest_size
CHUNK = 1 << 20
_OTHER = "name another backup; nothing was changed"


def write_backup(source: Path, target: Path, connect: Connect, sync: Callable[[int], None]) -> None:
    """Copy a store that may be written meanwhile, verify the copy and put it in its place, whole or not at all.

    `sync` waits until the disk has what was written to a descriptor.
    """
    check_target(source, target)
    with explained(target, "backup"), put_in_place(target) as partial:
        with closing(connect(source, read_only=True)) as here, closing(connect(partial)) as there:
            here.backup(there)
            there.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
            verify(there, partial)
        _seal(partial, sync)


def verify_backup(source: Path, connect: Connect) -> StorageStats:
    """Count what an undamaged backup of this or another store holds; raises `StorageError` for any other file."""
    if is_backup(source):
        return verified_backup(source)
    with explained(source, "backup"):
        size = source.stat().st_size - TRAILER
        with source.open("rb") as file:
            file.seek(max(size, 0))
            trailer = file.read()
        if not trailer.startswith(MARK):
            raise StorageError(f"{source} is no backup of a store, or was cut", suggestions=[_OTHER])
        if trailer != MARK + _digest(source, size):
            raise StorageError(f"{source} is damaged: its digest does not fit its content", suggestions=[_OTHER])
        with closing(connect(source, read_only=True)) as connection:
            return verify(connection, source)


def replace_content(connection: Connection, source: Path) -> None:
    """Replace all pairs by those of a verified backup, in one transaction."""
    if is_backup(source):
        _replace(connection, backup_pairs(source))
        return
    connection.execute("ATTACH DATABASE ? AS backup", (source.absolute().as_uri() + "?mode=ro",))
    try:
        # not by SQL alone: a backup of format 1 has no checksums
        _replace(connection, connection.execute("SELECT key, value FROM backup.pairs"))
    finally:
        connection.execute("DETACH DATABASE backup")


def _replace(connection: Connection, pairs: Iterable[tuple[bytes, bytes]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("DELETE FROM main.pairs")
        for key, value in pairs:
            put(connection, key, value)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def verify(connection: Connection, path: Path) -> StorageStats:
    """Read everything on a connection, compare all checksums and count; raises `StorageError` for damage."""
    version = check(connection, path)
    faults = [fault for (fault,) in connection.execute("PRAGMA integrity_check(3)")]
    if faults != ["ok"]:
        raise StorageError(f"{path} is damaged: {'; '.join(faults)}")
    if version > 1:
        for key, value, crc in connection.execute("SELECT key, value, crc FROM pairs"):
            sound(key, value, crc)
    return stats(connection)


def _seal(path: Path, sync: Callable[[int], None]) -> None:
    """Append the trailer and wait until the disk has everything."""
    digest = _digest(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(MARK + digest)
        file.flush()
        sync(file.fileno())


def _digest(path: Path, size: int) -> bytes:
    """Give the SHA-256 of the first bytes of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (chunk := file.read(min(size, CHUNK))):
            digest.update(chunk)
            size -= len(chunk)
    return digest.digest()
