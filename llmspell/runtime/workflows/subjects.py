"""Who does a step, besides agents, which the bridge and Python programs bring; and the time they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError, ValidationError, WorkflowError, WorkflowTimeoutError
from llmspell.runtime.journal.timers import bounded
from llmspell.runtime.workflows.places import at
from llmspell.spec.recovery import FINAL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.model.workflow import Definition, Given, Retry, Step
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.tools import BoundTool
    from llmspell.runtime.workflows.workflow import Workflow

KINDS = {str: "text", int: "a number", float: "a number", bool: "a truth value", list: "a list", type(None): "nothing"}


async def in_time(step: Step, given: Given, ctx: CallContext, key: str) -> object:
    """Have the subject of a step do it, within the time of one attempt; raises `WorkflowTimeoutError` after it."""
    if step.timeout is None:
        return await step.subject.run(given, ctx)
    timer = bounded(ctx, "step", step.timeout)
    try:
        async with timer:
            return await step.subject.run(given, ctx)
    except TimeoutError as error:
        if not timer.expired():
            raise
        message = f"step {key!r} took longer than {step.timeout:g} s"
        raise WorkflowTimeoutError(message, suggestions=["raise the `timeout` of the step"]) from error


async def attempted(
    retry: Retry | None,
    ctx: CallContext,
    once: Callable[[CallContext], Awaitable[object]],
    ready: Callable[[], Awaitable[None]] | None = None,
) -> object:
    """Do something until it works or is not worth another attempt; `ready` is awaited before each further one.

    Where there may be several, each has a place of its own.
    """
    if retry is None:
        return await once(ctx)
    delay, tries = retry.delay, 0
    while True:
        tries += 1
        try:
            return await once(at(ctx, str(tries)))
        except LlmspellError as error:
            if tries >= retry.attempts or not worth(retry, error):
                raise
            delay = max(delay, error.retry_after or 0.0)
        await ctx.sleep(min(delay, retry.max_delay))
        delay *= retry.backoff
        if ready is not None:
            await ready()


def worth(retry: Retry, error: LlmspellError) -> bool:
    """Tell whether an error is worth another attempt: no decision is, and where types are named no other is."""
    if error.type in FINAL:
        return False
    return not retry.only or error.type in retry.only


def instructed(ctx: CallContext, step: Step, given: Given) -> Given:
    """Put what its agent shall do to what a step is given; raises `ValidationError` for a name that is not there."""
    if step.instruction:
        given.instruction = ctx.app.services.templates.render(step.instruction, given.values, strict=True)
        given.complete = "{{" in step.instruction
    return given


class FunctionSubject:
    """A function of what the step is given."""

    __slots__ = ("arguments", "function", "name", "role", "within")

    def __init__(self, function: Callable[[Given, CallContext], Awaitable[object]], name: str = "function") -> None:
        self.role = "function"
        self.name = name
        self.function = function
        self.arguments: Mapping[str, Any] | None = None
        self.within: Definition | None = None

    async def run(self, given: Given, ctx: CallContext) -> object:
        """Call it and give what it returns; what it raises besides coded errors is a `WorkflowError`."""
        try:
            return await self.function(given, ctx)
        except LlmspellError:
            raise
        except Exception as error:
            raise WorkflowError(f"{self.name} failed: {type(error).__name__}: {error}") from error


class ToolSubject:
    """A tool; what it gives is its result."""

    __slots__ = ("arguments", "bound", "name", "role", "within")

    def __init__(self, bound: BoundTool) -> None:
        self.role = "tool"
        self.name = bound.component.name
        self.bound = bound
        self.arguments: Mapping[str, Any] | None = bound.schema.json_schema
        self.within: Definition | None = None

    async def run(self, given: Given, ctx: CallContext) -> object:
        """Run it; raises `ValidationError` for an input that is no map."""
        if not isinstance(given.value, Mapping):
            kind = KINDS.get(type(given.value), "something else")
            message = f"tool {self.name!r} is given named arguments, not {kind}"
            raise ValidationError(
                message, suggestions=["give the step an `input`: a map, or a function that gives one"]
            )
        arguments = self.bound.schema.normalise_keys(dict(given.value))
        output = await ctx.app.tools.execute(ctx, self.bound, arguments)
        return output.result


class WorkflowSubject:
    """A workflow within this one; what it gives is its output.

    Without a mapping it has the outer one's input and knows what that knows. The steps of a phase are a part of the
    workflow around it: what they name as their `output` is known there afterwards, too.
    """

    __slots__ = ("arguments", "name", "role", "workflow")

    def __init__(self, workflow: Workflow, *, phase: bool = False) -> None:
        self.role = "phase" if phase else "workflow"
        self.workflow = workflow
        self.name = workflow.name
        self.arguments: Mapping[str, Any] | None = None

    @property
    def within(self) -> Definition:
        """Give its definition as it is now."""
        return self.workflow.definition

    async def run(self, given: Given, ctx: CallContext) -> object:
        """Run it to its end."""
        if given.mapped:
            run = self.workflow.begin(given.value, ctx=ctx)
        else:
            run = self.workflow.begin(given.values["input"], ctx=ctx, outer=given.values)
        run.above, given.within = given.around, run
        output = (await run.run())["output"]
        if self.role == "phase":
            given.also = run.exported()
        return output
