"""Storage: bytes by key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from llmspell.errors import StorageError
from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from pathlib import Path


class Operation(NamedTuple):
    """One step of a transaction: `put` with a value, or `delete`."""

    verb: Literal["put", "delete"]
    key: str
    value: bytes = b""


class StorageStats(NamedTuple):
    """Count what a store holds: keys, and bytes of keys and values."""

    keys: int
    bytes: int


class Storage(Protocol):
    """Keep bytes under string keys; namespaces, codecs, compression, encryption and TTL are wrappers.

    Keys are ordered by their UTF-8 bytes. Every method raises `StorageError` when the store cannot answer.
    """

    async def get(self, key: str) -> bytes | None:
        """Read a value, None when the key is absent."""
        ...

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        ...

    async def delete(self, key: str) -> bool:
        """Remove a key and tell whether it was there."""
        ...

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        ...

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a decimal counter (absent means 0) in one step and return it.

        A value that is no number is a `StorageError`.
        """
        ...

    async def merge(self, key: str, patch: bytes) -> bytes:
        """Change a JSON document by a merge patch (RFC 7396) in one step and return it; `merged` says how.

        A value that is no JSON is a `StorageError`, and so is such a patch.
        """
        ...

    async def get_batch(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Read several keys; absent ones are left out."""
        ...

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order, or none."""
        ...

    def scan(self, prefix: str = "", *, start: str = "", end: str | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs with this prefix and `start <= key < end`, in key order, from one consistent view."""
        ...

    async def stats(self) -> StorageStats:
        """Count keys and bytes."""
        ...

    async def backup(self, target: Path) -> None:
        """Write a verified copy of the whole store to a file."""
        ...

    async def restore(self, source: Path) -> None:
        """Replace the content by a backup; a damaged file changes nothing and is a `StorageError`."""
        ...

    async def aclose(self) -> None:
        """Close the store."""
        ...


def merged(key: str, old: bytes | None, patch: bytes) -> bytes:
    """Give a JSON document with a JSON merge patch applied (RFC 7396): what every store's `merge` writes.

    Members of maps are replaced or, by null, removed; anything else replaces the whole. An absent document counts as an
    empty map. Raises `StorageError` when either is no JSON.
    """
    try:
        document, change = json.loads(b"{}" if old is None else old), json.loads(patch)
        return json.dumps(_patched(document, change), ensure_ascii=False, separators=(",", ":")).encode()
    except (ValueError, RecursionError) as error:
        raise StorageError(
            f"the value at {key[:80]!r} cannot be merged: {error}",
            suggestions=["merge maps into values that were written as JSON"],
        ) from error


def _patched(document: object, change: object) -> object:
    if not isinstance(change, dict):
        return change
    result = dict(document) if isinstance(document, dict) else {}
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _patched(result.get(name), value)
    return result


def storage(
    name: str,
    target: str,
    summary: str,
    *,
    aliases: Iterable[str] = (),
    extra: Mapping[str, object] | None = None,
    **more: Any,
) -> Component:
    """Describe a storage back end; its class is built without arguments and opened with its config section."""
    return Component("storage", name, target, summary, category="storage", aliases=aliases, extra=extra, **more)


@hookspec
def llmspell_storages() -> list[Component]:
    """Return the storage back ends of this plugin, made with `storage()`.

    Called once, when storage is first asked for.
    """
    return []
