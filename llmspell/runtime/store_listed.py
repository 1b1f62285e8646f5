"""An encrypted store that knows what it holds: older values, older parts, removed and added ones are refused.

Every write changes the list (`llmspell.runtime.store_list`) in its own transaction, under the condition that the list
is the one it goes by. So what is stored and what is listed are never apart, whatever ends the process, and a process
that another one was faster than reads the list again and goes on.
"""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar, cast

from llmspell.errors import EncryptionError, StorageConflictError
from llmspell.runtime.store_list import (
    BELOW,
    Index,
    gone,
    index_of,
    listed,
    part_of,
    planted,
    refused,
    replaced,
    revised,
    written,
)
from llmspell.runtime.store_turns import Job, Turns
from llmspell.spec.encryptions import KEYS, LIST
from llmspell.spec.storages import Operation, encoded

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from llmspell.runtime.store_anchor import Remembered
    from llmspell.runtime.store_list import Part, Revision
    from llmspell.spec.encryptions import Seal
    from llmspell.spec.storages import Storage, StorageStats

    Pairs = AsyncGenerator[tuple[str, bytes], None]

T = TypeVar("T")

LONGEST_KEY: Final = 4096
"""Bytes of a key: the list holds keys, and is to stay short."""

PARTS: Final = 512
"""Parts of the list that are kept in memory."""

LEAP: Final = 1 << 16
"""Changes that a restored store is ahead of what was there: more than others write while it is restored."""


class Opened(NamedTuple):
    """A scan whose first pair was read: the rest, and the parts of the list of that moment."""

    pairs: Pairs
    first: tuple[str, bytes] | None
    parts: Sequence[Part]


class ListedStorage:
    """Implement `llmspell.spec.storages.Storage` for what was encrypted; values are those that lie in the inner store.

    `begin` comes first. There is no `increment` and no `merge`: what is encrypted cannot be counted.
    """

    def __init__(self, inner: Storage, seal: Seal, remembered: Remembered) -> None:
        self._inner = inner
        self._seal = seal
        self._remembered = remembered
        self._turns = Turns(self._commit)
        self._index = Index(b"", 0, [""], b"", b"")
        self._parts: dict[str, tuple[bytes, Part]] = {}
        self._far = "shared" in inner.capabilities  # on a server: one question costs less than two
        limits = inner.limits
        self.limits = limits._replace(key=min(limits.key - len(BELOW), LONGEST_KEY))

    # -- the list ------------------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Read the list and hold it against the anchor; an empty store gets its list.

        Raises `EncryptionError` for a store that has values and no list, or is behind its anchor.
        """
        stored = await self._inner.get(LIST)
        if stored is None:
            await self._remembered.require(None)
            stored = await self._begun()
        index = await self._read(stored)
        await self._remembered.require(index)
        await self._adopt(index)

    @property
    def changes(self) -> int:
        """Tell how often the store was changed, as far as it was seen."""
        return self._index.changes

    async def accept(self, ahead: int = 0) -> None:
        """Take the store as it is for the latest, ahead of its anchor and of `ahead` changes."""
        index = await self._read(await self._inner.get(LIST) or await self._begun())
        self._index, self._parts = index, {}
        known = await self._remembered.changes(index.id) or 0
        changes = max(index.changes, ahead, known) + LEAP
        moved = written(index._replace(changes=changes), {}, self._seal)
        conditions = [Operation("check", KEYS, self._seal.header), Operation("check", LIST, index.stored)]
        await self._inner.transaction([*conditions, *moved.steps])
        self._index = moved.head
        await self._remembered.set(moved.head)

    async def _begun(self) -> bytes:
        """Give a store that holds nothing its list."""
        async with aclosing(cast("Pairs", self._inner.scan())) as pairs:
            async for key, _ in pairs:
                if listed(key) or key.startswith(LIST):
                    raise gone()
        with suppress(StorageConflictError):  # another process was faster
            await self._inner.transaction([Operation("absent", LIST), *planted(self._seal, {}).steps])
        return await self._inner.get(LIST) or b""

    async def _read(self, stored: bytes) -> Index:
        """Read an index, again under new keys when others changed them."""
        try:
            return index_of(self._seal.decode(LIST, stored), stored)
        except EncryptionError:
            if not await self._seal.refresh():
                raise
        return index_of(self._seal.decode(LIST, stored), stored)

    async def _current(self) -> Index:
        """Give the index that the store has now; one that is behind what was seen before is refused."""
        known = self._index
        return await self._later(known, await self._inner.get(LIST))

    async def _later(self, known: Index, stored: bytes | None) -> Index:
        """Give an index that was read after another one was known."""
        if stored == self._index.stored:
            return self._index
        if stored is None:
            raise gone()
        index = await self._read(stored)
        if index.id != known.id:
            raise replaced("another store was put in its place")
        if index.changes < known.changes or (
            index.changes == known.changes and self._seal.mark(stored) != self._seal.mark(known.stored)
        ):
            raise replaced(f"an older one was put in its place: {index.changes} changes, {known.changes} were seen")
        await self._adopt(index)
        return index

    async def _adopt(self, index: Index) -> None:
        if index.changes >= self._index.changes:  # else a later one was seen while this one was read
            self._index = index
            await self._remembered.saw(index)

    async def _part(self, index: Index, place: int) -> Part:
        """Give a part of the list."""
        first, mark = index.firsts[place], index.mark(place)
        kept = self._parts.pop(first, None)
        if kept is None or kept[0] != mark:
            data = await self._inner.get(BELOW + first)
            if data is None or self._seal.mark(data) != mark:
                raise replaced("a part of the list of what it holds is gone, or an older one was put in its place")
            kept = mark, part_of(self._seal.decode(BELOW + first, data))
        self._keep(first, kept)
        return kept[1]

    def _keep(self, first: str, part: tuple[bytes, Part]) -> None:
        self._parts[first] = part
        if len(self._parts) > PARTS:
            del self._parts[next(iter(self._parts))]

    async def _steady(self, read: Callable[[Index], Awaitable[T]]) -> T:
        """Read by one index, and again by another when others wrote meanwhile."""
        while True:
            index = await self._current()
            try:
                return await read(index)
            except EncryptionError:
                if await self._inner.get(LIST) == index.stored:
                    raise

    async def _require(self, index: Index, key: str, data: bytes | None) -> None:
        """Refuse what is not listed, and what is listed and not there; raises `EncryptionError`."""
        mark = (await self._part(index, index.place(key))).marks.get(key)
        if mark != (None if data is None else self._seal.mark(data)):
            raise refused(key, mark, data)

    # -- reading -------------------------------------------------------------------------------------------------------

    @property
    def capabilities(self) -> frozenset[str]:
        """Name what the inner store can do."""
        return self._inner.capabilities

    async def get(self, key: str) -> bytes | None:
        """Read a value, None when the key is absent."""
        encoded(key, self.limits)
        if not listed(key):
            return await self._inner.get(key)

        if self._far:
            return (await self.get_batch([key])).get(key)

        async def read(index: Index) -> bytes | None:
            data = await self._inner.get(key)
            await self._require(index, key, data)
            return data

        return await self._steady(read)

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        return await self.get(key) is not None

    async def get_batch(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Read several keys; absent ones are left out."""
        for key in keys:
            encoded(key, self.limits)

        async def read(index: Index) -> dict[str, bytes]:
            found = await self._inner.get_batch(keys)
            await self._require_all(index, keys, found)
            return found

        known = self._index
        found = await self._inner.get_batch([LIST, *keys])
        try:
            await self._require_all(await self._later(known, found.pop(LIST, None)), keys, found)
        except EncryptionError:  # others may have written between what was read
            return await self._steady(read)
        return found

    async def _require_all(self, index: Index, keys: Sequence[str], found: Mapping[str, bytes]) -> None:
        for key in filter(listed, keys):
            await self._require(index, key, found.get(key))

    async def scan(
        self, prefix: str = "", *, start: str = "", end: str | None = None
    ) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs in key order; one that was added or removed beneath the list is an `EncryptionError`."""
        pairs, first, parts = await self._opened(prefix, start, end)
        wanted = _within(parts, prefix, start, end)
        async with aclosing(pairs):
            pair = first
            while pair is not None:
                key, data = pair
                if listed(key):
                    name, mark = next(wanted, (None, None))
                    if name is not None and name < key:
                        raise refused(name, mark, None)
                    if name != key or mark != self._seal.mark(data):
                        raise refused(key, mark if name == key else None, data)
                if not key.startswith(LIST):
                    yield pair
                pair = await anext(pairs, None)
        for name, mark in wanted:
            raise refused(name, mark, None)

    async def _opened(self, prefix: str, start: str, end: str | None) -> Opened:
        """Begin a scan at a moment at which the list is known; writers of this process wait meanwhile."""

        async def open_at(index: Index) -> Opened | None:
            pairs = cast("Pairs", self._inner.scan(prefix, start=start, end=end))
            try:
                first = await anext(pairs, None)
                parts = [await self._part(index, place) for place in index.places(prefix, start, end)]
                if await self._inner.get(LIST) == index.stored:
                    return Opened(pairs, first, parts)
            except BaseException:
                await pairs.aclose()
                raise
            await pairs.aclose()
            return None

        async with self._turns.lock:
            while (opened := await self._steady(open_at)) is None:
                pass
            return opened

    @asynccontextmanager
    async def watch(self, prefix: str = "") -> AsyncIterator[AsyncIterator[str | None]]:
        """Tell of keys that change; those of the list are not told."""
        async with self._inner.watch(prefix) as changes:
            yield (key async for key in changes if key is None or not key.startswith(LIST))

    async def stats(self) -> StorageStats:
        """Count what is stored, the list included."""
        return await self._inner.stats()

    async def verify(self, backup: Path | None = None) -> StorageStats:
        """Read everything that is stored, and from then on also parts of the list that were known."""
        self._parts.clear()
        return await self._inner.verify(backup)

    # -- writing -------------------------------------------------------------------------------------------------------

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        await self.transaction([Operation("put", key, value)])

    async def delete(self, key: str) -> bool:
        """Remove a key, listed or not, and tell whether it was there."""
        there = await self._inner.exists(key)
        while True:
            try:
                await self.transaction([Operation("delete", key)])
            except StorageConflictError as error:
                if error.context.get("key") != KEYS or not await self._seal.refresh():
                    raise
                continue
            return there

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order, or none."""
        for one in operations:
            encoded(one.key, self.limits)
        await self._turns.ask(operations)

    async def _commit(self, jobs: list[Job]) -> None:
        """Do jobs in one transaction; when it cannot be made, each in one of its own, so that one fails alone."""
        try:
            await self._write([one for job in jobs for one in job.operations])
        except Exception as error:  # noqa: BLE001 - whoever waits hears of it
            if len(jobs) > 1:
                for job in jobs:
                    await self._commit([job])
                return
            jobs[0].error = error
        for job in jobs:
            job.done = True

    async def _write(self, operations: list[Operation]) -> None:
        """Change what is stored, and the list; again by a later list when another process was faster."""
        index = self._index
        while True:
            header = Operation("check", KEYS, self._seal.header)
            try:
                new = await self._revised(index, operations)
                await self._inner.transaction([header, Operation("check", LIST, index.stored), *operations, *new.steps])
            except (StorageConflictError, EncryptionError) as error:
                later = await self._current()
                if later.stored == index.stored and error.context.get("key") != LIST:
                    raise
                index = later
                continue
            for first, part in new.parts.items():
                self._keep(first, part)
            await self._adopt(new.head)
            return

    async def _revised(self, index: Index, operations: list[Operation]) -> Revision:
        places = {index.place(one.key) for one in operations if listed(one.key)}
        return revised(index, {place: await self._part(index, place) for place in places}, operations, self._seal)

    # -- the whole -----------------------------------------------------------------------------------------------------

    async def compact(self) -> None:
        """Give room back."""
        await self._inner.compact()

    async def backup(self, target: Path) -> None:
        """Write a verified copy of what is stored, the list included."""
        await self._inner.backup(target)

    async def restore(self, source: Path) -> None:
        """Replace what is stored by a backup, which from then on is the latest; a plain one is left to the caller."""
        ahead = self._index.changes
        await self._inner.restore(source)
        if await self._inner.get(KEYS) is not None:
            await self._seal.refresh()
            await self.accept(ahead)

    async def closed(self) -> None:
        """Write the anchor of a store that was closed."""
        await self._remembered.closed()

    async def aclose(self) -> None:
        """Close the inner store, and write the anchor."""
        await self._inner.aclose()
        await self.closed()


def _within(parts: Sequence[Part], prefix: str, start: str, end: str | None) -> Iterator[tuple[str, bytes]]:
    """Give what a range must hold, in order."""
    for part in parts:
        for key, mark in part.marks.items():
            if key.startswith(prefix) and key >= start and (end is None or key < end):
                yield key, mark
