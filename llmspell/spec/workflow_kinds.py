"""Workflow kinds: how the steps of a workflow follow one another.

The kernel does the steps: their input, condition, attempts, time, hooks, events and what stands in for a failure. A
kind only says which comes when, through the `Flow` it is given:

    class Sequential:
        options = {}

        def check(self, definition):
            return ()

        def before(self, definition, step):
            return [one.name for one in definition.steps[: definition.steps.index(step)]]

        async def run(self, flow):
            value = None
            for step in flow.remaining():
                outcome = await flow.step(step)
                value = outcome.value if outcome.ok else value
            return value
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

    from llmspell.model.workflow import Definition, Fault, Outcome, Step

T = TypeVar("T")


class Flow(Protocol):
    """One run of a workflow, as its kind sees it. Everything it does has a place in the run that a repetition finds."""

    @property
    def definition(self) -> Definition:
        """Give the workflow as it is now: it may be changed between steps."""
        ...

    @property
    def values(self) -> Mapping[str, object]:
        """Give what is known so far."""
        ...

    def remaining(self) -> Iterator[Step]:
        """Yield the steps in order, each once; one that is added meanwhile comes, one that is removed does not."""
        ...

    async def step(
        self,
        step: Step,
        *,
        key: str = "",
        more: Mapping[str, object] | None = None,
        keep: bool = True,
        must: bool = True,
    ) -> Outcome:
        """Do one step and give what came of it.

        `key` names this time of a step that is done more than once, `more` are further values for its mappings. With
        `keep` later steps see its output; without it `keep` takes the outcome over. With `must` a failure that nothing
        stood in for is raised, unless the workflow goes on after errors; without it the outcome is `failed`.
        """
        ...

    def keep(self, outcome: Outcome) -> None:
        """Let later steps see an output."""
        ...

    async def ask(self, what: object, more: Mapping[str, object] | None = None) -> object:
        """Give the value of a mapping: a value with `{{x}}` in it, or a function of the values."""
        ...

    async def test(self, what: object, more: Mapping[str, object] | None = None) -> bool:
        """Tell whether a condition holds; raises `WorkflowConditionError` when it cannot be told."""
        ...

    async def settle(self, place: str, found: T) -> T:
        """Give what time has decided (who was first, what has ended), as JSON data.

        In a durable run that is taken up, it is what was found when the run came to it first, though now something else
        may have come first: wait then for what it names. `place` tells it from others in the workflow.
        """
        ...

    async def call(self, function: Callable[..., Awaitable[object]], *arguments: object) -> object:
        """Call a function among the options, with at most the rights of whoever the workflow runs for."""
        ...

    async def gather(self, jobs: Sequence[Callable[[], Awaitable[T]]], limit: int | None = None) -> list[T]:
        """Run jobs side by side, at most `limit` at once, and keep their order; the first error cancels the rest."""
        ...


class WorkflowKind(Protocol):
    """Let the steps of a workflow follow one another. The class is made without arguments, once for an application.

    `options` names the options of its workflows, each with what it is.
    """

    options: Mapping[str, str]

    def check(self, definition: Definition) -> Iterable[Fault]:
        """Give what is wrong with a workflow of this kind, all of it; the kernel looks at everything else."""
        ...

    def before(self, definition: Definition, step: Step) -> Iterable[str]:
        """Name the steps whose outputs this step may use: those that come before it."""
        ...

    async def run(self, flow: Flow) -> object:
        """Do the steps and give the workflow's value, as JSON data."""
        ...


def workflow_kind(name: str, target: str, summary: str, *, aliases: Iterable[str] = (), **more: Any) -> Component:
    """Describe a kind of workflows; scripts make one with `Workflow.create("<name>", {...})`."""
    return Component("workflow_kind", name, target, summary, category="workflow", aliases=aliases, **more)


@hookspec
def llmspell_workflow_kinds() -> list[Component]:
    """Return the workflow kinds of this plugin, made with `workflow_kind()`. Called once, by the first workflow."""
    return []
