"""One step: whether it is done at all, what it is given, its attempts, and what stands in when all of them failed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.model.call import Call
from llmspell.model.workflow import UNMAPPED, Given, Outcome
from llmspell.runtime.ops import perform
from llmspell.runtime.workflows.places import at
from llmspell.runtime.workflows.subjects import attempted, in_time, instructed
from llmspell.runtime.workflows.undoing import undoable
from llmspell.runtime.workflows.values import asked, holds
from llmspell.spec.recovery import FINAL

if TYPE_CHECKING:
    from llmspell.model.workflow import Step, Values
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.workflows.execution import Execution


async def do_step(execution: Execution, step: Step, key: str, values: Values) -> Outcome:
    """Do one step and give what came of it; decisions about it (refused, no right, a limit) are raised.

    Its place in the run is that of the workflow, its key, and the number of each attempt.
    """
    ctx = at(execution.ctx, key)
    began = time.perf_counter()
    attempts = Attempts(execution, step, key, values)
    try:
        if step.condition is not None and not await holds(ctx, step.condition, values):
            return Outcome(step, key, "skipped", attempts=0)
        execution.attempts[key] = attempts
        given = attempts.given = await _given(ctx, step, values)
        about = {"workflow": execution.workflow.name, "step": key, "role": step.subject.role}
        call = Call("workflow_step", step.name, given.value, metadata=about)
        value = await perform(ctx, call, attempts.core)
    except LlmspellError as error:
        error.context.setdefault("step", key)
        error.context.setdefault("workflow", execution.workflow.name)
        await _back(attempts.given, ctx)  # a hook after it may have failed
        return await _failed(attempts, error, began, ctx)
    seconds, given = time.perf_counter() - began, attempts.given
    within = undoable(given.within)
    return Outcome(
        step, key, "completed", value, attempts=attempts.count, seconds=seconds, also=given.also, within=within
    )


async def _given(ctx: CallContext, step: Step, values: Values) -> Given:
    mapped = step.input is not UNMAPPED
    value = await asked(ctx, step.input, values) if mapped else values["previous"]
    return instructed(ctx, step, Given(value, values, mapped=mapped))


class Attempts:
    """The core of a step: the subject, attempted as often as its policy says."""

    __slots__ = ("count", "execution", "given", "key", "step", "values")

    def __init__(self, execution: Execution, step: Step, key: str, values: Values) -> None:
        self.execution = execution
        self.step = step
        self.key = key
        self.values = values
        self.count = 0
        self.given = Given(None, values, mapped=False)

    async def core(self, call: Call, ctx: CallContext) -> object:
        """Do it until it works or is not worth another attempt; a hook may have changed the input."""
        if call.input is not self.given.value:
            self.given = Given(call.input, self.values, mapped=True, instruction=self.given.instruction)
        return await attempted(self.step.retry, ctx, self._once, self.execution.control.gate)

    async def _once(self, ctx: CallContext) -> object:
        self.count += 1
        given = self.given
        given.around, given.within = self.execution, None
        try:
            return await in_time(self.step, given, ctx, self.key)
        except LlmspellError:
            await _back(given, ctx)  # what a workflow within had done before the time of the step was over
            raise


async def _back(given: Given, ctx: CallContext) -> None:
    """Take back what a workflow within did that did not come to its own end."""
    if given.within is not None:
        await given.within.take_back(ctx)


async def _failed(attempts: Attempts, error: LlmspellError, began: float, ctx: CallContext) -> Outcome:
    """Give the outcome of a failure, or what stands in for it; raises decisions, which nobody may go on after."""
    step, key = attempts.step, attempts.key
    found: Outcome | None = None
    if step.rescue is not None:
        try:
            found = await step.rescue(error, step, attempts.given, at(ctx, "instead"))
        except LlmspellError as last:
            last.context.setdefault("step", key)
            error = last
    if found is None:
        if error.type in FINAL:
            raise error
        found = Outcome(step, key, "failed", error=error)
    found.key, found.attempts, found.seconds = key, attempts.count, time.perf_counter() - began
    return found
