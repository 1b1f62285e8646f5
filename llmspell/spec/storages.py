"""Storage: bytes by key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from llmspell.errors import StorageConflictError, StorageError, StorageLimitError, StorageUnsupportedError
from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

CAPABILITIES = {
    "durable": "what was written is there when the store is opened again",
    "shared": "several processes may use the store at once",
    "watch": "tells of keys that change",
    "size_limit": "refuses writes beyond a size that is set",
    "compact": "gives room back that is no longer used",
}
"""What not every store can do. All else of `Storage` every store does."""


class StorageLimits(NamedTuple):
    """The largest key and value of a store, in bytes; a key counts in UTF-8."""

    key: int = 1 << 20
    value: int = 512 << 20


class Operation(NamedTuple):
    """One step of a transaction: `put` with a value, or `delete`; or one of its conditions.

    `check` asks that the key holds exactly this value, `absent` that it is not there.
    """

    verb: Literal["put", "delete", "check", "absent"]
    key: str
    value: bytes = b""


class StorageStats(NamedTuple):
    """Count what a store holds: keys, bytes of keys and values, and the bytes that it takes (None: it cannot tell)."""

    keys: int
    bytes: int
    disk: int | None = None


class Storage(Protocol):
    """Keep bytes under string keys; namespaces, codecs, compression, encryption and TTL are wrappers.

    Keys are ordered by their UTF-8 bytes. Every method raises `StorageError` when the store cannot answer,
    `StorageLimitError` for a key or value beyond `limits`, and `StorageFullError` when there is no room.
    """

    @property
    def capabilities(self) -> frozenset[str]:
        """Name those of `CAPABILITIES` that this store has."""
        ...

    @property
    def limits(self) -> StorageLimits:
        """Give the largest key and value."""
        ...

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
        """Apply all operations in order, or none.

        Conditions are about what was there before, wherever they stand among the others; one that does not hold is a
        `StorageConflictError`.
        """
        ...

    def scan(self, prefix: str = "", *, start: str = "", end: str | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs with this prefix and `start <= key < end`, in key order, from one consistent view."""
        ...

    def watch(self, prefix: str = "") -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        """Tell, within a block, the keys with this prefix that may have changed since the block was entered.

        None stands for any number of them: read all again. A key that changes often may be told once, after its last
        change at the earliest. Closing the store ends the iterator. Needs the capability `watch`.
        """
        ...

    async def stats(self) -> StorageStats:
        """Count keys and bytes."""
        ...

    async def verify(self, backup: Path | None = None) -> StorageStats:
        """Read the whole store, or a backup, compare all checksums and count; damage is a `StorageError`."""
        ...

    async def compact(self) -> None:
        """Give back what deleted values occupy. Needs the capability `compact`."""
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


def encoded(key: str, limits: StorageLimits) -> bytes:
    """Give a key as it is stored; raises `StorageError` for one that is too long or no Unicode text."""
    try:
        data = key.encode()
    except UnicodeEncodeError as error:
        raise StorageError(f"the key {key[:80]!r} is no Unicode text: it holds half of a character") from error
    if len(data) > limits.key:
        raise StorageLimitError(
            f"a key of {len(data)} bytes is too long: {limits.key} are allowed",
            suggestions=["keep long texts in values"],
            context={"size": len(data), "limit": limits.key},
        )
    return data


def fitting(key: str, value: bytes, limits: StorageLimits) -> bytes:
    """Give a value that a store takes; raises `StorageLimitError` for one that is too large."""
    if len(value) > limits.value:
        raise StorageLimitError(
            f"the value at {key[:80]!r} has {len(value)} bytes: {limits.value} are allowed",
            suggestions=["keep large data in files and their paths in the store"],
            context={"size": len(value), "limit": limits.value},
        )
    return value


def only_puts(operations: Sequence[Operation], limits: StorageLimits) -> list[tuple[bytes, bytes]] | None:
    """Give keys and values as they are stored, in order, when all operations are puts, as most are; else None."""
    pairs = []
    for verb, key, value in operations:
        if verb != "put":
            return None
        pairs.append((encoded(key, limits), fitting(key, value, limits)))
    return pairs


def check_verbs(operations: Iterable[Operation]) -> None:
    """Raise `StorageError` for a verb that no transaction knows."""
    for operation in operations:
        if operation.verb not in ("put", "delete", "check", "absent"):
            raise StorageError(f"a transaction knows put, delete, check and absent, not {operation.verb!r}")


def conflict(key: str) -> StorageConflictError:
    """Give the error for a condition on a key that does not hold."""
    return StorageConflictError(
        f"the value at {key[:80]!r} is not the one that the transaction expects; nothing was changed",
        suggestions=["read it again and decide anew"],
        context={"key": key},
    )


def unsupported(store: str, capability: str) -> StorageUnsupportedError:
    """Give the error for a capability that a store lacks; `store` is its name."""
    return StorageUnsupportedError(
        f"the store {store} lacks `{capability}`: it is none that {CAPABILITIES[capability]}",
        suggestions=["`llmspell storage stats` tells what the store can do; set another `[storage] backend`"],
        context={"store": store, "capability": capability},
    )


def counted(key: str, old: bytes | None, by: int) -> tuple[int, bytes]:
    """Give a decimal counter after adding to it, as a number and as it is written: what every `increment` writes.

    Absent means 0. Raises `StorageError` when it is no number.
    """
    try:
        new = int(b"0" if old is None else old) + by
        return new, str(new).encode()
    except ValueError as error:
        raise StorageError(f"the value at {key[:80]!r} is no counter: {error}") from error


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
    """Describe a storage back end; its class is built without arguments and opened with its config section.

    `capabilities` are those of `CAPABILITIES` that it has, the same as its instances say.
    """
    return Component("storage", name, target, summary, category="storage", aliases=aliases, extra=extra, **more)


@hookspec
def llmspell_storages() -> list[Component]:
    """Return the storage back ends of this plugin, made with `storage()`.

    Called once, when storage is first asked for.
    """
    return []
