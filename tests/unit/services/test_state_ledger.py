"""The ledger on stores that are slow, full, or die at the worst moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import StateConflictError, StorageError, ValidationError
from llmspell.services.state import Ledger
from llmspell.services.state_places import MAX_KEY, Place
from llmspell.services.state_records import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.spec.storages import Operation

PLACE = Place("shared")


class FaultyStorage(MemoryStorage):
    """Fail one write: the n-th from now, before or after it has been made."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0
        self.fail_at: int | None = None
        self.made = False
        self.gate: asyncio.Event | None = None
        self.asked = asyncio.Event()

    async def transaction(self, operations: Sequence[Operation]) -> None:
        self.writes += 1
        if self.gate is not None:
            self.asked.set()
            await self.gate.wait()
        failing = self.writes == self.fail_at
        if not failing or self.made:
            await super().transaction(operations)
        if failing:
            raise StorageError("the disk is full")


@pytest.fixture
def store() -> FaultyStorage:
    return FaultyStorage()


@pytest.fixture
def ledger(store: FaultyStorage) -> Ledger:
    return opened(store)


def opened(store: MemoryStorage, **options: Any) -> Ledger:
    async def open_store() -> MemoryStorage:
        return store

    return Ledger(open_store, lambda: 1000.5, **options)


async def value(ledger: Ledger, key: str) -> Any:
    entry = await ledger.entry(PLACE, key)
    return None if entry is None else (entry.value, entry.version)


async def test_a_write_that_failed_left_nothing_behind(store, ledger):
    await ledger.set(PLACE, "k", b"1")
    store.fail_at = 2
    with pytest.raises(StorageError, match="full"):
        await ledger.set(PLACE, "k", b"2")
    assert await value(ledger, "k") == (1, 1)
    assert await ledger.set(PLACE, "k", b"3", expect=1) == 2
    assert [entry.value for entry in await ledger.history(PLACE, "k")] == [3, 1]


async def test_a_write_that_was_made_though_it_failed_is_what_the_store_says(store, ledger):
    await ledger.set(PLACE, "k", b"1")
    store.fail_at, store.made = 2, True
    with pytest.raises(StorageError):
        await ledger.set(PLACE, "k", b"2")
    assert await value(ledger, "k") == (2, 2)
    with pytest.raises(StateConflictError):
        await ledger.set(PLACE, "k", b"3", expect=1)


async def test_nobody_reads_what_is_not_acknowledged(store, ledger):
    await ledger.set(PLACE, "k", b"1")
    store.gate = asyncio.Event()
    writing = asyncio.create_task(ledger.set(PLACE, "k", b"2"))
    await store.asked.wait()
    assert await value(ledger, "k") == (1, 1)
    store.gate.set()
    assert await writing == 2
    assert await value(ledger, "k") == (2, 2)


async def test_a_cancelled_write_blocks_nobody(store, ledger):
    await ledger.set(PLACE, "k", b"1")
    store.gate = asyncio.Event()
    first = asyncio.create_task(ledger.set(PLACE, "k", b"2"))
    second = asyncio.create_task(ledger.set(PLACE, "k", b"3"))
    await store.asked.wait()
    waiting = asyncio.create_task(ledger.set(PLACE, "k", b"4"))
    await asyncio.sleep(0)
    for task in (first, waiting):
        task.cancel()
    store.gate.set()
    assert await second == 2
    results = await asyncio.gather(first, waiting, return_exceptions=True)
    assert [type(one) for one in results] == [asyncio.CancelledError, asyncio.CancelledError]
    assert await value(ledger, "k") == (3, 2)


async def test_tasks_that_race_on_one_counter_lose_nothing(ledger):
    async def count() -> None:
        done = 0
        while done < 20:
            entry = await ledger.entry(PLACE, "n")
            now, version = (entry.value, entry.version) if entry else (0, 0)
            await asyncio.sleep(0)
            try:
                await ledger.set(PLACE, "n", encode("n", now + 1), expect=version)
            except StateConflictError:
                continue
            done += 1

    await asyncio.gather(*(count() for _ in range(5)), *(ledger.increment(PLACE, "n", 1) for _ in range(50)))
    assert await value(ledger, "n") == (150, 150)


async def test_two_that_want_the_same_keys_in_another_order_never_wait_for_each_other(ledger):
    async def write(*keys: str) -> None:
        for _ in range(20):
            await ledger.commit(PLACE, dict.fromkeys(keys, b"1"), {})

    async with asyncio.timeout(5):
        await asyncio.gather(write("a", "b"), write("b", "a"), write("b"), write("a", "c", "b"))
    assert (await ledger.entry(PLACE, "b")).version == 80


async def test_a_commit_checks_keys_that_it_does_not_write(ledger):
    await ledger.set(PLACE, "watched", b"1")
    with pytest.raises(StateConflictError, match="'watched' was expected to be absent and is at version 1"):
        await ledger.commit(PLACE, {"k": b"1"}, {"watched": 0})
    assert await value(ledger, "k") is None


async def test_versions_go_on_after_a_removal(ledger):
    await ledger.set(PLACE, "k", b"1")
    await ledger.set(PLACE, "k", None)
    assert await value(ledger, "k") is None
    with pytest.raises(StateConflictError):
        await ledger.set(PLACE, "k", b"2", expect=1)  # it was there once, and this writer has not heard of its end
    assert await ledger.set(PLACE, "k", b"2", expect=0) == 3


@pytest.mark.parametrize(
    ("key", "says"),
    [("", "at least one"), ("a\x1fb", "separator"), ("k" * (MAX_KEY + 1), "at most"), ("é" * 600, "1200")],
)
async def test_a_key_that_no_store_could_hold_is_refused(ledger, key, says):
    for work in (
        ledger.head(PLACE, key), ledger.set(PLACE, key, b"1"), ledger.increment(PLACE, key, 1),
        ledger.history(PLACE, key), ledger.commit(PLACE, {key: b"1"}, {}),
    ):  # fmt: skip
        with pytest.raises(ValidationError, match=says):
            await work


async def test_without_a_history_none_is_written(store):
    ledger = opened(store, history=0)
    await ledger.set(PLACE, "k", b"1")
    assert await ledger.history(PLACE, "k") == []
    assert (await store.stats()).keys == 1


async def test_a_history_of_another_length_shows_no_version_that_is_too_old(store):
    long = opened(store, history=5)
    for number in range(1, 8):
        await long.set(PLACE, "k", str(number).encode())
    short = opened(store, history=2)
    assert [one.value for one in await short.history(PLACE, "k")] == [6]
    for number in (8, 9):
        await short.set(PLACE, "k", str(number).encode())
    assert [one.value for one in await short.history(PLACE, "k")] == [9, 8]
    longer = opened(store, history=9)
    await longer.set(PLACE, "k", b"10")
    assert [one.value for one in await longer.history(PLACE, "k")] == [10, 8, 7, 4, 3]


async def test_cold_values_are_compressed_under_pressure_and_read_as_they_were(store):
    ledger = opened(store, memory=100_000)
    texts = {f"k{number}": f"{number} " * 4000 for number in range(40)}
    for key, text in texts.items():
        await ledger.set(PLACE, key, encode(key, text))
    stats = ledger.memory
    assert stats.compressions > 0
    assert stats.packed > 0
    assert stats.bytes <= 100_000
    for _ in range(2):
        for key, text in texts.items():
            assert await value(ledger, key) == (text, 1)
    assert ledger.memory.bytes <= 100_000


async def test_a_value_larger_than_all_memory_is_kept_in_the_store_only(store):
    ledger = opened(store, memory=1000)
    noise = "".join(chr(0x4E00 + (number * 7919) % 20000) for number in range(5000))
    await ledger.set(PLACE, "k", encode("k", noise))
    assert await value(ledger, "k") == (noise, 1)
    assert ledger.memory.bytes <= 1000


async def test_what_was_read_cannot_change_what_is_kept(ledger):
    await ledger.set(PLACE, "k", encode("k", {"list": [1]}))
    (await ledger.entry(PLACE, "k")).value["list"].append(2)
    assert await value(ledger, "k") == ({"list": [1]}, 1)
