"""Turns: who writes the same keys writes one after the other, who writes others does not wait."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


class Turns:
    """Hand out keys; a key that nobody wants costs nothing."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._wanted: dict[str, int] = {}

    @asynccontextmanager
    async def of(self, names: Sequence[str]) -> AsyncIterator[None]:
        """Have some keys to oneself; they are taken in order, so two that want the same never wait for each other."""
        taken: list[str] = []
        try:
            for name in sorted(names):
                await self.take(name)
                taken.append(name)
            yield
        finally:
            for name in taken:
                self.give_back(name)

    async def take(self, name: str) -> None:
        """Wait for one key."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
            self._wanted[name] = 0
        self._wanted[name] += 1
        try:
            await lock.acquire()
        except BaseException:
            self._leave(name)
            raise

    def give_back(self, name: str) -> None:
        """Let the next one have a key."""
        self._locks[name].release()
        self._leave(name)

    def _leave(self, name: str) -> None:
        self._wanted[name] -= 1
        if not self._wanted[name]:
            del self._wanted[name], self._locks[name]
