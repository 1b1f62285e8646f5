"""Steps one after the other for one of many things, which knows nothing of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import ValidationError
from llmspell.model.workflow import Fault, OneOf, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from llmspell.model.workflow import Definition, Outcome, Step
    from llmspell.spec import Flow


def earlier(definition: Definition, step: Step) -> list[str]:
    """Name the steps that are written before a step."""
    names = [one.name for one in definition.steps]
    return names[: names.index(step.name)]


ITEMS = "write `{{input.documents}}`, a list, or a function that gives one"
"""What `items` may be."""

AT_ONCE = 500
"""Things that are worked on at once where nothing is said; a script takes no more than a thousand calls at a time."""


class Things(NamedTuple):
    """Things of which each is worked on by itself, and what named them."""

    each: Sequence[object]
    source: object

    def known(self, number: int) -> OneOf:
        """Give what the steps for the thing of this number (from 1) know of it."""
        item = self.each[number - 1]
        return OneOf({"item": item, "previous": item, "index": number}, (self.source,))


async def lanes(flow: Flow, steps: Sequence[Step], what: object, *, must: bool) -> list[Outcome | None]:
    """Do steps in order for each of the things that an option names, side by side; see `_lane` for what is given."""
    found = await things(flow, what)
    numbers = range(1, len(found.each) + 1)
    jobs = [lambda number=number: _lane(flow, steps, number, found.known(number), must=must) for number in numbers]
    return await flow.gather(jobs, flow.definition.options.get("max_concurrency") or AT_ONCE)


async def _lane(flow: Flow, steps: Iterable[Step], number: int, own: OneOf, *, must: bool) -> Outcome | None:
    """Do steps in order for the thing of this number, and give what came of the last one that gave something.

    A step that failed ends the lane; without `must` its outcome is given. None when every step was skipped.
    """
    last: Outcome | None = None
    said: dict[str, object] = {}
    own["steps"] = said
    for step in steps:
        outcome = await flow.step(step, key=f"{step.name}[{number}]", more=own, keep=False, must=must)
        if outcome.status == "failed":
            return outcome
        if outcome.ok:
            last = outcome
            own.update(outcome.also or {})
            own["previous"] = own[step.output or step.name] = said[step.name] = outcome.value
    return last


def listed(definition: Definition) -> Iterator[Fault]:
    """Give a fault for `items` that can be no list."""
    if plain(definition.options.get("items")):
        yield Fault("items", f"are text without `{{{{...}}}}`: {ITEMS}")


async def things(flow: Flow, what: object) -> Things:
    """Give the things that an option names: a list, a template or function that gives one, or a map."""
    found = await flow.ask(what)
    if isinstance(found, dict):
        return Things([{"key": key, "value": value} for key, value in found.items()], found)
    if not isinstance(found, (list, tuple)):
        message = f"workflow {flow.definition.name!r} wants a list of `items`, not {type(found).__name__}"
        raise ValidationError(message, suggestions=["write `{{input.documents}}`, or a function that returns a list"])
    return Things(found, found)
