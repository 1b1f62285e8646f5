"""Servers that die and come back, connections that break, and tasks that are cancelled."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import StorageConflictError, StorageError
from llmspell.spec import Operation

from .test_postgres_faults import raw

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Writing:
    """Write from several tasks until the server is gone, and know what it has acknowledged."""

    def __init__(self, store: Any, tasks: int = 5) -> None:
        self.store = store
        self.acknowledged: dict[str, bytes] = {}
        self.counted = 0
        self.enough = asyncio.Event()
        self.tasks = [asyncio.create_task(self.write(number)) for number in range(tasks)]

    async def write(self, task: int) -> None:
        for number in range(100_000):
            key, value = f"{task}/{number}", b"%d" % number * 50
            await self.store.transaction([Operation("put", key, value), Operation("put", key + "/twin", value)])
            self.acknowledged[key] = self.acknowledged[key + "/twin"] = value
            await self.store.increment("count")
            self.counted += 1
            if self.counted >= 100:
                self.enough.set()

    async def errors(self) -> list[BaseException]:
        done = await asyncio.gather(*self.tasks, return_exceptions=True)
        return [one for one in done if isinstance(one, BaseException)]


async def test_what_was_acknowledged_survives_a_kill_of_the_server(opened, make_postgres):
    server = make_postgres()
    store = await opened(server, durability="fsync")
    writing = Writing(store)
    await writing.enough.wait()
    server.kill()
    errors = await writing.errors()
    assert len(errors) == 5
    assert [error for error in errors if not isinstance(error, StorageError) or not error.suggestions] == []
    assert all(getattr(error, "retryable", False) for error in errors), errors
    with pytest.raises(StorageError, match="cannot be reached"):
        await store.get("0/0")
    server.start()
    found = {key: value async for key, value in store.scan()}  # the same store, without being opened again
    count = int(found.pop("count"))
    assert {key: found.get(key) for key in writing.acknowledged} == writing.acknowledged
    assert {key for key in found if not key.endswith("/twin")} == {key[:-5] for key in found if key.endswith("/twin")}
    assert writing.counted <= count <= writing.counted + 5  # one of each task may be untold
    assert (await store.verify())[:2] == (await store.stats())[:2]
    await store.put("after", b"the loss")


async def test_a_store_that_is_dropped_while_it_is_open_is_an_error(opened, shared_postgres):
    store = await opened(schema="gone")
    await store.put("k", b"v")
    async with raw(shared_postgres) as connection:
        await connection.execute("DROP SCHEMA gone CASCADE")
    for attempt in (store.get, store.delete, store.exists, store.increment):
        with pytest.raises(StorageError, match="has lost the store"):
            await attempt("k")
    again = await opened(schema="gone")
    assert [pair async for pair in again.scan()] == []


async def test_cut_connections_are_made_anew(opened, shared_postgres):
    store = await opened()
    await asyncio.gather(*(store.put(f"k{number}", b"v") for number in range(20)))
    async with raw(shared_postgres) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'llmspell'"
        )
    assert len(await store.get_batch([f"k{number}" for number in range(20)])) == 20
    assert await store.increment("n") == 1


async def test_a_cancelled_command_leaves_no_answer_to_the_next(opened):
    store = await opened(pool=2)
    values = {f"k{number}": b"%d" % number * 1000 for number in range(20)}
    await store.transaction([Operation("put", key, value) for key, value in values.items()])
    choice = random.Random(5)
    for _ in range(40):
        tasks = [asyncio.create_task(store.get(choice.choice(list(values)))) for _ in range(6)]
        for _ in range(choice.randrange(12)):
            await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.wait(tasks)
        found = await asyncio.gather(*(store.get(key) for key in values))
        assert found == list(values.values())


async def test_a_cancelled_write_is_made_or_not_made(opened):
    store = await opened(pool=2)
    for number in range(40):
        value = b"%d" % number
        steps = [Operation("put", one, value) for one in "ab"]
        task = asyncio.create_task(store.transaction([*steps, Operation("absent", f"none{number}")]))
        for _ in range(number % 16):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        assert await store.get("a") == await store.get("b")
        assert await store.get(f"none{number}") is None


async def test_more_tasks_than_connections_wait_for_their_turn(opened, shared_postgres):
    store = await opened(pool=3)
    await asyncio.gather(*(store.put(f"k{number}", bytes(1000)) for number in range(300)))
    async with raw(shared_postgres) as connection:
        count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'llmspell'"
        assert await connection.fetchval(count) <= 3
    assert (await store.stats()).keys == 300


async def test_a_server_that_does_not_answer_is_an_error(opened, make_postgres):
    server = make_postgres()
    store = await opened(server, pool=2, timeout=0.5)
    await store.put("k", b"v")
    stopped = [server.process.pid, *server.children()]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        done = await asyncio.gather(*(store.get("k") for _ in range(4)), return_exceptions=True)
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    assert all(isinstance(error, StorageError) and error.retryable for error in done), done
    assert "did not answer within 0.5 s" in str(done)
    assert await store.get("k") == b"v"


async def test_scans_leave_a_connection_to_others_and_say_when_they_are_too_many(opened):
    store = await opened(pool=2, timeout=0.5)
    await store.transaction([Operation("put", f"k{number:05}", b"v") for number in range(2500)])
    async for key, _ in store.scan():
        if key.endswith("00"):
            await store.put(key, b"w")  # the other connection
            if key == "k01000":
                with pytest.raises(StorageError, match=r"all 2 connections were busy for 0\.5 s") as caught:
                    [pair async for pair in store.scan()]
                assert "pool" in caught.value.suggestions[0]
    assert await store.get("k02400") == b"w"


async def test_two_clients_lose_nothing(opened):
    one, two = await opened(), await opened()

    async def work(store, name: str) -> None:
        for number in range(40):
            await store.increment("n")
            await store.merge("m", b'{"%s%d": 1}' % (name.encode(), number))

    await asyncio.gather(work(one, "a"), work(two, "b"), work(one, "c"))
    assert await two.get("n") == b"120"
    assert (await one.get("m") or b"").count(b":1") == 120


async def test_transactions_that_cross_are_all_made(opened):
    one, two = await opened(), await opened()
    keys = [f"k{number}" for number in range(30)]

    async def work(store, seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(15):
            chosen = choice.sample(keys, 20)
            steps = [Operation(choice.choice(["put", "delete"]), key, b"%d" % seed) for key in chosen]
            await store.transaction(steps)

    await asyncio.gather(*(work(store, seed) for seed, store in enumerate([one, two] * 3)))
    assert (await one.verify())[:2] == (await two.stats())[:2]


async def test_of_claims_by_two_clients_one_wins(opened):
    stores = [await opened(), await opened()]

    async def claim(number: int) -> bool:
        try:
            await stores[number % 2].transaction([Operation("absent", "a"), Operation("put", "a", b"%d" % number)])
        except StorageConflictError:
            return False
        return True

    won = await asyncio.gather(*(claim(number) for number in range(30)))
    assert won.count(True) == 1
    assert await stores[0].get("a") == b"%d" % won.index(True)


async def test_a_scan_shows_one_moment_though_another_client_writes_and_restores(opened, tmp_path):
    one, two = await opened(), await opened()
    before = {f"k{number:05}": b"%d" % number for number in range(3500)}
    await two.put("other", b"")
    await two.backup(tmp_path / "backup")
    await one.transaction([Operation("put", key, value) for key, value in before.items()])
    choice, seen = random.Random(7), {}
    async for key, value in one.scan("k"):
        assert key not in seen
        seen[key] = value
        if len(seen) % 100 == 0:
            for other in choice.sample(list(before), 10):
                await (two.delete(other) if choice.random() < 0.5 else two.put(other, b"changed"))
        if len(seen) == 2000:
            await two.restore(tmp_path / "backup")
    assert seen == before
    assert list(seen) == sorted(seen)
    assert "other" in await one.get_batch(["other"])


async def test_a_scan_that_is_left_gives_its_connection_back(opened):
    store = await opened(pool=2)
    await store.transaction([Operation("put", f"k{number:05}", b"v") for number in range(2500)])
    for _ in range(5):
        pairs: AsyncIterator[tuple[str, bytes]] = store.scan()
        assert await anext(pairs) == ("k00000", b"v")
        await pairs.aclose()  # type: ignore[attr-defined]
    await asyncio.gather(*(store.get("k00000") for _ in range(20)))


async def test_watchers_hear_of_other_clients_and_of_a_loss(opened, make_postgres):
    server = make_postgres()
    one, two = await opened(server), await opened(server)
    async with one.watch("a/") as changes:
        await two.put("a/1", b"")
        assert await anext(changes) == "a/1"
        server.kill()
        server.start()
        assert await anext(changes) is None  # nobody knows what was missed
        await two.put("a/2", b"")
        assert await anext(changes) == "a/2"


async def test_the_last_who_watches_takes_the_trigger_away(opened, shared_postgres):
    one, two = await opened(schema="watched"), await opened(schema="watched")
    async with raw(shared_postgres) as connection:

        async def triggers() -> int:
            count = "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'watched.pairs'::regclass"
            return int(await connection.fetchval(count))

        assert await triggers() == 0
        async with one.watch(), two.watch("b") as changes:
            assert await triggers() == 1
            await one.aclose()
            assert await triggers() == 1
            three = await opened(schema="watched")
            await three.put("b1", b"")
            assert await anext(changes) == "b1"
        await two.aclose()
        assert await triggers() == 0
