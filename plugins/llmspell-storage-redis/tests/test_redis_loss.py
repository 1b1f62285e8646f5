"""Servers that die and come back, connections that break, and tasks that are cancelled."""

from __future__ import annotations

import asyncio
import random
import signal
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis

from llmspell.errors import StorageError
from llmspell.spec import Operation
from llmspell.testing.redis_server import PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DURABLE = ("appendonly yes", "appendfsync always")


class Writing:
    """Write from several tasks until the server is gone, and know what it has acknowledged."""

    def __init__(self, store, tasks: int = 5) -> None:
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

    async def errors(self) -> list[BaseException | None]:
        done = await asyncio.gather(*self.tasks, return_exceptions=True)
        return [one for one in done if isinstance(one, BaseException)]


async def test_what_was_acknowledged_survives_a_kill_of_the_server(opened, make_redis):
    server = make_redis(*DURABLE)
    store = await opened(server, durability="fsync")
    writing = Writing(store)
    await writing.enough.wait()
    server.kill()
    errors = await writing.errors()
    assert len(errors) == 5
    assert all(isinstance(error, StorageError) and error.retryable and error.suggestions for error in errors)
    with pytest.raises(StorageError, match="cannot be reached"):
        await store.get("0/0")
    server.start()
    found = {key: value async for key, value in store.scan()}  # the same store, without being opened again
    count = int(found.pop("count"))
    assert {key: found.get(key) for key in writing.acknowledged} == writing.acknowledged
    assert {key for key in found if not key.endswith("/twin")} == {key[:-5] for key in found if key.endswith("/twin")}
    assert writing.counted <= count <= writing.counted + 5  # one of each task may be untold
    stats = await store.verify()
    assert stats == await store.stats()
    await store.put("after", b"the loss")


async def test_a_server_that_came_back_empty_does_not_pass_for_an_empty_store(opened, make_redis):
    server = make_redis()  # keeps nothing on its disk
    store = await opened(server)
    await store.put("k", b"v")
    server.kill()
    server.start()
    for attempt in (store.get, store.delete, store.exists, store.increment):
        with pytest.raises(StorageError, match="has lost the store") as caught:
            await attempt("k")
        assert "restore a backup" in caught.value.suggestions[0]
    again = await opened(server)  # asked for by opening: an empty store
    assert [pair async for pair in again.scan()] == []


async def test_a_store_that_is_emptied_while_it_is_open_is_not_written_into(opened, make_redis):
    server = make_redis()
    store = await opened(server)
    await store.put("k", b"v")
    async with Redis(host="127.0.0.1", port=server.port, password=PASSWORD) as client:
        await client.flushall()
    with pytest.raises(StorageError, match="has lost the store"):
        await store.put("k", b"w")


@pytest.mark.parametrize("part", ["data", "index"])
async def test_a_store_that_lost_a_part_is_not_taken_for_a_smaller_one(opened, make_redis, part):
    server = make_redis()
    store = await opened(server, prefix="p")
    await store.put("k", b"v")
    async with Redis(host="127.0.0.1", port=server.port, password=PASSWORD) as client:
        await client.delete(f"p:{part}")
    for look in (store.stats, store.verify):
        with pytest.raises(StorageError, match=r"has lost a part of the store|is damaged"):
            await look()
    with pytest.raises(StorageError, match="has lost a part of the store") as caught:
        await opened(server, prefix="p")
    assert "restore a backup" in caught.value.suggestions[0]


async def test_forgotten_scripts_are_sent_again(opened, shared_redis):
    store = await opened()
    await store.put("k", b"v")
    async with Redis(host="127.0.0.1", port=shared_redis.port, password=PASSWORD) as client:
        await client.script_flush()
    assert await store.increment("n") == 1
    assert [key async for key, _ in store.scan()] == ["k", "n"]


async def test_cut_connections_are_made_anew(opened, shared_redis):
    store = await opened()
    await asyncio.gather(*(store.put(f"k{number}", b"v") for number in range(20)))
    async with Redis(host="127.0.0.1", port=shared_redis.port, password=PASSWORD) as client:
        await client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert len(await store.get_batch([f"k{number}" for number in range(20)])) == 20


async def test_a_cancelled_command_leaves_no_answer_to_the_next(opened):
    store = await opened(pool=2)
    values = {f"k{number}": b"%d" % number * 1000 for number in range(20)}
    await store.transaction([Operation("put", key, value) for key, value in values.items()])
    choice = random.Random(5)
    for _ in range(60):
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
        task = asyncio.create_task(store.transaction([Operation("put", one, b"%d" % number) for one in "ab"]))
        for _ in range(number % 8):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        assert await store.get("a") == await store.get("b")


async def test_more_tasks_than_connections_wait_for_their_turn(opened, shared_redis):
    store = await opened(pool=3)
    async with Redis(host="127.0.0.1", port=shared_redis.port, password=PASSWORD) as client:
        before = int((await client.info("stats"))["total_connections_received"])
        await asyncio.gather(*(store.put(f"k{number}", bytes(1000)) for number in range(300)))
        after = int((await client.info("stats"))["total_connections_received"])
    assert after - before <= 3
    assert (await store.stats()).keys == 300


async def test_a_server_that_does_not_answer_is_an_error_and_the_pool_is_named(opened, make_redis):
    server = make_redis()
    store = await opened(server, pool=1, timeout=0.2)
    await store.put("k", b"v")
    server.process.send_signal(signal.SIGSTOP)
    done = await asyncio.gather(*(store.get("k") for _ in range(3)), return_exceptions=True)
    server.process.send_signal(signal.SIGCONT)
    said = " ".join(str(error) for error in done)
    assert all(isinstance(error, StorageError) and error.retryable for error in done)
    assert "did not answer within 0.2 s" in said
    assert await store.get("k") == b"v"


async def test_two_clients_lose_nothing(opened):
    one, two = await opened(), await opened()

    async def work(store, name: str) -> None:
        for number in range(40):
            await store.increment("n")
            await store.merge("m", b'{"%s%d": 1}' % (name.encode(), number))

    await asyncio.gather(work(one, "a"), work(two, "b"), work(one, "c"))
    assert await two.get("n") == b"120"
    assert (await one.get("m") or b"").count(b":1") == 120


async def test_a_scan_shows_one_moment_though_another_client_writes(opened):
    one, two = await opened(), await opened()
    before = {f"k{number:05}": b"%d" % number for number in range(3500)}
    await one.transaction([Operation("put", key, value) for key, value in before.items()])
    choice, seen = random.Random(7), {}
    changing = [*before, *(f"k{number:05}x" for number in range(0, 3500, 7))]
    async for key, value in one.scan("k"):
        assert key not in seen
        seen[key] = value
        if len(seen) % 100 == 0:
            for other in choice.sample(changing, 40):
                await (two.delete(other) if choice.random() < 0.5 else two.put(other, b"changed"))
    assert seen == before
    assert list(seen) == sorted(seen)
    assert (await one.verify())[:2] == (await two.stats())[:2]


async def test_a_scan_that_is_left_costs_nothing(opened, shared_redis):
    store = await opened(prefix="left")
    await store.transaction([Operation("put", f"k{number:05}", b"v") for number in range(2500)])
    pairs: AsyncIterator[tuple[str, bytes]] = store.scan()
    assert await anext(pairs) == ("k00000", b"v")
    await store.put("k00001", b"w")
    async with Redis(host="127.0.0.1", port=shared_redis.port, password=PASSWORD) as client:
        assert len(await client.keys("left:scans*")) == 3
        await pairs.aclose()  # type: ignore[attr-defined]
        assert await client.keys("left:scans*") == []


async def test_a_scan_that_stood_still_too_long_is_given_up(opened, shared_redis, tmp_path):
    store = await opened(prefix="late")
    await store.transaction([Operation("put", f"k{number:05}", b"v") for number in range(2500)])
    pairs = store.scan()
    await anext(pairs)
    async with Redis(host="127.0.0.1", port=shared_redis.port, password=PASSWORD) as client:
        (name,) = await client.execute_command("ZRANGE", "late:scans", 0, -1)
        await store.put("k00001", b"w")
        await client.zadd("late:scans", {name: 1})
        await store.put("k00002", b"w")  # whoever writes clears away what is late
        assert await client.keys("late:scans*") == []
    with pytest.raises(StorageError, match="has given up the scan"):
        [pair async for pair in pairs]


async def test_a_restore_ends_the_scans_under_way(opened, tmp_path):
    store = await opened()
    await store.transaction([Operation("put", f"k{number:05}", b"v") for number in range(2500)])
    await store.backup(tmp_path / "backup")
    pairs = store.scan()
    await anext(pairs)
    await store.restore(tmp_path / "backup")
    with pytest.raises(StorageError, match="overtaken by a restore"):
        [pair async for pair in pairs]
    assert (await store.verify())[:2] == (2500, 2500 * 7)


async def test_watchers_hear_of_other_clients_and_of_a_loss(opened, make_redis):
    server = make_redis(*DURABLE)
    one, two = await opened(server), await opened(server)
    async with one.watch("a/") as changes:
        await two.put("a/1", b"")
        assert await anext(changes) == "a/1"
        await two.transaction([Operation("put", f"a/{number}", b"") for number in range(500)])
        assert await anext(changes) is None  # too many to name
        server.kill()
        server.start()
        assert await anext(changes) is None  # nobody knows what was missed
        await two.put("a/2", b"")
        assert await anext(changes) == "a/2"
