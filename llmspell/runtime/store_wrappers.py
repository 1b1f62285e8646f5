"""A store whose values pass through codecs: all of `Storage` is kept, with what is stored as the codecs write it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from llmspell.errors import StorageConflictError
from llmspell.spec.storages import Operation, StorageLimits, StorageStats, conflict, counted, fitting, merged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from llmspell.spec.storage_codecs import Codec
    from llmspell.spec.storages import Storage

T = TypeVar("T")

SPARE = 64
"""Bytes that codecs may add to a value."""


class CodedStorage:
    """Implement `llmspell.spec.storages.Storage` over another; the first codec is the one next to the caller.

    Copies and `verify` are those of the inner store: a backup holds what is stored.
    """

    def __init__(self, inner: Storage, codecs: Sequence[Codec]) -> None:
        self._inner = inner
        self._codecs = tuple(codecs)

    @property
    def capabilities(self) -> frozenset[str]:
        """Name what the inner store can do."""
        return self._inner.capabilities

    @property
    def limits(self) -> StorageLimits:
        """Give the limits of the inner store, less what codecs add."""
        limits = self._inner.limits
        return limits._replace(value=limits.value - SPARE)

    def _encode(self, key: str, value: bytes) -> bytes:
        fitting(key, value, self.limits)
        for codec in self._codecs:
            value = codec.encode(key, value)
        return value

    def _decode(self, key: str, data: bytes | None) -> bytes | None:
        for codec in reversed(self._codecs):
            if data is None:
                return None
            data = codec.decode(key, data)
        return data

    async def get(self, key: str) -> bytes | None:
        """Read a value, None when the key is absent."""
        return self._decode(key, await self._inner.get(key))

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        await self._inner.put(key, self._encode(key, value))

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
            result, new = change(self._decode(key, stored))
            condition = Operation("absent", key) if stored is None else Operation("check", key, stored)
            try:
                await self._inner.transaction([condition, Operation("put", key, self._encode(key, new))])
            except StorageConflictError:
                continue
            return result

    async def get_batch(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Read several keys; absent ones are left out."""
        found = ((key, self._decode(key, data)) for key, data in (await self._inner.get_batch(keys)).items())
        return {key: value for key, value in found if value is not None}

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order, or none; conditions are about values, whatever they are stored as."""
        steps: list[Operation] = []
        for one in operations:
            if one.verb == "put":
                steps.append(one._replace(value=self._encode(one.key, one.value)))
            elif one.verb in ("check", "absent"):
                steps.append(await self._condition(one))
            else:
                steps.append(one)
        await self._inner.transaction(steps)

    async def _condition(self, one: Operation) -> Operation:
        """Give a condition on what is stored that stands for one on a value, or raise when it does not hold."""
        stored = await self._inner.get(one.key)
        if self._decode(one.key, stored) != (one.value if one.verb == "check" else None):
            raise conflict(one.key)
        return Operation("absent", one.key) if stored is None else Operation("check", one.key, stored)

    async def scan(
        self, prefix: str = "", *, start: str = "", end: str | None = None
    ) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs in key order."""
        async for key, data in self._inner.scan(prefix, start=start, end=end):
            value = self._decode(key, data)
            if value is not None:
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
        gone = [(key, data) async for key, data in self._inner.scan() if self._decode(key, data) is None]
        for key, data in gone:
            try:
                await self._inner.transaction([Operation("check", key, data), Operation("delete", key)])
            except StorageConflictError:  # it was written anew
                continue
        await self._inner.compact()

    async def backup(self, target: Path) -> None:
        """Write a verified copy of what is stored."""
        await self._inner.backup(target)

    async def restore(self, source: Path) -> None:
        """Replace what is stored by a backup."""
        await self._inner.restore(source)

    async def aclose(self) -> None:
        """Close the inner store."""
        await self._inner.aclose()
