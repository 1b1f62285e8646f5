"""A store whose values pass through codecs: all of `Storage` is kept, with what is stored as the codecs write it.

Such a store holds the key `CODED`, from the first time on that codecs are configured for it. Without that key every
value is what it seems to be; with it, what begins as codecs begin was written by one, whatever is configured now.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, TypeVar, cast

from llmspell.errors import StorageConflictError, StorageError
from llmspell.runtime.stores import CODED
from llmspell.spec.encryptions import OPEN_KEYS
from llmspell.spec.storage_codecs import MARK, escaped
from llmspell.spec.storages import Operation, StorageLimits, StorageStats, conflict, counted, fitting, merged
from llmspell.spec.threads import in_thread, in_thread_if_large

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from llmspell.spec.storage_codecs import Layers
    from llmspell.spec.storages import Storage

T = TypeVar("T")

SPARE = 128
"""Bytes that codecs may add to a value."""

VERSION = 1
_CODED_VALUE = b'{"format":%d}' % VERSION

LARGE = 1 << 16
"""Bytes that are encoded and decoded in a thread: compressing 64 KiB takes some milliseconds."""

SWEEP = 500
"""Keys that are removed in one transaction."""

SWEEP_BYTES = 8 << 20


async def is_coded(inner: Storage) -> bool:
    """Tell whether codecs were ever configured for a store; one of a newer llmspell is a `StorageError`."""
    found = await inner.get(CODED)
    if found not in (None, _CODED_VALUE):
        raise StorageError(
            f"the values of the store are encoded in a newer way ({found[:80]!r}), this llmspell knows {VERSION}",
            suggestions=["upgrade llmspell; nothing was changed"],
        )
    return found is not None


async def say_coded(inner: Storage) -> None:
    """Say of a store that its values may be encoded, and leave them as they are."""
    await inner.put(CODED, _CODED_VALUE)


async def make_coded(inner: Storage) -> None:
    """Say of a store that values may be encoded, in one step in which those that only seem to be are escaped."""
    while not await is_coded(inner):
        steps = [Operation("absent", CODED), Operation("put", CODED, _CODED_VALUE)]
        async for key, data in inner.scan():
            if data.startswith(MARK):
                steps += [Operation("check", key, data), Operation("put", key, escaped(data))]
        try:
            await inner.transaction(steps)
        except StorageConflictError:  # another process writes, or was faster
            continue


class CodedStorage:
    """Implement `llmspell.spec.storages.Storage` over another that `make_coded` was told of.

    Copies and `verify` are those of the inner store: a backup holds what is stored.
    """

    def __init__(self, inner: Storage, layers: Layers) -> None:
        self._inner = inner
        self._layers = layers

    @property
    def capabilities(self) -> frozenset[str]:
        """Name what the inner store can do."""
        return self._inner.capabilities

    @property
    def limits(self) -> StorageLimits:
        """Give the limits of the inner store, less what codecs add."""
        limits = self._inner.limits
        return limits._replace(value=limits.value - SPARE)

    async def _encode(self, key: str, value: bytes) -> bytes:
        fitting(key, value, self.limits)
        if len(value) < LARGE:
            return self._layers.encode(key, value)
        return await in_thread(self._layers.encode, key, value)

    async def _decode(self, key: str, data: bytes | None) -> bytes | None:
        if data is None or not data.startswith(MARK):
            return data
        if len(data) < LARGE:
            return self._layers.decode(key, data)
        return await in_thread(self._layers.decode, key, data)

    async def get(self, key: str) -> bytes | None:
        """Read a value, None when the key is absent."""
        return await self._decode(key, await self._inner.get(key))

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        await self._inner.put(key, await self._encode(key, value))

    async def delete(self, key: str) -> bool:
        """Remove a key and tell whether it was there."""
        there = await self.exists(key)
        return await self._inner.delete(key) and there

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        return await self.get(key) is not None

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a decimal counter and return it."""
        return await self._update(key, lambda old: counted(key, old, by))

    async def merge(self, key: str, patch: bytes) -> bytes:
        """Change a JSON document by a merge patch and return it."""
        return await self._update(key, lambda old: (new := merged(key, old, patch), new))

    async def _update(self, key: str, change: Callable[[bytes | None], tuple[T, bytes]]) -> T:
        """Replace a value by what is made of it, again when somebody else was faster."""
        while True:
            stored = await self._inner.get(key)
            old = await self._decode(key, stored)
            result, new = await in_thread_if_large(len(old or b""), change, old)
            condition = Operation("absent", key) if stored is None else Operation("check", key, stored)

            async def steps(condition: Operation = condition, key: str = key, new: bytes = new) -> list[Operation]:
                return [condition, Operation("put", key, await self._encode(key, new))]

            try:
                await self._apply(steps)
            except StorageConflictError:
                continue
            return result

    async def _apply(self, make: Callable[[], Awaitable[list[Operation]]]) -> None:
        """Write what is made; what wraps this may have it made again."""
        await self._inner.transaction(await make())

    async def get_batch(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Read several keys; absent ones are left out."""
        found = (await self._inner.get_batch(keys)).items()
        return {key: value for key, data in found if (value := await self._decode(key, data)) is not None}

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order, or none; conditions are about values, whatever they are stored as."""

        async def steps() -> list[Operation]:
            return [await self._stored(one) for one in operations]

        await self._apply(steps)

    async def _stored(self, one: Operation) -> Operation:
        """Give a step on what is stored that stands for one on a value."""
        if one.verb == "put":
            return one._replace(value=await self._encode(one.key, one.value))
        return await self._condition(one) if one.verb in ("check", "absent") else one

    async def _condition(self, one: Operation) -> Operation:
        """Give a condition on what is stored that stands for one on a value, or raise when it does not hold."""
        stored = await self._inner.get(one.key)
        if await self._decode(one.key, stored) != (one.value if one.verb == "check" else None):
            raise conflict(one.key)
        return Operation("absent", one.key) if stored is None else Operation("check", one.key, stored)

    async def scan(
        self, prefix: str = "", *, start: str = "", end: str | None = None
    ) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs in key order."""
        async for key, data in self._inner.scan(prefix, start=start, end=end):
            value = await self._decode(key, data)
            if value is not None and key not in OPEN_KEYS:
                yield key, value

    def watch(self, prefix: str = "") -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        """Tell of keys that change; a value whose time has come is not told."""
        return self._inner.watch(prefix)

    async def stats(self) -> StorageStats:
        """Count keys and bytes as callers see them."""
        keys = size = 0
        async for key, value in self.scan():
            keys += 1
            size += len(key.encode()) + len(value)
        return StorageStats(keys, size, (await self._inner.stats()).disk)

    async def verify(self, backup: Path | None = None) -> StorageStats:
        """Read everything that is stored, and every value; of a backup, what is stored."""
        found = await self._inner.verify(backup)
        return found if backup is not None else await self.stats()

    async def compact(self) -> None:
        """Remove what counts as absent, then give room back."""
        await self.remove_ended()
        await self._inner.compact()

    async def remove_ended(self) -> int:
        """Remove what counts as absent and tell how many keys that were; what is written anew meanwhile stays.

        No scan is under way while something is removed: a store would have to keep it for the scan.
        """
        removed = 0
        start: str | None = ""
        while start is not None:
            ended, start = await self._ended(start)
            removed += await self._remove(ended)
        return removed

    async def _ended(self, start: str) -> tuple[list[tuple[str, bytes]], str | None]:
        """Find some pairs that count as absent, from a key on, and the key to go on with."""
        ended: list[tuple[str, bytes]] = []
        size = 0
        async with aclosing(cast("AsyncGenerator[tuple[str, bytes], None]", self._inner.scan(start=start))) as pairs:
            async for key, data in pairs:
                if await self._decode(key, data) is None:
                    ended.append((key, data))
                    size += len(data)
                    if len(ended) == SWEEP or size >= SWEEP_BYTES:
                        return ended, key
        return ended, None

    async def _remove(self, pairs: list[tuple[str, bytes]]) -> int:
        """Remove pairs that are still there, at once or, when one is not, one by one."""
        steps = [(Operation("check", key, data), Operation("delete", key)) for key, data in pairs]
        try:
            await self._inner.transaction([one for step in steps for one in step])
        except StorageConflictError:
            return sum([await self._remove([pair]) for pair in pairs]) if len(pairs) > 1 else 0
        return len(pairs)

    async def backup(self, target: Path) -> None:
        """Write a verified copy of what is stored."""
        await self._inner.backup(target)

    async def restore(self, source: Path) -> None:
        """Replace what is stored by a backup, also by one that was made before there were codecs.

        With such a one, what others write meanwhile may be taken for what the backup held.
        """
        await self._inner.restore(source)
        await make_coded(self._inner)

    async def aclose(self) -> None:
        """Close the inner store."""
        await self._inner.aclose()
