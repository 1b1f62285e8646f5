"""The same for each of many, side by side: fan-out and map-reduce."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.model.workflow import Fault, Outcome
from llmspell_workflows.aggregation import OPTIONS, by_key, checked, enough, kept, put_together
from llmspell_workflows.lanes import ITEMS as WANTED
from llmspell_workflows.lanes import earlier, lanes, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llmspell.model.workflow import Definition, Step
    from llmspell.spec import Flow

ITEMS = "things of which each goes through the steps, by itself"


class FanOut:
    """Do the steps for each of `items`, side by side; the value is the list of what they gave, in the items' order.

    Steps know their `item` and its `index` (from 1), and nothing of the others.
    """

    options: Mapping[str, str] = {"items": ITEMS, **OPTIONS}

    def check(self, definition: Definition) -> Iterable[Fault]:
        """Want steps and items."""
        if not definition.steps:
            yield Fault("steps", "are missing: what is done with each item")
        if definition.options.get("items") is None:
            yield Fault("items", f"are missing: {WANTED}")
        yield from listed(definition)
        yield from checked(definition)

    def before(self, definition: Definition, step: Step) -> Iterable[str]:
        """Name those that are written before."""
        return earlier(definition, step)

    async def run(self, flow: Flow) -> object:
        """Do it with each."""
        outcomes = await each(flow, flow.definition.steps)
        return await put_together(flow, by_key(outcomes), len(outcomes), otherwise="list")


class MapReduce:
    """Do `map` for each of `items`, side by side, then `reduce` with their `results`, whose value counts."""

    options: Mapping[str, str] = {
        "items": ITEMS,
        **{key: OPTIONS[key] for key in ("max_concurrency", "fail_fast", "require_minimum")},
    }

    def check(self, definition: Definition) -> Iterable[Fault]:
        """Want both steps and items."""
        names = [step.name for step in definition.steps]
        for name in ("map", "reduce"):
            if name not in names:
                yield Fault(name, "is missing")
        yield from (Fault(name, "is no part of a map_reduce workflow") for name in names if name not in _PARTS)
        if definition.options.get("items") is None:
            yield Fault("items", f"are missing: {WANTED}")
        yield from listed(definition)
        yield from checked(definition)

    def before(self, definition: Definition, step: Step) -> Iterable[str]:  # noqa: ARG002 - there are two
        """Name `map` for `reduce`."""
        return ("map",) if step.name == "reduce" else ()

    async def run(self, flow: Flow) -> object:
        """Map, then reduce."""
        parts = {step.name: step for step in flow.definition.steps}
        outcomes = await each(flow, [parts["map"]])
        enough(flow, by_key(outcomes), len(outcomes))
        results = [kept(one) for one in outcomes if one.ok]
        step = parts["map"]
        flow.keep(Outcome(step, step.name, "completed", results))
        return (await flow.step(parts["reduce"], more={"results": results})).value


_PARTS = ("map", "reduce")


async def each(flow: Flow, steps: Sequence[Step]) -> list[Outcome]:
    """Do steps for each of the items; an item whose steps were all skipped has a skipped outcome."""
    options = flow.definition.options
    must = options.get("fail_fast", options.get("require_minimum") is None)
    found = enumerate(await lanes(flow, steps, options["items"], must=must), 1)
    return [one or Outcome(steps[-1], f"{steps[-1].name}[{number}]", "skipped") for number, one in found]
