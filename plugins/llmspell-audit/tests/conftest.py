"""Logs in real applications and by themselves, in folders of their own."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.spec import tool
from llmspell.testing import open_context

from .audit_place import Place

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from llmspell.runtime.context import CallContext


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Give a place for a log."""
    made = Place(tmp_path)
    yield made
    made.close()


@pytest.fixture
def audited(place: Place) -> Callable[..., Any]:
    """Open an application that keeps a log, with two tools: one that reads a file, and one that waits."""

    @asynccontextmanager
    async def opened(grants: tuple[str, ...] = (), **config: object) -> AsyncIterator[CallContext]:
        settings = place.config(**{"storage.backend": "memory", **config})
        async with open_context(config=settings, grants=grants, cwd=place.folder) as ctx:
            reading = tool("reads", "x:y", "Reads a file.", category="test", needs={"fs.read"})
            waiting = tool("waits", "x:y", "Waits for ever.", category="test")
            ctx.app.catalog.register(reading, reads, owner=ctx.run.id)
            ctx.app.catalog.register(waiting, waits, owner=ctx.run.id)
            yield ctx

    return opened


async def reads(path: str, ctx: Any, token: str = "") -> str:
    """Read a file."""
    return str((await ctx.fs.read(path)).decode())


async def waits(ctx: Any) -> None:
    """Wait until the call is cancelled."""
    await ctx.sleep(3600)
