"""Steps again and again, within a bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import LimitReachedError
from llmspell.model.workflow import CONDITION, Fault, OneOf, plain
from llmspell_workflows.lanes import earlier, listed, things

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.workflow import Definition, Step
    from llmspell.spec import Flow

MOST = 100
"""Rounds of a loop that says nothing of them and ends only by a condition."""

MANY = 10_000
"""Rounds of a loop that counts them and says nothing else."""

ENDS = ("while", "until", "items", "count")


class Loop:
    """Do steps in rounds: `while` (asked before each), `until` (after each), for each of `items`, or `count` times.

    Steps know `iteration` and `index` (from 1), `item`, and the `results` of the rounds before. The value is the list
    of what the rounds gave; `collect = false` keeps the last only, as `while` and `until` do unless they say it.
    """

    options: Mapping[str, str] = {
        "while": "condition for another round",
        "until": "condition that ends it",
        "items": "things of which each has a round",
        "count": "how many rounds",
        "max_iterations": f"how many rounds at most; {MOST} when only a condition ends it, else {MANY}",
        "collect": "whether the value is a list of all rounds",
    }

    def check(self, definition: Definition) -> Iterable[Fault]:
        """Want steps, an end, and numbers that can be counted to."""
        if not definition.steps:
            yield Fault("steps", "are missing: what is done in each round")
        options = definition.options
        given = [key for key in ENDS if options.get(key) is not None]
        if not given:
            yield Fault("loop", "has no end: say `condition`, `until_condition`, `items` or `count`")
        if "items" in given and "count" in given:
            yield Fault("count", "and `items` cannot both say how many rounds there are")
        yield from listed(definition)
        for key, name in (("while", "condition"), ("until", "until_condition")):
            if plain(options.get(key)):
                yield Fault(name, CONDITION)
        if plain(options.get("count")):
            yield Fault("count", "is text without `{{...}}`: write a number, `{{input.rounds}}`, or a function")
        for key in ("count", "max_iterations"):
            number = options.get(key)
            least = 0 if key == "count" else 1
            if isinstance(number, int) and number < least:
                yield Fault(key, f"must be {least} or more, is {number}")

    def before(self, definition: Definition, step: Step) -> Iterable[str]:
        """Name those that are written before; the others have given something from the second round on."""
        return earlier(definition, step)

    async def run(self, flow: Flow) -> object:
        """Do the rounds; raises `LimitReachedError` when there would be more than there may."""
        options = flow.definition.options
        items = None if options.get("items") is None else await things(flow, options["items"])
        rounds = await _rounds(flow, None if items is None else items.each)
        bound = options.get("max_iterations") or (MOST if rounds is None else MANY)
        results: list[object] = []
        number = 0
        while rounds is None or number < rounds:
            more: dict[str, object] = {"iteration": number + 1, "index": number + 1, "results": results}
            if items is not None:
                more = OneOf({**more, "item": items.each[number]}, (items.source,))
            if options.get("while") is not None and not await flow.test(options["while"], more):
                break
            if number >= bound:
                raise _too_many(flow, bound)
            number += 1
            results.append(await _round(flow, number, more))
            if options.get("until") is not None and await flow.test(options["until"], more):
                break
        collects = options.get("collect", rounds is not None)
        return results if collects else results[-1] if results else None


async def _rounds(flow: Flow, items: object) -> int | None:
    """Give how many rounds there are, None when a condition says so."""
    count = flow.definition.options.get("count")
    if isinstance(items, (list, tuple)):
        return len(items)
    if count is None:
        return None
    found = await flow.ask(count)
    if isinstance(found, bool) or not isinstance(found, (int, float)) or found != int(found) or found < 0:
        from llmspell.errors import ValidationError  # noqa: PLC0415 - a loop that counts is seldom wrong

        raise ValidationError(f"loop {flow.definition.name!r} cannot go round {found!r} times")
    return int(found)


async def _round(flow: Flow, number: int, more: Mapping[str, object]) -> object:
    value: object = None
    for step in flow.remaining():
        outcome = await flow.step(step, key=f"{step.name}[{number}]", more=more)
        if outcome.ok:
            value = outcome.value
    return value


def _too_many(flow: Flow, bound: int) -> LimitReachedError:
    return LimitReachedError(
        f"loop {flow.definition.name!r} is not done after {bound} rounds",
        suggestions=["raise `max_iterations`, or look at the condition that should end it"],
        context={"limit": "max_iterations", "max": bound},
    )
