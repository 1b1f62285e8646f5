"""Codecs around a store: the contract holds as it does without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import StorageError
from llmspell.runtime.store_wrappers import CodedStorage
from llmspell.spec.storage_codecs import Compressed, Expiring
from llmspell.spec.storages import StorageLimits
from llmspell.testing import StorageContract, open_context

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.spec.storages import Storage

LARGEST = 1 << 20


class Xor:
    """Stand for an encryption: what is stored differs each time and holds nothing of the value."""

    def __init__(self) -> None:
        self.count = 0

    def encode(self, key: str, value: bytes) -> bytes:
        self.count = (self.count + 1) % 256
        return bytes([self.count]) + bytes(byte ^ self.count for byte in value)

    def decode(self, key: str, data: bytes) -> bytes:
        return bytes(byte ^ data[0] for byte in data[1:])


class Small(MemoryStorage):
    limits = StorageLimits(key=1 << 10, value=1 << 16)


class TestCompressed(StorageContract):
    async def open_storage(self, folder: Path) -> Storage:
        return CodedStorage(Small(), [Compressed(LARGEST)])


class TestAllCodecs(StorageContract):
    async def open_storage(self, folder: Path) -> Storage:
        return CodedStorage(Small(), [Expiring(60, lambda: 0.0), Compressed(LARGEST), Xor()])


@given(value=st.binary(max_size=300) | st.binary(max_size=9).map(lambda part: part * 100))
def test_compression_gives_back_what_it_was_given(value):
    codec = Compressed(LARGEST)
    assert codec.decode("k", codec.encode("k", value)) == value
    for mark in (b"\x00llz", b"\x00llr"):
        assert codec.decode("k", codec.encode("k", mark + value)) == mark + value
    assert len(codec.encode("k", value)) <= len(value) + 4


def test_what_was_written_before_is_read_as_it_is():
    assert Compressed(LARGEST).decode("k", b"plain") == b"plain"
    assert Expiring(1, lambda: 1e12).decode("k", b"plain") == b"plain"


def test_a_value_that_cannot_be_expanded_is_an_error():
    whole = Compressed(LARGEST).encode("k", bytes(1000))
    for data in (whole[:-1], whole[:5], whole[:6] + b"\xff" + whole[7:]):
        with pytest.raises(StorageError, match="cannot be read"):
            Compressed(LARGEST).decode("k", data)
    with pytest.raises(StorageError, match="cannot be read"):
        Compressed(999).decode("k", whole)
    with pytest.raises(StorageError, match="cut"):
        Expiring(1, lambda: 0.0).decode("k", b"\x00lle123")


async def test_a_value_ends_when_its_time_has_come():
    now, inner = [0.0], MemoryStorage()
    store = CodedStorage(inner, [Expiring(10, lambda: now[0])])
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
        assert (await raw.stats()).bytes < 200
        [(_, stored)] = [pair async for pair in raw.scan()]
        assert stored.startswith(b"\x00ll")
