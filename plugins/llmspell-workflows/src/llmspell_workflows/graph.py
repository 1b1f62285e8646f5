"""Steps that need others: each begins as soon as those are done."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell.errors import WorkflowDependencyError
from llmspell.model.workflow import Fault, Outcome
from llmspell_workflows.aggregation import OPTIONS, alike, checked, enough

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from llmspell.model.workflow import Definition, Step
    from llmspell.spec import Flow


class Graph:
    """Do each step when those of its `depends_on` have ended, side by side where they allow it.

    A step knows the outputs of the steps that it depends on, also by others, and no more. It is skipped when all that
    it needs were skipped, and not done when one of them failed. The value has those of the steps on which none depends:
    of one step its own, else by name.
    """

    options: Mapping[str, str] = {key: OPTIONS[key] for key in ("max_concurrency", "fail_fast", "require_minimum")}

    def check(self, definition: Definition) -> Iterable[Fault]:
        """Want steps, and no circle."""
        if not definition.steps:
            yield Fault("steps", "are missing")
        yield from checked(definition)
        yield from alike(definition)
        yield from _circles(definition)

    def before(self, definition: Definition, step: Step) -> Iterable[str]:
        """Name all that it depends on, also by others."""
        return _ancestors({one.name: one for one in definition.steps}, step)

    async def run(self, flow: Flow) -> object:
        """Do them as they may."""
        outcomes = await _Walk(flow).all()
        for outcome in outcomes.values():
            flow.keep(outcome)
        enough(flow, outcomes, len(outcomes))
        needed = {name for outcome in outcomes.values() for name in outcome.step.after}
        ends = {name: one.value for name, one in outcomes.items() if name not in needed and one.ok}
        return next(iter(ends.values())) if len(ends) == 1 else ends


class _Walk:
    """One walk through a graph, in an order in which every step comes after those that it needs."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.steps = {step.name: step for step in flow.definition.steps}
        self.order = _ordered(self.steps)
        self.ended = {name: asyncio.Event() for name in self.steps}
        self.outcomes: dict[str, Outcome] = {}
        self.known: dict[str, set[str]] = {}
        """What each step may know of: those that it began after, and what these knew of."""
        options = flow.definition.options
        self.gate = asyncio.Semaphore(options.get("max_concurrency") or max(len(self.steps), 1))
        self.must = options.get("fail_fast", options.get("require_minimum") is None)

    async def all(self) -> dict[str, Outcome]:
        """Do all steps and give their outcomes in the order of the walk."""
        await self.flow.gather([lambda name=name: self._one(self.steps[name]) for name in self.order])  # type: ignore[misc]  # bound now
        return {name: self.outcomes[name] for name in self.order}

    async def _one(self, step: Step) -> None:
        needed = await (self._first(step) if step.join == "any" else self._all(step.after))
        self.known[step.name] = {*needed}.union(*(self.known[name] for name in needed))
        outcome = self._vain(step, [self.outcomes[name] for name in needed])
        if outcome is None:
            async with self.gate:
                outcome = await self.flow.step(step, more=self._values(step), keep=False, must=self.must)
        self.outcomes[step.name] = outcome
        self.ended[step.name].set()

    async def _all(self, names: Sequence[str]) -> Sequence[str]:
        """Wait until steps have ended, and give their names."""
        for name in names:
            await self.ended[name].wait()
        return names

    @staticmethod
    def _vain(step: Step, there: Sequence[Outcome]) -> Outcome | None:
        """Give the outcome of a step that is not done after what came of those it needs; None when it is done."""
        if not step.after:
            return None
        failed = [one.key for one in there if one.status == "failed"]
        if any(one.ok for one in there) and (step.join == "any" or not failed):
            return None
        if not failed:
            return Outcome(step, step.name, "skipped", attempts=0)
        message = f"step {step.name!r} needs {', '.join(failed)}, which failed"
        return Outcome(step, step.name, "failed", error=WorkflowDependencyError(message), attempts=0)

    async def _first(self, step: Step) -> Sequence[str]:
        """Wait until one of what a step needs has given something, or all have ended; name those that have ended."""
        await self._any(step)
        there = [name for name in step.after if name in self.outcomes]
        return await self._all(await self.flow.settle(f"{step.name}/join", there))

    async def _any(self, step: Step) -> None:
        waiting = {asyncio.ensure_future(self.ended[name].wait()): name for name in step.after}
        try:
            while waiting:
                done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if any(self.outcomes[waiting.pop(one)].ok for one in done):
                    return
        finally:
            for one in waiting:
                one.cancel()

    def _values(self, step: Step) -> Mapping[str, object]:
        """Give what a step may know beyond what the workflow was given."""
        said: dict[str, object] = {}
        found: dict[str, object] = {"steps": said}
        known = self.known[step.name]
        for name in sorted(known, key=self.order.index):
            outcome = self.outcomes[name]
            if outcome.ok:
                found.update(outcome.also or {})
                found[outcome.step.output or name] = said[name] = outcome.value
        direct = {name: self.outcomes[name].value for name in step.after if name in known and self.outcomes[name].ok}
        if step.after:
            found["previous"] = next(iter(direct.values())) if len(step.after) == 1 and direct else direct
        return found


def _ancestors(steps: Mapping[str, Step], step: Step) -> set[str]:
    found: set[str] = set()
    waiting = list(step.after)
    while waiting:
        name = waiting.pop()
        if name not in found and name in steps:
            found.add(name)
            waiting += steps[name].after
    return found


def _ordered(steps: Mapping[str, Step]) -> list[str]:
    """Give names so that each comes after those that it needs, otherwise as they are written."""
    done: dict[str, None] = {}
    left = dict(steps)
    while left:
        ready = [name for name, step in left.items() if all(one in done for one in step.after)]
        if not ready:
            break
        for name in ready:
            done[name] = None
            del left[name]
    return list(done)


def _circles(definition: Definition) -> Iterator[Fault]:
    steps = {step.name: step for step in definition.steps}
    known = {name: step.replace(after=tuple(one for one in step.after if one in steps)) for name, step in steps.items()}
    stuck = {name: known[name] for name in known if name in _ancestors(known, known[name])}
    told: set[str] = set()
    for name in stuck:
        if name not in told:
            circle = [
                one for one in stuck if one in _ancestors(known, known[name]) and name in _ancestors(known, known[one])
            ]
            told |= set(circle)
            yield Fault("steps", f"wait for one another in a circle: {', '.join(circle)}; repeat steps with a loop")
