"""`ctx.blocking`: a function in a thread, and no thread behind a call that is over."""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar

import pytest

from llmspell.testing import open_context

NAME: ContextVar[str] = ContextVar("name", default="")


async def test_a_cancelled_call_leaves_no_thread_at_work() -> None:
    started, finish, done = threading.Event(), threading.Event(), []

    def work() -> None:
        started.set()
        finish.wait(30)
        done.append(1)

    async with open_context() as ctx:
        task = asyncio.create_task(ctx.blocking(work))
        await ctx.blocking(started.wait, 30)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
        finish.set()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert done == [1]


async def test_the_function_sees_the_variables_of_its_caller() -> None:
    token = NAME.set("caller")
    try:
        async with open_context() as ctx:
            assert await ctx.blocking(NAME.get) == "caller"
    finally:
        NAME.reset(token)
