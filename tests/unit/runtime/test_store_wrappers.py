"""Codecs around a store: the contract holds as it does without them."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import StorageError
from llmspell.runtime.store_wrappers import LARGE, SPARE, SWEEP, SWEEP_BYTES, CodedStorage, is_coded, make_coded
from llmspell.runtime.stores import CODED
from llmspell.spec.storage_codecs import DEEPEST, MARK, WORTH, Compressed, Expiring, Layers
from llmspell.spec.storages import Operation, StorageLimits
from llmspell.testing import StorageContract, open_context

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llmspell.spec.storage_codecs import Codec
    from llmspell.spec.storages import Storage

LARGEST = 1 << 20


class Xor:
    """Stand for an encryption: what is stored differs each time and holds nothing of the value."""

    tag = b"x"

    def __init__(self) -> None:
        self.count = 0

    def encode(self, key: str, value: bytes) -> bytes:
        self.count = (self.count + 1) % 256
        return bytes([self.count]) + bytes(byte ^ self.count for byte in value)

    def decode(self, key: str, data: bytes | memoryview) -> bytes:
        return bytes(byte ^ data[0] for byte in data[1:])


class Small(MemoryStorage):
    limits = StorageLimits(key=1 << 10, value=1 << 16)


class TestCompressed(StorageContract):
    async def open_storage(self, folder: Path) -> Storage:
        return await coded(Small(), [Compressed(LARGEST)])


class TestAllCodecs(StorageContract):
    async def open_storage(self, folder: Path) -> Storage:
        return await coded(Small(), [Compressed(LARGEST), Expiring(60, lambda: 0.0), Xor()])


async def coded(inner: Storage, writing: Sequence[Codec], reading: Sequence[Codec] = ()) -> Storage:
    await make_coded(inner)
    return CodedStorage(inner, Layers(writing, reading))


VALUES = (
    st.binary(max_size=300)
    | st.binary(max_size=9).map(lambda part: part * 100)
    | st.tuples(st.sampled_from("zrex?"), st.binary(max_size=20)).map(lambda pair: MARK + pair[0].encode() + pair[1])
)
CODECS = st.lists(st.sampled_from("zex"), max_size=4)


def _codecs(tags):
    known = {"z": Compressed(LARGEST), "e": Expiring(60, lambda: 0.0), "x": Xor()}
    return [known[tag] for tag in tags]


@given(value=VALUES, tags=CODECS, later=CODECS)
def test_a_value_is_read_whatever_is_written_by_then(value, tags, later):
    stored = Layers(_codecs(tags)).encode("k", value)
    assert Layers(_codecs(later), _codecs("zex")).decode("k", stored) == value


@given(steps=st.lists(st.tuples(st.none() | CODECS, st.sampled_from("abc"), VALUES), max_size=8))
def test_whatever_is_configured_in_turn_every_value_is_read(steps):
    """None opens the store as `Stores` does without codecs: with them only where there were some before."""

    async def run():
        inner = MemoryStorage()
        model: dict[str, bytes] = {}
        store: Storage
        for tags, key, value in steps:
            if tags is None and not await is_coded(inner):
                store = inner
            else:
                store = await coded(inner, _codecs(tags or ""), _codecs("zex"))
            assert {key: value async for key, value in store.scan()} == model
            await store.put(key, value)
            model[key] = value
            assert await store.get_batch("abc") == model

    asyncio.run(run())


@given(value=VALUES)
def test_compression_never_makes_a_value_larger(value):
    assert len(Layers([Compressed(LARGEST)]).encode("k", value)) <= len(value) + len(MARK) + 1


def test_what_no_codec_wrote_is_the_same_object():
    value = b"plain"
    layers = Layers([Compressed(LARGEST)])
    assert layers.decode("k", layers.encode("k", value)) is value


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        (MARK + b"?later", "not known here"),
        (MARK, "not known here"),
        (MARK + b"z" + zlib.compress(b"v" * WORTH)[:-1], "cannot be read"),
        (MARK + b"z" + zlib.compress(b"v" * WORTH) + b"more", "does not end"),
        (MARK + b"znonsense", "cannot be read"),
        (MARK + b"z" + zlib.compress(bytes(LARGEST + 1)), "does not end"),
        (MARK + b"e1234", "cut"),
        ((MARK + b"e" + b"\x7f" + bytes(7)) * (DEEPEST + 1), "more than 8 codecs"),
    ],
)
def test_a_value_that_cannot_be_decoded_is_an_error(stored, told):
    with pytest.raises(StorageError, match=told) as caught:
        Layers([Compressed(LARGEST), Expiring(1, lambda: 0.0)]).decode("k", stored)
    assert caught.value.suggestions


async def test_large_values_are_encoded_in_threads():
    store = await coded(MemoryStorage(), _codecs("ze"))
    value = bytes(range(256)) * (LARGE // 256 + 1)
    await store.put("k", value)
    await store.transaction([Operation("check", "k", value), Operation("put", "l", value)])
    assert await store.get_batch(["k", "l"]) == {"k": value, "l": value}


async def test_switching_codecs_on_keeps_what_looks_as_if_they_wrote_it():
    inner = MemoryStorage()
    await inner.put("a", MARK + b"e12345678tail")
    store = await coded(inner, _codecs("z"))
    assert await store.get("a") == MARK + b"e12345678tail"
    again = await coded(inner, [])
    assert (await again.stats())[:2] == (1, 1 + 16)
    assert [key async for key, _ in again.scan()] == ["a"]


async def test_a_store_that_is_encoded_in_a_newer_way_is_refused_and_left():
    inner = MemoryStorage()
    await inner.put(CODED, b'{"format":2}')
    for ask in (is_coded, make_coded):
        with pytest.raises(StorageError, match="newer way") as caught:
            await ask(inner)
        assert caught.value.suggestions
    assert await inner.get(CODED) == b'{"format":2}'


async def test_a_value_that_is_written_while_codecs_are_switched_on_stays():
    class Busy(MemoryStorage):
        async def transaction(self, operations):
            if not self.busy:
                self.busy = True
                await self.put("a", MARK + b"changed")
            await super().transaction(operations)

        busy = False

    inner = Busy()
    await inner.put("a", MARK + b"first")
    assert await (await coded(inner, [])).get("a") == MARK + b"changed"


async def test_a_backup_from_before_there_were_codecs_is_restored(tmp_path):
    before, inner = MemoryStorage(), MemoryStorage()
    await before.put("a", MARK + b"zero")
    await before.backup(tmp_path / "backup")
    store = await coded(inner, _codecs("z"))
    await store.restore(tmp_path / "backup")
    assert [pair async for pair in store.scan()] == [("a", MARK + b"zero")]
    assert await is_coded(inner)


async def test_many_values_that_ended_are_removed_in_parts_between_which_there_is_no_scan():
    now = [0.0]
    sizes: list[int] = []

    class Watched(MemoryStorage):
        scans = 0

        async def scan(self, prefix="", *, start="", end=None):
            self.scans += 1
            try:
                async for pair in super().scan(prefix, start=start, end=end):
                    yield pair
            finally:
                self.scans -= 1

        async def transaction(self, operations):
            assert self.scans == 0
            sizes.append(len(operations) // 2)
            await super().transaction(operations)

    store = CodedStorage(Watched(), Layers([Expiring(10, lambda: now[0])]))
    for number in range(2 * SWEEP + 1):
        await store.put(f"k{number:05}", b"old")
    await store.put("large", bytes(SWEEP_BYTES))
    await store.put("other", b"")
    now[0] = 5.0
    await store.put("k00700", b"young")
    now[0] = 10.0
    assert await store.remove_ended() == 2 * SWEEP + 2
    assert sizes == [SWEEP, SWEEP, 1, 1]
    assert [key async for key, _ in store.scan()] == ["k00700"]


async def test_what_is_written_anew_while_ended_values_are_removed_stays():
    now = [0.0]

    class Busy(MemoryStorage):
        async def transaction(self, operations):
            if now[0] and await self.get("a") != b"anew":
                await self.put("a", b"anew")
            await super().transaction(operations)

    store = CodedStorage(Busy(), Layers([Expiring(10, lambda: now[0])]))
    for key in "abc":
        await store.put(key, b"old")
    now[0] = 10.0
    assert await store.remove_ended() == 2
    assert [pair async for pair in store.scan()] == [("a", b"anew")]


async def test_a_value_ends_when_its_time_has_come():
    now, inner = [0.0], MemoryStorage()
    store = await coded(inner, [Expiring(10, lambda: now[0])])
    await store.put("a", b"1")
    now[0] = 9
    await store.put("b", b"1")
    assert [key async for key, _ in store.scan()] == ["a", "b"]
    now[0] = 10
    assert [await store.get("a"), await store.exists("a"), await store.get_batch(["a", "b"])] == [
        None,
        False,
        {"b": b"1"},
    ]
    assert await store.delete("a") is False
    assert await store.increment("b") == 2
    now[0] = 19.5
    assert await store.get("b") == b"2"


async def test_the_configuration_compresses_and_ends_values():
    config = {"storage": {"backend": "memory", "compression_enabled": True, "ttl": "1h"}}
    async with open_context(config=config) as ctx:
        await ctx.storage.put("k", b"v" * 5000)
        assert await ctx.storage.get("k") == b"v" * 5000
        raw = await ctx.app.stores.raw()
        assert ctx.storage.limits.value == raw.limits.value - SPARE
        assert (await raw.stats()).bytes < 200
        stored = {key: value async for key, value in raw.scan()}
        assert len(stored.pop(CODED)) > 0
        [value] = stored.values()
        assert value.startswith(MARK + b"e")


async def test_a_store_without_codecs_is_given_as_it_is():
    async with open_context(config={"storage": {"backend": "memory"}}) as ctx:
        assert await ctx.app.stores.backend() is await ctx.app.stores.raw()


async def test_a_store_that_had_codecs_is_read_without_them():
    async with open_context(config={"storage": {"backend": "memory"}}) as ctx:
        raw = await ctx.app.stores.raw()
        before = await coded(raw, [Compressed(LARGEST), Expiring(60, ctx.app.services.clock.now)])
        await before.put("test\x1fk", b"v" * 5000)
        store = await ctx.app.stores.backend()
        assert await store.get("test\x1fk") == b"v" * 5000
        await store.put("test\x1fl", b"v" * 5000)
        assert await raw.get("test\x1fl") == b"v" * 5000
