"""Open stores in the test's folder, and hold their writer still."""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from llmspell_storage_sqlite.store import SqliteStorage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[SqliteStorage]]]:
    """Give a maker of open stores, which close with the test."""
    async with AsyncExitStack() as stack:

        async def make(name: str = "store.db", **options) -> SqliteStorage:
            store = SqliteStorage(**options)
            await store.open_file(tmp_path / name)
            stack.push_async_callback(store.aclose)
            return store

        yield make


@pytest.fixture
def held() -> Callable[[SqliteStorage], AbstractAsyncContextManager[asyncio.Task[None]]]:
    """Give a block within which the writer is busy with one job; what is written there waits. Gives the job's task."""

    @asynccontextmanager
    async def hold(store: SqliteStorage) -> AsyncIterator[asyncio.Task[None]]:
        loop, busy, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def work(_) -> None:
            loop.call_soon_threadsafe(busy.set)
            go_on.wait()

        task = asyncio.create_task(store._opened()[0].do(work))
        await busy.wait()
        try:
            yield task
        finally:
            go_on.set()
        await asyncio.wait({task})

    return hold
