"""Steps in the order that a function decides on."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING

from llmspell.errors import WorkflowError
from llmspell.model.workflow import UNMAPPED, Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.workflow import Definition, Outcome, Step
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
        """Call it; steps that it does side by side know of those that had ended when they began.

        The workflow ends with the last of its steps, also with one for which the function did not wait. When it fails,
        is cancelled or runs out of time, those under way are ended before anything is taken back.
        """
        steps = _Steps(flow)
        try:
            value = await flow.call(flow.definition.options["execute"], flow.values, steps.do)
            await steps.rest()
        finally:
            await steps.end()
        for outcome in steps.asked.values():
            if outcome is not None:
                flow.keep(outcome)
        return value


class _Steps:
    """The steps that a function asks for."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.asked: dict[str, Outcome | None] = {}
        """What came of each, in the order in which they were asked for."""
        self._over: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        """Told when a step has ended, also of one that is yet to be asked for: a repetition may be that quick."""
        self._under_way: set[asyncio.Task[Outcome]] = set()
        self._order: list[Outcome] = []
        self._times: dict[str, int] = {}

    async def do(self, name: str, given: object = UNMAPPED) -> object:
        """Do a step and give its value; raises `WorkflowError` for one that is not there."""
        definition = self.flow.definition
        step = next((one for one in definition.steps if one.name == name), None)
        if step is None:
            known = ", ".join(one.name for one in definition.steps)
            message = f"workflow {definition.name!r} has no step {name!r}"
            raise WorkflowError(message, suggestions=[f"one of {known or 'none'}"])
        times = self._times[name] = self._times.get(name, 0) + 1
        key = name if times == 1 else f"{name}[{times}]"
        self.asked[key] = None
        task = asyncio.create_task(self._one(step if given is UNMAPPED else step.replace(input=given), key), name=key)
        self._under_way.add(task)
        try:
            return (await task).value
        finally:
            self._under_way.discard(task)

    async def rest(self) -> None:
        """Wait for the steps that are under way yet; raises what the first one fails with."""
        while self._under_way:
            ended, _ = await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            self._under_way -= ended
            for one in ended:
                one.result()

    async def end(self) -> None:
        """End the steps that are under way, and wait until they have."""
        under_way = [*self._under_way]
        for one in under_way:
            one.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    async def _one(self, step: Step, key: str) -> Outcome:
        """Do a step that knows those that had ended when it began."""
        more = await self._known(key)
        self.asked[key] = outcome = await self.flow.step(step, key=key, more=more, keep=False)
        self._order.append(outcome)
        self._over[key].set()
        return outcome

    async def _known(self, key: str) -> Mapping[str, object]:
        """Give what a step that begins knows of those that have ended."""
        names = await self.flow.settle(f"{key}/after", [one.key for one in self._order])
        for name in names:
            await self._over[name].wait()
        by_key = {one.key: one for one in self._order}
        steps: dict[str, object] = {}
        more: dict[str, object] = {"steps": steps}
        for outcome in (by_key[name] for name in names):
            if outcome.ok:
                more.update(outcome.also or {})
                more["previous"] = more[outcome.step.output or outcome.step.name] = outcome.value
                steps[outcome.step.name] = outcome.value
        return more
