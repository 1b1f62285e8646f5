"""Every hook point around an operation, seen from a small real core in the real pipeline.

Components of some operations come with other distributions; the pipeline they run through is this one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmspell.errors import (
    HookError,
    HookFailedError,
    HookTimeoutError,
    NetworkError,
    PermissionDeniedError,
    RefusedError,
)
from llmspell.kernel.points import ERROR_POINTS
from llmspell.model.call import OPERATIONS, Call
from llmspell.model.decision import Answer, Proceed, Refuse, Retry
from llmspell.runtime.app import App
from llmspell.runtime.journal import NoJournal
from llmspell.runtime.ops import perform
from llmspell.spec.markers import HookOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run import Run

ERROR_OF = {operation: point for point, operation in ERROR_POINTS.items()}


@pytest.fixture
async def run():
    async with App.open() as app, app.run("points") as run:
        yield run


class Core:
    """Count runs; fail with the errors given first, then double the input."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.seen: list[object] = []

    async def __call__(self, call: Call, ctx: object) -> object:
        self.seen.append(call.input)
        if self.errors:
            raise self.errors.pop(0)
        assert isinstance(call.input, int)
        return call.input * 2


async def through(run: Run, operation: str, core: Core, **more: object) -> object:
    return await perform(run.context(), Call(operation, "subject", 21), core, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("operation", OPERATIONS)
class TestBefore:
    async def test_point_before_sees_the_call(self, run: Run, operation: str) -> None:
        seen: list[object] = []
        run.hooks.register(f"before_{operation}", lambda call: seen.append((call.operation, call.subject, call.input)))
        assert await through(run, operation, Core()) == 42
        assert seen == [(operation, "subject", 21)]

    async def test_point_before_proceeds_with_a_changed_call(self, run: Run, operation: str) -> None:
        run.hooks.register(f"before_{operation}", lambda call: Proceed(call.replace(input=5)))
        assert await through(run, operation, Core()) == 10

    async def test_point_before_answers_instead(self, run: Run, operation: str) -> None:
        core = Core()
        run.hooks.register(f"before_{operation}", lambda call: Answer("cached"))
        run.hooks.register(f"after_{operation}", lambda result: Answer(result + "!"))
        assert await through(run, operation, core) == "cached!"
        assert core.seen == []

    async def test_point_before_refuses(self, run: Run, operation: str) -> None:
        core = Core()
        run.hooks.register(f"before_{operation}", lambda call: Refuse("not today"), label="guard")
        with pytest.raises(RefusedError, match="not today") as caught:
            await through(run, operation, core)
        assert caught.value.context["hook"] == "guard"
        assert core.seen == []

    async def test_point_before_fails_closed(self, run: Run, operation: str) -> None:
        core = Core()
        run.hooks.register(f"before_{operation}", lambda call: 1 / 0)
        with pytest.raises(HookFailedError, match="ZeroDivisionError"):
            await through(run, operation, core)
        assert core.seen == []

    async def test_point_before_must_return_a_decision(self, run: Run, operation: str) -> None:
        run.hooks.register(f"before_{operation}", lambda call: {"input": 3})
        with pytest.raises(HookError, match="wanted None, Proceed, Answer or Refuse"):
            await through(run, operation, Core())


@pytest.mark.parametrize("operation", OPERATIONS)
class TestAround:
    async def test_point_around_wraps_repeats_and_replaces(self, run: Run, operation: str) -> None:
        async def twice(call: Call, proceed: object) -> object:
            return [await proceed(call), await proceed(call.replace(input=1))]  # type: ignore[operator]

        run.hooks.register(f"around_{operation}", twice)
        assert await through(run, operation, Core()) == [42, 2]

    async def test_point_around_may_skip_the_core(self, run: Run, operation: str) -> None:
        async def skip(call: Call, proceed: object) -> object:
            return "never ran"

        core = Core()
        run.hooks.register(f"around_{operation}", skip)
        assert await through(run, operation, core) == "never ran"
        assert core.seen == []

    async def test_point_around_sees_the_error_as_it_was(self, run: Run, operation: str) -> None:
        async def watch(call: Call, proceed: object) -> object:
            try:
                return await proceed(call)  # type: ignore[operator]
            except KeyError as error:
                return repr(error)

        run.hooks.register(f"around_{operation}", watch)
        assert await through(run, operation, Core(KeyError("lost"))) == "KeyError('lost')"

    async def test_point_around_cannot_avoid_the_permission_check(self, run: Run, operation: str) -> None:
        checked: list[object] = []

        async def twice(call: Call, proceed: object) -> object:
            await proceed(call)  # type: ignore[operator]
            return await proceed(call.replace(input=0))  # type: ignore[operator]

        def authorize(call: Call, ctx: object) -> None:
            checked.append(call.input)
            if call.input == 0:
                message = "no"
                raise PermissionDeniedError(message)

        run.hooks.register(f"around_{operation}", twice)
        with pytest.raises(PermissionDeniedError):
            await through(run, operation, Core(), authorize=authorize)
        assert checked == [21, 0]


@pytest.mark.parametrize("operation", OPERATIONS)
class TestAfter:
    async def test_point_after_sees_and_replaces_the_result(self, run: Run, operation: str) -> None:
        run.hooks.register(f"after_{operation}", lambda call, result: Answer(result + call.input))
        assert await through(run, operation, Core()) == 63

    async def test_point_after_fails_the_operation(self, run: Run, operation: str) -> None:
        run.hooks.register(f"after_{operation}", lambda call: 1 / 0)
        with pytest.raises(HookFailedError):
            await through(run, operation, Core())


@pytest.mark.parametrize("operation", OPERATIONS)
class TestError:
    async def test_point_error_recovers(self, run: Run, operation: str) -> None:
        run.hooks.register(ERROR_OF[operation], lambda error: Answer(f"instead of {error}"))
        assert await through(run, operation, Core(ValueError("boom"))) == "instead of boom"

    async def test_point_error_without_opinion_changes_nothing(self, run: Run, operation: str) -> None:
        seen: list[str] = []
        run.hooks.register(ERROR_OF[operation], lambda error: seen.append(str(error)))
        with pytest.raises(ValueError, match="boom"):
            await through(run, operation, Core(ValueError("boom")))
        assert seen == ["boom"]

    async def test_point_error_asks_for_another_attempt(self, run: Run, operation: str) -> None:
        core = Core(ValueError("first"), ValueError("second"))
        run.hooks.register(ERROR_OF[operation], lambda error: Retry())
        assert await through(run, operation, core) == 42
        assert core.seen == [21, 21, 21]

    async def test_point_error_sees_a_refusal_but_cannot_undo_it(self, run: Run, operation: str) -> None:
        seen: list[type] = []

        def undo(error: Exception) -> Answer:
            seen.append(type(error))
            return Answer("as if nothing happened")

        run.hooks.register(f"before_{operation}", lambda call: Refuse("no"))
        run.hooks.register(ERROR_OF[operation], undo)
        with pytest.raises(RefusedError):
            await through(run, operation, Core())
        assert seen == [RefusedError]


async def test_point_before_tools_available(run: Run) -> None:
    async def offered(call: Call, ctx: object) -> object:
        return call.input

    run.hooks.register("before_tools_available", lambda call: Proceed(call.replace(input=call.input[:1])))
    assert await perform(run.context(), Call("tools_available", "agent", ("a", "b")), offered) == ("a",)


# -- the law between the points
# ---------------------------------------------------------------------------------------------------


async def test_policy_sees_the_call_as_every_other_hook_left_it(run: Run) -> None:
    seen: list[object] = []

    async def change(call: Call, proceed: object) -> object:
        return await proceed(call.replace(input=7))  # type: ignore[operator]

    run.hooks.register("before_tool_execution", lambda call: seen.append(call.input), HookOptions(band="policy"))
    run.hooks.register("around_tool_execution", change)
    assert await through(run, "tool_execution", Core()) == 14
    assert seen == [7]


async def test_an_answer_does_not_get_past_policy(run: Run) -> None:
    run.hooks.register("before_tool_execution", lambda call: Answer("mine"))
    run.hooks.register("before_tool_execution", lambda call: Refuse("rule"), HookOptions(band="policy"))
    with pytest.raises(RefusedError, match="rule"):
        await through(run, "tool_execution", Core())


async def test_audit_sees_refused_calls(run: Run) -> None:
    seen: list[str] = []

    async def audit(call: Call, proceed: object) -> object:
        try:
            return await proceed(call)  # type: ignore[operator]
        except RefusedError:
            seen.append("refused")
            raise

    run.hooks.register("around_tool_execution", audit, HookOptions(band="audit"))
    run.hooks.register("before_tool_execution", lambda call: Refuse("no"))
    with pytest.raises(RefusedError):
        await through(run, "tool_execution", Core())
    assert seen == ["refused"]


async def test_a_condition_decides_whether_a_hook_is_asked(run: Run) -> None:
    run.hooks.register(
        "before_tool_execution",
        lambda call: Refuse("no"),
        HookOptions(when=lambda call: getattr(call, "subject", "") == "other"),
    )
    assert await through(run, "tool_execution", Core()) == 42


async def test_a_hook_past_its_deadline_fails_the_operation(run: Run) -> None:
    import asyncio

    async def slow(call: Call) -> None:
        await asyncio.Event().wait()

    run.hooks.register("before_tool_execution", slow, HookOptions(timeout=0.01))
    with pytest.raises(HookTimeoutError, match=r"longer than 0\.01 s"):
        await through(run, "tool_execution", Core())


async def test_cancellation_passes_untouched(run: Run) -> None:
    import asyncio

    asked: list[BaseException] = []
    started = asyncio.Event()

    async def forever(call: Call, ctx: object) -> object:
        started.set()
        return await asyncio.Event().wait()

    run.hooks.register("tool_error", lambda error: asked.append(error))  # noqa: PLW0108 - hooks are called by name
    task = asyncio.create_task(perform(run.context(), Call("tool_execution", "subject", 1), forever))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert asked == []


async def test_retry_repeats_what_may_be_repeated(run: Run) -> None:
    calls: list[float] = []

    class Quick:
        def monotonic(self) -> float:
            return 0.0

        def now(self) -> float:
            return 0.0

        async def sleep(self, seconds: float) -> None:
            calls.append(seconds)

    run.app.services.clock = Quick()
    core = Core(NetworkError("cut", retry_after=3.0), NetworkError("cut"))
    call = Call("tool_execution", "subject", 21, effect="idempotent")
    assert await perform(run.context(), call, core) == 42
    assert calls[0] == 3.0
    assert len(calls) == 2


async def test_retry_leaves_effects_that_happen_once_alone(run: Run) -> None:
    core = Core(NetworkError("cut"))
    with pytest.raises(NetworkError):
        await perform(run.context(), Call("tool_execution", "subject", 21, effect="once"), core)
    assert core.seen == [21]


async def test_statistics_count_calls_and_failures(run: Run) -> None:
    run.hooks.register("before_tool_execution", lambda call: 1 / 0, label="bad")
    with pytest.raises(HookFailedError):
        await through(run, "tool_execution", Core())
    row = next(row for row in run.hooks.statistics() if row["name"] == "bad")
    assert (row["calls"], row["failures"]) == (1, 1)


async def test_a_journal_hit_runs_nothing_inside_but_trace_and_audit(run: Run) -> None:
    class Recorded(NoJournal):
        active = True

        async def through(self, ctx: CallContext, call: Call, proceed: Callable[[Call], Awaitable[object]]) -> object:
            ctx.replayed = True
            return "recorded"

    seen: list[str] = []
    run.journal = Recorded()
    run.hooks.register("before_tool_execution", lambda call: seen.append("audit"), HookOptions(band="audit"))
    run.hooks.register("before_tool_execution", lambda call: seen.append("user"))
    core = Core()
    assert await through(run, "tool_execution", core) == "recorded"
    assert seen == ["audit"]
    assert core.seen == []


async def test_events_tell_beginning_and_end(run: Run) -> None:
    names: list[str] = []
    run.app.events.subscribe("tool_execution_*", lambda event: names.append(event.name))
    await through(run, "tool_execution", Core())
    with pytest.raises(ValueError, match="boom"):
        await through(run, "tool_execution", Core(ValueError("boom")))
    run.hooks.register("before_tool_execution", lambda call: Refuse("no"))
    with pytest.raises(RefusedError):
        await through(run, "tool_execution", Core())
    ends = ["completed", "failed", "refused"]
    assert names == [f"tool_execution_{x}" for end in ends for x in ("started", end)]
