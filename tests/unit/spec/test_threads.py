from __future__ import annotations

import asyncio
import threading

import pytest

from llmspell.spec.threads import in_thread


async def test_it_gives_the_result_of_another_thread() -> None:
    assert await in_thread(lambda: threading.current_thread() is not threading.main_thread())


async def test_it_raises_what_the_function_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        await in_thread(lambda: 1 // 0)


@pytest.mark.parametrize("fails", [False, True])
async def test_a_cancelled_caller_leaves_no_thread_at_work(fails: bool) -> None:
    started, finish, done = threading.Event(), threading.Event(), []

    def work() -> None:
        started.set()
        finish.wait(30)
        done.append(1)
        if fails:
            raise ValueError

    task = asyncio.create_task(in_thread(work))
    await in_thread(started.wait, 30)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    finish.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == [1]


async def test_work_that_looks_at_a_sign_is_told_to_stop() -> None:
    started, sign = threading.Event(), threading.Event()

    def work() -> bool:
        started.set()
        return sign.wait(30)

    task = asyncio.create_task(in_thread(work, stop=sign.set))
    await in_thread(started.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sign.is_set()
