"""The stores on servers with 1 KB values, beside their own clients without anything around them.

Both servers are started for the bench, on loopback.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from llmspell.spec.storages import Operation
from llmspell.testing import open_context
from llmspell.testing.postgres_server import PASSWORD, PostgresServer
from llmspell.testing.redis_server import RedisServer
from tests.bench.budget import OURS
from tests.bench.peers.rowdata import KEYS, TASKS, WRITES, batch, value
from tests.bench.samples import MICRO, contest

if TYPE_CHECKING:
    from llmspell.spec.storages import Storage
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples, Turn


class Store(Protocol):
    """What is measured of a store and of a client alike."""

    async def get(self, key: str) -> bytes | None:
        """Read a value."""

    async def put(self, key: str, data: bytes) -> None:
        """Write a value."""

    async def put_all(self, pairs: list[tuple[str, bytes]]) -> None:
        """Write values in one step."""


class Ours:
    """Our store."""

    def __init__(self, store: Storage) -> None:
        self.get, self.put, self._transaction = store.get, store.put, store.transaction

    async def put_all(self, pairs: list[tuple[str, bytes]]) -> None:
        """Write values in a transaction."""
        await self._transaction([Operation("put", key, data) for key, data in pairs])


class BareRedis:
    """redis-py with the pool that it would be given by hand."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def get(self, key: str) -> bytes | None:
        """Read a value."""
        found: bytes | None = await self._client.get(key)
        return found

    async def put(self, key: str, data: bytes) -> None:
        """Write a value."""
        await self._client.set(key, data)

    async def put_all(self, pairs: list[tuple[str, bytes]]) -> None:
        """Write values by one command."""
        await self._client.mset(dict(pairs))


class BarePostgres:
    """asyncpg with its own pool."""

    PUT = "INSERT INTO bare VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value"
    MANY = (
        "INSERT INTO bare SELECT * FROM unnest($1::bytea[], $2::bytea[]) "
        "ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value"
    )

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def get(self, key: str) -> bytes | None:
        """Read a value."""
        found: bytes | None = await self._pool.fetchval("SELECT value FROM bare WHERE key = $1", key.encode())
        return found

    async def put(self, key: str, data: bytes) -> None:
        """Write a value."""
        await self._pool.execute(self.PUT, key.encode(), data)

    async def put_all(self, pairs: list[tuple[str, bytes]]) -> None:
        """Write values by one statement."""
        await self._pool.execute(self.MANY, [key.encode() for key, _ in pairs], [data for _, data in pairs])


def turns_of(store: Store) -> dict[str, Turn]:
    """Give the turns of a store by what they measure; each gives microseconds for one key."""

    async def get() -> float:
        start = perf_counter()
        for key in KEYS:
            await store.get(key)
        return (perf_counter() - start) / len(KEYS) * MICRO

    async def put() -> float:
        async def task(first: int) -> None:
            for number in range(first, TASKS * WRITES, TASKS):
                await store.put(KEYS[number % len(KEYS)], value(number))

        start = perf_counter()
        await asyncio.gather(*(task(number) for number in range(TASKS)))
        return (perf_counter() - start) / (TASKS * WRITES) * MICRO

    async def put_all() -> float:
        start = perf_counter()
        for number in range(WRITES):
            await store.put_all(batch(number))
        return (perf_counter() - start) / (TASKS * WRITES) * MICRO

    return {"put by 100 tasks": put, "get": get, "batch of 100": put_all}


async def opened(stack: AsyncExitStack, name: str, folder: Path, section: dict[str, Any]) -> Ours:
    """Open a store in an application of its own."""
    (folder / "password").write_text(PASSWORD, encoding="utf-8")
    config = {"storage": {"backend": name, name: {"password_file": str(folder / "password"), **section}}}
    ctx = await stack.enter_async_context(open_context(config=config))
    return Ours(await ctx.app.stores.backend())


async def of_redis(stack: AsyncExitStack, folder: Path) -> dict[str, Store]:
    """Give the contestants on a Redis server."""
    from redis.asyncio import BlockingConnectionPool, Redis

    server = RedisServer(folder)
    stack.callback(server.kill)
    server.start()
    place: dict[str, Any] = {"host": "127.0.0.1", "port": server.port}
    client: Any = Redis.from_pool(BlockingConnectionPool(**place, password=PASSWORD, max_connections=10))
    stack.push_async_callback(client.aclose)
    return {OURS: await opened(stack, "redis", folder, place), "redis-py": BareRedis(client)}


async def of_postgres(stack: AsyncExitStack, folder: Path) -> dict[str, Store]:
    """Give the contestants on a PostgreSQL server."""
    import asyncpg

    server = PostgresServer()
    stack.callback(server.remove)
    server.start()
    place: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "database": "postgres"}
    pool = await asyncpg.create_pool(**place, user="llmspell", password=PASSWORD, min_size=0, max_size=10)
    stack.push_async_callback(pool.close)
    await pool.execute("CREATE TABLE bare (key bytea PRIMARY KEY, value bytea)")
    return {OURS: await opened(stack, "postgres", folder, place), "asyncpg": BarePostgres(pool)}


async def measure(_peers: Peers) -> dict[str, Samples]:
    """Start each server and let store and client take turns on it."""
    found: dict[str, Samples] = {}
    for name, contestants in (("redis", of_redis), ("postgres", of_postgres)):
        with tempfile.TemporaryDirectory() as folder:
            async with AsyncExitStack() as stack:
                turns = {one: turns_of(store) for one, store in (await contestants(stack, Path(folder))).items()}
                for what in ("put by 100 tasks", "get", "batch of 100"):
                    found[f"{name} {what}"] = await contest({one: mine[what] for one, mine in turns.items()})
    return found
