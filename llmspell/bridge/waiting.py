"""Waiting with a bound: of time, or of the life of an engine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from llmspell.errors import ToolTimeoutError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from llmspell.errors import LlmspellError

T = TypeVar("T")


async def bounded(work: Awaitable[T], timeout: float | None, what: str) -> T:
    """Await something for at most `timeout` seconds; raises `ToolTimeoutError` naming `what`."""
    timer = asyncio.timeout(timeout)
    try:
        async with timer:
            return await work
    except TimeoutError as error:
        if not timer.expired():
            raise
        message = f"{what} took longer than {timeout:g} s"
        raise ToolTimeoutError(message, suggestions=["raise `timeout`"]) from error


async def while_running(over: Awaitable[None], reader: asyncio.Task[LlmspellError]) -> None:
    """Await the end of a script that goes on; raises the reason when its engine ends first."""
    waiting = asyncio.ensure_future(over)
    try:
        await asyncio.wait({waiting, reader}, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            raise reader.result()
    finally:
        waiting.cancel()
