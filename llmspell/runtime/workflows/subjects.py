"""Who does a step, besides agents, which the bridge and Python programs bring; and the time they have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError, ValidationError, WorkflowError, WorkflowTimeoutError
from llmspell.runtime.journal.timers import bounded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.model.workflow import Definition, Given, Step
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
