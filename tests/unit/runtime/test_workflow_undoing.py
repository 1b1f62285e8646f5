"""Sagas: what a workflow did is taken back when it fails later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import LlmspellError, ToolTimeoutError, ValidationError, WorkflowCancelledError
from llmspell.model.call import Call
from llmspell.model.workflow import Definition, Given, Retry, Step
from llmspell.runtime.ops import perform
from llmspell.runtime.workflows.subjects import FunctionSubject, WorkflowSubject
from llmspell.runtime.workflows.workflow import Workflow, make
from llmspell.testing import open_context
from llmspell.testing.journal import MemoryJournal
from llmspell.testing.workflows import flow, step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.runtime.context import CallContext


@pytest.fixture
async def ctx() -> AsyncIterator[CallContext]:
    async with open_context() as ctx:
        yield ctx


def boom(given: object) -> object:
    raise ValidationError("boom")


async def ran_in(ctx: CallContext, definition: Definition) -> Any:
    return await (await make(ctx.app, definition)).execute(None, ctx=ctx)


async def running(ctx: CallContext, definition: Definition) -> tuple[Workflow, Any, asyncio.Task[Any]]:
    """Begin a run and wait until its first step is under way."""
    workflow = await make(ctx.app, definition)
    run = workflow.begin(None, ctx=ctx)
    task = asyncio.ensure_future(run.run())
    while not run.doing:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)
    return workflow, run, task


async def test_what_cannot_be_taken_back_is_told_and_the_rest_is_taken_back(ctx: CallContext) -> None:
    undone: list[str] = []
    told: list[str] = []
    ctx.app.events.subscribe("workflow_step_*undone", lambda event: told.append(event.name))
    definition = flow(
        "sequential",
        step("one", lambda given: 1, undo=step("u1", lambda given: undone.append("one"), input=None)),
        step("two", lambda given: 2, undo=step("u2", boom, input=None)),
        step("three", boom),
    )
    with pytest.raises(ValidationError, match="boom"):
        await (await make(ctx.app, definition)).execute(None, ctx=ctx)
    await ctx.app.events.drain()
    assert undone == ["one"]
    assert told == ["workflow_step_not_undone", "workflow_step_undone"]


async def test_what_was_done_side_by_side_or_within_a_step_is_taken_back_too(ctx: CallContext) -> None:
    undone: list[str] = []

    def undoing(name: str) -> Step:
        return step(f"undo {name}", lambda given: undone.append(name), input=None)

    inner = flow("sequential", *(step(name, lambda given: 1, undo=undoing(name)) for name in ("a", "b")), name="inner")
    outer = await make(ctx.app, inner)
    beside = [step("left", lambda given: 1, undo=undoing("left")), step("right", boom)]
    definition = flow(
        "sequential",
        Step(name="inner", subject=WorkflowSubject(outer)),
        Step(name="beside", subject=WorkflowSubject(await make(ctx.app, flow("parallel", *beside)), phase=True)),
    )
    with pytest.raises(ValidationError, match="boom"):
        await (await make(ctx.app, definition)).execute(None, ctx=ctx)
    assert undone == ["left", "b", "a"]


async def test_what_takes_too_long_to_be_taken_back_is_told(ctx: CallContext) -> None:
    told: list[str] = []
    ctx.app.events.subscribe("workflow_step_not_undone", lambda event: told.append(str(event.data["error"])))

    async def waits(given: Given) -> None:
        await asyncio.Event().wait()

    undo = step("back", waits, input=None, timeout=0.01)
    with pytest.raises(ValidationError, match="boom"):
        await ran_in(ctx, flow("sequential", step("one", lambda given: 1, undo=undo), step("two", boom)))
    await ctx.app.events.drain()
    assert len(told) == 1
    assert "step 'undo back' took longer than 0.01 s" in told[0]


async def test_a_cancelled_workflow_takes_back_what_it_did(ctx: CallContext) -> None:
    undone: list[str] = []

    async def waits(given: Given) -> None:
        await asyncio.Event().wait()

    undo = step("undo", lambda given: undone.append("one"), input=None)
    _, run, task = await running(ctx, flow("sequential", step("one", lambda given: 1, undo=undo), step("two", waits)))
    while "two" not in run.doing:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)
    run.cancel()
    with pytest.raises(WorkflowCancelledError):
        await task
    assert undone == ["one"]


async def test_steps_of_one_name_within_others_are_taken_back_at_places_of_their_own(ctx: CallContext) -> None:
    """A journal finds what was taken back by its place: two at one place would be one."""
    journal = ctx.run.journal = MemoryJournal()
    undone: list[str] = []

    async def inner(name: str) -> Step:
        async def undo(given: Given, at: CallContext) -> None:
            await perform(at, Call("tool_execution", "undo", name), core)

        async def core(call: Call, at: CallContext) -> object:
            undone.append(name)
            return None

        back = Step(name="back", subject=FunctionSubject(undo), input=None)
        made = await make(ctx.app, flow("sequential", step("do", lambda given: name, undo=back), name="inner"))
        return Step(name=name, subject=WorkflowSubject(made))

    with pytest.raises(ValidationError, match="boom"):
        await ran_in(ctx, flow("sequential", await inner("one"), await inner("two"), step("bad", boom)))
    assert undone == ["two", "one"]
    places = [one.path for one in journal.asked if one.subject == "undo"]
    assert places == ["1:workflow:flow/undo:two/do", "1:workflow:flow/undo:one/do"]


@pytest.mark.parametrize("first", ["quick", "slow"])
async def test_what_is_taken_back_was_settled_when_the_run_came_to_it_first(ctx: CallContext, first: str) -> None:
    """In the run that was cut off `quick` had ended when `bad` failed: here it has to end first, too."""
    place = "1:workflow:flow/bad/failed/1:order"
    ctx.run.journal = MemoryJournal({place: ["quick"], "1:workflow:flow/undo/1:order": ["quick"]})
    undone: list[str] = []
    go = asyncio.Event()

    async def quick(given: Given) -> str:
        await go.wait()
        return "quick"

    async def bad(given: Given) -> None:
        asyncio.get_running_loop().call_soon(go.set)
        if first == "quick":
            await asyncio.sleep(0)
        boom(given)

    back = step("back", lambda given: undone.append(given.value))
    with pytest.raises(ValidationError, match="boom"):
        await ran_in(ctx, flow("parallel", step("quick", quick, undo=back.replace(input=None)), step("bad", bad)))
    assert undone == ["quick"]


# -- what was cut off --------------------------------------------------------------------------------------------------


async def waits(given: Given) -> None:
    await asyncio.Event().wait()


async def trip(ctx: CallContext, undone: list[object], *rest: Step) -> Workflow:
    """Make a workflow that books something, and can take it back, before all else."""
    back = step("cancel", lambda given: undone.append(given.value), input="{{ref}} {{input}} {{output}}")
    book = step("book", lambda given: f"r{given.values['input']}", output="ref", undo=back)
    return await make(ctx.app, flow("sequential", book, *rest, name="trip"))


async def booked(run: Any) -> None:
    """Wait until a run has booked."""
    while not any(one.given.within and one.given.within.done for one in run.attempts.values()):  # noqa: ASYNC110
        await asyncio.sleep(0)


@pytest.mark.parametrize("phase", [False, True])
@pytest.mark.parametrize("how", ["cancelled", "timeout", "beside", "step timeout", "attempts", "hook"])
async def test_what_a_workflow_within_did_before_it_was_cut_off_is_taken_back(
    ctx: CallContext, how: str, phase: bool
) -> None:
    undone: list[object] = []
    inner = await trip(ctx, undone, *([] if how == "hook" else [step("wait", waits)]))
    mapping: dict[str, Any] = {} if phase else {"input": 7}
    one = Step(name="one", subject=WorkflowSubject(inner, phase=phase), **mapping)
    if how in ("step timeout", "attempts"):
        one = one.replace(timeout=0.01, retry=Retry(attempts=2, delay=0) if how == "attempts" else None)
    go = asyncio.Event()

    async def fails(given: Given) -> None:
        await go.wait()
        boom(given)

    beside = [step("bad", fails)] if how == "beside" else []
    if how == "hook":
        ctx.run.hooks.register("after_workflow_step", lambda call: boom(call) if call.subject == "one" else None)
    definition = flow("parallel", one, *beside, name="outer", timeout=0.05 if how == "timeout" else None)
    workflow = await make(ctx.app, definition)
    run = workflow.begin(7, ctx=ctx)
    task = asyncio.ensure_future(run.run())
    if how in ("cancelled", "beside"):
        await booked(run)
        go.set()
        if how == "cancelled":
            run.cancel()
    with pytest.raises(LlmspellError):
        await task
    assert undone == ["r7 7 r7"] * (2 if how == "attempts" else 1)
    assert run.status()["state"] == ("cancelled" if how == "cancelled" else "failed")


async def test_what_a_workflow_within_did_knows_its_own_outputs_when_it_is_taken_back_later(ctx: CallContext) -> None:
    undone: list[object] = []
    inner = Step(name="one", subject=WorkflowSubject(await trip(ctx, undone)), input=7)
    with pytest.raises(ValidationError, match="boom"):
        await ran_in(ctx, flow("sequential", inner, step("bad", boom)))
    assert undone == ["r7 7 r7"]


async def test_nothing_is_taken_back_twice_when_a_workflow_is_ended_while_it_takes_back(ctx: CallContext) -> None:
    undone: list[str] = []
    held, go = asyncio.Event(), asyncio.Event()

    async def slow(given: Given) -> None:
        held.set()
        await go.wait()
        undone.append("a")

    inner = flow(
        "sequential",
        step("a", lambda given: 1, undo=step("ua", slow, input=None)),
        step("b", lambda given: 1, undo=step("ub", lambda given: undone.append("b"), input=None)),
        step("bad", boom),
        name="inner",
    )
    outer = flow("sequential", Step(name="one", subject=WorkflowSubject(await make(ctx.app, inner))))
    run = (await make(ctx.app, outer)).begin(None, ctx=ctx)
    task = asyncio.ensure_future(run.run())
    await held.wait()
    run.cancel()
    held.clear()
    await held.wait()  # the one that was cut off is taken back again
    go.set()
    with pytest.raises(WorkflowCancelledError):
        await task
    assert undone == ["b", "a"]


async def test_a_workflow_that_a_hook_lets_fail_in_the_end_takes_back_what_it_did(ctx: CallContext) -> None:
    undone: list[object] = []

    def fails(call: Call) -> object:
        return boom(call)

    ctx.run.hooks.register("after_workflow_execution", fails)
    workflow = await trip(ctx, undone)
    with pytest.raises(LlmspellError):
        await workflow.execute(7, ctx=ctx)
    assert undone == ["r7 7 r7"]
    assert workflow.runs[-1].status()["state"] == "failed"


@pytest.mark.parametrize("first", ["quick", "bad"])
async def test_what_was_done_within_when_another_failed_is_settled_too(ctx: CallContext, first: str) -> None:
    place = "1:workflow:flow/bad/failed/1:order"
    known = ["trip/quick"]
    ctx.run.journal = MemoryJournal({place: known, "1:workflow:flow/undo/1:order": known})
    undone: list[object] = []
    go = asyncio.Event()

    async def quick(given: Given) -> str:
        await go.wait()
        return "quick"

    async def bad(given: Given) -> None:
        asyncio.get_running_loop().call_soon(go.set)
        for _ in range(0 if first == "bad" else 9):
            await asyncio.sleep(0)
        boom(given)

    back = step("back", lambda given: undone.append(given.value), input=None)
    inner = flow("sequential", step("quick", quick, undo=back), step("wait", waits), name="trip")
    one = Step(name="trip", subject=WorkflowSubject(await make(ctx.app, inner)))
    with pytest.raises(ValidationError, match="boom"):
        await ran_in(ctx, flow("parallel", one, step("bad", bad)))
    assert undone == ["quick"]


async def test_steps_of_a_custom_workflow_have_ended_before_it_takes_back(ctx: CallContext) -> None:
    undone: list[object] = []
    said: list[str] = []

    async def stops_slowly(given: Given) -> None:
        try:
            await waits(given)
        finally:
            await asyncio.sleep(0)
            said.append("ended")

    async def execute(values: Any, do: Any) -> None:
        asking = asyncio.ensure_future(do("one", 7))
        await do("bad")
        await asking

    async def fails(given: Given) -> None:
        while "one" not in run.attempts or not run.attempts["one"].given.within.done:  # noqa: ASYNC110
            await asyncio.sleep(0)
        boom(given)

    inner = await trip(ctx, undone, step("wait", stops_slowly))
    one = Step(name="one", subject=WorkflowSubject(inner))
    workflow = await make(ctx.app, flow("custom", one, step("bad", fails), execute=execute))
    run = workflow.begin(None, ctx=ctx)
    with pytest.raises(ValidationError, match="boom"):
        await run.run()
    assert said == ["ended"]
    assert undone == ["r7 7 r7"]


async def test_a_workflow_that_its_caller_gives_too_little_time_takes_back_what_it_did(ctx: CallContext) -> None:
    undone: list[object] = []
    workflow = await trip(ctx, undone, step("wait", waits))
    with pytest.raises(ToolTimeoutError, match="workflow trip took longer"):
        await workflow.execute(7, ctx=ctx, timeout=0.01)
    assert undone == ["r7 7 r7"]
