"""What is read and written: each function does one thing on a connection, wholly or not at all."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from zlib import crc32

from llmspell.errors import StorageError
from llmspell.spec.storages import StorageStats, conflict, counted, merged
from llmspell.spec.threads import LARGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell_storage_sqlite.port import Connection

BATCH = 500
"""Keys of one query: every SQLite binds at least 999 values."""

GET = "SELECT value, crc FROM pairs WHERE key = ?"
_SMALL = f"CASE WHEN length(value) <= {LARGE} THEN value END, CASE WHEN length(value) <= {LARGE} THEN crc END"
GET_SMALL = f"SELECT {_SMALL} FROM pairs WHERE key = ?"  # noqa: S608 - a number
"""Gives NULL for a large value, of which nothing is read: its size stands before it."""
WIDE = 20
"""Pairs of one statement that writes several: a fifth less time for each pair; above 25 it takes more again."""

_PUT = "INSERT INTO pairs VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, crc = excluded.crc"
_PUT_WIDE = _PUT.replace("(?, ?, ?)", ", ".join(["(?, ?, ?)"] * WIDE))
_DELETE = "DELETE FROM pairs WHERE key = ?"
_STATS = "SELECT count(*), coalesce(sum(length(key) + length(value)), 0) FROM pairs"
_DISK = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"

Pair = tuple[bytes, bytes]

Step = tuple[bytes, bytes | None]
"""One operation of a transaction: a key, and a value or None to delete it."""


def sound(key: bytes, value: bytes, crc: int) -> bytes:
    """Give a value that is what was written; raises `StorageError` for one that changed on the disk."""
    try:
        if crc32(value, crc32(key)) == crc:
            return value
    except TypeError:  # one bit makes a blob a text, a number or nothing
        pass
    raise StorageError(
        f"the value at {repr(key)[:80]} is damaged: it is not what was written",
        suggestions=["restore a backup, or write the value anew"],
    )


def put(connection: Connection, key: bytes, value: bytes) -> None:
    """Write a value."""
    connection.execute(_PUT, (key, value, crc32(value, crc32(key))))


def put_all(connection: Connection, pairs: Sequence[Pair]) -> None:
    """Write values in order; after an error some are written, and the transaction has to be undone."""
    wide = len(pairs) - len(pairs) % WIDE
    for start in range(0, wide, WIDE):
        row: list[bytes | int] = []
        for key, value in pairs[start : start + WIDE]:
            row += (key, value, crc32(value, crc32(key)))
        connection.execute(_PUT_WIDE, row)
    if rest := pairs[wide:]:
        connection.executemany(_PUT, [(key, value, crc32(value, crc32(key))) for key, value in rest])


def delete(connection: Connection, key: bytes) -> bool:
    """Remove a key and tell whether it was there."""
    return connection.execute(_DELETE, (key,)).rowcount > 0


def increment(connection: Connection, key: bytes, by: int) -> int:
    """Add to a decimal counter and give its new value."""
    new, text = counted(key.decode(), value_of(connection, key), by)
    put(connection, key, text)
    return new


def merge(connection: Connection, key: bytes, patch: bytes) -> bytes:
    """Change a JSON document by a merge patch and give it as it is then."""
    new = merged(key.decode(), value_of(connection, key), patch)
    put(connection, key, new)
    return new


def apply(connection: Connection, steps: Sequence[Step], conditions: Sequence[Step] = ()) -> None:
    """Apply all steps in order, or none; a condition is a key and its value, or None when it may not be there."""
    for key, expected in conditions:
        if value_of(connection, key) != expected:
            raise conflict(key.decode())
    connection.execute("SAVEPOINT steps")
    try:
        for deleting, run in groupby(steps, lambda step: step[1] is None):
            if deleting:
                connection.executemany(_DELETE, [(key,) for key, _ in run])
            else:
                put_all(connection, [(key, value) for key, value in run if value is not None])
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it already
            connection.execute("ROLLBACK TO steps")
            connection.execute("RELEASE steps")
        raise
    connection.execute("RELEASE steps")


def value_of(connection: Connection, key: bytes) -> bytes | None:
    """Read a value of any size."""
    row = connection.execute(GET, (key,)).fetchone()
    return None if row is None else sound(key, *row)


def small_values_of(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, bytes] | None:
    """Read a few keys at once; None, and nothing was read, when one of them is large."""
    marks = ", ".join("?" * len(keys))
    rows = connection.execute(f"SELECT key, {_SMALL} FROM pairs WHERE key IN ({marks})", keys).fetchall()  # noqa: S608 - marks only
    if any(value is None for _, value, _ in rows):
        return None
    return {key: sound(key, value, crc) for key, value, crc in rows}


def values_of(connection: Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    """Read several keys from one snapshot."""
    found: dict[bytes, bytes] = {}
    connection.execute("BEGIN")
    try:
        for start in range(0, len(keys), BATCH):
            part = keys[start : start + BATCH]
            marks = ", ".join("?" * len(part))
            rows = connection.execute(f"SELECT key, value, crc FROM pairs WHERE key IN ({marks})", part)  # noqa: S608 - marks only
            found.update((key, sound(key, value, crc)) for key, value, crc in rows)
    finally:
        connection.execute("COMMIT")
    return found


def stats(connection: Connection) -> StorageStats:
    """Count keys and bytes, by reading all keys; on the disk, the pages that are in use."""
    keys, size = connection.execute(_STATS).fetchone()
    (disk,) = connection.execute(_DISK).fetchone()
    return StorageStats(keys, size, disk)
