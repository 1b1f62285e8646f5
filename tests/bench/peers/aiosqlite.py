"""aiosqlite as a key-value store in WAL mode, on the file named by the first argument."""

from __future__ import annotations

import asyncio
import sys
from time import perf_counter
from typing import Any

import aiosqlite  # type: ignore[import-not-found,unused-ignore]  # lives in an environment of its own

from tests.bench.peers.measures import MICRO
from tests.bench.peers.rowdata import CREATE, KEYS, PRAGMAS, PUT, READ, TASKS, WRITES, batch, value
from tests.bench.peers.turns import serve


class Store:
    """Measure one connection."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    async def get(self) -> float:
        start = perf_counter()
        for key in KEYS:
            async with self.connection.execute(READ, (key,)) as cursor:
                await cursor.fetchone()
        return (perf_counter() - start) / len(KEYS) * MICRO

    async def put(self) -> float:
        async def task(first: int) -> None:
            for number in range(first, TASKS * WRITES, TASKS):
                await self.connection.execute(PUT, (KEYS[number % len(KEYS)], value(number)))
                await self.connection.commit()

        start = perf_counter()
        await asyncio.gather(*(task(number) for number in range(TASKS)))
        return (perf_counter() - start) / (TASKS * WRITES) * MICRO

    async def batch(self) -> float:
        start = perf_counter()
        for number in range(WRITES):
            await self.connection.executemany(PUT, batch(number))
            await self.connection.commit()
        return (perf_counter() - start) / (TASKS * WRITES) * MICRO


async def main() -> None:
    """Open the file and take turns."""
    async with aiosqlite.connect(sys.argv[1]) as connection:
        for statement in (*PRAGMAS, CREATE):
            await connection.execute(statement)
        store = Store(connection)
        await store.put()
        await serve({"get": store.get, "put": store.put, "batch": store.batch}, ["aiosqlite"])


if __name__ == "__main__":
    asyncio.run(main())
