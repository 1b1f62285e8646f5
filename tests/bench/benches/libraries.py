"""The stores on LMDB and RocksDB with 1 KB values, each beside its bare library on files of its own.

The libraries are used as by someone who awaits each write: what 100 tasks gather in a tick of the loop is one commit.
Both sides sync alike: LMDB waits for its data, RocksDB for nothing.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import closing
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import lmdb
from rocksdict import Options, Rdict, WriteBatch

from llmspell_storage_lmdb.store import LmdbStorage
from llmspell_storage_rocksdb.store import RocksdbStorage
from tests.bench.benches.storage import Ours
from tests.bench.budget import OURS
from tests.bench.peers.rowdata import KEYS, TASKS, WRITES, batch, value
from tests.bench.samples import MICRO, contest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.spec.storage_embedded import EmbeddedStorage
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples


class Library(Protocol):
    """What is measured of a bare library."""

    def read(self, key: bytes) -> object:
        """Read a value as it was committed last."""
        ...

    def write(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        """Commit values."""
        ...

    def close(self) -> None:
        """Close the files."""
        ...


class BareLmdb:
    """Use `lmdb` as its documentation does."""

    def __init__(self, folder: Path) -> None:
        self.env = lmdb.open(str(folder / "bare"), map_size=1 << 30, metasync=False)
        self.close = self.env.close

    def read(self, key: bytes) -> object:
        """Read in a transaction of its own."""
        with self.env.begin() as txn:
            return txn.get(key)

    def write(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        """Write in one transaction."""
        with self.env.begin(write=True) as txn:
            for key, data in pairs:
                txn.put(key.encode(), data)


class BareRocksdb:
    """Use `rocksdict` as its documentation does."""

    def __init__(self, folder: Path) -> None:
        self.db = Rdict(str(folder / "bare"), Options(raw_mode=True))
        self.close = self.db.close

    def read(self, key: bytes) -> object:
        """Read a value."""
        return self.db.get(key)

    def write(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        """Write one batch."""
        batch = WriteBatch(raw_mode=True)
        for key, data in pairs:
            batch.put(key.encode(), data)
        self.db.write(batch)


class Bare:
    """Measure a bare library."""

    def __init__(self, library: Library) -> None:
        self.library = library

    async def get(self) -> float:
        """Read each key."""
        start = perf_counter()
        for key in KEYS:
            self.library.read(key.encode())
        return (perf_counter() - start) / len(KEYS) * MICRO

    async def put(self) -> float:
        """Write from 100 tasks, what gathered in a tick of the loop in one commit."""
        loop = asyncio.get_running_loop()
        waiting: list[tuple[str, bytes, asyncio.Future[None]]] = []

        def commit() -> None:
            self.library.write([(key, data) for key, data, _ in waiting])
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
        """Write 100 keys at once."""
        start = perf_counter()
        for number in range(WRITES):
            self.library.write(batch(number))
        return (perf_counter() - start) / (TASKS * WRITES) * MICRO


async def _measured(name: str, store: EmbeddedStorage, folder: Path, library: Library) -> dict[str, Samples]:
    await store.open_path(folder / store.FILE)
    ours, bare = Ours(store), Bare(library)
    try:
        put = await contest({OURS: ours.put, name: bare.put})
        got = await contest({OURS: ours.get, name: bare.get})
        batched = await contest({OURS: ours.batch, name: bare.batch})
    finally:
        await store.aclose()
    return {f"{name} put by 100 tasks": put, f"{name} get": got, f"{name} batch of 100": batched}


async def measure(peers: Peers) -> dict[str, Samples]:
    """Open files in one folder of the disk we work on and take turns."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        one, two = Path(name, "lmdb"), Path(name, "rocksdb")
        one.mkdir()
        two.mkdir()
        with closing(BareLmdb(one)) as bare:
            found = await _measured("lmdb", LmdbStorage(), one, bare)
        with closing(BareRocksdb(two)) as other:
            return found | await _measured("rocksdb", RocksdbStorage(), two, other)
