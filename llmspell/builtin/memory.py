"""A store in memory: the default until a durable one is installed, and the model the others are tested against."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode, b64encode
from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from llmspell.errors import StorageError
from llmspell.spec.storages import Operation, StorageStats, merged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

FORMAT = {"format": "llmspell-memory-backup", "version": 1}


class MemoryStorage:
    """Keep values in a dict and keys in a sorted list.

    Keys sort by their UTF-8 bytes, which for Python strings is code point order.
    """

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}
        self._keys: list[str] = []

    async def get(self, key: str) -> bytes | None:
        """Read a value, None when the key is absent."""
        return self._values.get(key)

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        if key not in self._values:
            insort(self._keys, key)
        self._values[key] = bytes(value)

    async def delete(self, key: str) -> bool:
        """Remove a key and tell whether it was there."""
        if key not in self._values:
            return False
        del self._values[key]
        del self._keys[bisect_left(self._keys, key)]
        return True

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        return key in self._values

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a decimal counter and return it."""
        old = self._values.get(key, b"0")
        try:
            new = int(old) + by
            text = str(new).encode()
        except ValueError as error:
            message = f"the value at {key[:80]!r} is no counter: {error}"
            raise StorageError(message) from error
        await self.put(key, text)
        return new

    async def merge(self, key: str, patch: bytes) -> bytes:
        """Change a JSON document by a merge patch and return it."""
        new = merged(key, self._values.get(key), patch)
        await self.put(key, new)
        return new

    async def get_batch(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Read several keys; absent ones are left out."""
        return {key: self._values[key] for key in keys if key in self._values}

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order; all are checked before the first is applied."""
        for operation in operations:
            if operation.verb not in ("put", "delete"):
                message = f"a transaction knows put and delete, not {operation.verb!r}"
                raise StorageError(message)
        for operation in operations:
            if operation.verb == "put":
                await self.put(operation.key, operation.value)
            else:
                await self.delete(operation.key)

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

    async def stats(self) -> StorageStats:
        """Count keys and bytes."""
        return StorageStats(len(self._keys), sum(len(k.encode()) + len(v) for k, v in self._values.items()))

    async def backup(self, target: Path) -> None:
        """Write all pairs as one JSON document, values in base64."""
        pairs = {key: b64encode(self._values[key]).decode() for key in self._keys}
        document = {**FORMAT, "digest": _digest(pairs), "pairs": pairs}
        temporary = target.with_name(target.name + ".partial")
        try:
            await asyncio.to_thread(temporary.write_text, json.dumps(document), encoding="utf-8")
            temporary.replace(target)
        except OSError as error:
            message = f"cannot write the backup {target}: {error.strerror}"
            raise StorageError(message) from error

    async def restore(self, source: Path) -> None:
        """Replace everything by a backup; a file that is not one changes nothing."""
        try:
            data = json.loads(await asyncio.to_thread(source.read_text, encoding="utf-8"))
            if {k: data[k] for k in FORMAT} != FORMAT:
                message = f"{source} is a backup of another format"
                raise StorageError(message)
            if data["digest"] != _digest(data["pairs"]):
                message = f"{source} is damaged: its digest does not fit its content"
                raise StorageError(message)
            values = {str(key): b64decode(value, validate=True) for key, value in data["pairs"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            message = f"{source} is not a readable backup: {error}"
            raise StorageError(message) from error
        self._values = values
        self._keys = sorted(values)

    async def aclose(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._keys.clear()


def _digest(pairs: Mapping[str, str]) -> str:
    """Give the SHA-256 of a backup's pairs, so that a damaged one is noticed."""
    import hashlib  # noqa: PLC0415 - most runs make no backup

    return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()
