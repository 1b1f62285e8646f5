"""The file: how it is opened, what is in it, and which files are refused.

Format 1. Table `llmspell_header` has one row: format name and version. Table `pairs` maps keys (UTF-8) to values; keys
are blobs, so that SQLite orders them by their bytes.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Literal, Protocol

from llmspell.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

NAME = "llmspell-storage"
VERSION = 1
TABLES = {"llmspell_header", "pairs"}
PAGE = 8192
"""Bytes of a page: values of 1 KB fit without overflow pages."""

_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE llmspell_header (name TEXT NOT NULL, version INTEGER NOT NULL);
INSERT INTO llmspell_header VALUES ('llmspell-storage', 1);
CREATE TABLE pairs (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;
COMMIT;
"""

Synchronous = Literal["normal", "full"]


class Connect(Protocol):
    """The port under the store: open a file, in autocommit mode and for use in any thread."""

    def __call__(self, path: Path, *, read_only: bool = False) -> sqlite3.Connection:
        """Open a connection; `read_only` never creates or changes the file."""
        ...


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a file with the SQLite of the standard library."""
    uri = path.absolute().as_uri() + ("?mode=ro" if read_only else "")
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def prepare(connection: sqlite3.Connection, path: Path, synchronous: Synchronous) -> None:
    """Make an empty file a store, or check that it is one; raises `StorageError` before anything is changed."""
    if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,):
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(_SCHEMA)
    check(connection, path)
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StorageError(
            f"the store {path} cannot use a write-ahead log (its journal mode stays {mode!r})",
            suggestions=["set `[storage] path` to a folder of a local disk"],
        )
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute(f"PRAGMA journal_size_limit = {64 << 20}")
    # A file that cannot be written is refused now and not at the first value; nothing reaches the disk.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE llmspell_header SET version = version")
    connection.execute("ROLLBACK")


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file of somebody else, or of a newer llmspell."""
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    rows = connection.execute("SELECT name, version FROM llmspell_header").fetchall() if tables >= TABLES else []
    if len(rows) != 1 or rows[0][0] != NAME or not isinstance(rows[0][1], int):
        raise StorageError(
            f"{path} is a SQLite file of another program",
            suggestions=["set `[storage] path` to a file of its own"],
            context={"path": str(path)},
        )
    version = rows[0][1]
    if version > VERSION:
        raise StorageError(
            f"the store {path} has format {version}, this llmspell knows format {VERSION}",
            suggestions=["upgrade llmspell-storage-sqlite; nothing was changed"],
            context={"path": str(path), "format": version},
        )
