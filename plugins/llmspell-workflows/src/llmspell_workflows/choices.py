"""One of several steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.model.workflow import CONDITION, Fault, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.workflow import Definition, Step
    from llmspell.spec import Flow

BRANCHES = ("if_true", "if_false")


class Conditional:
    """Do `if_true` or `if_false` as the condition says; without one, the first step whose own condition holds."""

    options: Mapping[str, str] = {"condition": "template or function that says which branch is taken"}

    def check(self, definition: Definition) -> Iterable[Fault]:
        """Want a condition with its branches, or steps with conditions."""
        names = [step.name for step in definition.steps]
        if plain(definition.options.get("condition")):
            yield Fault("condition", CONDITION)
        if definition.options.get("condition") is not None:
            if "if_true" not in names:
                yield Fault("if_true", "is missing: what is done when the condition holds")
            yield from (
                Fault("steps", f"and a `condition` cannot both choose: {name!r}")
                for name in names
                if name not in BRANCHES
            )
            return
        if not names or set(names) & set(BRANCHES):
            yield Fault("condition", "is missing, and there are no `branches` with conditions of their own")
            return
        for number, step in enumerate(definition.steps[:-1], 1):
            if step.condition is None:
                yield Fault(f"steps[{number}].condition", "is missing: the steps after it would never be done")

    def before(self, definition: Definition, step: Step) -> Iterable[str]:  # noqa: ARG002 - only one is done
        """Name none."""
        return ()

    async def run(self, flow: Flow) -> object:
        """Do the one that is chosen; the value is what it gives, nothing when none is."""
        condition = flow.definition.options.get("condition")
        if condition is not None:
            name = BRANCHES[0] if await flow.test(condition) else BRANCHES[1]
            chosen = next((step for step in flow.definition.steps if step.name == name), None)
            return None if chosen is None else (await flow.step(chosen)).value
        for step in flow.definition.steps:
            outcome = await flow.step(step)
            if outcome.status != "skipped":
                return outcome.value
        return None
