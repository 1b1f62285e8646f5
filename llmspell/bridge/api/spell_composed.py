"""Spells made of a workflow: `Spell.create({...}):cast({...})`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from llmspell.bridge.api.workflow import WorkflowHandle, told
from llmspell.bridge.api.workflow_options import StepOptions
from llmspell.bridge.api.workflow_reading import Reader
from llmspell.bridge.api.workflow_rescue import Made, rescued
from llmspell.bridge.api.workflow_subjects import AT_ONCE, AgentSubject
from llmspell.errors import ValidationError, WorkflowDefinitionError
from llmspell.model.call import Call
from llmspell.model.units import format_size
from llmspell.runtime.ops import perform
from llmspell.runtime.workflows.subjects import WorkflowSubject

if TYPE_CHECKING:
    from llmspell.bridge.api.spell import CreateOptions, ResourceBounds
    from llmspell.bridge.session import SpellSession
    from llmspell.model.workflow import Step
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.workflows.workflow import Workflow


class Composed:
    """A spell made of a workflow: what it is called, what it does, and how many agents work at once."""

    def __init__(self, name: str, description: str, workflow: Workflow, at_once: int | None) -> None:
        self.name = name
        self.description = description
        self._workflow = workflow
        self._at_once = at_once

    async def cast(self, given: object, ctx: CallContext, timeout: float | None) -> dict[str, Any]:
        """Run it as a `spell_execution` and give the result of its workflow."""

        async def core(call: Call, at: CallContext) -> object:
            token = AT_ONCE.set(None if self._at_once is None else asyncio.Semaphore(self._at_once))
            try:
                return await self._workflow.execute(call.input, ctx=at, timeout=timeout, what=f"spell {self.name}")
            finally:
                AT_ONCE.reset(token)

        inner = ctx.within(None, f"spell:{self.name}")
        result = await perform(inner, Call("spell_execution", self.name, given), core)
        return told(cast("dict[str, Any]", result))


async def compose(session: SpellSession, options: CreateOptions) -> Composed:
    """Make a spell; the workflow that it is made of stays as it is.

    Raises `WorkflowDefinitionError` with everything that is wrong, and `ValidationError` for resources it cannot have.
    """
    bounds = options.resources
    _check(session, bounds)
    given = options.workflow
    workflow = given.workflow if isinstance(given, WorkflowHandle) else await Reader(session).workflow("", given)
    reader = Reader(session)
    reader.strategy = options.error_strategy
    phase = None if bounds is None else bounds.timeout_per_phase
    made = _under(reader, workflow, phase)
    if reader.faults:
        listed = "; ".join(f"{one.path} {one.message}" for one in reader.faults)
        raise WorkflowDefinitionError(
            f"spell {options.name!r} is wrong: {listed}", context={"faults": [one.table() for one in reader.faults]}
        )
    if bounds is not None and bounds.max_execution_time is not None:
        made = made.like(made.definition.replace(timeout=bounds.max_execution_time))
    return Composed(options.name, options.description, made, None if bounds is None else bounds.max_parallel_agents)


def _under(reader: Reader, workflow: Workflow, timeout: float | None) -> Workflow:
    """Give a workflow whose steps have a strategy and a time where they had none; those of phases the strategy only."""
    steps = [
        _step(reader, step if timeout is None or step.timeout is not None else step.replace(timeout=timeout))
        for step in workflow.definition.steps
    ]
    return workflow.like(workflow.definition.replace(steps=tuple(steps)))


def _step(reader: Reader, step: Step) -> Step:
    subject = step.subject
    if isinstance(subject, WorkflowSubject):
        if subject.role != "phase":
            return step
        return step.replace(subject=WorkflowSubject(_under(reader, subject.workflow, None), phase=True))
    has_own = step.rescue is not None or (isinstance(subject, AgentSubject) and subject.strategy is not None)
    return step if has_own else rescued(reader, StepOptions(), [Made(step, None)], "workflow")[0]


def _check(session: SpellSession, bounds: ResourceBounds | None) -> None:
    """Raise `ValidationError` for bounds that nobody keeps."""
    if bounds is None:
        return
    if bounds.max_parallel_agents is not None and bounds.max_parallel_agents < 1:
        raise ValidationError(f"resources.max_parallel_agents must be 1 or more, is {bounds.max_parallel_agents}")
    has = session.limits.memory
    if bounds.memory_limit is not None and (not has or has > bounds.memory_limit):
        wanted = format_size(bounds.memory_limit)
        raise ValidationError(
            f"resources.memory_limit is {wanted}, and this run may take {format_size(has) if has else 'any amount'}",
            suggestions=[f'set `max_memory_usage = "{wanted}"` below [scripting] in llmspell.toml'],
        )
