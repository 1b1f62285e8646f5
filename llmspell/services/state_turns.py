"""Turns: who writes the same keys writes one after the other, who writes others does not wait."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence


class Turns:
    """Hand out keys, first come, first served; a key that nobody else wants costs one entry of a dict.

    `_taken` has the keys that somebody has, each with those who wait for it, None while nobody ever did.
    """

    def __init__(self) -> None:
        self._taken: dict[str, deque[asyncio.Future[None]] | None] = {}

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

    def free(self, name: str) -> bool:
        """Take a key at once if nobody has it, and tell whether that is so."""
        if name in self._taken:
            return False
        self._taken[name] = None
        return True

    async def take(self, name: str) -> None:
        """Wait for one key."""
        if self.free(name):
            return
        waiting = self._taken[name]
        if waiting is None:
            waiting = self._taken[name] = deque()
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it is our turn, and we do not want it any more
                self.give_back(name)
            raise

    def give_back(self, name: str) -> None:
        """Let the next one have a key."""
        waiting = self._taken[name]
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._taken[name]
