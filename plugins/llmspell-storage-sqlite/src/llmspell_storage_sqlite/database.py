"""The file: how it is opened, what is in it, and which files are refused.

Format 2. Table `llmspell_header` has one row: format name and version. Table `pairs` maps keys (UTF-8) to values; keys
are blobs, so that SQLite orders them by their bytes. `crc` is the CRC-32 of key and value: SQLite notices damage to its
own structure, not to what it keeps. Format 1 had no `crc`; it is brought to format 2 when it is opened.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Literal

from llmspell.errors import StorageError
from llmspell.spec.storage_lock import make_private
from llmspell_storage_sqlite.statements import put

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell_storage_sqlite.port import Connection

NAME = "llmspell-storage"
VERSION = 2
_FIRST = {("llmspell_header", "name"), ("llmspell_header", "version"), ("pairs", "key"), ("pairs", "value")}
SHAPES = {1: _FIRST, 2: {*_FIRST, ("pairs", "crc")}}
"""The tables and columns of each format."""

PAGE = 8192
"""Bytes of a page: values of 1 KB fit without overflow pages."""
_PAIRS = "CREATE TABLE pairs (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID"
_SCHEMA = (
    "BEGIN IMMEDIATE",
    "CREATE TABLE llmspell_header (name TEXT NOT NULL, version INTEGER NOT NULL)",
    "INSERT INTO llmspell_header VALUES ('llmspell-storage', 2)",
    _PAIRS,
    "COMMIT",
)
_SHAPE = "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'"

Synchronous = Literal["normal", "full"]


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a file with the SQLite of the standard library; one that is not there is made for its owner alone."""
    if not read_only:
        make_private(path)  # SQLite gives its log the same rights
    uri = path.absolute().as_uri() + ("?mode=ro" if read_only else "")
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def prepare(connection: Connection, path: Path, synchronous: Synchronous) -> None:
    """Make an empty file a store, or check that it is one; raises `StorageError` before anything is changed."""
    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in _SCHEMA:
            connection.execute(statement)
    version = check(connection, path)
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StorageError(
            f"the store {path} cannot use a write-ahead log (its journal mode stays {mode!r})",
            suggestions=["set `[storage] path` to a folder of a local disk"],
        )
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute(f"PRAGMA journal_size_limit = {64 << 20}")
    if version == 1:
        _add_checksums(connection)
    # A file that cannot be written is refused now and not at the first value; nothing reaches the disk.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE llmspell_header SET version = version")
    connection.execute("ROLLBACK")


def limit(connection: Connection, size: int) -> None:
    """Let a file grow to a number of bytes at most; one that is larger already may not grow."""
    connection.execute(f"PRAGMA max_page_count = {max(1, size // PAGE)}")


def compact(connection: Connection) -> None:
    """Write the file anew without free pages, and empty the log."""
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _add_checksums(connection: Connection) -> None:
    """Bring format 1 to format 2, in one transaction; after an error, closing the connection undoes it."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("ALTER TABLE pairs RENAME TO old")
    connection.execute(_PAIRS)
    for key, value in connection.execute("SELECT key, value FROM old"):
        put(connection, key, value)
    connection.execute("DROP TABLE old")
    connection.execute("UPDATE llmspell_header SET version = 2")
    connection.execute("COMMIT")


def check(connection: Connection, path: Path) -> int:
    """Give the format of a file; refuses one of somebody else, or of a newer llmspell."""
    columns = set(connection.execute(_SHAPE).fetchall())
    rows = connection.execute("SELECT name, version FROM llmspell_header").fetchall() if columns >= _FIRST else []
    name, version = rows[0] if len(rows) == 1 else ("", 0)
    newer = isinstance(version, int) and version > VERSION
    if name != NAME or not (newer or SHAPES.get(version) == columns):
        raise StorageError(
            f"{path} is a SQLite file of another program",
            suggestions=["set `[storage] path` to a file of its own"],
            context={"path": str(path)},
        )
    if newer:
        raise StorageError(
            f"the store {path} has format {version}, this llmspell knows format {VERSION}",
            suggestions=["upgrade llmspell-storage-sqlite; nothing was changed"],
            context={"path": str(path), "format": version},
        )
    return version
