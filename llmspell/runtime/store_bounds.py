"""A store in which no namespace takes more than it may: keys and bytes are counted, and a write beyond is refused.

A namespace is what a component or spell calls its own: that of `Storage`, or one scope of the state with its histories.
What a namespace holds is counted when it is first written to, and by each write of this process from then on. In a
store that other processes write to as well it is counted anew once a minute.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from llmspell.errors import StorageConflictError, StorageQuotaError
from llmspell.services.state_places import HISTORY, SEPARATOR, STATE, Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from llmspell.spec.storages import Operation, Storage, StorageLimits

    Sizes = dict[str, int | None]

T = TypeVar("T")

DIGITS: Final = 20
"""Bytes that a counter is taken to need before it is known."""

STALE: Final = 60.0
"""Seconds after which what others write is counted, too."""


class Owner(NamedTuple):
    """Who is counted: `name` for people, and what keys begin with; only those of the first prefix count as keys."""

    name: str
    prefixes: tuple[str, ...]


class Usage:
    """What one owner holds; `lock` is held by who writes."""

    __slots__ = ("bytes", "counted", "keys", "lock")

    def __init__(self) -> None:
        self.keys = self.bytes = 0
        self.counted: float | None = None
        self.lock = asyncio.Lock()


def owner_of(key: str) -> Owner | None:
    """Tell whose a key is; None for those of the kernel, which no spell can make more of."""
    if not key.startswith(SEPARATOR):
        name = key.partition(SEPARATOR)[0]
        return Owner(name, (name + SEPARATOR,))
    parts = key.split(SEPARATOR, 4)
    if len(parts) < 5 or not key.startswith((STATE, HISTORY)):  # noqa: PLR2004 - empty, top, scope, owner, rest
        return None
    place = Place(parts[2], parts[3])
    return Owner(f"state of {place}", (place.prefix, place.past))


class BoundedStorage:
    """Implement `llmspell.spec.storages.Storage` over another; 0 keys or bytes means any number of them."""

    def __init__(self, inner: Storage, keys: int, size: int, now: Callable[[], float] = time.monotonic) -> None:
        self._inner = inner
        self._now = now
        self._most_keys = keys
        self._most_bytes = size
        self._usages: dict[str, Usage] = {}
        self._shared = "shared" in inner.capabilities
        self.get, self.exists, self.get_batch = inner.get, inner.exists, inner.get_batch
        self.stats, self.verify, self.compact, self.backup = inner.stats, inner.verify, inner.compact, inner.backup
        self.aclose = inner.aclose

    @property
    def capabilities(self) -> frozenset[str]:
        """Name what the inner store can do."""
        return self._inner.capabilities

    @property
    def limits(self) -> StorageLimits:
        """Give the limits of the inner store."""
        return self._inner.limits

    def scan(self, prefix: str = "", *, start: str = "", end: str | None = None) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs in key order."""
        return self._inner.scan(prefix, start=start, end=end)

    def watch(self, prefix: str = "") -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        """Tell of keys that change."""
        return self._inner.watch(prefix)

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        await self._bounded({key: len(value)}, lambda: self._inner.put(key, value))

    async def delete(self, key: str) -> bool:
        """Remove a key and tell whether it was there."""
        return await self._bounded({key: None}, lambda: self._inner.delete(key))

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a decimal counter and return it."""
        return await self._bounded({key: DIGITS}, lambda: self._inner.increment(key, by), lambda n: len(str(n)))

    async def merge(self, key: str, patch: bytes) -> bytes:
        """Change a JSON document by a merge patch and return it; a patch counts as if all of it were added."""
        old = await self._inner.get(key) or b""
        sizes: Sizes = {key: len(old) + len(patch)}
        return await self._bounded(sizes, lambda: self._inner.merge(key, patch), len)

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order, or none."""
        sizes = {one.key: len(one.value) if one.verb == "put" else None for one in operations if one.verb in _WRITES}
        await self._bounded(sizes, lambda: self._inner.transaction(operations))

    async def restore(self, source: Path) -> None:
        """Replace the content by a backup, and count anew."""
        await self._inner.restore(source)
        for usage in self._usages.values():
            usage.counted = None

    async def _bounded(
        self, sizes: Sizes, write: Callable[[], Awaitable[T]], exact: Callable[[T], int] | None = None
    ) -> T:
        """Write, when those who own the keys may hold what they will hold then.

        `sizes` are those of the new values, None for what goes; where that of the only one is a guess, `exact` gives
        it by what was written.
        """
        owners = sorted({owner for key in sizes if (owner := owner_of(key)) is not None})
        async with AsyncExitStack() as stack:
            for owner in owners:  # in one order, so that two never wait for each other
                await stack.enter_async_context(self._usages.setdefault(owner.name, Usage()).lock)
            more = [await self._require(owner, sizes) for owner in owners]
            try:
                result = await write()
            except StorageConflictError:
                raise
            except BaseException:
                for owner in owners:  # what was written, only the store knows
                    self._usages[owner.name].counted = None
                raise
            wrong = 0 if exact is None else exact(result) - sum(size or 0 for size in sizes.values())
            for owner, (keys, size) in zip(owners, more, strict=True):
                usage = self._usages[owner.name]
                usage.keys += keys
                usage.bytes += size + wrong
            return result

    async def _require(self, owner: Owner, sizes: Sizes) -> tuple[int, int]:
        """Refuse what goes beyond, but never what makes a namespace smaller; gives how much more it is."""
        usage = self._usages[owner.name]
        if usage.counted is None or (self._shared and self._now() - usage.counted > STALE):
            await self._count(owner, usage)
        own = {key: size for key, size in sizes.items() if key.startswith(owner.prefixes)}
        keys, size = await self._held(owner, own)
        after = {key: len(key.encode("utf-8", "surrogatepass")) + new for key, new in own.items() if new is not None}
        more_keys = sum(key.startswith(owner.prefixes[0]) for key in after) - keys
        more_bytes = sum(after.values()) - size
        while (full := self._full(owner, usage, more_keys, more_bytes)) is not None:
            if self._now() - (usage.counted or 0.0) <= STALE:
                raise full
            await self._count(owner, usage)  # values may have ended meanwhile
        return more_keys, more_bytes

    def _full(self, owner: Owner, usage: Usage, more_keys: int, more_bytes: int) -> StorageQuotaError | None:
        for what, held, more, most in (
            ("keys", usage.keys, more_keys, self._most_keys),
            ("bytes", usage.bytes, more_bytes, self._most_bytes),
        ):
            if most and more > 0 and held + more > most:
                return _full(owner, what, held + more, most)
        return None

    async def _held(self, owner: Owner, keys: Iterable[str]) -> tuple[int, int]:
        """Count what is stored at some keys."""
        wanted = list(keys)
        found = await self._inner.get_batch(wanted) if len(wanted) > 1 else {}
        if len(wanted) == 1 and (value := await self._inner.get(wanted[0])) is not None:  # quicker than one in a batch
            found = {wanted[0]: value}
        size = sum(len(key.encode()) + len(value) for key, value in found.items())
        return sum(key.startswith(owner.prefixes[0]) for key in found), size

    async def _count(self, owner: Owner, usage: Usage) -> None:
        """Count all that an owner holds."""
        keys = size = 0
        for prefix in owner.prefixes:
            async for key, value in self._inner.scan(prefix):
                keys += prefix == owner.prefixes[0]
                size += len(key.encode()) + len(value)
        usage.keys, usage.bytes, usage.counted = keys, size, self._now()


_WRITES: Final = ("put", "delete")


def _full(owner: Owner, what: str, wanted: int, most: int) -> StorageQuotaError:
    return StorageQuotaError(
        f"{owner.name} would hold {wanted} {what}: {most} are allowed",
        suggestions=["delete what is not needed any more; of a state, clear it", f"raise `max_{what}` in `[storage]`"],
        context={"namespace": owner.name, "what": what, "wanted": wanted, "limit": most},
    )
