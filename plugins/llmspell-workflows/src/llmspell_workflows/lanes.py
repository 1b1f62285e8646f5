"""Steps one after the other for one of many things, which knows nothing of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llmspell.model.workflow import Definition, Outcome, Step
    from llmspell.spec import Flow


def earlier(definition: Definition, step: Step) -> list[str]:
    """Name the steps that are written before a step."""
    names = [one.name for one in definition.steps]
    return names[: names.index(step.name)]


async def lane(
    flow: Flow, steps: Iterable[Step], number: int, more: Mapping[str, object], *, must: bool
) -> Outcome | None:
    """Do steps in order for the thing of this number, and give what came of the last one that gave something.

    A step that failed ends the lane; without `must` its outcome is given. None when every step was skipped.
    """
    own: dict[str, Any] = {**more, "steps": {}}
    last: Outcome | None = None
    for step in steps:
        outcome = await flow.step(step, key=f"{step.name}[{number}]", more=own, keep=False, must=must)
        if outcome.status == "failed":
            return outcome
        if outcome.ok:
            last = outcome
            own.update(outcome.also or {})
            own["previous"] = own[step.output or step.name] = own["steps"][step.name] = outcome.value
    return last


async def things(flow: Flow, what: object) -> Sequence[object]:
    """Give the things that an option names: a list, a template or function that gives one, or how many."""
    from llmspell.errors import ValidationError  # noqa: PLC0415 - the kinds that need it are few

    found = await flow.ask(what)
    if isinstance(found, dict):
        return [{"key": key, "value": value} for key, value in found.items()]
    if not isinstance(found, (list, tuple)):
        message = f"workflow {flow.definition.name!r} wants a list of `items`, not {type(found).__name__}"
        raise ValidationError(message, suggestions=["write `{{input.documents}}`, or a function that returns a list"])
    return found
