"""The store: reads at once on the caller's thread, writes through the writer, scans from a snapshot of their own."""

from __future__ import annotations

import os
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from llmspell.errors import StorageError
from llmspell.spec.storage_lock import in_turn, seize
from llmspell.spec.storage_scan import scanned
from llmspell.spec.storage_warm import Warm
from llmspell.spec.storage_watch import Watchers
from llmspell.spec.storages import StorageLimits, check_verbs, encoded, fitting, only_puts
from llmspell.spec.threads import in_thread
from llmspell_storage_sqlite import copies, database, statements
from llmspell_storage_sqlite.failures import FAULTS, explained, failure
from llmspell_storage_sqlite.scans import Snapshot
from llmspell_storage_sqlite.writer import SqliteWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from llmspell.spec import Context
    from llmspell.spec.storages import Operation, StorageStats
    from llmspell_storage_sqlite.database import Synchronous
    from llmspell_storage_sqlite.port import Connect, Connection, Cursor

T = TypeVar("T")

FILE = "llmspell.sqlite3"
SUFFIXES = {".db", ".sqlite", ".sqlite3"}
FEW = 16
"""Keys that are read on the caller's thread; more are worth the way to another."""

_EXISTS = "SELECT 1 FROM pairs WHERE key = ?"
_ASK = ("check", "absent")

CACHE = 4 << 20
"""Bytes of values kept in memory, unless the configuration says otherwise."""


class Live(NamedTuple):
    """What an open store works with."""

    writer: SqliteWriter
    reader: Cursor
    path: Path
    warm: Warm


class SqliteStorage:
    """Implement `llmspell.spec.storages.Storage` on one SQLite file in WAL mode.

    `connect` opens connections. One process has the file open at a time. Reading one key costs less than handing it to
    another thread, so it happens on the caller's; `warm` has those that were read lately.
    """

    capabilities = frozenset({"durable", "watch", "size_limit", "compact"})
    limits = StorageLimits()

    def __init__(self, *, connect: Connect = database.connect) -> None:
        self._connect = connect
        self._stack = ExitStack()
        self._live: Live | None = None
        self._watchers = Watchers()

    # -- opening and closing -------------------------------------------------------------------------------------------

    async def open(self, ctx: Context) -> None:
        """Open `[storage] path` (a file, or a folder), or `llmspell.sqlite3` in the user's data folder.

        Two spells may well be run at once: the second waits `[storage.sqlite] wait` seconds for the first to end.
        """
        path = store_file(ctx.paths.store or ctx.paths.data)
        config = ctx.config
        given = {"synchronous": config.synchronous, "cache": config.cache, "max_size": config.max_size}
        await in_turn(lambda: self.open_file(path, **given), ctx, config.wait)

    async def open_file(
        self, path: Path, *, synchronous: Synchronous = "normal", cache: int = CACHE, max_size: int = 0
    ) -> None:
        """Open a file, made if it is not there; raises `StorageError` for one that is in use, damaged or newer.

        `max_size` is in bytes; 0 means as large as the disk allows.
        """
        if self._live is not None:
            raise StorageError(f"the store {self._live.path} is open already", suggestions=["await `aclose` first"])
        await in_thread(lambda: self._open(path, synchronous, cache, max_size))

    def _open(self, path: Path, synchronous: Synchronous, cache: int, max_size: int) -> None:
        with explained(path), ExitStack() as stack:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = path.resolve()
            stack.enter_context(seize(path, os.getpid()))
            connection = self._connect(path)
            stack.callback(connection.close)
            database.prepare(connection, path, synchronous)
            if max_size:
                database.limit(connection, max_size)
            reader = self._connect(path, read_only=True)
            stack.callback(reader.close)
            warm = Warm(cache)
            self._live = Live(SqliteWriter(connection, path, warm), reader.cursor(), path, warm)
            self._stack = stack.pop_all()

    async def aclose(self) -> None:
        """Finish the writes that wait, then close the file and let others have it."""
        self._watchers.close()
        if self._live is not None:
            await self._live.writer.aclose()
            self._live = None
            # The reader first: whichever closes last takes the log into the file, and that is a write.
            await in_thread(self._stack.close)

    @property
    def commits(self) -> int:
        """Tell how many transactions were committed since the store was opened."""
        return self._opened().writer.commits

    def _key(self, key: str) -> bytes:
        return encoded(key, self.limits)

    def _opened(self) -> Live:
        if self._live is None:
            raise StorageError("the store is not open", suggestions=["await its `open` first"])
        return self._live

    # -- reading -------------------------------------------------------------------------------------------------------

    def _row(self, query: str, key: bytes) -> Any:
        _, reader, path, _ = self._live or self._opened()
        try:
            return reader.execute(query, (key,)).fetchone()
        except FAULTS as error:
            raise failure(error, path) from error

    async def get(self, key: str) -> bytes | None:
        """Read a value, None when the key is absent."""
        warm = (self._live or self._opened()).warm
        data = self._key(key)
        value = warm.get(data)
        if value is None:
            moment = warm.moment
            row = self._row(statements.GET, data)
            if row is not None:
                value = statements.sound(data, *row)
                warm.keep(data, value, moment)
        return value

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        data = self._key(key)
        return self._opened().warm.holds(data) or self._row(_EXISTS, data) is not None

    async def get_batch(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Read several keys from one moment; absent ones are left out."""
        _, reader, path, _ = self._opened()
        wanted = {self._key(key): key for key in keys}
        work = partial(statements.values_of, keys=list(wanted))
        if len(wanted) <= FEW:
            with explained(path):
                found = work(reader.connection)
        else:
            found = await self._read(work)
        return {wanted[key]: value for key, value in found.items()}

    async def scan(
        self, prefix: str = "", *, start: str = "", end: str | None = None
    ) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs in key order, as they were when the scan began.

        A range of at most 1000 pairs and 1 MiB is read before the first is yielded; only a longer one keeps its
        snapshot, until its last pair has been read.
        """
        path = self._opened().path
        bounds = self._key(prefix), self._key(start), None if end is None else self._key(end)
        with explained(path):
            snapshot = Snapshot(self._connect(path, read_only=True), path, *bounds)
        async for pair in scanned(snapshot):
            yield pair

    async def stats(self) -> StorageStats:
        """Count keys and bytes, by reading all keys."""
        return await self._read(statements.stats)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        """Read in a thread, on a connection of its own."""
        path = self._opened().path

        def read() -> T:
            with explained(path), closing(self._connect(path, read_only=True)) as connection:
                return work(connection)

        return await in_thread(read)

    # -- writing -------------------------------------------------------------------------------------------------------

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        data = self._key(key)
        try:
            await (self._live or self._opened()).writer.put([(data, fitting(key, value, self.limits))])
        finally:  # when the caller is cancelled, too: the write may have been made
            self._watchers.tell((key,))

    async def delete(self, key: str) -> bool:
        """Remove a key and tell whether it was there."""
        return await self._change(key, statements.delete)

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a decimal counter and return it."""
        return await self._change(key, partial(statements.increment, by=by))

    async def merge(self, key: str, patch: bytes) -> bytes:
        """Change a JSON document by a merge patch and return it."""
        return await self._change(key, partial(statements.merge, patch=patch))

    async def _change(self, key: str, work: Callable[..., T]) -> T:
        """Do something to one key."""
        data = self._key(key)
        try:
            return await self._opened().writer.do(partial(work, key=data), keys=[data])
        finally:
            self._watchers.tell((key,))

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order, or none."""
        writer = (self._live or self._opened()).writer
        puts = only_puts(operations, self.limits)
        written = self._applied(writer, operations) if puts is None else writer.put(puts)
        try:
            await written
        finally:
            self._watchers.tell(key for verb, key, _ in operations if verb not in _ASK)

    def _applied(self, writer: SqliteWriter, operations: Sequence[Operation]) -> Coroutine[Any, Any, None]:
        """Check operations, and give what applies them once it is awaited."""
        check_verbs(operations)
        checked = [(verb, self._key(key), fitting(key, value, self.limits)) for verb, key, value in operations]
        conditions = [(key, value if verb == "check" else None) for verb, key, value in checked if verb in _ASK]
        steps = [(key, value if verb == "put" else None) for verb, key, value in checked if verb not in _ASK]
        work = partial(statements.apply, steps=steps, conditions=conditions)
        return writer.do(work, keys=[key for key, _ in steps])

    # -- watching ------------------------------------------------------------------------------------------------------

    def watch(self, prefix: str = "") -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        """Tell of keys that change: one process has the file, so all changes are made here."""
        self._opened()
        return self._watchers.watch(prefix)

    # -- copies --------------------------------------------------------------------------------------------------------

    async def backup(self, target: Path) -> None:
        """Write a verified copy to a file, while others read and write."""
        path = self._opened().path
        await in_thread(lambda: copies.write_backup(path, target, self._connect, os.fsync))

    async def restore(self, source: Path) -> None:
        """Replace the content by a backup, in one transaction; a damaged file changes nothing."""
        writer = self._opened().writer
        await in_thread(lambda: copies.verify_backup(source, self._connect))
        try:
            await writer.do(partial(copies.replace_content, source=source), alone=True)
        finally:
            self._watchers.tell(None)

    async def verify(self, backup: Path | None = None) -> StorageStats:
        """Read the whole store, or a backup, and compare all checksums."""
        path = self._opened().path
        if backup is None:
            return await self._read(lambda connection: copies.verify(connection, path))
        return await in_thread(lambda: copies.verify_backup(backup, self._connect))

    async def compact(self) -> None:
        """Write the file anew without the room of what was deleted; it takes the room of both meanwhile."""
        await self._opened().writer.do(database.compact, keys=(), alone=True)


def store_file(place: Path) -> Path:
    """Give the file of a store that lies in a folder, or is named itself."""
    return place if place.suffix in SUFFIXES or place.is_file() else place / FILE
