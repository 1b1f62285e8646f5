"""A library that fails at its n-th call, for every n: what was acknowledged is there, and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import StorageError
from llmspell.spec.storage_embedded import EmbeddedStorage
from llmspell.spec.storage_library import TooLargeHere
from llmspell.spec.storages import Operation
from llmspell.spec.threads import LARGE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from llmspell.spec.storage_library import Library

CONTENT: dict[str, dict[bytes, bytes]] = {}
"""What lies at a path: it outlives a store, as files do."""


class Fault:
    """Count calls, and fail one."""

    def __init__(self, at: int = -1) -> None:
        self.at, self.seen = at, 0

    def meet(self) -> None:
        self.seen += 1
        if self.seen == self.at:
            raise StorageError("the disk fails", suggestions=["wait"])


class SortedView:
    def __init__(self, pairs: dict[bytes, bytes], fault: Fault) -> None:
        self._pairs, self._fault = pairs, fault

    def get(self, key: bytes) -> bytes | None:
        self._fault.meet()
        return self._pairs.get(key)

    def pairs(self, start: bytes) -> Iterator[tuple[bytes, bytes]]:
        for key in sorted(key for key in self._pairs if key >= start):
            self._fault.meet()
            yield key, self._pairs[key]

    def close(self) -> None:
        """Nothing is held."""


class DictLibrary:
    def __init__(self, place: str, fault: Fault) -> None:
        self._place, self._fault = place, fault
        fault.meet()
        CONTENT.setdefault(place, {})

    def get(self, key: bytes, *, here: bool = False) -> bytes | None:
        self._fault.meet()
        found = CONTENT[self._place].get(key)
        if here and found is not None and len(found) > LARGE:
            raise TooLargeHere
        return found

    def view(self) -> SortedView:
        self._fault.meet()
        return SortedView(dict(CONTENT[self._place]), self._fault)

    def write(self, changes: Mapping[bytes, bytes | None]) -> None:
        self._fault.meet()
        merged = {**CONTENT[self._place], **changes}
        CONTENT[self._place] = {key: value for key, value in merged.items() if value is not None}

    def replace(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        new = dict(pairs)
        self._fault.meet()
        CONTENT[self._place] = new

    def check(self) -> None:
        self._fault.meet()

    def compact(self) -> None:
        self._fault.meet()

    def disk(self) -> int:
        return 0

    def close(self) -> None:
        """Nothing is open."""


class DictStorage(EmbeddedStorage):
    FILE = "dict"

    def __init__(self, fault: Fault) -> None:
        super().__init__()
        self._fault = fault

    def open_library(self, path: Path, options: dict[str, Any]) -> Library:
        return DictLibrary(str(path), self._fault)


class Work:
    """Use a store in every way, and know what it has acknowledged."""

    def __init__(self, store: DictStorage, folder: Path) -> None:
        self.store, self.folder = store, folder
        self.model: dict[str, bytes] = {}
        self.errors = 0

    async def attempt(self, work: Any) -> bool:
        try:
            await work
        except StorageError:
            self.errors += 1
            return False
        return True

    async def write(self, **values: bytes) -> None:
        steps = [Operation("put", key, value) for key, value in values.items()]
        with suppress(StorageError):
            await self.store.get(steps[0].key)  # so that what is changed is in memory
        if await self.attempt(self.store.transaction(steps)):
            self.model |= values

    async def everything(self) -> None:
        await self.write(a=b"1", b=b"2")
        for turn in range(2):
            if await self.attempt(self.store.increment("n")):
                self.model["n"] = b"%d" % (int(self.model.get("n", b"0")) + 1)
            await self.write(a=b"%d" % turn)
        if await self.attempt(self.store.delete("b")):
            self.model.pop("b", None)
        done = await asyncio.gather(*(self.attempt(self.store.put(f"g{n}", b"v")) for n in range(4)))
        self.model |= {f"g{n}": b"v" for n, well in enumerate(done) if well}
        saved = dict(self.model) if await self.attempt(self.store.backup(self.folder / "backup")) else None
        await self.write(later=b"1")
        if saved is not None and await self.attempt(self.store.restore(self.folder / "backup")):
            self.model = saved
        for work in (self.store.compact(), self.store.verify(), self.store.stats(), self.store.get_batch(["a", "n"])):
            await self.attempt(work)


async def after_a_fault(folder: Path, at: int) -> tuple[int, int]:
    """Work with a library that fails once; give the calls it saw and the errors that were told."""
    folder.mkdir()
    fault = Fault(at)
    store = DictStorage(fault)
    if at >= 0:
        with suppress(StorageError):
            await store.open_path(folder / "store")
    if store._live is None:
        await store.open_path(folder / "store")
    work = Work(store, folder)
    await work.everything()
    fault.at = -1
    seen = fault.seen
    assert {key: value async for key, value in store.scan()} == work.model
    assert {key: await store.get(key) for key in work.model} == work.model
    await store.aclose()
    again = DictStorage(Fault())
    await again.open_path(folder / "store")
    assert {key: value async for key, value in again.scan()} == work.model
    await again.aclose()
    return seen, work.errors


async def test_any_one_call_may_fail(tmp_path):
    total, errors = await after_a_fault(tmp_path / "well", -1)
    assert (total > 30, errors) == (True, 0)
    told = [(await after_a_fault(tmp_path / str(at), at))[1] for at in range(1, total + 1)]
    assert sum(told) > 5


async def test_a_library_that_raises_what_it_may_not_is_told_and_does_not_stop_the_store(tmp_path):
    class Wrong(Fault):
        def meet(self) -> None:
            self.seen += 1
            if self.seen == self.at:
                raise RuntimeError("a fault of the library")

    fault = Wrong()
    store = DictStorage(fault)
    await store.open_path(tmp_path / "store")
    fault.at = fault.seen + 1
    await store.put("a", b"1")  # the group failed, and each was tried alone
    fault.at = fault.seen + 1
    with pytest.raises(RuntimeError, match="a fault of the library"):
        await store.compact()
    await store.put("b", b"2")
    assert await store.get_batch(["a", "b"]) == {"a": b"1", "b": b"2"}
    await store.aclose()


async def test_a_large_value_is_read_in_a_thread(tmp_path):
    """The library of these tests refuses to read one on the thread of the loop."""
    store = DictStorage(Fault())
    await store.open_path(tmp_path / "store")
    try:
        await store.put("k", bytes(LARGE + 1))
        assert await store.get("k") == bytes(LARGE + 1)
        assert await store.get("none") is None
    finally:
        await store.aclose()
