"""Sagas: what was done is taken back in reverse when a workflow fails later."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.model.workflow import Given
from llmspell.runtime.ops import describe
from llmspell.runtime.workflows.places import at
from llmspell.runtime.workflows.subjects import in_time
from llmspell.runtime.workflows.values import asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.workflow import Outcome, Step
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.workflows.execution import Execution

log = logging.getLogger("llmspell.workflows")


async def undo(execution: Execution, done: Sequence[Outcome], place: str = "undo:") -> None:
    """Take back what was done, the last first; what cannot be taken back is told, and the others are gone on with.

    What is within a step has its place below that of the step: others within others may have the same names.
    """
    for outcome in reversed(done):
        if outcome.step.undo is not None:  # it takes back the whole step, what is within it included
            await _undo(execution, outcome, outcome.step.undo, at(execution.ctx, f"{place}{outcome.key}"))
        elif outcome.done:
            await undo(execution, outcome.done, f"{place}{outcome.key}/")


async def _undo(execution: Execution, outcome: Outcome, step: Step, ctx: CallContext) -> None:
    events = ctx.app.events
    about: dict[str, object] = {"workflow": execution.workflow.name, "step": outcome.key, "undo": step.name}
    values = {**execution.values, "output": outcome.value}
    try:
        mapped = step.input is not None
        value = await asked(ctx, step.input, values) if mapped else outcome.value
        await in_time(step, Given(value, values, mapped=mapped, instruction=step.instruction), ctx, f"undo {step.name}")
    except LlmspellError as error:
        log.warning("step %r of workflow %r was not taken back: %s", outcome.key, execution.workflow.name, error)
        failed = {**about, "error": describe(error)}
        await events.emit("workflow_step_not_undone", failed, run=ctx.scope.run_id, source=ctx.who)
    else:
        await events.emit("workflow_step_undone", about, run=ctx.scope.run_id, source=ctx.who)
