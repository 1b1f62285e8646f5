"""Copying one store into another, and making sure that it arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import StorageError
from llmspell.runtime.store_wrappers import is_coded, make_coded
from llmspell.runtime.stores import UNFINISHED, require_finished
from llmspell.spec.encryptions import KEYS
from llmspell.spec.storage_codecs import escaped
from llmspell.spec.storages import Operation, StorageStats

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from llmspell.spec.storages import Storage

BATCH = 500
"""Pairs of one transaction."""

BATCH_BYTES = 8 << 20

_ALONE, _MERGED = b"alone", b"merged"
"""What the mark of an unfinished target says: whether all that is there comes from the copy."""


class StoreCopy:
    """Copy all that a back end holds, beneath all codecs, into another.

    `copied` counts what was read; `told` hears after each transaction how many keys there are so far. What was written
    is read back, and at the end the target is verified and counted: it holds what it held before, and the copies. Until
    then the target says that it is unfinished; a copy into one that was empty and stayed unfinished begins anew.
    """

    def __init__(self, source: Storage, target: Storage, told: Callable[[int], None]) -> None:
        self._source = source
        self._target = target
        self._told = told
        self._mark = b""
        self._keys = self._bytes = 0
        self._expected = StorageStats(0, 0)

    @property
    def copied(self) -> StorageStats:
        """Count the pairs that were copied."""
        return StorageStats(self._keys, self._bytes)

    async def run(self) -> StorageStats:
        """Copy, compare, and count the target; a difference is a `StorageError`."""
        await self._begin()
        coded = await is_coded(self._source)
        if coded:
            await make_coded(self._target)
        as_stored = escaped if not coded and await is_coded(self._target) else _same
        self._expected = self._unmarked(await self._target.stats())
        steps: list[Operation] = []
        size = 0
        async for key, value in self._source.scan():
            steps.append(Operation("put", key, as_stored(value)))
            size += len(value)
            if len(steps) >= BATCH or size >= BATCH_BYTES:
                await self._write(steps)
                steps, size = [], 0
        await self._write(steps)
        held = await self._compared()
        await self._target.delete(UNFINISHED)
        return held

    async def _begin(self) -> None:
        """Mark the target, and remove what an interrupted copy has left in one that was empty."""
        await require_finished(self._source)
        await self._require_keys()
        mark = await self._target.get(UNFINISHED)
        if mark is None:
            empty = (await self._target.stats()).keys == await is_coded(self._target)
            mark = _ALONE if empty else _MERGED
            await self._target.put(UNFINISHED, mark)
        elif mark == _ALONE:
            await self._clear()
        self._mark = mark

    async def _require_keys(self) -> None:
        """Refuse to mix what is encrypted with what a store holds already; raises `StorageError`."""
        mark = await self._target.get(UNFINISHED)
        keys, others = await self._source.get(KEYS), await self._target.get(KEYS)
        if others is None and keys is not None and mark is None:
            others = b"" if (await self._target.stats()).keys > await is_coded(self._target) else None
        if others is not None and mark != _ALONE:
            raise StorageError(
                "one of the stores is encrypted, and the target holds something: copied into one, a part of their "
                "values could not be read",
                suggestions=["copy into an empty store"],
            )

    def _unmarked(self, stats: StorageStats) -> StorageStats:
        return stats._replace(keys=stats.keys - 1, bytes=stats.bytes - len(UNFINISHED) - len(self._mark))

    async def _clear(self) -> None:
        steps: list[Operation] = []
        async for key, _ in self._target.scan():
            if key != UNFINISHED:
                steps.append(Operation("delete", key))
            if len(steps) >= BATCH:
                await self._target.transaction(steps)
                steps = []
        await self._target.transaction(steps)

    async def _write(self, steps: list[Operation]) -> None:
        """Write some pairs, read them back, and reckon what the target holds then."""
        wanted = {one.key: one.value for one in steps}
        old = await self._target.get_batch(list(wanted)) if self._expected.keys else {}
        await self._target.transaction(steps)
        found = await self._target.get_batch(list(wanted))
        wrong = [key for key, value in wanted.items() if found.get(key) != value]
        if wrong:
            what = (
                f"{len(wrong)} of {len(wanted)} values just written are not what was written, {wrong[0][:80]!r} first"
            )
            raise _different(what, key=wrong[0][:80])
        added = sum(len(key.encode()) + len(value) for key, value in wanted.items())
        gone = sum(len(key.encode()) + len(value) for key, value in old.items())
        keys, size, _ = self._expected
        self._expected = StorageStats(keys + len(wanted) - len(old), size + added - gone)
        self._keys += len(wanted)
        self._bytes += added
        self._told(self._keys)

    async def _compared(self) -> StorageStats:
        found = self._unmarked(await self._target.verify())
        if found[:2] != self._expected[:2]:
            expected = f"{self._expected.keys} keys and {self._expected.bytes} bytes"
            what = f"the target should hold {expected}, and holds {found.keys} and {found.bytes}"
            raise _different(what, expected=list(self._expected[:2]), found=list(found[:2]))
        return found


def _same(value: bytes) -> bytes:
    return value


def _different(what: str, **context: Any) -> StorageError:
    return StorageError(
        f"the copy differs from its source: {what}",
        suggestions=["let nothing else write to the target meanwhile", "copy again into an empty store"],
        context=context,
    )
