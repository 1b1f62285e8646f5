"""The engine of workflows: hooks, events, places, attempts, time, and who holds a run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import (
    PermissionDeniedError,
    RefusedError,
    ToolExecutionError,
    ValidationError,
    WorkflowCancelledError,
    WorkflowError,
    WorkflowStateError,
    WorkflowTimeoutError,
)
from llmspell.model.decision import Answer, Proceed, Refuse
from llmspell.model.workflow import Definition, Given, Outcome, Retry, Step, told
from llmspell.runtime.workflows.subjects import FunctionSubject, WorkflowSubject
from llmspell.runtime.workflows.workflow import Workflow, make
from llmspell.testing import open_context
from llmspell.testing.workflows import asked, flow, made, ran, step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.runtime.context import CallContext


@pytest.fixture
async def ctx() -> AsyncIterator[CallContext]:
    async with open_context() as ctx:
        yield ctx


def boom(given: Given) -> object:
    raise ValidationError("boom")


async def running(ctx: CallContext, definition: Definition) -> tuple[Workflow, Any, asyncio.Task[Any]]:
    """Begin a run and wait until its first step is under way."""
    workflow = await make(ctx.app, definition)
    run = workflow.begin(None, ctx=ctx)
    task = asyncio.ensure_future(run.run())
    while not run.doing:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)
    return workflow, run, task


# -- hooks and events --------------------------------------------------------------------------------------------------


async def test_hooks_see_and_change_the_input_of_a_workflow_and_of_a_step(ctx: CallContext) -> None:
    seen: list[object] = []

    def whole(call: Any) -> object:
        seen.append((call.subject, call.input, call.metadata["steps"]))
        return Proceed(call.replace(input=2))

    def one(call: Any) -> object:
        seen.append((call.subject, call.input, call.metadata["workflow"], call.metadata["step"]))
        return Proceed(call.replace(input=call.input * 10)) if call.subject == "two" else None

    ctx.run.hooks.register("before_workflow_execution", whole)
    ctx.run.hooks.register("before_workflow_step", one)
    definition = flow("sequential", step("one", lambda given: given.value + 1), step("two", lambda given: given.value))
    result = await (await make(ctx.app, definition)).execute(1, ctx=ctx)
    assert result["output"] == 30
    assert seen == [("flow", 1, ["one", "two"]), ("one", 2, "flow", "one"), ("two", 3, "flow", "two")]


async def test_a_hook_answers_for_a_step_and_for_a_workflow(ctx: CallContext) -> None:
    workflow = await make(ctx.app, flow("sequential", step("one", boom)))
    hook = ctx.run.hooks.register("before_workflow_step", lambda call: Answer("instead"))
    assert (await workflow.execute(None, ctx=ctx))["output"] == "instead"
    ctx.run.hooks.remove(hook)
    ctx.run.hooks.register("before_workflow_execution", lambda call: Answer({"total": 1}))
    result = await workflow.execute(None, ctx=ctx)
    assert (result["output"], result["metadata"]["answered"]) == ({"total": 1}, True)


async def test_what_a_hook_refuses_stays_refused_also_where_errors_are_gone_on_after(ctx: CallContext) -> None:
    ctx.run.hooks.register("before_workflow_step", lambda call: Refuse("not today") if call.subject == "two" else None)
    definition = flow("sequential", step("one", lambda given: 1), step("two", lambda given: 2), tolerant=True)
    with pytest.raises(RefusedError, match="not today") as error:
        await (await make(ctx.app, definition)).execute(None, ctx=ctx)
    assert error.value.context["step"] == "two"


async def test_events_tell_of_the_workflow_its_steps_and_its_progress(ctx: CallContext) -> None:
    told: list[str] = []
    for name in ("workflow_*", "progress"):
        ctx.app.events.subscribe(
            name, lambda event: told.append(f"{event.name} {event.data.get('subject', event.data.get('done'))}")
        )
    definition = flow("sequential", step("one", lambda given: 1), step("two", boom))
    with pytest.raises(ValidationError):
        await (await make(ctx.app, definition)).execute(None, ctx=ctx)
    await ctx.app.events.drain()
    assert told == [
        "workflow_execution_started flow",
        "workflow_step_started one",
        "workflow_step_completed one",
        "progress 1",
        "workflow_step_started two",
        "workflow_step_failed two",
        "progress 2",
        "workflow_execution_failed flow",
    ]


# -- places ------------------------------------------------------------------------------------------------------------


async def places(ctx: CallContext, definition: Definition) -> list[str]:
    found: list[str] = []

    async def look(given: Given, at: CallContext) -> object:
        found.append(at.path)
        if given.values.get("fail") and at.path.endswith("/1"):
            raise ValidationError("once")
        return 1

    steps = tuple(one.replace(subject=FunctionSubject(look)) for one in definition.steps)
    await (await make(ctx.app, definition.replace(steps=steps))).execute({"fail": True}, ctx=ctx)
    return found


async def test_the_place_of_a_step_is_its_key_and_the_number_of_the_attempt(ctx: CallContext) -> None:
    retry = Retry(attempts=2, delay=0.0)
    found = await places(ctx, flow("sequential", step("one", boom, retry=retry), step("two", boom)))
    assert [one.split("/", 1)[1] for one in found] == ["one/1", "one/2", "two"]


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_places_do_not_depend_on_how_many_run_at_once(ctx: CallContext, limit: int) -> None:
    steps = [step(f"s{number}", boom) for number in range(5)]
    found = await places(ctx, flow("parallel", *steps, max_concurrency=limit))
    assert sorted(one.split("/", 1)[1] for one in found) == ["s0", "s1", "s2", "s3", "s4"]


async def test_a_workflow_within_another_has_its_place_below_the_step(ctx: CallContext) -> None:
    found: list[str] = []

    async def look(given: Given, at: CallContext) -> object:
        found.append(at.path)
        return 1

    inner = await make(ctx.app, flow("sequential", Step(name="deep", subject=FunctionSubject(look)), name="inner"))
    outer = flow("loop", Step(name="round", subject=WorkflowSubject(inner)), count=2, name="outer")
    await (await make(ctx.app, outer)).execute(None, ctx=ctx)
    assert [one.split("/", 1)[1] for one in found] == [
        "round[1]/1:workflow:inner/deep",
        "round[2]/1:workflow:inner/deep",
    ]


# -- attempts, time, and what stands in --------------------------------------------------------------------------------


@pytest.mark.parametrize(("only", "tries"), [((), 3), (("validation",), 3), (("network",), 1)])
async def test_a_step_is_attempted_as_its_policy_says(ctx: CallContext, only: tuple[str, ...], tries: int) -> None:
    made: list[int] = []

    def fails(given: Given) -> object:
        made.append(1)
        raise ValidationError("boom")

    retry = Retry(attempts=3, delay=0.0, only=only)
    with pytest.raises(ValidationError):
        await (await make(ctx.app, flow("sequential", step("one", fails, retry=retry)))).execute(None, ctx=ctx)
    assert len(made) == tries


async def test_a_decision_is_not_attempted_again(ctx: CallContext) -> None:
    made: list[int] = []

    def fails(given: Given) -> object:
        made.append(1)
        raise PermissionDeniedError("no right")

    with pytest.raises(PermissionDeniedError):
        await (
            await make(ctx.app, flow("sequential", step("one", fails, retry=Retry(delay=0.0)), tolerant=True))
        ).execute(None, ctx=ctx)
    assert made == [1]


async def test_an_attempt_that_takes_too_long_is_ended_and_the_next_may_do_better(ctx: CallContext) -> None:
    made: list[int] = []

    async def slow(given: Given) -> object:
        made.append(1)
        if len(made) == 1:
            await asyncio.Event().wait()
        return "done"

    retry = Retry(attempts=2, delay=0.0)
    definition = flow("sequential", step("one", slow, timeout=0.01, retry=retry))
    result = await (await make(ctx.app, definition)).execute(None, ctx=ctx)
    assert (result["output"], result["steps"]["one"]["attempts"]) == ("done", 2)


async def test_a_workflow_that_takes_too_long_says_so_and_ends_its_steps(ctx: CallContext) -> None:
    ended: list[str] = []

    async def waits(given: Given) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("yes")

    with pytest.raises(WorkflowTimeoutError, match=r"took longer than 0\.01 s") as error:
        await (await make(ctx.app, flow("parallel", step("one", waits), timeout=0.01))).execute(None, ctx=ctx)
    assert (ended, error.value.exit_code) == (["yes"], 6)


async def test_what_stands_in_for_a_failure_counts_as_its_output(ctx: CallContext) -> None:
    async def rescue(error: Exception, one: Step, given: Given, at: Any) -> Outcome:
        return Outcome(one, one.name, "recovered", "instead", error=error, note={"action": "test"})

    definition = flow("sequential", step("one", boom, rescue=rescue), step("two", lambda given: [given.value]))
    result = await (await make(ctx.app, definition)).execute(None, ctx=ctx)
    assert result["output"] == ["instead"]
    assert result["steps"]["one"]["recovery"] == {"action": "test"}
    assert result["steps"]["one"]["error"]["message"] == "boom"


async def test_a_fault_of_python_is_a_coded_error_with_its_cause(ctx: CallContext) -> None:
    def divides(given: Given) -> object:
        return 1 / 0

    with pytest.raises(WorkflowError, match="ZeroDivisionError") as error:
        await (await make(ctx.app, flow("sequential", step("one", divides)))).execute(None, ctx=ctx)
    assert isinstance(error.value.__cause__, ZeroDivisionError)


# -- who holds a run ---------------------------------------------------------------------------------------------------


async def test_while_a_run_is_paused_no_step_begins_and_its_time_stands_still(ctx: CallContext) -> None:
    go = asyncio.Event()

    async def waits(given: Given) -> object:
        await go.wait()
        return 1

    definition = flow("sequential", step("one", waits), step("two", lambda given: 2), timeout=0.05)
    _, run, task = await running(ctx, definition)
    run.pause()
    go.set()
    await asyncio.sleep(0.1)
    assert (list(run.outcomes), run.status()["state"], task.done()) == (["one"], "paused", False)
    run.resume()
    assert (await task)["output"] == 2


async def test_a_run_is_cancelled_with_what_is_under_way_and_says_why(ctx: CallContext) -> None:
    ended: list[str] = []

    async def waits(given: Given) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("yes")

    told: list[str] = []
    ctx.app.events.subscribe("workflow_*ed", lambda event: told.append(event.name))
    _, run, task = await running(ctx, flow("sequential", step("one", waits)))
    told.clear()
    run.pause()
    run.resume()
    run.pause()
    run.cancel("enough")
    with pytest.raises(WorkflowCancelledError, match="was cancelled: enough"):
        await task
    assert (ended, run.status()["state"], run.status()["reason"]) == (["yes"], "cancelled", "enough")
    await ctx.app.events.drain()
    assert told[:4] == ["workflow_paused", "workflow_resumed", "workflow_paused", "workflow_cancelled"]
    for what in ("pause", "resume", "cancel"):
        with pytest.raises(WorkflowStateError, match="it is cancelled"):
            getattr(run, what)()


async def test_who_awaits_a_run_may_be_cancelled_as_any_task(ctx: CallContext) -> None:
    async def waits(given: Given) -> None:
        await asyncio.Event().wait()

    _, run, task = await running(ctx, flow("sequential", step("one", waits)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert run.status()["state"] == "cancelled"


async def test_a_listener_that_fails_keeps_nobody_from_hearing(
    ctx: CallContext, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[object] = []

    async def fails(*about: object) -> None:
        raise ToolExecutionError("deaf")

    async def hears(*about: object) -> None:
        heard.append(about[1])

    workflow = await make(ctx.app, flow("sequential", step("one", lambda given: 1)))
    workflow.listeners += [("step_complete", fails), ("step_complete", hears)]
    assert (await workflow.execute(None, ctx=ctx))["success"]
    assert heard == [1]
    assert "deaf" in caplog.text


async def test_runs_side_by_side_know_nothing_of_one_another(ctx: CallContext) -> None:
    async def turns(given: Given) -> object:
        await asyncio.sleep(0)
        return [*given.values.get("seen", []), given.values["input"]]  # type: ignore[misc]  # a list of ours

    workflow = await make(
        ctx.app, flow("sequential", step("one", turns, output="seen"), step("two", turns, output="seen"))
    )
    results = await asyncio.gather(*(workflow.execute(number, ctx=ctx) for number in range(5)))
    assert [one["output"] for one in results] == [[number, number] for number in range(5)]
    assert len(workflow.runs) <= 1


async def test_an_input_that_the_schema_does_not_allow_is_refused_before_anything_is_done() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    with pytest.raises(ValidationError, match="n"):
        await ran(flow("sequential", step("one", boom), input=schema), {"n": "three"})


async def test_the_output_of_a_workflow_is_what_its_mapping_says() -> None:
    result = await ran(flow("sequential", step("one", lambda given: 1), output={"a": "{{one}}", "in": "{{input}}"}), 5)
    assert result["output"] == {"a": 1, "in": 5}
    again = await ran(flow("sequential", step("one", lambda given: 1), output=asked(lambda values: values["one"] + 1)))
    assert again["output"] == 2


# -- one of many ------------------------------------------------------------------------------------------------------


async def test_functions_are_told_their_item_and_not_all_items_also_within_a_phase() -> None:
    things, seen = [{"n": 1}, {"n": 2}], []

    def look(given: Given) -> object:
        known = told(given.values)
        seen.append((known["item"], known["input"], "things" in known, given.values["things"] is things))
        return given.value

    phase = await made(flow("sequential", step("look", look), name="inner"))
    whole = flow("fan_out", Step(name="phase", subject=WorkflowSubject(phase, phase=True)), items="{{input.things}}")
    await ran(whole, {"things": things, "more": {"x": 1}})
    assert sorted(seen, key=str) == [(one, {"more": {"x": 1}}, False, True) for one in things]


async def test_a_map_is_worked_on_by_its_keys_and_not_told_either() -> None:
    def look(given: Given) -> object:
        return [told(given.values)["input"], given.value]

    result = await ran(flow("fan_out", step("look", look), items="{{input.prices}}"), {"prices": {"a": 1}})
    assert result["output"] == [[{}, {"key": "a", "value": 1}]]


async def test_a_workflow_has_its_time_also_after_a_failure_that_ended_others(ctx: CallContext) -> None:
    async def forever(given: Given) -> None:
        await asyncio.get_running_loop().create_future()

    async def fails(given: Given) -> None:
        await asyncio.sleep(0)
        boom(given)

    inner = await make(ctx.app, flow("parallel", step("waits", forever), step("fails", fails), name="inner"))
    phase = Step(name="phase", subject=WorkflowSubject(inner, phase=True))
    whole = flow("sequential", phase, step("waits", forever), timeout=0.01, tolerant=True)
    with pytest.raises(WorkflowTimeoutError):
        await (await make(ctx.app, whole)).execute(ctx=ctx)
