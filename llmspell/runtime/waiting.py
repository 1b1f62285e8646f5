"""Waiting with a bound: of time, or of the life of an engine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from llmspell.errors import ToolTimeoutError
from llmspell.runtime.journal.timers import bounded as timed

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from llmspell.runtime.context import CallContext

T = TypeVar("T")


async def bounded(work: Awaitable[T], timeout: float | None, what: str, ctx: CallContext) -> T:
    """Await something for at most `timeout` seconds on behalf of `ctx`; raises `ToolTimeoutError` naming `what`."""
    timer = timed(ctx, "timeout", timeout)
    try:
        async with timer:
            return await work
    except TimeoutError as error:
        if not timer.expired():
            raise
        message = f"{what} took longer than {timeout:g} s"
        raise ToolTimeoutError(message, suggestions=["raise `timeout`"]) from error


async def while_running(over: Awaitable[None], engine_ended: asyncio.Event) -> None:
    """Await the end of a script that goes on, or that of its engine, whichever comes first."""
    waiting, dying = asyncio.ensure_future(over), asyncio.ensure_future(engine_ended.wait())
    try:
        await asyncio.wait({waiting, dying}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        dying.cancel()
