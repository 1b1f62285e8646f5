"""A workflow that can be run: its definition, its kind, who listens to it, and its runs."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

from llmspell.errors import LlmspellError, ToolTimeoutError
from llmspell.model.workflow import Fault
from llmspell.runtime.waiting import bounded
from llmspell.runtime.workflows.checking import CIRCLE, check
from llmspell.runtime.workflows.execution import Execution
from llmspell.runtime.workflows.places import issued

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from llmspell.model.workflow import Definition, Step, Values
    from llmspell.runtime.app import App
    from llmspell.runtime.context import CallContext
    from llmspell.spec.workflow_kinds import WorkflowKind

    Listener = Callable[..., Awaitable[object]]

log = logging.getLogger("llmspell.workflows")


class Workflow:
    """Run a definition, as often as it is asked for.

    `listeners` are told `(event, ...)`: `step_complete`, `step_error`, `error` and `complete`, in their order.
    """

    __slots__ = ("definition", "kind", "listeners", "runs")

    def __init__(self, definition: Definition, kind: WorkflowKind) -> None:
        self.definition = definition
        self.kind = kind
        self.listeners: list[tuple[str, Listener]] = []
        self.runs: list[Execution] = []
        """The runs under way, and the one that ended last."""

    @property
    def name(self) -> str:
        """Give its name."""
        return self.definition.name

    async def execute(
        self, given: object = None, *, ctx: CallContext, timeout: float | None = None, what: str = ""
    ) -> dict[str, Any]:
        """Run it and give its result, as `Execution.result` has it.

        `timeout` are seconds for all of it, hooks included, `what` names it where that is too little. Raises what a
        step fails with, with `workflow` and `step` in its context, and `WorkflowTimeoutError`, `ToolTimeoutError`,
        `WorkflowCancelledError`, or what a hook decides.
        """
        run = self.begin(given, ctx=ctx)
        try:
            return await bounded(run.run(), timeout, what or f"workflow {self.name}", ctx)
        except ToolTimeoutError:
            await run.take_back(run.ctx)
            raise

    def begin(self, given: object, *, ctx: CallContext, outer: Values | None = None) -> Execution:
        """Make a run, to be awaited; raises `ValidationError` for an input that its schema does not allow."""
        check_input(self.definition, given)
        # its place is its own name, which within another workflow is below the step and its attempt
        execution = Execution(self, ctx.within(None, f"workflow:{self.name}"), given, outer)
        self.runs.append(execution)
        return execution

    def like(self, definition: Definition) -> Workflow:
        """Give a workflow of another definition that has been checked, which shares who listens and the runs."""
        made = Workflow(definition, self.kind)
        made.listeners, made.runs = self.listeners, self.runs
        return made

    def change(self, steps: Sequence[Step], faults: Sequence[Fault] = ()) -> None:
        """Give it other steps; a run under way goes on with them.

        Raises `WorkflowDefinitionError` with all that would be wrong then; `faults` were found before.
        """
        changed = self.definition.replace(steps=tuple(steps))
        check(changed, self.kind, [*faults, *self._itself(steps)])
        self.definition = changed

    def _itself(self, steps: Sequence[Step]) -> Iterator[Fault]:
        """Look for this workflow among what it would do."""
        for number, step in enumerate(steps, 1):
            if self._is_within(step):
                yield Fault(f"steps[{number}]", f"{CIRCLE}: workflow {self.name!r} would be a step of itself")

    def _is_within(self, step: Step) -> bool:
        inner = getattr(step.subject, "workflow", None)
        return inner is self or (inner is not None and any(self._is_within(one) for one in inner.definition.steps))

    async def tell(self, ctx: CallContext, event: str, *about: object) -> None:
        """Tell who listens at a place of a run; one that fails is noted, and keeps nobody else from hearing."""
        for name, listener in self.listeners:
            if name == event:
                try:
                    await issued(ctx, listener(*about))
                except LlmspellError as error:
                    log.warning("a listener of workflow %r failed: %s", self.name, error)


async def make(app: App, definition: Definition, faults: Sequence[Fault] = ()) -> Workflow:
    """Check a definition and make it a workflow; `faults` were found before.

    Raises `WorkflowDefinitionError` with every fault, and `ComponentNotFoundError` for a kind that nobody brings.
    """
    component = app.catalog.get("workflow_kind", definition.kind)
    kind = cast("WorkflowKind", await app.components.instance(component))
    check(definition, kind, faults)
    return Workflow(definition, kind)


def check_input(definition: Definition, given: object) -> None:
    """Raise `ValidationError` for an input that the schema of the workflow does not allow."""
    if definition.input is None:
        return
    from llmspell.model.schema import ArgumentSchema, invalid  # noqa: PLC0415 - few workflows say what they take

    who = f"workflow {definition.name!r}"
    faults = ArgumentSchema.from_json_schema(dict(definition.input), who=who).validate(
        given if isinstance(given, dict) else {}
    )
    if faults:
        raise invalid(who, faults)
