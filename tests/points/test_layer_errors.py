"""Errors within a layer: recovered results are transformed, and an `around` hook's own faults are its."""

from __future__ import annotations

import pytest

from llmspell.errors import HookError, HookFailedError, NetworkError, ValidationError
from llmspell.kernel.points import ERROR_POINTS
from llmspell.kernel.selection import PluginSelection
from llmspell.model.call import OPERATIONS, Call
from llmspell.model.decision import Answer, Proceed, Retry
from llmspell.runtime.app import App
from llmspell.runtime.ops import perform

ERROR_OF = {operation: point for point, operation in ERROR_POINTS.items()}


@pytest.fixture
async def run():
    async with App.open(selection=PluginSelection.read(["no:*"])) as app, app.run("layers") as run:
        yield run


async def failing(call, ctx):
    raise NetworkError("down")


async def through(run, core, operation="tool_execution"):
    return await perform(run.context(), Call(operation, "subject", 21), core)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_after_sees_the_result_an_error_hook_gave(run, operation):
    seen = []
    run.hooks.register(f"before_{operation}", lambda call: Proceed(call.replace(input=5)))
    run.hooks.register(f"after_{operation}", lambda call, result: seen.append((call.input, result)))
    run.hooks.register(f"after_{operation}", lambda result: Answer(result + "!"))
    run.hooks.register(ERROR_OF[operation], lambda error: Answer(f"instead of {error.message}"))
    assert await through(run, failing, operation) == "instead of down!"
    assert seen == [(5, "instead of down!")]


async def test_after_is_asked_once_when_its_own_error_was_recovered(run):
    asked = []

    def after(result):
        asked.append(result)
        raise ValidationError("not good enough")

    async def core(call, ctx):
        return call.input

    run.hooks.register("after_tool_execution", after)
    run.hooks.register("tool_error", lambda error: Answer(error.message))
    assert await through(run, core) == "not good enough"
    assert asked == [21]


async def test_an_error_of_after_about_a_recovered_result_is_final(run):
    def after(result):
        raise ValidationError(f"{result} is not good enough")

    run.hooks.register("after_tool_execution", after)
    run.hooks.register("tool_error", lambda error: Answer(f"instead of {error.message}"))
    with pytest.raises(ValidationError, match=r"^instead of down is not good enough$"):
        await through(run, failing)


async def test_before_sees_the_first_call_at_every_attempt(run):
    seen = []

    def before(call):
        seen.append(call.input)
        return Proceed(call.replace(input=call.input + 1))

    async def core(call, ctx):
        if len(seen) < 3:
            raise NetworkError("down")
        return call.input

    run.hooks.register("before_tool_execution", before)
    run.hooks.register("tool_error", lambda: Retry(0))
    assert await through(run, core) == 22
    assert seen == [21, 21, 21]


async def raw(call, ctx):
    raise KeyError("of the core")


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_fault_of_an_around_hook_names_plugin_and_hook(run, operation):
    async def broken(call, proceed):
        await proceed(call)
        raise ZeroDivisionError("mine")

    async def core(call, ctx):
        return 1

    hook = run.hooks.register(f"around_{operation}", broken, label="wrap", owner="acme")
    with pytest.raises(HookFailedError, match=r"wrap of acme at around_.*ZeroDivisionError: mine") as caught:
        await through(run, core, operation)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.context["hook"] == "wrap"
    assert hook.failures == 1


async def test_a_fault_before_anything_is_awaited_is_the_hooks_too(run):
    run.hooks.register("around_tool_execution", lambda call, proceed: 1 / 0)
    with pytest.raises(HookFailedError, match="ZeroDivisionError"):
        await through(run, failing)


async def test_an_error_of_the_core_passes_around_hooks_as_it_is(run):
    hooks = [
        run.hooks.register("around_tool_execution", wrapper)
        for wrapper in (lambda call, proceed: proceed(call), _again, _late)
    ]
    with pytest.raises(KeyError, match="of the core"):
        await through(run, raw)
    assert [hook.failures for hook in hooks] == [0, 0, 0]


async def _again(call, proceed):
    try:
        return await proceed(call)
    except KeyError:
        return await proceed(call)


async def _late(call, proceed):
    try:
        await proceed(call)
    except KeyError as error:
        failed = error
    raise failed


async def test_an_error_made_of_one_of_the_core_is_the_hooks(run):
    async def changing(call, proceed):
        try:
            return await proceed(call)
        except KeyError as error:
            raise RuntimeError("changed") from error

    run.hooks.register("around_tool_execution", changing, label="changing")
    with pytest.raises(HookFailedError, match="changed") as caught:
        await through(run, raw)
    cause = caught.value.__cause__
    assert cause is not None
    assert isinstance(cause.__cause__, KeyError)


async def test_an_error_hook_cannot_undo_a_fault_of_an_around_hook(run):
    run.hooks.register("around_tool_execution", lambda call, proceed: 1 / 0)
    run.hooks.register("tool_error", lambda error: Answer("fine"))
    with pytest.raises(HookError):
        await through(run, failing)
