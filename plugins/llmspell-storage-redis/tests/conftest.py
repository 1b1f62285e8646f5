"""One Redis server for all tests, others for tests that kill theirs, and stores on them."""

from __future__ import annotations

from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from llmspell.testing import open_context
from llmspell.testing.redis_server import MISSING, PASSWORD, PROGRAM, RedisServer
from llmspell_storage_redis.store import RedisStorage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    Opened = Callable[..., Awaitable[RedisStorage]]


@pytest.fixture(autouse=True)
def _password(monkeypatch) -> None:
    monkeypatch.setenv("PROBE_PASSWORD", PASSWORD)


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory) -> Iterator[RedisServer]:
    """The server of all tests that leave it running; each has a prefix of its own there."""
    if PROGRAM is None:
        pytest.skip(MISSING)
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def make_redis(tmp_path_factory) -> Iterator[Callable[..., RedisServer]]:
    """Give a maker of servers that end with the test."""
    if PROGRAM is None:
        pytest.skip(MISSING)
    with ExitStack() as stack:

        def make(*settings: str, **options: Any) -> RedisServer:
            server = RedisServer(tmp_path_factory.mktemp("redis"), *settings, **options)
            stack.callback(server.kill)
            server.start()
            return server

        yield make


class OwnedStorage(RedisStorage):
    """A store with the application that it was opened in."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = AsyncExitStack()

    async def aclose(self) -> None:
        await super().aclose()
        await self.stack.aclose()


async def open_store(server: RedisServer, **section: object) -> OwnedStorage:
    store = OwnedStorage()
    try:
        ctx = await store.stack.enter_async_context(
            open_context(config=server.config(**section), component="storage:redis")
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
        prefix = uuid4().hex

        async def make(server: RedisServer | None = None, **section: object) -> RedisStorage:
            section.setdefault("prefix", prefix)
            store = await open_store(server or request.getfixturevalue("shared_redis"), **section)
            stack.push_async_callback(store.aclose)
            return store

        yield make
