"""The port under the store: what it asks of a SQLite connection, which is a small part of `sqlite3.Connection`.

Errors are `sqlite3.Error` with `sqlite_errorcode`, whatever library answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class Rows(Protocol):
    """The rows of a query; when all were read the query is over and holds no snapshot."""

    @property
    def rowcount(self) -> int:
        """Tell how many rows an INSERT, UPDATE or DELETE touched."""
        ...

    def fetchone(self) -> Any:
        """Give the next row as a tuple, or None. The last row ends the query, without another call."""
        ...

    def fetchall(self) -> list[Any]:
        """Give the rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Give the rows that are left, one by one."""
        ...


class Cursor(Rows, Protocol):
    """A place for one query after the other: making it once is cheaper than for each."""

    @property
    def connection(self) -> Connection:
        """Give the connection that it belongs to."""
        ...

    def execute(self, sql: str, parameters: Sequence[object] = ..., /) -> Self:
        """Run one statement; whatever ran here before is over."""
        ...


class Connection(Protocol):
    """A connection in autocommit mode, used by one thread at a time but not always the same."""

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open; SQLite ends some by itself when the disk fails."""
        ...

    def execute(self, sql: str, parameters: Sequence[object] = ..., /) -> Rows:
        """Run one statement."""
        ...

    def executemany(self, sql: str, rows: Sequence[Sequence[object]], /) -> object:
        """Run one statement for each row; the first error ends it."""
        ...

    def cursor(self) -> Cursor:
        """Give a cursor that is used again and again."""
        ...

    def backup(self, target: Any, /) -> None:
        """Copy the whole file to another connection of the same library."""
        ...

    def close(self) -> None:
        """Close the file; an open transaction is undone."""
        ...


class Connect(Protocol):
    """Open connections; this is what `SqliteStorage(connect=...)` takes."""

    def __call__(self, path: Path, *, read_only: bool = False) -> Connection:
        """Open a file; `read_only` never creates or changes it. ATTACH has to understand `file:` URIs."""
        ...
