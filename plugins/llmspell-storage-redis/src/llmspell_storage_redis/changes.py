"""Changes as the server tells them, to everybody who watches in this process."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from redis.exceptions import RedisError

from llmspell.spec.storage_watch import Watchers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from redis.asyncio import Redis

    from llmspell_storage_redis.failures import Failures

PAUSE = 1.0
"""Seconds between two tries to hear from a server that was lost."""


class Changes:
    """Subscribe when somebody watches for the first time; on a connection beside the pool, until the store is closed.

    After a connection was lost all watchers read anew: nobody knows what they missed.
    """

    def __init__(
        self, client: Redis, channel: str, failures: Failures, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._client = client
        self._channel = channel
        self._failures = failures
        self._sleep = sleep
        self._watchers = Watchers()
        self._begun = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def watch(self, prefix: str) -> AsyncIterator[AsyncIterator[str | None]]:
        """Be the store's `watch`."""
        async with self._begun:
            if self._reading is None:
                with self._failures.explained():
                    listening = await self._subscribed()
                self._reading = asyncio.create_task(self._read(listening))
        async with self._watchers.watch(prefix) as changes:
            yield changes

    async def aclose(self) -> None:
        """Stop listening; who watches is told that it is over."""
        self._watchers.close()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
            self._reading = None
        await self._client.connection_pool.disconnect()

    async def _subscribed(self) -> Any:
        listening = self._client.pubsub()
        try:
            await listening.subscribe(self._channel)
            await listening.get_message(timeout=None)  # the server's word that it has begun
        except BaseException:
            await listening.aclose()  # type: ignore[no-untyped-call]
            raise
        return listening

    async def _read(self, listening: Any) -> None:
        while True:
            try:
                while True:
                    self._tell(await listening.get_message(timeout=None))
            except (RedisError, OSError):
                await listening.aclose()
                listening = await self._again()
                self._watchers.tell(None)
            except BaseException:
                await listening.aclose()
                raise

    async def _again(self) -> Any:
        while True:
            await self._sleep(PAUSE)
            # a server that is still away: who reads or writes meanwhile is told so
            with contextlib.suppress(RedisError, OSError):
                return await self._subscribed()

    def _tell(self, message: Any) -> None:
        if message is not None and message["type"] == "message":
            data: bytes = message["data"]
            self._watchers.tell([data[1:].decode()] if data else None)
