"""Steps one after the other: sequential, pipeline, saga."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.model.workflow import Fault
from llmspell_workflows.aggregation import checked, kept
from llmspell_workflows.lanes import earlier, lanes, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.workflow import Definition, Step
    from llmspell.spec import Flow


class Sequential:
    """Do steps in their order; the value is that of the last one that gave something."""

    options: Mapping[str, str] = {}

    def check(self, definition: Definition) -> Iterable[Fault]:
        """Want a step."""
        return () if definition.steps else [Fault("steps", "are missing")]

    def before(self, definition: Definition, step: Step) -> Iterable[str]:
        """Name those that are written before."""
        return earlier(definition, step)

    async def run(self, flow: Flow) -> object:
        """Do one after the other."""
        value: object = None
        for step in flow.remaining():
            outcome = await flow.step(step)
            if outcome.ok:
                value = outcome.value
        return value


class Pipeline(Sequential):
    """Pass what a step gives to the next; with `items` each of them goes through all steps, side by side."""

    options: Mapping[str, str] = {
        "items": "things that go through the steps, each by itself",
        "max_concurrency": "how many of them at once",
    }

    def check(self, definition: Definition) -> Iterable[Fault]:
        """Want a step, and a number that can be counted to."""
        yield from super().check(definition)
        yield from listed(definition)
        yield from checked(definition)

    async def run(self, flow: Flow) -> object:
        """Pass it on."""
        if flow.definition.options.get("items") is None:
            return await super().run(flow)
        outcomes = await lanes(flow, flow.definition.steps, flow.definition.options["items"], must=True)
        return [kept(outcome) for outcome in outcomes]


class Saga(Sequential):
    """Do steps in their order; when one fails the kernel takes back those before it, the last first."""

    def check(self, definition: Definition) -> Iterable[Fault]:
        """Want a step that can be taken back."""
        yield from super().check(definition)
        if definition.steps and not any(step.undo for step in definition.steps):
            yield Fault("steps", "of a saga can be taken back: give one of them `compensate`")
