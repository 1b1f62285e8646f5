"""One PostgreSQL server for all tests, others for tests that kill theirs, and stores on them."""

from __future__ import annotations

from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from llmspell.testing import open_context
from llmspell.testing.postgres_server import MISSING, PASSWORD, PROGRAMS, PostgresServer
from llmspell_storage_postgres.store import PostgresStorage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    Opened = Callable[..., Awaitable[PostgresStorage]]


@pytest.fixture(autouse=True)
def _password(monkeypatch) -> None:
    monkeypatch.setenv("PROBE_PASSWORD", PASSWORD)


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[PostgresServer]:
    """The server of all tests that leave it running; each has a schema of its own there."""
    if PROGRAMS is None:
        pytest.skip(MISSING)
    server = PostgresServer("fsync = off", "deadlock_timeout = 50ms")
    server.start()
    yield server
    server.remove()


@pytest.fixture
def make_postgres() -> Iterator[Callable[..., PostgresServer]]:
    """Give a maker of servers that end with the test."""
    if PROGRAMS is None:
        pytest.skip(MISSING)
    with ExitStack() as stack:

        def make(*settings: str) -> PostgresServer:
            server = PostgresServer(*settings)
            stack.callback(server.remove)
            server.start()
            return server

        yield make


class OwnedStorage(PostgresStorage):
    """A store with the application that it was opened in."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = AsyncExitStack()

    async def aclose(self) -> None:
        await super().aclose()
        await self.stack.aclose()


async def open_store(server: PostgresServer, **section: object) -> OwnedStorage:
    store = OwnedStorage()
    try:
        ctx = await store.stack.enter_async_context(
            open_context(config=server.config(**section), component="storage:postgres")
        )
        await store.open(ctx)
    except BaseException:
        await store.aclose()
        raise
    return store


@pytest.fixture
async def opened(request) -> AsyncIterator[Opened]:
    """Give a maker of open stores, which close with the test; on the shared server unless another is named."""
    async with AsyncExitStack() as stack:
        schema = uuid4().hex

        async def make(server: PostgresServer | None = None, **section: object) -> PostgresStorage:
            section.setdefault("schema", schema)
            store = await open_store(server or request.getfixturevalue("shared_postgres"), **section)
            stack.push_async_callback(store.aclose)
            return store

        yield make
