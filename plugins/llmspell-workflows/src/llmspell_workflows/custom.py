"""Steps in the order that a function decides on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import WorkflowError
from llmspell.model.workflow import UNMAPPED, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.workflow import Definition, Step
    from llmspell.spec import Flow


class Custom:
    """Call `execute(context, run)`, whose value counts; `run(name, input)` does a step, the input being optional."""

    options: Mapping[str, str] = {"execute": "function of the context and of a way to do steps"}

    def check(self, definition: Definition) -> Iterable[Fault]:
        """Want the function."""
        if not callable(definition.options.get("execute")):
            yield Fault("execute", "is missing: the function that says what is done")

    def before(self, definition: Definition, step: Step) -> Iterable[str]:
        """Name all others: only the function knows."""
        return [one.name for one in definition.steps if one is not step]

    async def run(self, flow: Flow) -> object:
        """Call it."""
        times: dict[str, int] = {}

        async def do(name: str, given: object = UNMAPPED) -> object:
            step = next((one for one in flow.definition.steps if one.name == name), None)
            if step is None:
                known = ", ".join(one.name for one in flow.definition.steps)
                raise WorkflowError(
                    f"workflow {flow.definition.name!r} has no step {name!r}", suggestions=[f"one of {known or 'none'}"]
                )
            times[name] = times.get(name, 0) + 1
            key = name if times[name] == 1 else f"{name}[{times[name]}]"
            return (await flow.step(step if given is UNMAPPED else step.replace(input=given), key=key)).value

        return await flow.call(flow.definition.options["execute"], flow.values, do)
