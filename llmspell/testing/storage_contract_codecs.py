"""The part of a storage's contract that is about codecs around it: what they wrote is read, and what ended goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmspell.errors import StorageError
from llmspell.runtime.store_wrappers import CodedStorage, is_coded, make_coded
from llmspell.spec.storage_codecs import Compressed, Expiring, Layers
from llmspell.testing.storage_opening import StorageOpening

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.spec.storage_codecs import Codec

LARGEST = 1 << 20
LIFE = 10.0
SOME = 20


class StorageCodecsContract(StorageOpening):
    """Check a store beneath codecs."""

    async def test_what_ended_is_removed(self, tmp_path: Path) -> None:
        """Values whose time has come are removed from the store, and told how many; others stay.

        If this fails, look at conditions and deletions of one transaction while a scan is under way.
        """
        now = [0.0]
        async with self.opened(tmp_path) as store:
            coded = CodedStorage(store, Layers([Expiring(LIFE, lambda: now[0])]))
            await store.put("plain", b"1")
            for number in range(SOME):
                await coded.put(f"k{number:02}", bytes([number]) * 100)
            now[0] = LIFE / 2
            await coded.put("k05", b"anew")
            assert await coded.remove_ended() == 0
            now[0] = LIFE
            assert (await store.stats()).keys == SOME + 1
            assert await coded.remove_ended() == SOME - 1
            assert sorted([key async for key, _ in store.scan()]) == ["k05", "plain"]
            assert await coded.get("k05") == b"anew"

    async def test_what_was_written_through_codecs_is_read_without_them(self, tmp_path: Path) -> None:
        """A value says itself how it is read, and what only looks like one that does is kept as it is.

        If this fails, the store changes bytes.
        """
        known: list[Codec] = [Compressed(LARGEST), Expiring(LIFE, lambda: 0.0)]
        values = {"a": b"\x00llz is no codec", "b": b"v" * 500, "c": b"\x00ll", "d": b""}
        async with self.opened(tmp_path) as store:
            if await is_coded(store):
                pytest.skip("there are codecs around the store already")
            await store.put("a", values["a"])
            await make_coded(store)
            every, none = CodedStorage(store, Layers(known)), CodedStorage(store, Layers([], known))
            for key in "bcd":
                await every.put(key, values[key])
            for one in (every, none):
                assert {key: value async for key, value in one.scan()} == values
                assert await one.get("a") == values["a"]
            with pytest.raises(StorageError, match="not known here"):
                await CodedStorage(store, Layers([])).get("b")
