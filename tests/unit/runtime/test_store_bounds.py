"""A store in which no namespace takes more than it may."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import ExitCode, StorageError, StorageQuotaError
from llmspell.runtime.store_bounds import STALE, BoundedStorage, owner_of
from llmspell.spec.storages import Operation
from llmspell.testing import StorageContract, open_context

KEYS = st.sampled_from([f"{name}\x1f{key}" for name in "ab" for key in ("", "1", "22", "é")])
STEPS = st.lists(st.tuples(st.sampled_from(["put", "delete", "increment", "merge", "two"]), KEYS, st.integers(0, 30)))


class TestBounded(StorageContract):
    async def open_storage(self, folder):
        return BoundedStorage(MemoryStorage(), 1 << 30, 1 << 50)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("spell\x1fkey", "spell"),
        ("\x1fstate\x1fshared\x1f\x1fkey", "state of shared"),
        ("\x1fstate\x1fsession\x1fs1\x1fkey", "state of session s1"),
        ("\x1fhistory\x1fsession\x1fs1\x1f0001\x1fkey", "state of session s1"),
        ("\x1fsession names\x1fone", None),
        ("\x1fschema\x1fshared\x1f\x1f", None),
    ],
)
def test_a_key_tells_whose_it_is(key, name) -> None:
    owner = owner_of(key)
    assert (owner and owner.name) == name
    assert owner is None or key.startswith(owner.prefixes)


async def test_keys_and_bytes_are_bounded_for_each_namespace() -> None:
    inner = MemoryStorage()
    await inner.put("a\x1f0", b"before")
    store = BoundedStorage(inner, 3, 40)
    await store.put("a\x1f1", b"")
    await store.put("a\x1f2", b"")
    with pytest.raises(StorageQuotaError, match="a would hold 4 keys: 3 are allowed") as told:
        await store.put("a\x1f3", b"")
    assert told.value.context == {"namespace": "a", "what": "keys", "wanted": 4, "limit": 3}
    assert told.value.exit_code == ExitCode.LIMIT
    assert any("max_keys" in one for one in told.value.suggestions)
    await store.put("b\x1f1", b"x" * 37)
    with pytest.raises(StorageQuotaError, match="b would hold 41 bytes"):
        await store.put("b\x1f1", b"x" * 38)
    await store.delete("a\x1f0")
    await store.put("a\x1f3", b"")
    with pytest.raises(StorageQuotaError):
        await store.transaction([Operation("put", "a\x1f4", b""), Operation("put", "c\x1f1", b"")])
    assert await inner.get("c\x1f1") is None
    await store.transaction([Operation("delete", "a\x1f3"), Operation("put", "a\x1f4", b"")])


async def test_what_is_too_much_already_may_become_less() -> None:
    inner = MemoryStorage()
    for number in range(5):
        await inner.put(f"a\x1f{number}", b"x" * 10)
    store = BoundedStorage(inner, 2, 20)
    await store.put("a\x1f0", b"y")
    assert await store.delete("a\x1f1")
    with pytest.raises(StorageQuotaError):
        await store.put("a\x1f0", b"x" * 3)


async def apply(store: BoundedStorage, verb: str, key: str, size: int) -> None:
    if verb == "put":
        await store.put(key, b"1" * size)
    elif verb == "delete":
        await store.delete(key)
    elif verb == "increment":
        await store.increment(key, 10**size)
    elif verb == "merge":
        await store.merge(key, b'{"a": "%s"}' % (b"x" * size))
    else:
        both = [Operation("put", key, b"1" * size), Operation("put", "b\x1f", b"1")]
        await store.transaction([Operation("absent", key), *both])


async def counted(store: BoundedStorage, inner: MemoryStorage, name: str) -> None:
    held = [(key, value) async for key, value in inner.scan(f"{name}\x1f")]
    assert len(held) <= 5
    usage = store._usages.get(name)
    if usage is not None and usage.counted is not None:
        total = sum(len(key.encode()) + len(value) for key, value in held)
        assert (usage.keys, usage.bytes) == (len(held), total)


@given(steps=STEPS)
@settings(deadline=None, max_examples=150)
def test_what_is_counted_is_what_is_there(steps) -> None:
    async def run() -> None:
        inner = MemoryStorage()
        store = BoundedStorage(inner, 5, 60)
        for step in steps:
            with suppress(StorageError):  # full, in conflict, no counter: whatever it is, the count is right
                await apply(store, *step)
            for name in "ab":
                await counted(store, inner, name)

    asyncio.run(run())


async def test_many_at_once_do_not_go_beyond() -> None:
    inner = MemoryStorage()
    store = BoundedStorage(inner, 10, 0)
    tasks = [store.put(f"a\x1f{number % 20}", b"") for number in range(60)]
    await asyncio.gather(*tasks, *(store.delete("a\x1f0") for _ in range(20)), return_exceptions=True)
    assert (await inner.stats()).keys <= 10
    held = [key async for key, _ in inner.scan("a\x1f")]
    assert store._usages["a"].keys == len(held)


async def test_what_ended_by_itself_is_noticed() -> None:
    inner, now = MemoryStorage(), [0.0]
    store = BoundedStorage(inner, 1, 0, lambda: now[0])
    await store.put("a\x1f1", b"")
    await inner.delete("a\x1f1")  # as the end of its life does
    with pytest.raises(StorageQuotaError):
        await store.put("a\x1f2", b"")
    now[0] = STALE + 1
    await store.put("a\x1f2", b"")


async def test_a_spell_is_told_that_its_namespace_is_full() -> None:
    async with open_context(config={"storage.backend": "memory", "storage.max_keys": 2}) as ctx:
        await ctx.storage.put("one", b"1")
        await ctx.storage.put("two", b"2")
        with pytest.raises(StorageQuotaError, match="spell would hold 3 keys"):
            await ctx.storage.put("three", b"3")
        with pytest.raises(StorageQuotaError):
            await ctx.storage.increment("three")
        await ctx.state.set("one", 1)
        await ctx.state.set("two", 1)
        with pytest.raises(StorageQuotaError, match="state of"):
            await ctx.state.set("three", 1)
        assert await ctx.state.get("two") == 1


async def test_without_bounds_there_is_no_wrapper() -> None:
    async with open_context(config={"storage.backend": "memory"}) as ctx:
        await ctx.storage.put("one", b"1")
        assert isinstance(await ctx.app.stores.backend(), MemoryStorage)
