"""Hooks advanced by hand: to them it is as if they had been awaited, from the first step to the last."""

from __future__ import annotations

import asyncio
import contextvars
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import HookFailedError, HookTimeoutError, RefusedError
from llmspell.kernel.chains import decide, transform
from llmspell.kernel.hooks import HookTable
from llmspell.model.call import Call
from llmspell.model.decision import Answer, Proceed, Refuse
from llmspell.spec.markers import HookOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

CALL = Call("tool_execution", "subject", 0)
VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="none")


def chain(*functions: Callable[..., object], timeout: float = 30.0) -> Any:
    """Give `before` hooks as a chain."""
    table = HookTable()
    table.root.timeout = timeout
    return tuple(table.register("before_tool_execution", function) for function in functions)


class Ticks:
    """Suspend `n` times the barest way there is."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __await__(self) -> Generator[None, None, int]:
        for _ in range(self.n):
            yield
        return self.n


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["none", "proceed", "answer", "refuse", "raise"]))))
def test_hooks_that_suspend_anywhere_decide_as_those_that_do_not(made: list[tuple[int, str]]) -> None:
    def hook(index: int, ticks: int, verdict: str, log: list[int]) -> Callable[[Call], object]:
        async def ask(call: Call) -> object:
            await Ticks(ticks)
            log.append(index)
            if verdict == "raise":
                raise KeyError(index)
            return {
                "none": None,
                "proceed": Proceed(call.replace(input=call.input + 1)),  # type: ignore[operator]
                "answer": Answer(index),
                "refuse": Refuse(str(index)),
            }[verdict]

        return ask

    def outcome(ticks: Callable[[int], int]) -> object:
        log: list[int] = []
        hooks = chain(*(hook(index, ticks(n), verdict, log) for index, (n, verdict) in enumerate(made)))
        try:
            call, answer = asyncio.run(decide(hooks, CALL, None))
        except (RefusedError, HookFailedError) as error:
            return type(error), error.message, log
        return call.input, None if answer is None else answer.result, log

    assert outcome(lambda n: n) == outcome(lambda _: 0)


async def test_a_hook_is_in_the_task_and_the_context_of_the_operation() -> None:
    seen = []

    async def look() -> None:
        VARIABLE.set("set by the hook")
        seen.append(asyncio.current_task())
        await asyncio.sleep(0)
        seen.append(asyncio.current_task())

    await decide(chain(look), CALL, None)
    assert seen == [asyncio.current_task()] * 2
    assert VARIABLE.get() == "set by the hook"


async def test_a_hook_may_return_anything_that_can_be_awaited() -> None:
    future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(future.set_result, Answer("of a future"))
    assert (await decide(chain(lambda: future), CALL, None))[1] == Answer("of a future")
    task = asyncio.create_task(asyncio.sleep(0, Answer("of a task")))
    assert (await decide(chain(lambda: task), CALL, None))[1] == Answer("of a task")


async def test_timeouts_inside_a_hook_are_its_own() -> None:
    async def impatient() -> object:
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            await asyncio.sleep(0)
            return Answer("too late")
        return None

    assert (await decide(chain(impatient), CALL, None))[1] == Answer("too late")
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_timeout_around_the_chain_passes_through_one_inside_a_hook() -> None:
    async def slow() -> None:
        async with asyncio.timeout(3600):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await decide(chain(slow), CALL, None)
    with pytest.raises(HookTimeoutError):
        await decide(chain(slow, timeout=0.0), CALL, None)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_a_chain_and_a_hook_that_time_out_together_end_as_the_chain() -> None:
    async def slow() -> None:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()

    with pytest.raises(HookTimeoutError):
        await decide(chain(slow, timeout=0.0), CALL, None)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)  # no cancellation is left behind


async def test_a_task_group_inside_a_hook_ends_with_it() -> None:
    ended = []

    async def work(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(work("a"))
            tasks.create_task(work("b"))

    running = asyncio.create_task(decide(chain(group), CALL, None))
    for _ in range(3):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(ended) == ["a", "b"]


async def test_a_failure_in_a_task_group_is_the_hooks() -> None:
    async def fail() -> None:
        raise KeyError("inner")

    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fail())

    with pytest.raises(HookFailedError, match="ExceptionGroup") as caught:
        await decide(chain(group), CALL, None)
    assert isinstance(caught.value.__cause__, ExceptionGroup)


@pytest.mark.parametrize("steps", range(4))
async def test_cancelling_reaches_a_hook_wherever_it_waits(steps: int) -> None:
    ended = []

    async def patient() -> None:
        try:
            for _ in range(10):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        finally:
            await asyncio.sleep(0)  # tidying up may wait
            ended.append("tidied")

    running = asyncio.create_task(decide(chain(patient), CALL, None))
    for _ in range(steps):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended == ([] if steps == 0 else ["cancelled", "tidied"])


async def test_a_hook_may_survive_a_cancellation_it_asked_for() -> None:
    async def stubborn() -> object:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            task.uncancel()
        return Answer("still here")

    assert (await decide(chain(stubborn), CALL, None))[1] == Answer("still here")


async def test_an_error_keeps_what_it_was_raised_in_the_course_of() -> None:
    async def confused() -> None:
        try:
            await asyncio.wait_for(asyncio.Event().wait(), 0.001)
        except TimeoutError as error:
            await asyncio.sleep(0)
            raise KeyError("second") from error

    with pytest.raises(HookFailedError) as caught:
        await decide(chain(confused), CALL, None)
    cause = caught.value.__cause__
    assert isinstance(cause, KeyError)
    assert isinstance(cause.__context__, TimeoutError)


def test_closing_the_chain_closes_the_hook() -> None:
    ended = []

    async def waiting() -> None:
        try:
            await Ticks(5)
        except GeneratorExit:
            ended.append("closed")
            raise

    async def main() -> None:
        running = decide(chain(waiting), CALL, None)
        running.send(None)
        running.close()

    asyncio.run(main())
    assert ended == ["closed"]


async def test_what_a_hook_waited_for_is_seen_by_the_next() -> None:
    order = []

    async def first() -> None:
        await Ticks(2)
        order.append("first")

    async def second(result: object) -> object:
        order.append("second")
        return Answer([result, *order])

    table = HookTable()
    hooks = tuple(
        table.register("after_tool_execution", one, HookOptions(priority=priority))
        for one, priority in ((first, 1), (second, 0))
    )
    assert await transform(hooks, CALL, "result", None) == ["result", "first", "second"]
