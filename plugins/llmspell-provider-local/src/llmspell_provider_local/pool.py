"""The processes that run models: started when one is asked, kept for the next request, ended to make room."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from llmspell_provider_local.pipe import Json, Running

Key: TypeAlias = tuple[str, bool]
"""A model's name, and whether it makes vectors."""


class Pool:
    """Hold at most `size` processes; one more is there only while all others answer."""

    def __init__(self, size: int) -> None:
        self.running: dict[Key, Running] = {}  # the last is the one used last
        self._size = size
        self._starting = asyncio.Lock()
        self._loading: dict[Key, asyncio.Lock] = {}

    @asynccontextmanager
    async def lend(self, key: Key, wanted: Json, start: Callable[[], Awaitable[Running]]) -> AsyncIterator[Running]:
        """Lend the process of a model, started with `start` when there is none; it is not ended meanwhile.

        `wanted` is what it must load. Who wants the same model waits until it is loaded; others do not.
        """
        async with self._loading.setdefault(key, asyncio.Lock()):
            running = self.running.pop(key, None)
            if running is not None and not running.alive:
                await running.stop()
                running = None
            if running is None:
                running = await self._load(key, wanted, start)
            self.running[key] = running
            running.users += 1
        try:
            yield running
        finally:
            running.users -= 1

    async def aclose(self) -> None:
        """End all processes."""
        while self.running:
            await self.running.popitem()[1].stop()

    async def _load(self, key: Key, wanted: Json, start: Callable[[], Awaitable[Running]]) -> Running:
        async with self._starting:
            await self._make_room()
            running = self.running[key] = await start()
            running.users += 1  # what loads is not ended to make room
        try:
            await running.load(wanted)
        finally:
            self.running.pop(key, None)
        running.users -= 1
        return running

    async def _make_room(self) -> None:
        """End what was used longest ago, but nothing that answers or loads."""
        while len(self.running) >= self._size:
            idle = next((key for key, one in self.running.items() if not one.users), None)
            if idle is None:
                return
            await self.running.pop(idle).stop()
