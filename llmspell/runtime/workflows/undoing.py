"""Sagas: what was done is taken back in reverse when a workflow fails later.

What was done is named by marks: the key of a step, or `<key>/<mark>` for what a workflow within a step did that was cut
off or is under way (`<key>/[2]/<mark>` in its second attempt).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.model.workflow import Given
from llmspell.runtime.ops import describe
from llmspell.runtime.workflows.places import at
from llmspell.runtime.workflows.subjects import attempted, in_time, instructed
from llmspell.runtime.workflows.values import asked, holds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llmspell.model.workflow import Outcome, Step
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.workflows.execution import Execution

log = logging.getLogger("llmspell.workflows")

CUT = "cancelled"
"""Status of a step that was ended from outside while a workflow within it had done something."""


def undoable(run: Execution | None) -> Execution | None:
    """Give a run of a workflow within a step when there is anything in it that can be taken back."""
    return run if run is not None and any(_worth(one) for one in run.done) else None


def _worth(outcome: Outcome) -> bool:
    return outcome.step.undo is not None or outcome.within is not None


def marks(run: Execution) -> list[str]:
    """Name what was done, in the order in which it came to its end, and what steps under way have done so far."""
    found: list[str] = []
    for one in run.done:
        found += _within(one.key, one.attempts, one.within) if one.status == CUT else [one.key]
    for key, attempts in run.attempts.items():
        if attempts.given.within is not None:
            found += _within(key, attempts.count, attempts.given.within)
    return found


def _within(key: str, attempt: int, run: Execution) -> Iterator[str]:
    head = key if attempt < 2 else f"{key}/[{attempt}]"  # noqa: PLR2004 - the first needs no number
    worth = {one.key for one in run.done if _worth(one)}
    return (f"{head}/{mark}" for mark in marks(run) if mark in worth or "/" in mark)


def reached(run: Execution, then: Sequence[str]) -> bool:
    """Tell whether all that is named was done, or what it is a part of."""
    now = {*marks(run)}
    return all(any(head in now for head in _heads(mark)) for mark in then)


def _heads(mark: str) -> Iterator[str]:
    parts = mark.split("/")
    return ("/".join(parts[:count]) for count in range(len(parts), 0, -1))


async def undo(run: Execution, then: Sequence[str], ctx: CallContext) -> None:
    """Take back what is named, the last first; what cannot be taken back is told, and the others are gone on with.

    What is within a step has its place below that of the step: others within others may have the same names.
    """
    for mark in reversed(then):
        for whose, outcome in _found(run, mark.split("/")):
            await _back(whose, outcome, ctx, mark)


def _found(run: Execution, parts: Sequence[str]) -> list[tuple[Execution, Outcome]]:
    """Find what a mark names."""
    key, *rest = parts
    own = [one for one in run.done if one.key == key]
    if not rest:
        return [(run, one) for one in own]
    below = rest[1:] if rest[0].startswith("[") else rest
    return [found for one in own if one.within is not None for found in _found(one.within, below)]


async def _back(run: Execution, outcome: Outcome, ctx: CallContext, place: str) -> None:
    """Take one step back, or what a workflow within it did; none is taken back twice."""
    if outcome.ok and outcome.step.undo is not None:  # it takes back the whole step, what is within it included
        await _undo(run, outcome, outcome.step.undo, at(ctx, f"undo:{place}"))
    elif outcome.within is not None:
        for one in reversed([*outcome.within.done]):
            await _back(outcome.within, one, ctx, f"{place}/{one.key}")
    if outcome in run.done:
        run.done.remove(outcome)


async def _undo(run: Execution, outcome: Outcome, step: Step, ctx: CallContext) -> None:
    events = ctx.app.events
    about: dict[str, object] = {"workflow": run.workflow.name, "step": outcome.key, "undo": step.name}
    values = {**run.values, "output": outcome.value}
    try:
        if step.condition is not None and not await holds(ctx, step.condition, values):
            return
        mapped = step.input is not None
        value = await asked(ctx, step.input, values) if mapped else outcome.value
        given = instructed(ctx, step, Given(value, values, mapped=mapped))
        await attempted(step.retry, ctx, lambda at: in_time(step, given, at, f"undo {step.name}"))
    except LlmspellError as error:
        log.warning("step %r of workflow %r was not taken back: %s", outcome.key, run.workflow.name, error)
        failed = {**about, "error": describe(error)}
        await events.emit("workflow_step_not_undone", failed, run=ctx.scope.run_id, source=ctx.who)
    else:
        await events.emit("workflow_step_undone", about, run=ctx.scope.run_id, source=ctx.who)
