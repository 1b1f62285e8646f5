"""The part of a storage's contract that is about what a store can do, and how much it takes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import StorageConflictError, StorageError, StorageLimitError, StorageUnsupportedError
from llmspell.spec.storages import CAPABILITIES, Operation
from llmspell.spec.threads import LARGE
from llmspell.testing.storage_opening import StorageOpening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine
    from pathlib import Path


SOME = 50
"""Values that are counted."""


class StorageLimitsContract(StorageOpening):
    """Check what a store says of itself."""

    patience = 10.0
    """Seconds after which a change that nobody told is taken for forgotten."""

    async def test_capabilities_are_known(self, tmp_path: Path) -> None:
        """What a store can do beyond what all can is one of `CAPABILITIES`.

        If this fails, a name is misspelt, or a new capability needs a test here.
        """
        async with self.opened(tmp_path) as store:
            assert store.capabilities <= CAPABILITIES.keys()

    async def test_limits_are_what_the_store_says(self, tmp_path: Path) -> None:
        """The longest key can be used; a byte more, or a value that is too large, is refused wherever it is given.

        If this fails, give keys to `llmspell.spec.storages.encoded` and values to `fitting`.
        """
        async with self.opened(tmp_path) as store:
            longest, large = "k" * store.limits.key, bytes(store.limits.value + 1)
            await store.put(longest, b"1")
            assert [pair async for pair in store.scan("k")] == [(longest, b"1")]
            assert await store.delete(longest)
            attempts: list[Callable[[], Coroutine[Any, Any, object]]] = [
                lambda: store.put(longest + "k", b""),
                lambda: store.get(longest + "k"),
                lambda: store.increment(longest + "k"),
                lambda: store.transaction([Operation("put", "a", b""), Operation("put", longest + "k", b"")]),
                lambda: store.put("a", large),
                lambda: store.transaction([Operation("put", "a", b""), Operation("put", "b", large)]),
            ]
            for attempt in attempts:
                with pytest.raises(StorageLimitError) as caught:
                    await attempt()
                assert {"size", "limit"} <= caught.value.context.keys()
            assert (await store.stats()).keys == 0

    async def test_large_values_are_written_and_read_in_every_way(self, tmp_path: Path) -> None:
        """A value that is handled in a thread is the same as a small one, whichever way it goes.

        If this fails, look for what is done in a thread from `llmspell.spec.threads.LARGE` on.
        """
        async with self.opened(tmp_path) as store:
            value = bytes(range(256)) * ((LARGE >> 8) + 1)
            value = value[: min(len(value), store.limits.value)]
            other = value[::-1]
            await store.put("a", value)
            await store.transaction(
                [Operation("check", "a", value), Operation("put", "b", other), Operation("put", "c", b"1")]
            )
            with pytest.raises(StorageConflictError):
                await store.transaction([Operation("check", "b", value), Operation("delete", "c")])
            assert [await store.get(key) for key in "abc"] == [value, other, b"1"]
            assert await store.get_batch(["b", "c"]) == {"b": other, "c": b"1"}
            document = b'{"text":"%s"}' % (b"v" * (len(value) - 20))
            await store.put("a", document)
            assert await store.merge("a", b'{"n":1}') == document[:-1] + b',"n":1}'
            await store.backup(tmp_path / "backup")
            await store.restore(tmp_path / "backup")
            assert {key: len(value) async for key, value in store.scan()} == {
                "a": len(document) + 6,
                "b": len(other),
                "c": 1,
            }

    async def test_keys_are_text(self, tmp_path: Path) -> None:
        """Half of a character is no key.

        If this fails, give keys to `llmspell.spec.storages.encoded`.
        """
        async with self.opened(tmp_path) as store:
            with pytest.raises(StorageError):
                await store.put("a\ud800", b"")

    async def test_watchers_are_told_of_changes(self, tmp_path: Path) -> None:
        """Every change of a key with the prefix is told after it was made, until the store is closed.

        If this fails, tell the watchers after the commit, also when the writer was cancelled; a restore is None.
        """
        async with self.opened(tmp_path) as store:
            if "watch" not in store.capabilities:
                with pytest.raises(StorageUnsupportedError) as caught:
                    async with store.watch():
                        pass
                assert caught.value.context["capability"] == "watch"
                return
            await store.put("a/0", b"before")
            await store.backup(tmp_path / "backup")
            async with store.watch("a/") as changes:
                told = self._told(changes)
                await store.put("b/1", b"")
                await store.put("a/1", b"")
                assert await told("a/1")
                await store.transaction([Operation("put", "a/2", b""), Operation("delete", "a/1")])
                assert await told("a/2", "a/1")
                await store.increment("a/n")
                assert await told("a/n")
                await store.merge("a/m", b"{}")
                assert await told("a/m")
                await store.delete("a/m")
                assert await told("a/m")
                await store.restore(tmp_path / "backup")
                assert await told(None)
                await store.aclose()
                assert [key async for key in changes if key == "b/1"] == []

    def _told(self, changes: AsyncIterator[str | None]) -> Callable[..., Coroutine[Any, Any, bool]]:
        async def told(*keys: str | None) -> bool:
            waiting = set(keys)
            while waiting:
                try:
                    key = await asyncio.wait_for(anext(changes), self.patience)
                except TimeoutError:
                    pytest.fail(f"nobody was told of {waiting}")
                assert key is None or key.startswith("a/")
                waiting -= {key} if key is not None else set(keys)
            return True

        return told

    async def test_compacting_keeps_everything(self, tmp_path: Path) -> None:
        """What is left after many deletions is still there afterwards, and takes no more room than before.

        If this fails, compare the store before and after.
        """
        async with self.opened(tmp_path) as store:
            if "compact" not in store.capabilities:
                with pytest.raises(StorageUnsupportedError) as caught:
                    await store.compact()
                assert caught.value.context["capability"] == "compact"
                return
            await store.transaction([Operation("put", f"k{n:03}", bytes([n % 256]) * 5000) for n in range(400)])
            await store.transaction([Operation("delete", f"k{n:03}") for n in range(10, 400)])
            before = await store.stats()
            await store.compact()
            after = await store.stats()
            assert after[:2] == before[:2] == (10, 10 * 5004)
            assert after.disk is not None
            assert before.disk is not None
            assert after.disk < max(before.disk, 1 << 20)
            assert await store.get("k009") == bytes([9]) * 5000

    async def test_verifying_counts_and_finds_damage(self, tmp_path: Path) -> None:
        """A whole store and a whole backup are counted alike; a damaged backup is an error.

        If this fails, read everything and compare the checksums.
        """
        async with self.opened(tmp_path) as store:
            await store.backup(tmp_path / "empty")
            for number in range(SOME):
                await store.put(f"k{number:02}", bytes([number]) * 100)
            await store.backup(tmp_path / "backup")
            counted = (SOME, SOME * (3 + 100))
            assert (await store.stats())[:2] == counted
            assert (await store.verify())[:2] == counted
            empty = (await store.verify(tmp_path / "empty")).keys  # what a wrapper keeps for itself
            assert (await store.verify(tmp_path / "backup")).keys == empty + SOME
            damaged = bytearray((tmp_path / "backup").read_bytes())
            damaged[len(damaged) // 2] ^= 0x10
            (tmp_path / "backup").write_bytes(damaged)
            with pytest.raises(StorageError):
                await store.verify(tmp_path / "backup")
