"""Changes as the database tells them, to everybody who watches in this process.

While somebody watches, in any process, a trigger lets each write tell its keys. It has a price: PostgreSQL lets
transactions that tell something commit one after the other. So the first who watches makes the trigger and the last
takes it away; each holds a shared lock meanwhile, on the connection on which it listens.
"""

from __future__ import annotations

import asyncio
import contextlib
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import asyncpg

from llmspell.errors import LlmspellError
from llmspell.spec.storage_watch import Watchers
from llmspell_storage_postgres.failures import FAULTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell_storage_postgres.database import Database

PAUSE = 1.0
"""Seconds between two tries to hear from a server that was lost, and to take the trigger away."""

_LOCK = "SELECT pg_advisory_lock{kind}(hashtextextended($1, 1))"
_UNLOCK = "SELECT pg_advisory_unlock{kind}(hashtextextended($1, 1))"
_TRY = "SELECT pg_try_advisory_lock(hashtextextended($1, 1))"


class Changes:
    """Listen from the first who watches until the store is closed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._watchers = Watchers()
        self._begun = asyncio.Lock()
        self._connection: Any = None
        self._lost = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def watch(self, prefix: str) -> AsyncIterator[AsyncIterator[str | None]]:
        """Be the store's `watch`."""
        async with self._begun:
            if self._keeping is None:
                with self._database.failures.explained():
                    await self._listen()
                self._keeping = asyncio.create_task(self._keep())
        async with self._watchers.watch(prefix) as changes:
            yield changes

    async def aclose(self) -> None:
        """Stop listening; who watches is told that it is over."""
        self._watchers.close()
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait({self._keeping})
            self._keeping = None
            # A trigger that stays behind costs time and nothing else; the next who watches takes it away.
            with contextlib.suppress(*FAULTS):
                await self._leave()
            self._connection.terminate()

    async def _listen(self) -> None:
        sql = self._database.sql
        connection = await self._database.connect(connection_class=asyncpg.Connection)
        try:
            await connection.execute(_LOCK.format(kind="_shared"), sql.channel)
            if await connection.fetchval(sql.tells) is None:
                await self._make_trigger(connection)
            self._lost.clear()
            connection.add_termination_listener(lambda _: self._lost.set())
            await connection.add_listener(sql.channel, self._tell)
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    async def _make_trigger(self, connection: Any) -> None:
        sql = self._database.sql
        async with connection.transaction():
            # of several who begin at once, one makes it
            await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 2))", sql.channel)
            if await connection.fetchval(sql.tells) is None:
                for statement in sql.telling():
                    await connection.execute(statement)

    async def _leave(self) -> None:
        connection, sql = self._connection, self._database.sql
        await connection.execute(_UNLOCK.format(kind="_shared"), sql.channel)
        if await connection.fetchval(_TRY, sql.channel):
            async with connection.transaction():
                await connection.execute(f"SET LOCAL lock_timeout = {int(PAUSE * 1000)}")
                await connection.execute(sql.hush)

    async def _keep(self) -> None:
        """Listen again after the connection was lost; all watchers read anew, for nobody knows what they missed."""
        while True:
            await self._lost.wait()
            with contextlib.suppress(
                LlmspellError, *FAULTS
            ):  # a server that is still away: who reads or writes is told so
                await self._listen()
                self._watchers.tell(None)
                continue
            await self._database.sleep(PAUSE)

    def _tell(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        self._watchers.tell([b64decode(payload).decode()] if payload else None)
