"""Watching a store: who waits for which keys, for stores that see every change themselves."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

MOST = 10_000
"""Keys that wait for a watcher who is slow; beyond, it is told to read all again."""


class Watchers:
    """Tell those who watch of the keys that changed; on one event loop."""

    def __init__(self) -> None:
        self._all: list[_Watch] = []

    def tell(self, keys: Iterable[str] | None) -> None:
        """Say that keys may have changed, None for any number of them."""
        if self._all:
            known = None if keys is None else list(keys)
            for one in self._all:
                one.tell(known)

    def close(self) -> None:
        """End all watching: the store is closed."""
        for one in self._all:
            one.end()

    @asynccontextmanager
    async def watch(self, prefix: str = "") -> AsyncIterator[AsyncIterator[str | None]]:
        """Be a store's `watch`."""
        one = _Watch(prefix)
        self._all.append(one)
        try:
            yield one.changes()
        finally:
            self._all.remove(one)


class _Watch:
    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._pending: dict[str, None] = {}
        self._all = self._ended = False
        self._event = asyncio.Event()

    def tell(self, keys: list[str] | None) -> None:
        if keys is not None:
            self._pending.update((key, None) for key in keys if key.startswith(self._prefix))
        if keys is None or len(self._pending) > MOST:
            self._pending.clear()
            self._all = True
        if self._pending or self._all:
            self._event.set()

    def end(self) -> None:
        self._ended = True
        self._event.set()

    async def changes(self) -> AsyncIterator[str | None]:
        while True:
            await self._event.wait()
            if self._all:
                self._all = False
                yield None
            elif self._pending:
                key = next(iter(self._pending))
                del self._pending[key]
                yield key
            elif self._ended:
                return
            else:
                self._event.clear()
