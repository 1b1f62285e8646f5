"""Places that are waited for in order, and no longer than a queue may be."""

from __future__ import annotations

import asyncio
from collections import deque

from llmspell.errors import ResourceExhaustedError


class Slots:
    """Let at most `limit` in and at most `queue_limit` wait; one more is a `ResourceExhaustedError`."""

    __slots__ = ("_queue", "inside", "key", "limit", "most", "queue_limit", "refused", "who")

    def __init__(self, limit: int, queue_limit: int, key: str, who: str) -> None:
        self.limit = limit
        self.queue_limit = queue_limit
        self.key = key
        self.who = who
        self.inside = self.most = self.refused = 0
        self._queue: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Take a place, waiting for it; who is cancelled while waiting leaves the queue."""
        if self.inside < self.limit and not self._queue:
            self._enter()
            return
        if len(self._queue) >= self.queue_limit:
            self.refused += 1
            message = f"{self.who} has {self.inside} of {self.key} = {self.limit}, and {len(self._queue)} wait already"
            raise ResourceExhaustedError(
                message,
                suggestions=["do less at once", f"raise {self.key} or queue_limit of [resources]"],
                context={"limit": self.key, "bound": self.limit, "of": self.who, "waiting": len(self._queue)},
            )
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.give()  # the place had come, and nobody is there to use it
            elif turn in self._queue:
                self._queue.remove(turn)
            raise

    def give(self) -> None:
        """Give a place back, to who waits longest."""
        self.inside -= 1
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                self._enter()
                turn.set_result(None)
                return

    def _enter(self) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)

    @property
    def waiting(self) -> int:
        """Give how many wait."""
        return len(self._queue)
