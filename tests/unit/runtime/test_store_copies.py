"""Copying a store: what arrived is compared with what was there."""

from __future__ import annotations

import pytest

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import StorageError
from llmspell.runtime.store_copies import BATCH, StoreCopy
from llmspell.runtime.store_wrappers import CodedStorage, is_coded, make_coded
from llmspell.runtime.stores import UNFINISHED, require_finished
from llmspell.spec.storage_codecs import MARK, Compressed, Layers

MANY = 2 * BATCH + 1
CODECS = [Compressed(1 << 20)]


async def filled(store: MemoryStorage, prefix: str = "k") -> MemoryStorage:
    for number in range(MANY):
        await store.put(f"{prefix}{number:04}", b"%d" % number)
    return store


async def pairs(store):
    return {key: value async for key, value in store.scan()}


async def test_a_store_is_copied_in_parts_and_both_are_counted():
    source, target = await filled(MemoryStorage()), MemoryStorage()
    told: list[int] = []
    copy = StoreCopy(source, target, told.append)
    held = await copy.run()
    assert held[:2] == copy.copied[:2] == (await source.stats())[:2]
    assert await pairs(target) == await pairs(source)
    assert told == [BATCH, 2 * BATCH, MANY]


async def test_what_the_target_holds_stays_and_is_counted():
    source, target = await filled(MemoryStorage()), MemoryStorage()
    await target.put("k0001", b"longer than the new one")
    await target.put("other", b"stays")
    held = await StoreCopy(source, target, lambda _: None).run()
    assert held[:2] == (MANY + 1, (await source.stats()).bytes + len(b"otherstays"))


class Forgets(MemoryStorage):
    async def transaction(self, operations):
        await super().transaction([one for one in operations if one.key != "k0700"])


class Changes(MemoryStorage):
    async def transaction(self, operations):
        await super().transaction([one._replace(value=one.value + b"!" * (one.key == "k0003")) for one in operations])


class IsWrittenToMeanwhile(MemoryStorage):
    async def verify(self, backup=None):
        await self.put("late", b"")
        return await super().verify(backup)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Forgets, "1 of 500 values just written are not what was written, 'k0700' first"),
        (Changes, "'k0003' first"),
        (IsWrittenToMeanwhile, f"should hold {MANY} keys .* holds {MANY + 1}"),
    ],
)
async def test_a_copy_that_differs_is_an_error(kind, told):
    with pytest.raises(StorageError, match=told) as caught:
        await StoreCopy(await filled(MemoryStorage()), kind(), lambda _: None).run()
    assert caught.value.suggestions
    assert caught.value.context


class FailsOnce(MemoryStorage):
    """Fail at the n-th call, as a process that is killed there would see."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        self.seen = 0

    def _called(self) -> None:
        self.seen += 1
        if self.seen == self.number:
            raise StorageError("killed here")

    async def get(self, key):
        self._called()
        return await super().get(key)

    async def put(self, key, value):
        self._called()
        await super().put(key, value)

    async def delete(self, key):
        self._called()
        return await super().delete(key)

    async def transaction(self, operations):
        self._called()
        await super().transaction(operations)

    async def verify(self, backup=None):
        self._called()
        return await super().verify(backup)


async def test_a_copy_that_was_interrupted_anywhere_is_no_store_and_begins_anew():
    number = interrupted = 0
    while True:
        number += 1
        source, target = await filled(MemoryStorage()), FailsOnce(number)
        try:
            await StoreCopy(source, target, lambda _: None).run()
        except StorageError:
            interrupted += 1
        else:
            break
        if await pairs(target):
            with pytest.raises(StorageError, match="holds a part of another one") as caught:
                await require_finished(target)
            assert caught.value.suggestions
        await source.delete("k0000")  # what the first try has copied may be gone by the second
        held = await StoreCopy(source, target, lambda _: None).run()
        assert await pairs(target) == await pairs(source)
        assert held[:2] == (await source.stats())[:2]
        await require_finished(target)
    assert interrupted > 5


async def test_a_copy_into_a_store_with_values_of_its_own_keeps_them_when_it_begins_anew():
    source, target = await filled(MemoryStorage()), FailsOnce(0)
    await target.put("own", b"stays")
    target.number = target.seen + 6
    with pytest.raises(StorageError, match="killed here"):
        await StoreCopy(source, target, lambda _: None).run()
    with pytest.raises(StorageError, match="holds a part"):
        await StoreCopy(target, MemoryStorage(), lambda _: None).run()
    await StoreCopy(source, target, lambda _: None).run()
    assert await pairs(target) == await pairs(source) | {"own": b"stays"}


async def test_spells_do_not_run_on_a_part_of_a_store(app):
    await (await app.stores.raw()).put(UNFINISHED, b"alone")
    async with app.run("test") as run:
        with pytest.raises(StorageError, match="copying was interrupted"):
            await run.storage("n").get("k")


@pytest.mark.parametrize("source_coded", [False, True])
@pytest.mark.parametrize("target_coded", [False, True])
async def test_values_are_read_the_same_whichever_had_codecs(source_coded, target_coded):
    stores = {}
    values = {"long": b"v" * 500, "odd": MARK + b"zero"}
    for name, coded in (("source", source_coded), ("target", target_coded)):
        raw = MemoryStorage()
        if coded:
            await make_coded(raw)
        store = CodedStorage(raw, Layers(CODECS)) if coded else raw
        for key, value in values.items():
            await store.put(f"{name}/{key}", value)
        stores[name] = raw
    await StoreCopy(stores["source"], stores["target"], lambda _: None).run()
    target = stores["target"]
    store = CodedStorage(target, Layers([], CODECS)) if await is_coded(target) else target
    assert await pairs(store) == {f"{name}/{key}": value for name in stores for key, value in values.items()}
