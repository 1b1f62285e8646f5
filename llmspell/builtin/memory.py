"""A store in memory: the default until a durable one is installed, and the model the others are tested against."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from llmspell.spec.storage_backup import backup_pairs, verified_backup, written_backup
from llmspell.spec.storage_watch import Watchers
from llmspell.spec.storages import (
    Operation,
    StorageLimits,
    StorageStats,
    check_verbs,
    conflict,
    counted,
    encoded,
    fitting,
    merged,
    unsupported,
)
from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path


class MemoryStorage:
    """Keep values in a dict and keys in a sorted list.

    Keys sort by their UTF-8 bytes, which for Python strings is code point order.
    """

    capabilities = frozenset({"watch"})
    limits = StorageLimits()

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}
        self._keys: list[str] = []
        self._watchers = Watchers()

    def _set(self, key: str, value: bytes | None) -> bool:
        """Write or, by None, remove a value that was checked; tells whether the key was there."""
        there = key in self._values
        if value is not None:
            if not there:
                insort(self._keys, key)
            self._values[key] = value
        elif there:
            del self._values[key]
            del self._keys[bisect_left(self._keys, key)]
        self._watchers.tell((key,))
        return there

    def _checked(self, key: str, value: bytes = b"") -> bytes:
        encoded(key, self.limits)
        return bytes(fitting(key, value, self.limits))

    async def get(self, key: str) -> bytes | None:
        """Read a value, None when the key is absent."""
        self._checked(key)
        return self._values.get(key)

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        self._set(key, self._checked(key, value))

    async def delete(self, key: str) -> bool:
        """Remove a key and tell whether it was there."""
        self._checked(key)
        return self._set(key, None)

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        self._checked(key)
        return key in self._values

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a decimal counter and return it."""
        new, text = counted(key, self._values.get(key), by)
        await self.put(key, text)
        return new

    async def merge(self, key: str, patch: bytes) -> bytes:
        """Change a JSON document by a merge patch and return it."""
        new = merged(key, self._values.get(key), patch)
        await self.put(key, new)
        return new

    async def get_batch(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Read several keys; absent ones are left out."""
        for key in keys:
            self._checked(key)
        return {key: self._values[key] for key in keys if key in self._values}

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order; all are checked before the first is applied."""
        check_verbs(operations)
        checked = [one._replace(value=self._checked(one.key, one.value)) for one in operations]
        for verb, key, value in checked:
            if (verb == "check" and self._values.get(key) != value) or (verb == "absent" and key in self._values):
                raise conflict(key)
        for verb, key, value in checked:
            if verb in ("put", "delete"):
                self._set(key, value if verb == "put" else None)

    async def scan(
        self, prefix: str = "", *, start: str = "", end: str | None = None
    ) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs in key order, as they were when the scan began."""
        first = bisect_left(self._keys, max(prefix, start))
        found = []
        for key in self._keys[first:]:
            if not key.startswith(prefix) or (end is not None and key >= end):
                break
            found.append((key, self._values[key]))
        for pair in found:
            yield pair

    def watch(self, prefix: str = "") -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        """Tell of keys that change."""
        return self._watchers.watch(prefix)

    async def stats(self) -> StorageStats:
        """Count keys and bytes."""
        return StorageStats(len(self._keys), sum(len(k.encode()) + len(v) for k, v in self._values.items()))

    async def verify(self, backup: Path | None = None) -> StorageStats:
        """Count, or read a backup: what is in memory has no checksums."""
        return await self.stats() if backup is None else await in_thread(verified_backup, backup)

    async def compact(self) -> None:
        """Refuse: memory is given back at once."""
        raise unsupported("memory", "compact")

    async def backup(self, target: Path) -> None:
        """Write all pairs, as they were when the backup began."""
        pairs = [(key.encode(), self._values[key]) for key in self._keys]

        def write() -> None:
            with written_backup(target) as backup:
                for key, value in pairs:
                    backup.add(key, value)

        await in_thread(write)

    async def restore(self, source: Path) -> None:
        """Replace everything by a backup; a file that is not one changes nothing."""
        values = await in_thread(lambda: {key.decode(): value for key, value in backup_pairs(source)})
        self._values = values
        self._keys = sorted(values)
        self._watchers.tell(None)

    async def aclose(self) -> None:
        """Forget everything."""
        self._watchers.close()
        self._values.clear()
        self._keys.clear()
