"""The SQLite store with 1 KB values: reads of warm keys, writes of 100 tasks, batches.

The floor is bare `sqlite3` on files beside it.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from llmspell.spec.storages import Operation
from llmspell_storage_sqlite.store import SqliteStorage, store_file
from tests.bench.budget import OURS
from tests.bench.peers.rowdata import CREATE, KEYS, PRAGMAS, PUT, READ, TASKS, WRITES, batch, value
from tests.bench.samples import MICRO, contest

if TYPE_CHECKING:
    from llmspell.spec.storages import Storage
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples, Turn


class Ours:
    """Measure our store."""

    def __init__(self, store: Storage) -> None:
        self.store = store

    async def get(self) -> float:
        """Read each key."""
        start = perf_counter()
        for key in KEYS:
            await self.store.get(key)
        return (perf_counter() - start) / len(KEYS) * MICRO

    async def put(self) -> float:
        """Write from 100 tasks, each of which waits for each of its writes."""

        async def task(first: int) -> None:
            for number in range(first, TASKS * WRITES, TASKS):
                await self.store.put(KEYS[number % len(KEYS)], value(number))

        start = perf_counter()
        await asyncio.gather(*(task(number) for number in range(TASKS)))
        return (perf_counter() - start) / (TASKS * WRITES) * MICRO

    async def batch(self) -> float:
        """Write 100 keys at once."""
        start = perf_counter()
        for number in range(WRITES):
            await self.store.transaction([Operation("put", key, data) for key, data in batch(number)])
        return (perf_counter() - start) / (TASKS * WRITES) * MICRO


class Bare:
    """Measure `sqlite3` on one thread that does nothing else."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        for statement in (*PRAGMAS, CREATE):
            connection.execute(statement)

    async def get(self) -> float:
        """Read each key."""
        start = perf_counter()
        for key in KEYS:
            self.connection.execute(READ, (key,)).fetchone()
        return (perf_counter() - start) / len(KEYS) * MICRO

    async def put(self) -> float:
        """Write from 100 tasks, what gathered in a tick of the loop in one commit: group commit without a thread."""
        loop = asyncio.get_running_loop()
        waiting: list[tuple[str, bytes, asyncio.Future[None]]] = []

        def commit() -> None:
            with self.connection:
                self.connection.executemany(PUT, [(key, data) for key, data, _ in waiting])
            for _, _, future in waiting:
                future.set_result(None)
            waiting.clear()

        async def task(first: int) -> None:
            for number in range(first, TASKS * WRITES, TASKS):
                if not waiting:
                    loop.call_soon(commit)
                future = loop.create_future()
                waiting.append((KEYS[number % len(KEYS)], value(number), future))
                await future

        start = perf_counter()
        await asyncio.gather(*(task(number) for number in range(TASKS)))
        return (perf_counter() - start) / (TASKS * WRITES) * MICRO

    async def batch(self) -> float:
        """Write 100 keys in one transaction."""
        start = perf_counter()
        for number in range(WRITES):
            with self.connection:
                self.connection.executemany(PUT, batch(number))
        return (perf_counter() - start) / (TASKS * WRITES) * MICRO


async def measure(peers: Peers) -> dict[str, Samples]:
    """Open files in one folder of the disk we work on and take turns."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        store = SqliteStorage()
        await store.open_file(store_file(folder))
        with closing(sqlite3.connect(folder / "bare.sqlite3")) as connection:
            ours, bare = Ours(store), Bare(connection)
            other = str(folder / "aiosqlite.sqlite3")

            def turns(measure: str, floor: str) -> dict[str, Turn]:
                mine: dict[str, Turn] = {OURS: getattr(ours, measure), floor: getattr(bare, measure)}
                return mine | peers.turns(measure, ["aiosqlite"], other)

            try:
                put = await contest(turns("put", "group commit"))
                got = await contest(turns("get", "sqlite3"))
                batched = await contest(turns("batch", "sqlite3"))
            finally:
                await store.aclose()
    return {"storage put by 100 tasks": put, "storage get": got, "storage batch of 100": batched}
