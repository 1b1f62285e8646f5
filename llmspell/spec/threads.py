"""Run blocking work in a thread without ever leaving it behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LARGE = 1 << 20
"""Bytes from which on copying and checksums are done in a thread: about a millisecond."""


async def in_thread(function: Callable[..., T], *args: object, stop: Callable[[], object] | None = None) -> T:
    """Run `function(*args)` in a worker thread.

    A thread cannot be stopped: on cancellation its end is awaited first, so that nothing goes on writing behind a
    cancelled caller. Work that may take long looks at a sign now and then, which `stop` sets (an event's `set`).
    """
    future = asyncio.get_running_loop().run_in_executor(None, function, *args)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        if stop is not None:
            stop()
        while not future.done():
            try:
                await asyncio.wait({future})
            except asyncio.CancelledError:  # asked again: the answer is the same
                continue
        if not future.cancelled():
            future.exception()  # seen: the cancellation is what the caller gets
        raise


async def in_thread_if_large(size: int, function: Callable[..., T], *args: object) -> T:
    """Run `function(*args)`, which takes time by the bytes it handles: in a worker thread when these are many."""
    return await in_thread(function, *args) if size > LARGE else function(*args)
