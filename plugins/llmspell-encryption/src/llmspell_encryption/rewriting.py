"""Every value of a store written anew: encrypted for the first time, or under another key.

Each transaction makes sure of the values that it replaces and of the header; whatever ends the process, what was
written is right, and the next call goes on with the rest.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from llmspell.errors import EncryptionError, StorageConflictError
from llmspell.spec.encryptions import KEYS, OPEN_KEYS, is_listing
from llmspell.spec.storages import Operation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from llmspell.spec.storages import Storage

    Change = Callable[[str, bytes], bytes | None]
    """Give what is to be stored instead; None for what is as it should be."""

BATCH = 200
BATCH_BYTES = 4 << 20


class Rewriting:
    """Change all values of a store under one header; `told` hears of how many so far."""

    def __init__(
        self, store: Storage, header: bytes, change: Change, told: Callable[[int], None], *, batch: int = BATCH
    ) -> None:
        self._store = store
        self._header = header
        self._change = change
        self._told = told
        self._batch = batch
        self.values = self._changed = 0

    async def run(self) -> None:
        """Change what is not as it should be, until a look at all of it finds nothing more."""
        while await self._round():
            pass

    async def _round(self) -> int:
        before = self._changed
        start: str | None = ""
        while start is not None:
            found, start = await self._page(start)
            if found:
                await self._write(found)
        return self._changed - before

    async def _page(self, start: str) -> tuple[list[tuple[str, bytes, bytes]], str | None]:
        """Find some values to change, from a key on, and the key to go on with; no scan is open while it is written."""
        found: list[tuple[str, bytes, bytes]] = []
        size = 0
        async with aclosing(cast("AsyncGenerator[tuple[str, bytes], None]", self._store.scan(start=start))) as pairs:
            async for key, data in pairs:
                new = None if key in OPEN_KEYS else self._change(key, data)
                if new is None:
                    continue
                found.append((key, data, new))
                size += len(data) + len(new)
                if len(found) >= self._batch or size >= BATCH_BYTES:
                    return found, key
        return found, None

    async def _write(self, found: list[tuple[str, bytes, bytes]]) -> None:
        """Replace values that are still there, at once or, when one was changed meanwhile, one by one."""
        steps = [Operation("check", KEYS, self._header)]
        for key, data, new in found:
            steps += [Operation("check", key, data), Operation("put", key, new)]
        try:
            await self._store.transaction(steps)
        except StorageConflictError as error:
            if error.context.get("key") == KEYS:
                raise EncryptionError(
                    "another process changes the keys of the store at the same time",
                    suggestions=["wait until it has ended, then run this again: it goes on with what is left"],
                ) from error
            for one in found if len(found) > 1 else []:
                await self._write([one])
            return
        self._changed += len(found)
        self.values += sum(not is_listing(key) for key, _, _ in found)
        self._told(self.values)
