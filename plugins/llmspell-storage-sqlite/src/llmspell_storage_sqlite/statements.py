"""What is read and written: each function does one thing on a connection, wholly or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import StorageError
from llmspell.spec.storages import StorageStats

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

LONGEST_KEY = 1 << 20
"""Bytes of a key."""

BATCH = 500
"""Keys of one query: every SQLite binds at least 999 values."""

GET = "SELECT value FROM pairs WHERE key = ?"
_PUT = "INSERT INTO pairs VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_DELETE = "DELETE FROM pairs WHERE key = ?"
_STATS = "SELECT count(*), coalesce(sum(length(key) + length(value)), 0) FROM pairs"

Step = tuple[bytes, bytes | None]
"""One operation of a transaction: a key, and a value or None to delete it."""


def encoded(key: str) -> bytes:
    """Give a key as it is stored; raises `StorageError` for one that is too long or no Unicode text."""
    try:
        data = key.encode()
    except UnicodeEncodeError as error:
        raise StorageError(f"the key {key[:80]!r} is no Unicode text: it holds half of a character") from error
    if len(data) > LONGEST_KEY:
        raise StorageError(
            f"a key of {len(data)} bytes is too long: {LONGEST_KEY} are allowed",
            suggestions=["keep long texts in values"],
        )
    return data


def put(connection: sqlite3.Connection, key: bytes, value: bytes) -> None:
    """Write a value."""
    connection.execute(_PUT, (key, value))


def delete(connection: sqlite3.Connection, key: bytes) -> bool:
    """Remove a key and tell whether it was there."""
    return connection.execute(_DELETE, (key,)).rowcount > 0


def increment(connection: sqlite3.Connection, key: bytes, by: int) -> int:
    """Add to a decimal counter and give its new value."""
    row = connection.execute(GET, (key,)).fetchone()
    try:
        new = int(row[0] if row else b"0") + by
    except ValueError as error:
        raise StorageError(f"the value at {key.decode()!r} is no counter") from error
    put(connection, key, str(new).encode())
    return new


def apply(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Apply all steps in order, or none."""
    connection.execute("SAVEPOINT steps")
    try:
        for key, value in steps:
            if value is None:
                delete(connection, key)
            else:
                put(connection, key, value)
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it already
            connection.execute("ROLLBACK TO steps")
            connection.execute("RELEASE steps")
        raise
    connection.execute("RELEASE steps")


def values_of(connection: sqlite3.Connection, keys: Sequence[bytes]) -> dict[bytes, bytes]:
    """Read several keys from one snapshot."""
    found: dict[bytes, bytes] = {}
    connection.execute("BEGIN")
    try:
        for start in range(0, len(keys), BATCH):
            part = keys[start : start + BATCH]
            marks = ", ".join("?" * len(part))
            found.update(connection.execute(f"SELECT key, value FROM pairs WHERE key IN ({marks})", part))  # noqa: S608 - marks only
    finally:
        connection.execute("COMMIT")
    return found


def stats(connection: sqlite3.Connection) -> StorageStats:
    """Count keys and bytes, by reading all keys."""
    return StorageStats(*connection.execute(_STATS).fetchone())
