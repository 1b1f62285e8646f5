"""A store that is encrypted: what is around the encryption, which here only turns bytes round."""

from __future__ import annotations

import pytest

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import EncryptionError, EncryptionKeyError, StorageConflictError
from llmspell.runtime.store_sealed import SealedStorage, encrypted, require_open, sealed
from llmspell.runtime.stores import CODED
from llmspell.spec.encryptions import KEYS, LIST, OPEN_KEYS
from llmspell.spec.storage_codecs import Layers
from llmspell.spec.storages import Operation
from llmspell.testing import StorageContract, open_context
from tests.unit.runtime.witness_plugin import Turning

PLUGIN = "tests.unit.runtime.witness_plugin"


def turning(key="right"):
    made = Turning()
    made.key = key
    return made


async def over(inner):
    return await sealed(inner, Layers([]), turning())


class TestSealed(StorageContract):
    async def open_storage(self, folder):
        return await over(MemoryStorage())


async def test_a_store_learns_of_a_new_header_before_it_writes() -> None:
    inner = MemoryStorage()
    store = await over(inner)
    await turning().rotate(inner, lambda _: None, reencrypt=False)
    await store.put("a", b"abc")
    await store.increment("n", 3)
    stored = await inner.get("a")
    assert stored is not None
    assert (stored[:5], stored[-3:]) == (b"\x00llx2", b"cba")
    assert await store.get("n") == b"3"


async def test_a_condition_that_does_not_hold_is_the_callers() -> None:
    store = await over(MemoryStorage())
    await store.put("a", b"1")
    with pytest.raises(StorageConflictError) as told:
        await store.transaction([Operation("check", "a", b"2"), Operation("put", "a", b"3")])
    assert told.value.context["key"] == "a"


async def test_what_is_plain_is_refused_and_can_be_removed() -> None:
    inner = MemoryStorage()
    store = await over(inner)
    await inner.put("a", b"plain")
    for act in (store.get("a"), store.exists("a"), store.stats(), store.verify()):
        with pytest.raises(EncryptionError):
            await act
    assert await store.delete("a")
    assert not await store.delete("a")


async def test_the_keys_of_the_kernel_are_not_seen() -> None:
    inner = MemoryStorage()
    store = await over(inner)
    await store.put("a", b"1")
    assert [pair async for pair in store.scan()] == [("a", b"1")]
    assert {key async for key, _ in inner.scan()} == {"a", KEYS, CODED, LIST, f"{LIST}\x1f"}
    assert {KEYS, CODED} < OPEN_KEYS


async def test_what_looks_encrypted_is_not_encrypted_again() -> None:
    inner = MemoryStorage()
    await inner.put("a", b"\x00llx lies")
    with pytest.raises(EncryptionError, match="looks encrypted"):
        await encrypted(inner, turning(), lambda _: None)
    await inner.delete("a")
    await inner.put("b", b"\x00llz is no codec")
    assert (await encrypted(inner, turning(), lambda _: None)).values == 1
    assert await (await over(inner)).get("b") == b"\x00llz is no codec"


async def test_an_encrypted_store_is_not_opened_without_a_key() -> None:
    inner = MemoryStorage()
    await require_open(inner)
    await over(inner)
    with pytest.raises(EncryptionKeyError):
        await require_open(inner)


async def test_a_section_switches_an_encryption_on() -> None:
    config = {"storage.backend": "memory", "storage.turning.secret_key": "right"}
    async with open_context(plugins=[PLUGIN], config=config) as ctx:
        await ctx.storage.put("a", b"abc")
        assert isinstance(await ctx.app.stores.backend(), SealedStorage)
        stored = {key.rpartition("\x1f")[2]: data async for key, data in (await ctx.app.stores.raw()).scan()}
        assert (stored["a"][:5], stored["a"][-3:]) == (b"\x00llx1", b"cba")
        assert ctx.app.stores.limits.value < (await ctx.app.stores.raw()).limits.value


async def test_without_a_section_there_is_none() -> None:
    async with open_context(plugins=[PLUGIN], config={"storage.backend": "memory"}) as ctx:
        await ctx.storage.put("a", b"abc")
        assert await ctx.app.stores.encryption() is None
        assert isinstance(await ctx.app.stores.backend(), MemoryStorage)
