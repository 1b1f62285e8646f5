"""The part of a storage's contract that is about a size limit: what is refused, what goes on, what counts."""

from __future__ import annotations

import contextlib
import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import StorageFullError
from llmspell.spec.storages import Operation
from llmspell.testing.storage_opening import StorageOpening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path

    from llmspell.spec.storages import Storage

ROOM = 2 << 20
SOME = 50
"""Values of 10 kB that a store of 2 MiB takes at the least, whatever it needs beside them."""

OFTEN = 20
"""How many times as much as the limit is written over what is there."""


class StorageRoomContract(StorageOpening):
    """Check a store with the capability `size_limit`."""

    @contextlib.asynccontextmanager
    async def limited(self, folder: Path, size: int = ROOM) -> AsyncIterator[Storage]:
        """Open a store with a limit for a block, or skip the test of one that has none."""
        async with self.opened(folder / "unlimited") as store:
            if "size_limit" not in store.capabilities:
                pytest.skip("the store has no size limit")
        limited = await self.open_limited(folder / "limited", size)
        try:
            yield limited
        finally:
            await limited.aclose()

    async def test_a_full_store_refuses_and_goes_on(self, tmp_path: Path) -> None:
        """Beyond its size limit a store refuses what does not fit, and nothing else; what is removed makes room.

        If this fails, count what a write adds before it is made, and keep room for deleting.
        """
        async with self.limited(tmp_path) as store:
            kept = await _filled(store)
            assert len(kept) >= SOME
            with pytest.raises(StorageFullError):
                await store.transaction([Operation("put", f"many{n}", _noise(n)) for n in range(300)])
            assert [key async for key, _ in store.scan()] == kept
            for key in kept[: len(kept) // 2]:
                assert await store.delete(key)
            if "compact" in store.capabilities:
                await store.compact()
            await store.put("room", _noise(0))
            assert await store.get(kept[-1]) == _noise(len(kept) - 1)

    async def test_a_full_store_refuses_whatever_makes_it_larger(self, tmp_path: Path) -> None:
        """No way of writing goes round the limit, and what was refused has changed nothing.

        If this fails, look at the limit where all writes pass.
        """
        async with self.limited(tmp_path) as store:
            kept = await _filled(store)
            large = json.dumps({"text": _noise(0).hex()}).encode()
            attempts: list[Callable[[], Coroutine[Any, Any, object]]] = [
                lambda: store.put("more", large),
                lambda: store.merge("more", large),
                lambda: store.transaction([Operation("absent", "more"), Operation("put", "more", large)]),
                lambda: store.transaction([Operation("put", "more", large), Operation("delete", "none")]),
                lambda: store.transaction([Operation("put", f"more/{n}", _noise(n)) for n in range(10)]),
                lambda: _counted_on(store),
            ]
            for attempt in attempts:
                with pytest.raises(StorageFullError) as caught:
                    await attempt()
                assert caught.value.suggestions
            assert [key async for key, _ in store.scan() if not key.startswith("count/")] == kept
            assert (await store.verify()).keys >= len(kept)
            await store.backup(tmp_path / "backup")

    async def test_writing_over_is_no_growth(self, tmp_path: Path) -> None:
        """A value in the place of another takes the room of that one, in a full store, too.

        If this fails, reckon with what a write replaces.
        """
        async with self.limited(tmp_path) as store:
            size = len(_noise(0))
            for number in range(ROOM * OFTEN // size):
                await store.put(f"k{number % SOME:03}", _noise(number))
            assert (await store.stats())[:2] == (SOME, SOME * (size + 4))
        async with self.limited(tmp_path / "full") as store:
            kept = await _filled(store)
            await store.put(kept[0], b"small")
            for number in range(SOME):
                await store.put(kept[1], _noise(number))
            assert await store.get(kept[1]) == _noise(SOME - 1)

    async def test_a_store_that_is_opened_again_is_as_full_as_before(self, tmp_path: Path) -> None:
        """The limit counts what is there; below a limit that is smaller than that, there is reading and removing.

        If this fails, count when the store is opened.
        """
        async with self.limited(tmp_path) as store:
            kept = await _filled(store)
        for size in (ROOM, ROOM // 2):
            async with self.limited(tmp_path, size) as store:
                with pytest.raises(StorageFullError):
                    await store.transaction([Operation("put", f"more/{n}", _noise(n)) for n in range(10)])
                assert [key async for key, _ in store.scan()] == kept
                assert await store.get(kept[-1]) == _noise(len(kept) - 1)
                assert await store.delete(kept.pop())


async def _filled(store: Storage) -> list[str]:
    """Write until there is no room, and give the keys that were written."""
    kept: list[str] = []
    for number in range(1000):
        try:
            await store.put(f"k{number:03}", _noise(number))
        except StorageFullError:
            return kept
        kept.append(f"k{number:03}")
    return pytest.fail(f"{ROOM} bytes are allowed, and {len(kept)} values of 10 kB were written")


async def _counted_on(store: Storage) -> None:
    """Make counters until there is no room for another."""
    for number in range(10_000):
        await store.increment(f"count/{number:0400}")


def _noise(number: int) -> bytes:
    """Give 10 kB that no compression makes smaller, the same for the same number."""
    return Random(number).randbytes(10_000)  # noqa: S311 - no secret
