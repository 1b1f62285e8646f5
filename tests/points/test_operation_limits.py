"""What error hooks cannot undo, conditions that fail, and operations past the deadline of their run."""

from __future__ import annotations

import asyncio

import pytest

from llmspell.errors import (
    AgentTimeoutError,
    HookFailedError,
    LimitReachedError,
    PermissionDeniedError,
    ScriptTimeoutError,
    ToolTimeoutError,
)
from llmspell.kernel.points import ERROR_POINTS
from llmspell.model.call import OPERATIONS, Call
from llmspell.model.decision import Answer
from llmspell.runtime.app import App
from llmspell.runtime.ops import perform
from llmspell.spec.markers import HookOptions

ERROR_OF = {operation: point for point, operation in ERROR_POINTS.items()}
TIMEOUT = {
    "agent_execution": AgentTimeoutError,
    "spell_execution": ScriptTimeoutError,
    "tool_execution": ToolTimeoutError,
}


@pytest.fixture
async def app():
    async with App.open() as app:
        yield app


@pytest.fixture
async def run(app):
    async with app.run("limits") as run:
        yield run


async def core(call, ctx):
    return call.input


async def never(call, ctx):
    await asyncio.Event().wait()


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("band", ["user", "policy"])
async def test_a_guard_that_fails_cannot_be_turned_into_success(run, operation, band):
    run.hooks.register(f"before_{operation}", lambda call: 1 / 0, HookOptions(band=band))
    run.hooks.register(ERROR_OF[operation], lambda error: Answer("as if nothing happened"))
    with pytest.raises(HookFailedError):
        await perform(run.context(), Call(operation, "subject", 1), core)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_missing_right_cannot_be_turned_into_success(run, operation):
    def authorize(call, ctx):
        message = "no"
        raise PermissionDeniedError(message)

    run.hooks.register(ERROR_OF[operation], lambda error: Answer("as if nothing happened"))
    with pytest.raises(PermissionDeniedError):
        await perform(run.context(), Call(operation, "subject", 1), core, authorize)


@pytest.mark.parametrize("shape", ["before", "around", "after"])
async def test_a_condition_that_fails_fails_the_operation(run, shape):
    async def around(call, proceed):
        return await proceed(call)

    function = around if shape == "around" else lambda call: None
    options = HookOptions(when=lambda call: getattr(call, "nothing_like_it"))  # noqa: B009 - it must fail
    run.hooks.register(f"{shape}_tool_execution", function, options)
    with pytest.raises(HookFailedError, match="nothing_like_it"):
        await perform(run.context(), Call("tool_execution", "subject", 1), core)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_operation_past_the_deadline_of_its_run_times_out(app, operation):
    async with app.run("short", seconds=0.01) as run:
        with pytest.raises(TIMEOUT.get(operation, LimitReachedError), match=r"0\.01 s") as caught:
            await perform(run.context(), Call(operation, "subject", 1), never)
        assert caught.value.exit_code == 6
        with pytest.raises(TIMEOUT.get(operation, LimitReachedError)):  # nor does another one begin
            await perform(run.context(), Call(operation, "subject", 1), core)


async def test_the_outermost_operation_is_the_one_that_times_out(app):
    async with app.run("short", seconds=0.01) as run:

        async def outer(call, ctx):
            return await perform(ctx, Call("tool_execution", "inner", 1), never)

        with pytest.raises(AgentTimeoutError):
            await perform(run.context(), Call("agent_execution", "outer", 1), outer)


async def test_an_operation_in_time_is_not_disturbed(app):
    async with app.run("long", seconds=60) as run:
        assert await perform(run.context(), Call("tool_execution", "subject", 1), core) == 1


async def test_a_timeout_is_told_as_a_failure(app):
    told = []
    app.events.subscribe("tool_execution_*", lambda event: told.append(event.name))
    async with app.run("short", seconds=0.01) as run:
        with pytest.raises(ToolTimeoutError):
            await perform(run.context(), Call("tool_execution", "subject", 1), never)
    assert told == ["tool_execution_started", "tool_execution_failed"]


async def test_a_timeout_of_the_core_is_its_own(app):
    async def raising(call, ctx):
        message = "mine"
        raise TimeoutError(message)

    async with app.run("long", seconds=60) as run:
        with pytest.raises(TimeoutError, match="mine"):
            await perform(run.context(), Call("tool_execution", "subject", 1), raising)
