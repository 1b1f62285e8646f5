"""Group commit: what waits becomes one transaction, and the fault of one write is no other's."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import StorageError, StorageLimitError
from llmspell.spec import Operation
from llmspell_storage_sqlite import database
from llmspell_storage_sqlite.store import SqliteStorage

if TYPE_CHECKING:
    from collections.abc import Coroutine


async def ticks() -> None:
    """Let every task that is ready run to where it waits."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_what_waits_is_one_commit(opened, held):
    store = await opened()
    before = store.commits
    async with held(store):
        writes = [asyncio.create_task(store.put(f"k{number}", b"v")) for number in range(100)]
        await ticks()
    await asyncio.gather(*writes)
    assert store.commits - before == 2  # the one that was held, and all others
    assert (await store.stats()).keys == 100


async def test_a_write_is_answered_after_its_commit(opened, tmp_path):
    store = await opened()
    await store.put("k", b"v")
    other = database.connect(tmp_path / "store.db", read_only=True)
    assert other.execute("SELECT value FROM pairs WHERE key = ?", (b"k",)).fetchone() == (b"v",)
    other.close()


async def test_a_failing_write_fails_alone(opened, held):
    store = await opened()
    await store.put("text", b"no number")
    before = store.commits
    async with held(store):
        writes = [store.put("a", b"1"), store.increment("text"), store.put("b", b"2"), store.increment("n")]
        tasks = [asyncio.create_task(write) for write in writes]
        await ticks()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert store.commits - before == 2
    assert [type(result) for result in results] == [type(None), StorageError, type(None), int]
    assert await store.get_batch(["a", "b", "n", "text"]) == {"a": b"1", "b": b"2", "n": b"1", "text": b"no number"}


WRITES = st.lists(
    st.tuples(st.just("put"), st.sampled_from("abc"), st.sampled_from([b"1", b"x"]))
    | st.tuples(st.just("increment"), st.sampled_from("abc"), st.just(b""))
    | st.tuples(st.just("wrong"), st.sampled_from("abc"), st.just(b"")),
    max_size=12,
)


@given(writes=WRITES)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_a_group_is_its_writes_one_after_the_other(writes, tmp_path_factory, held):
    """Also when some of them fail, and one in the middle of a transaction."""

    def wrong(connection):
        connection.execute("INSERT INTO pairs VALUES (?, NULL)", (b"z",))

    async def run() -> None:
        store = SqliteStorage()
        model: dict[str, bytes] = {}
        await store.open_file(tmp_path_factory.mktemp("group") / "store.db")
        async with held(store):
            tasks: list[asyncio.Task[object]] = []
            for verb, key, value in writes:
                work: Coroutine[Any, Any, object]
                match verb:
                    case "put":
                        work = store.transaction([Operation("put", key, b"0"), Operation("put", key, value)])
                    case "increment":
                        work = store.increment(key)
                    case _:
                        work = store._opened()[0].do(wrong)
                tasks.append(asyncio.create_task(work))
            await ticks()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        for (verb, key, value), result in zip(writes, results, strict=True):
            if verb == "wrong" or (verb == "increment" and model.get(key) == b"x"):
                assert isinstance(result, StorageError)
            else:
                model[key] = value if verb == "put" else str(int(model.get(key, b"0")) + 1).encode()
        assert [pair async for pair in store.scan()] == sorted(model.items())
        await store.aclose()

    asyncio.run(run())


def crammed(path, *, read_only=False) -> sqlite3.Connection:
    """Open a file on a disk with room for 32 pages."""
    connection = database.connect(path, read_only=read_only)
    connection.execute("PRAGMA max_page_count = 32")
    return connection


async def test_a_full_disk_refuses_what_does_not_fit_and_nothing_else(opened, held):
    store = await opened(connect=crammed)
    async with held(store):
        writes = [store.put("a", b"1"), store.put("big", bytes(1 << 20)), store.put("b", b"2")]
        many = [Operation("put", f"m{number}", bytes(50_000)) for number in range(10)]
        tasks = [asyncio.create_task(write) for write in (*writes, store.transaction(many))]
        await ticks()
    first, big, last, transaction = await asyncio.gather(*tasks, return_exceptions=True)
    assert (first, last) == (None, None)
    for error in (big, transaction):
        assert isinstance(error, StorageError)
        assert "the disk is full" in error.message
    assert [pair async for pair in store.scan()] == [("a", b"1"), ("b", b"2")]
    await store.put("c", b"3")


def narrow(path, *, read_only=False) -> sqlite3.Connection:
    """Open a file with values of at most 1000 bytes, so that one of several steps can fail by itself."""
    connection = database.connect(path, read_only=read_only)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1000)
    return connection


async def test_a_transaction_whose_last_step_fails_leaves_nothing_in_its_group(opened, held):
    store = await opened(connect=narrow)
    torn = [Operation("put", "a", b"torn"), Operation("put", "big", bytes(2000))]
    async with held(store):
        tasks = [asyncio.create_task(one) for one in (store.put("b", b"2"), store.transaction(torn))]
        await ticks()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in done] == [type(None), StorageLimitError]
    assert [pair async for pair in store.scan()] == [("b", b"2")]


async def test_a_cancelled_write_that_waited_is_not_made(opened, held):
    store = await opened()
    async with held(store):
        write = asyncio.create_task(store.put("k", b"v"))
        await ticks()
        write.cancel()
        await ticks()
        assert not write.done()  # it is still in the queue: its caller hears when that is settled
    with pytest.raises(asyncio.CancelledError):
        await write
    assert not await store.exists("k")


async def test_a_cancelled_write_under_way_is_awaited(opened, held):
    store = await opened()
    async with held(store) as under_way:
        for _ in range(2):
            under_way.cancel()
            await ticks()
            assert not under_way.done()
    assert under_way.cancelled()
    await store.put("k", b"v")


async def test_closing_finishes_what_waits(opened, held):
    store = await opened()
    async with held(store):
        write = asyncio.create_task(store.put("k", b"v"))
        await ticks()
        closing = asyncio.create_task(store.aclose())
        await ticks()
    await asyncio.gather(write, closing)
    with pytest.raises(StorageError, match="not open"):
        await store.get("k")
    await store.aclose()
    again = await opened()
    assert await again.get("k") == b"v"


async def test_closing_leaves_one_file_and_its_lock(opened, tmp_path):
    store = await opened()
    await store.put("k", b"v")
    await store.aclose()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store.db", "store.db.lock"]


async def test_keys_may_be_long_and_not_longer(opened):
    store = await opened()
    key = "é" * (1 << 19)
    await store.put(key, b"v")
    await store.put(key[:-1] + "ê", b"w")
    assert await store.get(key) == b"v"
    assert [len(found) async for found, _ in store.scan("é")] == [1 << 19, 1 << 19]
    with pytest.raises(StorageError, match="too long"):
        await store.put(key + "x", b"")
    with pytest.raises(StorageError, match="no Unicode text"):
        await store.get("\ud800")


async def test_a_long_scan_is_one_snapshot_and_leaves_none_behind(opened):
    store = await opened()
    keys = [f"k{number:04}" for number in range(2500)]
    await store.transaction([Operation("put", key, b"v") for key in keys])
    seen: list[str] = []
    async for key, _ in store.scan():
        if not seen:
            await store.transaction([Operation("delete", key) for key in keys])
        seen.append(key)
    assert seen == keys
    assert await store.get_batch(keys) == {}
    writer = store._opened()[0]
    busy = await writer.do(lambda c: c.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0], alone=True)
    assert busy == 0  # a snapshot that was still held would keep the log from being emptied


def impatient(path, *, read_only=False):
    """Open files without waiting for another program to let go of them."""
    connection = database.connect(path, read_only=read_only)
    connection.execute("PRAGMA busy_timeout = 0")
    return connection


async def test_a_lock_of_another_program_is_named(opened, tmp_path):
    store = await opened(connect=impatient)
    other = database.connect(tmp_path / "store.db")
    other.execute("BEGIN IMMEDIATE")
    results: Any = await asyncio.gather(store.put("a", b"1"), store.increment("n"), return_exceptions=True)
    other.execute("ROLLBACK")
    other.close()
    assert [type(result) for result in results] == [StorageError, StorageError]
    assert "locked by another program" in results[0].message
    await store.put("a", b"1")
