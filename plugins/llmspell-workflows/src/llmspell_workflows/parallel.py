"""Steps side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.model.workflow import Fault
from llmspell_workflows.aggregation import OPTIONS, alike, by_key, checked, put_together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.workflow import Definition, Step
    from llmspell.spec import Flow


class Parallel:
    """Do steps side by side; none knows of the others, and their outputs are told in the order of the steps.

    The first failure ends the others (`fail_fast`). Without it all come to their ends, and it is counted then.
    """

    options: Mapping[str, str] = OPTIONS

    def check(self, definition: Definition) -> Iterable[Fault]:
        """Want a step, and options that can be kept."""
        if not definition.steps:
            yield Fault("steps", "are missing")
        yield from checked(definition)
        yield from alike(definition)
        least = definition.options.get("require_minimum")
        if least is not None and least > len(definition.steps):
            yield Fault("require_minimum", f"is {least}, and there are {len(definition.steps)} steps")

    def before(self, definition: Definition, step: Step) -> Iterable[str]:  # noqa: ARG002 - all begin at once
        """Name none."""
        return ()

    async def run(self, flow: Flow) -> object:
        """Do them all."""
        options = flow.definition.options
        must = options.get("fail_fast", options.get("require_minimum") is None)
        steps = flow.definition.steps
        jobs = [lambda step=step: flow.step(step, keep=False, must=must) for step in steps]
        outcomes = await flow.gather(jobs, options.get("max_concurrency"))
        for outcome in outcomes:
            flow.keep(outcome)
        return await put_together(flow, by_key(outcomes), len(steps))
