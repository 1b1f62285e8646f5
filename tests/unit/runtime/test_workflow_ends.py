"""How runs of workflows end: cancelled early and late, changed meanwhile, with steps for which nobody waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ValidationError, WorkflowCancelledError
from llmspell.model.decision import Answer
from llmspell.runtime.workflows.workflow import make
from llmspell.testing import open_context
from llmspell.testing.workflows import flow, step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.model.workflow import Given
    from llmspell.runtime.context import CallContext


@pytest.fixture
async def ctx() -> AsyncIterator[CallContext]:
    async with open_context() as ctx:
        yield ctx


def boom(given: Given) -> object:
    raise ValidationError("boom")


@pytest.mark.parametrize("answers", [False, True])
async def test_a_run_is_cancelled_while_a_hook_works_before_it(ctx: CallContext, answers: bool) -> None:
    done: list[object] = []
    workflow = await make(ctx.app, flow("sequential", step("one", lambda given: done.append(1))))
    run = workflow.begin(None, ctx=ctx)

    def cancels(call: Any) -> object:
        run.cancel("enough")
        return Answer({"output": 1}) if answers else None

    ctx.run.hooks.register("before_workflow_execution", cancels)
    with pytest.raises(WorkflowCancelledError, match="enough"):
        await run.run()
    assert done == []
    assert run.status()["state"] == "cancelled"


async def test_a_run_that_is_cancelled_while_its_last_step_ends_is_cancelled(ctx: CallContext) -> None:
    workflow = await make(ctx.app, flow("sequential", step("one", lambda given: run.cancel())))
    run = workflow.begin(None, ctx=ctx)
    with pytest.raises(WorkflowCancelledError):
        await run.run()
    assert run.status()["state"] == "cancelled"


async def test_a_step_that_is_added_to_a_graph_while_it_runs_changes_nothing_of_what_it_gives(ctx: CallContext) -> None:
    def adds(given: Given) -> str:
        workflow.change([*workflow.definition.steps, step("two", lambda given: "two", after=("one",))])
        return "one"

    workflow = await make(ctx.app, flow("graph", step("one", adds)))
    assert (await workflow.execute(None, ctx=ctx))["output"] == "one"


async def test_a_custom_workflow_waits_for_steps_for_which_its_function_did_not(ctx: CallContext) -> None:
    asking: list[Any] = []

    async def execute(values: Any, do: Any) -> str:
        asking.append(asyncio.ensure_future(do("one")))
        await asyncio.sleep(0)
        return "early"

    async def late(given: Given) -> str:
        for _ in range(9):
            await asyncio.sleep(0)
        return "late"

    result = await (await make(ctx.app, flow("custom", step("one", late), execute=execute))).execute(None, ctx=ctx)
    assert (result["output"], result["outputs"]) == ("early", {"one": "late"})
    failing = await make(ctx.app, flow("custom", step("one", boom), execute=execute))
    with pytest.raises(ValidationError, match="boom"):
        await failing.execute(None, ctx=ctx)
    assert await asyncio.gather(*asking, return_exceptions=True) == ["late", asking[1].exception()]
