"""The store: every method is one step on the server, and many processes may take such steps at once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

from redis.exceptions import RedisError

from llmspell.errors import StorageError
from llmspell.spec.endpoints import places
from llmspell.spec.storage_backup import verified_backup
from llmspell.spec.storage_copies import write_pages
from llmspell.spec.storages import StorageStats, check_verbs, conflict, counted, encoded, fitting, merged, unsupported
from llmspell.spec.threads import in_thread, in_thread_if_large
from llmspell_storage_redis import copies, scans
from llmspell_storage_redis.connection import Place
from llmspell_storage_redis.sealed import ABSENT, LIMITS, opened, sealed
from llmspell_storage_redis.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    from llmspell.spec import Context
    from llmspell.spec.storages import Operation
    from llmspell_storage_redis.section import RedisSection

T = TypeVar("T")

MANY = 1000
"""Keys that are read in one command; more go in a pipeline of such commands, between which others get their turn."""


class RedisStorage:
    """Implement `llmspell.spec.storages.Storage` on a Redis server."""

    capabilities = frozenset({"durable", "shared", "watch", "size_limit"})
    limits = LIMITS

    def __init__(self) -> None:
        self._server: Server | None = None
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    @staticmethod
    def hosts(section: RedisSection) -> list[str]:
        """Give what the store may connect to: the server of its section."""
        return places(section.host, section.port, section.networks)

    # -- opening and closing -------------------------------------------------------------------------------------------

    async def open(self, ctx: Context) -> None:
        """Connect to the server of `[storage.redis]`; an empty store is made where there is none."""
        section: RedisSection = ctx.config
        tls = None
        if section.tls:
            authorities, certificate = map(_file, (section.authorities, section.certificate))
            tls = await ctx.net.tls(section.host, authorities=authorities, certificate=certificate)
        server = Server(section, Place(ctx.net, section.host, section.port, tls), ctx)
        try:
            await server.begin()
        except BaseException:
            await server.aclose()
            raise
        self._server = server

    async def aclose(self) -> None:
        """Close every connection."""
        server, self._server = self._server, None
        if server is not None:
            await server.aclose()

    def _opened(self) -> Server:
        if self._server is None:
            raise StorageError("the store is not open", suggestions=["await its `open` first"])
        return self._server

    # -- reading -------------------------------------------------------------------------------------------------------

    async def get(self, key: str) -> bytes | None:
        """Read a value, None when the key is absent."""
        return await self._get(self._opened(), encoded(key, LIMITS))

    async def _get(self, server: Server, key: bytes) -> bytes | None:
        kept = await server.ask("HGET", server.data, key)
        return await in_thread_if_large(len(kept or b""), opened, key, kept)

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        server, data = self._opened(), encoded(key, LIMITS)
        return bool(await server.ask("HEXISTS", server.data, data))

    async def get_batch(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Read several keys, up to 1000 of them from one moment; absent ones are left out."""
        server = self._opened()
        wanted = [(key, encoded(key, LIMITS)) for key in dict.fromkeys(keys)]
        names = [data for _, data in wanted]
        parts = await server.ask_all(
            ("HMGET", server.data, *names[first : first + MANY]) for first in range(0, len(names), MANY)
        )
        kept = [one for part in parts for one in part]

        def opened_all() -> dict[str, bytes]:
            values = ((key, opened(data, one)) for (key, data), one in zip(wanted, kept, strict=True))
            return {key: value for key, value in values if value is not None}

        return await in_thread_if_large(sum(len(one) for one in kept if one), opened_all)

    async def scan(
        self, prefix: str = "", *, start: str = "", end: str | None = None
    ) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs in key order, as they were when the scan began; the server is asked for 1000 at a time."""
        lower, upper = scans.bounds(
            encoded(prefix, LIMITS), encoded(start, LIMITS), None if end is None else encoded(end, LIMITS)
        )
        async with aclosing(self._pages(lower, upper)) as pages:
            async for pairs in pages:
                for key, value in pairs:
                    yield key.decode(), value

    async def _pages(
        self, lower: bytes = b"", upper: bytes | None = None
    ) -> AsyncGenerator[list[tuple[bytes, bytes]], None]:
        server = self._opened()
        scan = scans.Scan(server.page, server.new_id(), lower, upper)
        try:
            yield await scan.page()
            while scan.under_way:
                yield await scan.page()
        finally:
            if scan.under_way:
                with suppress(StorageError):  # a server that is lost gives the scan up by itself
                    await server.end_scan(scan.name)

    async def stats(self) -> StorageStats:
        """Count keys and bytes, at once; `disk` is what the server reckons that the keys take of its memory."""
        server = self._opened()
        keys, size = await server.count()
        taken = await server.ask_all([("MEMORY", "USAGE", key) for key in (server.data, server.index, server.meta)])
        return StorageStats(keys, size, sum(one or 0 for one in taken))

    async def verify(self, backup: Path | None = None) -> StorageStats:
        """Read everything and compare all checksums and counts, of the store or of a backup."""
        if backup is not None:
            return await in_thread(verified_backup, backup)
        keys = size = 0
        async with aclosing(self._pages()) as pages:
            async for pairs in pages:
                keys += len(pairs)
                size += sum(len(key) + len(value) for key, value in pairs)
        return StorageStats(keys, size, (await self.stats()).disk)

    def watch(self, prefix: str = "") -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        """Tell of keys that change, whoever changes them."""
        return self._opened().changes.watch(prefix)

    # -- writing -------------------------------------------------------------------------------------------------------

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        data = encoded(key, LIMITS)
        kept = await in_thread_if_large(len(value), sealed, data, fitting(key, value, LIMITS))
        await self._opened().write([(data, kept)])

    async def delete(self, key: str) -> bool:
        """Remove a key and tell whether it was there."""
        return await self._opened().write([], removals=[encoded(key, LIMITS)]) == 1

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
        server, data = self._opened(), encoded(key, LIMITS)
        turn = self._turns.setdefault(data, asyncio.Lock())
        async with turn:
            while True:
                old = await self._get(server, data)
                result, new = await in_thread_if_large(len(old or b""), change, old)
                steps = [
                    ("absent" if old is None else "check", data, old or b""),
                    ("put", data, fitting(key, new, LIMITS)),
                ]
                size = len(old or b"") + len(new)
                if isinstance(await server.write(*await in_thread_if_large(size, _sorted, steps)), int):
                    return result

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order, or none; the server does nothing else meanwhile."""
        check_verbs(operations)
        server = self._opened()
        checked = [(verb, encoded(key, LIMITS), fitting(key, value, LIMITS)) for verb, key, value in operations]
        if checked:
            size = sum(len(value) for _, _, value in checked)
            answer = await server.write(*await in_thread_if_large(size, _sorted, checked))
            if isinstance(answer, bytes):
                raise conflict(answer.decode())

    async def compact(self) -> None:
        """Refuse: the server gives memory back by itself."""
        raise unsupported("redis", "compact")

    # -- copies --------------------------------------------------------------------------------------------------------

    async def backup(self, target: Path) -> None:
        """Write a verified copy to a file, while others read and write."""
        async with aclosing(self._pages()) as pages:
            await write_pages(pages, target)

    async def restore(self, source: Path) -> None:
        """Replace the content by a backup, in one step after everything was sent; scans that are under way end."""
        server = self._opened()
        stats = await in_thread(verified_backup, source)
        server.check_room(stats)
        name = server.new_id()
        data, index = (f"{server.data}:{name}", f"{server.index}:{name}")
        try:
            with server.failures.explained():
                await copies.send_backup(server.client, source, data, index)
            await server.replace(data, index, stats.bytes)
        except BaseException:
            with suppress(RedisError, OSError):  # a server that is lost gives them up by itself
                await server.client.unlink(data, index)
            raise


def _sorted(
    operations: Iterable[tuple[str, bytes, bytes]],
) -> tuple[list[tuple[bytes, bytes]], list[tuple[bytes, bytes]], list[bytes]]:
    """Give what operations come to, sealed: what is written, on which conditions, and what is removed."""
    conditions: list[tuple[bytes, bytes]] = []
    pairs: dict[bytes, bytes] = {}
    removals: dict[bytes, None] = {}
    for verb, key, value in operations:
        if verb == "put":
            pairs[key] = sealed(key, value)
            removals.pop(key, None)
        elif verb == "delete":
            removals[key] = None
            pairs.pop(key, None)
        else:
            conditions.append((key, sealed(key, value) if verb == "check" else ABSENT))
    return list(pairs.items()), conditions, list(removals)


def _file(name: str | None) -> Path | None:
    return None if name is None else Path(name).expanduser()
