"""The store: every method is one step in the database, and many processes may take such steps at once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

from llmspell.errors import StorageError
from llmspell.spec.endpoints import places
from llmspell.spec.storage_backup import verified_backup
from llmspell.spec.storage_copies import write_pages
from llmspell.spec.storages import StorageStats, check_verbs, conflict, counted, encoded, fitting, merged, unsupported
from llmspell.spec.threads import in_thread, in_thread_if_large
from llmspell_storage_postgres import scans, writes
from llmspell_storage_postgres.changes import Changes
from llmspell_storage_postgres.database import Database
from llmspell_storage_postgres.statements import LIMITS, bounds, checksum, sound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from llmspell.spec import Context
    from llmspell.spec.storages import Operation
    from llmspell_storage_postgres.section import PostgresSection

T = TypeVar("T")


class PostgresStorage:
    """Implement `llmspell.spec.storages.Storage` in a PostgreSQL database."""

    capabilities = frozenset({"durable", "shared", "watch"})
    limits = LIMITS

    def __init__(self) -> None:
        self._database: Database | None = None
        self._changes: Changes | None = None
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    @staticmethod
    def hosts(section: PostgresSection) -> list[str]:
        """Give what the store may connect to: the server of its section."""
        return places(section.host, section.port, section.networks)

    # -- opening and closing -------------------------------------------------------------------------------------------

    async def open(self, ctx: Context) -> None:
        """Connect to the database of `[storage.postgres]`; an empty store is made where there is none."""
        section: PostgresSection = ctx.config
        tls = None
        if section.tls:
            authorities, certificate = map(_file, (section.authorities, section.certificate))
            tls = await ctx.net.tls(section.host, authorities=authorities, certificate=certificate)
        database = Database(section, tls, ctx)
        await database.begin()
        self._database, self._changes = database, Changes(database)

    async def aclose(self) -> None:
        """Close every connection."""
        database, self._database = self._database, None
        if database is not None and self._changes is not None:
            await self._changes.aclose()
            await database.aclose()

    def _opened(self) -> Database:
        if self._database is None:
            raise StorageError("the store is not open", suggestions=["await its `open` first"])
        return self._database

    # -- reading -------------------------------------------------------------------------------------------------------

    async def get(self, key: str) -> bytes | None:
        """Read a value, None when the key is absent."""
        return await self._get(self._opened(), encoded(key, LIMITS))

    async def _get(self, database: Database, key: bytes) -> bytes | None:
        row = await database.do(lambda connection: connection.fetchrow(database.sql.get, key), again=True)
        return None if row is None else await in_thread_if_large(len(row[0]), sound, key, row[0], row[1])

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        database, data = self._opened(), encoded(key, LIMITS)
        found = await database.do(lambda connection: connection.fetchval(database.sql.exists, data), again=True)
        return found is not None

    async def get_batch(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Read several keys from one moment; absent ones are left out."""
        database = self._opened()
        wanted = {encoded(key, LIMITS): key for key in keys}
        query = database.sql.get_many
        rows = await database.do(lambda connection: connection.fetch(query, list(wanted)), again=True)
        return {wanted[key]: value for key, value in await scans.sound_pairs(rows)}

    async def scan(
        self, prefix: str = "", *, start: str = "", end: str | None = None
    ) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs in key order, as they were when the scan began.

        A range of at most 1000 pairs and 1 MiB is read at once; only a longer one keeps a connection, to its end.
        """
        limits = bounds(encoded(prefix, LIMITS), encoded(start, LIMITS), None if end is None else encoded(end, LIMITS))
        async with aclosing(scans.pages(self._opened(), limits)) as pages:
            async for pairs in pages:
                for key, value in pairs:
                    yield key.decode(), value

    async def stats(self) -> StorageStats:
        """Count keys and bytes, by reading all rows; `disk` is what the table and its indexes take."""
        database = self._opened()
        row = await database.do(
            lambda connection: connection.fetchrow(database.sql.stats, timeout=writes.PATIENCE), again=True
        )
        return StorageStats(*row)

    async def verify(self, backup: Path | None = None) -> StorageStats:
        """Read everything and compare all checksums, of the store or of a backup."""
        if backup is not None:
            return await in_thread(verified_backup, backup)
        keys = size = 0
        async with aclosing(scans.pages(self._opened(), [b""])) as pages:
            async for pairs in pages:
                keys += len(pairs)
                size += sum(len(key) + len(value) for key, value in pairs)
        return StorageStats(keys, size, (await self.stats()).disk)

    def watch(self, prefix: str = "") -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        """Tell of keys that change, whoever changes them."""
        self._opened()
        assert self._changes is not None  # noqa: S101 - made with the database
        return self._changes.watch(prefix)

    # -- writing -------------------------------------------------------------------------------------------------------

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        database, data = self._opened(), encoded(key, LIMITS)
        crc = await in_thread_if_large(len(value), checksum, data, fitting(key, value, LIMITS))
        await database.do(lambda connection: connection.execute(database.sql.put, data, value, crc))

    async def delete(self, key: str) -> bool:
        """Remove a key and tell whether it was there."""
        database, data = self._opened(), encoded(key, LIMITS)
        done = await database.do(lambda connection: connection.execute(database.sql.delete, data))
        return bool(done == "DELETE 1")

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a decimal counter and return it."""
        return await self._change(key, lambda old: counted(key, old, by))

    async def merge(self, key: str, patch: bytes) -> bytes:
        """Change a JSON document by a merge patch and return it."""

        def change(old: bytes | None) -> tuple[bytes, bytes]:
            new = merged(key, old, patch)
            return new, new

        return await self._change(key, change)

    async def _change(self, key: str, change: Callable[[bytes | None], tuple[T, bytes]]) -> T:
        """Replace a value by what follows from it; tasks of this process take turns, other processes are outrun."""
        database, data = self._opened(), encoded(key, LIMITS)
        turn = self._turns.setdefault(data, asyncio.Lock())
        async with turn:
            while True:
                old = await self._get(database, data)
                result, new = await in_thread_if_large(len(old or b""), change, old)
                crc = await in_thread_if_large(len(new), checksum, data, fitting(key, new, LIMITS))
                values: list[Any] = [data, new, crc] if old is None else [data, new, crc, old]
                query = database.sql.claim if old is None else database.sql.exchange
                done = await database.do(_executing(query, values))
                if not done.endswith(" 0"):
                    return result

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order, or none."""
        check_verbs(operations)
        database = self._opened()
        conditions: dict[bytes, bytes | None] = {}
        changes: dict[bytes, bytes | None] = {}
        for verb, key, value in operations:
            data = encoded(key, LIMITS)
            kept = fitting(key, value, LIMITS) if verb in ("put", "check") else None
            if verb in ("put", "delete"):
                changes[data] = kept
            elif conditions.setdefault(data, kept) != kept:
                raise conflict(key)  # two conditions on one key that cannot both hold
        if conditions:
            await database.do(partial(writes.apply_if, sql=database.sql, changes=changes, conditions=conditions))
        elif changes:
            await database.do(partial(writes.apply, sql=database.sql, changes=changes))

    async def compact(self) -> None:
        """Refuse: the server gives room back by itself (autovacuum)."""
        raise unsupported("postgres", "compact")

    # -- copies --------------------------------------------------------------------------------------------------------

    async def backup(self, target: Path) -> None:
        """Write a verified copy to a file, while others read and write."""
        async with aclosing(scans.pages(self._opened(), [b""])) as pages:
            await write_pages(pages, target)

    async def restore(self, source: Path) -> None:
        """Replace the content by a backup, in one transaction; a damaged file changes nothing."""
        database = self._opened()
        await in_thread(verified_backup, source)
        await database.do(partial(writes.replace, sql=database.sql, source=source))


def _executing(query: str, values: list[Any]) -> Callable[[Any], Any]:
    return lambda connection: connection.execute(query, *values)


def _file(name: str | None) -> Path | None:
    return None if name is None else Path(name).expanduser()
