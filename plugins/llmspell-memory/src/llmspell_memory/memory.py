"""One memory: its texts in the storage, its vectors in an index that follows them.

The index is made of the storage when it is first searched, and again when somebody else has written: each write puts a
new revision beside the texts, and is refused when the revision is not the one that it was made for.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell.errors import StorageConflictError
from llmspell.spec import Operation
from llmspell_memory.index import make_index
from llmspell_memory.records import damaged, read_head, read_record, write_head, write_record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from llmspell.spec import Context, Storage
    from llmspell_memory.index import Index, Vectors
    from llmspell_memory.records import Head, Kept

    Change = Callable[[], Awaitable[list[Operation]]]

ATTEMPTS = 20
HEAD, REVISION, TEXTS = "/~head", "/~revision", "/="


class Memory:
    """Hold one place; `exact_up_to` says how many vectors are compared one by one."""

    def __init__(self, place: str, exact_up_to: int) -> None:
        self.place = place
        self.head: Head | None = None
        self.index: Index | None = None
        self.revision: bytes | None = None
        self._exact_up_to = exact_up_to
        self._lock = asyncio.Lock()
        self._loading = asyncio.Lock()

    def __len__(self) -> int:
        return 0 if self.index is None else len(self.index)

    async def follow(self, ctx: Context) -> None:
        """See to it that head and index are those of the storage; the index is made in a thread."""
        async with self._loading:
            revision = await ctx.storage.get(self.place + REVISION)
            if revision == self.revision:
                return
            head, pairs = await self._read(ctx.storage)
            index = None
            if head is not None:
                index = await ctx.blocking(make_index, head.dimensions, pairs, self._exact_up_to)
            self.head, self.index, self.revision = head, index, revision

    async def _read(self, storage: Storage) -> tuple[Head | None, list[tuple[str, Vectors]]]:
        raw = await storage.get(self.place + HEAD)
        head = None if raw is None else read_head(raw)
        start = len(self.place + TEXTS)
        pairs: list[tuple[str, Vectors]] = []
        async for name, record in storage.scan(self.place + TEXTS):
            vector = read_record(record)[1]
            if head is None or len(vector) != head.dimensions:
                raise damaged(f"the vector of {name[start:]!r} has {len(vector)} numbers")
            pairs.append((name[start:], vector))
        return head, pairs

    async def get(self, storage: Storage, keys: Sequence[str]) -> list[Kept]:
        """Give the texts under keys, in their order; absent ones are left out."""
        found = await storage.get_batch([self._name(key) for key in keys])
        return [read_record(found[name])[0] for key in keys if (name := self._name(key)) in found]

    async def all(self, storage: Storage) -> list[Kept]:
        """Give all texts, the newest first."""
        found = [read_record(record)[0] async for _, record in storage.scan(self.place + TEXTS)]
        return sorted(found, key=lambda one: (-one.at, one.key))

    async def put(self, ctx: Context, head: Head, texts: Sequence[tuple[Kept, Vectors]]) -> None:
        """Keep texts under their keys, all or none. Raises `ValueError` when the vectors of others differ by now."""

        async def change() -> list[Operation]:
            if self.head is not None and self.head != head:
                raise ValueError(self.head)
            new = [] if self.head is not None else [Operation("put", self.place + HEAD, write_head(head))]
            return new + [Operation("put", self._name(one.key), write_record(one, vector)) for one, vector in texts]

        await self._write(ctx, change, {one.key: vector for one, vector in texts}, head)

    async def replace(
        self, ctx: Context, head: Head, texts: Sequence[tuple[Kept, Vectors]], revision: bytes | None
    ) -> None:
        """Keep all texts, as they were at a revision, with vectors of another kind.

        Raises `StorageConflictError` when the memory was written since.
        """

        async def change() -> list[Operation]:
            if self.revision != revision:
                raise StorageConflictError(
                    f"the memory {self.place} was written while its vectors were made anew; it is as it was",
                    suggestions=["call Memory.reindex again when nobody writes"],
                )
            puts = [Operation("put", self._name(one.key), write_record(one, vector)) for one, vector in texts]
            return [Operation("put", self.place + HEAD, write_head(head)), *puts]

        await self._write(ctx, change, None, head)

    async def forget(self, ctx: Context, key: str) -> bool:
        """Remove the text under a key and tell whether it was there."""
        there = False

        async def change() -> list[Operation]:
            nonlocal there
            there = await ctx.storage.exists(self._name(key))
            return [Operation("delete", self._name(key))] if there else []

        await self._write(ctx, change, {key: None}, None)
        return there

    async def clear(self, ctx: Context) -> int:
        """Remove all texts, and what their vectors had in common; give their number."""
        gone: list[str] = []

        async def change() -> list[Operation]:
            gone[:] = [name async for name, _ in ctx.storage.scan(self.place + TEXTS)]
            return [Operation("delete", name) for name in [*gone, self.place + HEAD]]

        await self._write(ctx, change, None, None)
        return len(gone)

    async def _write(
        self, ctx: Context, change: Change, vectors: Mapping[str, Vectors | None] | None, head: Head | None
    ) -> None:
        """Write what `change` makes, anew when another wrote in between; the index follows.

        Without `vectors` it is made anew, with `head` or without one; with them a `head` of None stays what it is.
        """
        storage, name = ctx.storage, self.place + REVISION
        async with self._lock:
            for attempt in range(1, ATTEMPTS + 1):
                await self.follow(ctx)
                operations = await change()
                if not operations:
                    return
                revision = ctx.new_id().encode()
                old = self.revision
                guard = Operation("absent", name) if old is None else Operation("check", name, old)
                try:
                    await storage.transaction([guard, *operations, Operation("put", name, revision)])
                except StorageConflictError:
                    if attempt == ATTEMPTS:
                        raise
                else:
                    self._follow(vectors, head, revision)
                    return

    def _follow(self, vectors: Mapping[str, Vectors | None] | None, head: Head | None, revision: bytes) -> None:
        """Bring the index to what was written; where that is more than it is made for, it is made anew when asked."""
        if vectors is None or (self.index is not None and self._outgrown(len(vectors))):
            self.revision, self.index, self.head = None, None, head
            return
        head = head or self.head
        if self.index is None and head is not None:
            self.index = make_index(head.dimensions, (), self._exact_up_to)
        for key, vector in vectors.items():
            if vector is not None and self.index is not None:
                self.index.put(key, vector)
            elif vector is None and self.index is not None:
                self.index.remove(key)
        self.head, self.revision = head, revision

    def _outgrown(self, more: int) -> bool:
        return len(self) <= self._exact_up_to < len(self) + more

    def _name(self, key: str) -> str:
        return f"{self.place}{TEXTS}{key}"
