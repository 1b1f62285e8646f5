"""Sagas: what a workflow did is taken back when it fails later."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ValidationError, WorkflowCancelledError
from llmspell.model.call import Call
from llmspell.model.workflow import Definition, Given, Step
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


def boom(given: Given) -> object:
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
