"""Values in memory: bounded, and never another value than the file holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import StorageError
from llmspell.spec import Operation
from llmspell.spec.storage_warm import ENTRY, SHARE, Warm
from llmspell.testing import StorageContract, open_context
from llmspell_storage_sqlite import database
from llmspell_storage_sqlite.store import SqliteStorage, store_file

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from llmspell.spec.storages import Storage

T = TypeVar("T")

ROOM = (ENTRY + 4) * SHARE
"""Room for eight values of three bytes under keys of one."""


class ReadBack(SqliteStorage):
    """Read before and after each write what it changes: it is in memory, if anything ever is."""

    writing = 0

    async def _around(self, keys: Sequence[str], write: Callable[[], Awaitable[T]]) -> T:
        await self._read_back(keys)
        self.writing += 1
        try:
            result = await write()
        finally:
            self.writing -= 1
        await self._read_back(keys)
        return result

    async def _read_back(self, keys: Sequence[str]) -> None:
        for key in keys:
            found = await self.get(key)
            same = (await self.get_batch([key])).get(key) == found
            assert same or self.writing  # another task's write may be committed between the two

    async def put(self, key: str, value: bytes) -> None:
        await self._around([key], lambda: super(ReadBack, self).put(key, value))

    async def delete(self, key: str) -> bool:
        return await self._around([key], lambda: super(ReadBack, self).delete(key))

    async def increment(self, key: str, by: int = 1) -> int:
        return await self._around([key], lambda: super(ReadBack, self).increment(key, by))

    async def merge(self, key: str, patch: bytes) -> bytes:
        return await self._around([key], lambda: super(ReadBack, self).merge(key, patch))

    async def transaction(self, operations: Sequence[Operation]) -> None:
        await self._around(
            [operation.key for operation in operations], lambda: super(ReadBack, self).transaction(operations)
        )


class TestWarmStorage(StorageContract):
    async def open_storage(self, folder: Path) -> Storage:
        store = ReadBack()
        await store.open_file(store_file(folder))
        return store

    async def open_limited(self, folder: Path, size: int) -> Storage:
        store = ReadBack()
        await store.open_file(store_file(folder), max_size=size)
        return store


class TestCrampedStorage(TestWarmStorage):
    async def open_storage(self, folder: Path) -> Storage:
        store = ReadBack()
        await store.open_file(store_file(folder), cache=ROOM)
        return store


def kept(warm: Warm) -> dict[bytes, bytes]:
    return {key: value for key in map(bytes, zip(range(256), strict=True)) if (value := warm.get(key)) is not None}


def test_what_was_kept_first_goes_first():
    warm = Warm(ROOM)
    for number in range(10):
        warm.keep(bytes([number]), b"abc", warm.moment)
    assert list(kept(warm)) == [bytes([number]) for number in range(2, 10)]


def test_a_large_value_is_not_kept():
    warm = Warm(ROOM)
    warm.keep(b"a", b"abcd", warm.moment)
    assert kept(warm) == {}
    assert not warm.holds(b"a")


def test_what_was_read_before_a_commit_or_during_it_is_not_kept_after_it():
    warm = Warm(ROOM)
    before = warm.moment
    with warm.changing([]):
        warm.keep(b"a", b"old", before)
        during = warm.moment
        warm.keep(b"a", b"old", during)
    warm.keep(b"a", b"old", before)
    warm.keep(b"a", b"old", during)
    assert kept(warm) == {}
    warm.keep(b"a", b"new", warm.moment)
    assert kept(warm) == {b"a": b"new"}


def test_a_commit_that_fails_forgets_too_and_ends():
    warm = Warm(ROOM)
    warm.keep(b"a", b"old", warm.moment)
    with pytest.raises(ValueError, match="the disk"), warm.changing([b"a", b"b"]):
        raise ValueError("the disk")
    assert kept(warm) == {}
    warm.keep(b"a", b"old", warm.moment)
    assert kept(warm) == {b"a": b"old"}


KEY = st.integers(0, 255).map(lambda number: bytes([number]))


@given(steps=st.lists(st.tuples(KEY, st.binary(max_size=3)) | st.lists(KEY, max_size=3) | st.none(), max_size=60))
def test_memory_is_bounded_and_nothing_forgotten_is_there(steps):
    warm = Warm(ROOM)
    model: dict[bytes, bytes] = {}
    for step in steps:
        if isinstance(step, tuple):
            key, value = step
            warm.keep(key, value, warm.moment)
            model.setdefault(key, value)
        else:
            with warm.changing(step):
                pass
            for key in list(model) if step is None else step:
                model.pop(key, None)
        found = kept(warm)
        assert found.items() <= model.items()
        assert sum(ENTRY + len(key) + len(value) for key, value in found.items()) <= ROOM
        model = found


async def test_a_restore_forgets_everything(opened, tmp_path):
    store = await opened()
    await store.put("k", b"old")
    await store.backup(tmp_path / "backup")
    await store.put("k", b"new")
    await store.put("later", b"v")
    assert [await store.get("k"), await store.get("later")] == [b"new", b"v"]
    await store.restore(tmp_path / "backup")
    assert [await store.get("k"), await store.get("later")] == [b"old", None]


async def test_a_warm_value_asks_nobody_and_a_cold_one_the_file(opened, tmp_path):
    store = await opened()
    await store.put("k", b"v")
    assert await store.get("k") == b"v"
    reads = store._live.reader.connection
    reads.set_progress_handler(lambda: 1, 1)  # every statement is interrupted
    assert await store.get("k") == b"v"
    assert await store.exists("k")
    with pytest.raises(StorageError, match="interrupted"):
        await store.get("other")
    reads.set_progress_handler(None, 0)


def narrow(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open a file on a disk with room for 16 pages."""
    connection = database.connect(path, read_only=read_only)
    connection.execute("PRAGMA max_page_count = 16")
    return connection


async def test_a_write_that_fails_leaves_the_old_value(opened):
    store = await opened(connect=narrow)
    await store.put("k", b"old")
    assert await store.get("k") == b"old"
    with pytest.raises(StorageError, match="disk is full"):
        await store.transaction([Operation("put", "k", b"new"), Operation("put", "big", bytes(1 << 20))])
    assert await store.get("k") == b"old"
    await store.put("k", b"newer")
    assert await store.get("k") == b"newer"


async def test_readers_never_see_an_older_value_than_before(opened):
    """Two counters that change together: whoever has seen a number in one finds no smaller one in either."""
    store = await opened()
    latest, reads, going = 0, 0, True

    async def write() -> None:
        nonlocal going
        for number in range(1, 400):
            data = str(number).encode()
            await store.transaction([Operation("put", "a", data), Operation("put", "b", data)])
        going = False

    async def read() -> None:
        nonlocal latest, reads
        while going:
            for key in "ab":
                found = int(await store.get(key) or 0)
                assert found >= latest
                latest, reads = found, reads + 1
            await asyncio.sleep(0)

    await asyncio.gather(write(), read(), read())
    assert reads
    assert [await store.get(key) for key in "ab"] == [b"399", b"399"]


@pytest.mark.parametrize(("config", "holds"), [({}, True), ({"cache": 0}, False)])
async def test_how_much_is_kept_is_configured(config, holds):
    async with open_context(config={"storage": {"sqlite": config}}) as ctx:
        await ctx.storage.put("k", b"v")
        await ctx.storage.get("k")
        store: Any = await ctx.app.stores.backend()
        assert bool(store._live.warm._values) is holds
