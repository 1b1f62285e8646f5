"""One run of a workflow: what is known, what came of each step, who listens, and what its kind may ask for."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from llmspell.errors import HookError, LlmspellError
from llmspell.model.call import Call
from llmspell.model.workflow import UNMAPPED, OneOf, Outcome
from llmspell.runtime.ops import perform
from llmspell.runtime.workflows.control import OVER, Control
from llmspell.runtime.workflows.places import at, called, settled
from llmspell.runtime.workflows.steps import do_step
from llmspell.runtime.workflows.undoing import CUT, marks, reached, undo, undoable
from llmspell.runtime.workflows.values import asked, described, first_values, holds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from llmspell.model.workflow import Definition, Step, Values
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.workflows.steps import Attempts
    from llmspell.runtime.workflows.workflow import Workflow

T = TypeVar("T")
Result = dict[str, Any]


class Execution:
    """Run a workflow once; this is the `Flow` of its kind."""

    __slots__ = (
        "_news",
        "_order",
        "above",
        "attempts",
        "control",
        "ctx",
        "doing",
        "done",
        "given",
        "many",
        "outcomes",
        "seconds",
        "told",
        "values",
        "workflow",
    )

    def __init__(self, workflow: Workflow, ctx: CallContext, given: object, outer: Values | None) -> None:
        self.workflow = workflow
        self.ctx = ctx
        self.given = given
        self.values = first_values(given, outer)
        self.many = outer.many if isinstance(outer, OneOf) else ()
        """Things of which the workflow around this one does it for each."""
        self.outcomes: dict[str, Outcome] = {}
        self.doing: dict[str, str] = {}
        """The steps under way, by key, each with its name."""
        self.attempts: dict[str, Attempts] = {}
        """The same, each with what it is given."""
        self.above: Execution | None = None
        """The run of the workflow whose step this one is."""
        self.told: dict[str, Any] = {}
        """What events and hooks are told of it, more when it has ended."""
        self.control = Control(workflow.name, workflow.definition.timeout)
        self.seconds = 0.0
        self.done: list[Outcome] = []
        """What was done, in the order in which it came to its end: it is taken back the other way round."""
        self._news: asyncio.Event | None = None
        """Told of each step that has ended, where somebody waits for it."""
        self._order: list[Outcome] = []
        """What later steps see."""

    async def run(self) -> Result:
        """Run it as one operation and give its result: see `result`. Raises what a step fails with."""
        about = self.workflow.definition
        self.told = {"workflow_name": about.name, "kind": about.kind, "steps": [step.name for step in about.steps]}
        call = Call("workflow_execution", about.name, self.given, metadata=self.told)
        try:
            found = await perform(self.ctx, call, self._core)
            self.control.go_on()
        except LlmspellError:
            self.control.refused()
            self._over("failed")
            await self.take_back(self.ctx)
            raise
        except BaseException:
            self._over("failed")
            raise
        self._over("completed")
        if not isinstance(found, Mapping):
            message = f"a hook answered for workflow {about.name!r} with {type(found).__name__}, wanted a map"
            raise HookError(message)
        return found if isinstance(found, dict) and "output" in found else self.answered(found)

    async def alone(self, step: Step) -> object:
        """Do one step and nothing else; give its value."""
        outcome: list[Outcome] = []

        async def one() -> None:
            outcome.append(await self.step(step))

        try:
            await self.control.bounded(one, self.ctx)
        finally:
            self._over("failed")
        return outcome[0].value

    def _over(self, state: str) -> None:
        """Note how it ended, also when a hook decided that before it began; of ended runs the last one is kept."""
        if self.control.state not in OVER:
            self.control.state = state
        runs = self.workflow.runs
        runs[:] = [one for one in runs if one is self or one.control.state not in OVER]

    async def _core(self, call: Call, ctx: CallContext) -> Result:
        if call.input is not self.given:
            outer = {key: value for key, value in self.values.items() if key not in ("input", "previous", "steps")}
            self.given = call.input
            self.values = first_values(call.input, outer)
        began = time.perf_counter()
        try:
            value = await self.control.bounded(lambda: self._flow(ctx), ctx)
        except LlmspellError as error:
            error.context.setdefault("workflow", self.workflow.name)
            if self.control.state != "cancelled":
                self.control.state = "failed"
            await self.take_back(self.ctx)
            about = {"name": self.workflow.name, "status": self.control.state}
            await self.workflow.tell(self.ctx, "error", described(error), about)
            raise
        except BaseException:
            self.control.state = "cancelled"
            raise
        finally:
            self.seconds = time.perf_counter() - began
        result = self.result(value)
        self.told |= {"duration": self.seconds, "success_rate": self._success()}
        await self.workflow.tell(self.ctx, "complete", result)
        return result

    def _success(self) -> float:
        """Give how many of the steps that were done gave something, in percent."""
        done = [one for one in self.outcomes.values() if one.status != "skipped" or one.error is not None]
        return 100.0 * sum(one.ok for one in done) / len(done) if done else 100.0

    async def take_back(self, ctx: CallContext) -> None:
        """Take back what was done and was not taken back yet, the last first, at a place below `ctx`.

        Whoever ends a run from outside calls it: only they know that it is not to be gone on with.
        """
        done = marks(self)
        if done:
            await undo(self, await settled(at(ctx, "undo"), done), ctx)

    async def _flow(self, ctx: CallContext) -> object:
        self.ctx = ctx
        value = await self.workflow.kind.run(self)
        mapping = self.definition.output
        return value if mapping is UNMAPPED else await asked(ctx, mapping, self.values)

    # -- what a kind may ask for ---------------------------------------------------------------------------------------

    @property
    def definition(self) -> Definition:
        """Give the workflow as it is now."""
        return self.workflow.definition

    def remaining(self) -> Iterator[Step]:
        """Yield the steps in order, each once, also those that are added meanwhile."""
        seen: set[str] = set()
        while True:
            step = next((one for one in self.definition.steps if one.name not in seen), None)
            if step is None:
                return
            seen.add(step.name)
            yield step

    async def step(
        self,
        step: Step,
        *,
        key: str = "",
        more: Values | None = None,
        keep: bool = True,
        must: bool = True,
    ) -> Outcome:
        """Do one step; see `spec.workflow_kinds.Flow`."""
        if self.control.state != "running":
            await self.control.gate()
            self.control.live()
        key = key or step.name
        self.doing[key] = step.name
        try:
            outcome = await do_step(self, step, key, self._known(more))
        except LlmspellError:
            await self._as_before(key)
            raise
        except BaseException:
            self._cut_off(step, key)
            raise
        finally:
            del self.doing[key]
            self.attempts.pop(key, None)
        self.outcomes[key] = outcome
        if outcome.ok:
            self.done.append(outcome)
        self._ended()
        if keep:
            self.keep(outcome)
        if self.workflow.listeners:
            await self._tell(outcome)
        self._progress(key)
        if outcome.error is not None and must and outcome.status == "failed" and not self.definition.tolerant:
            await self._as_before(key)
            raise outcome.error
        return outcome

    async def _as_before(self, key: str) -> None:
        """Let a failure end the others no sooner than it did when the run came to it first: what was done then is done.

        It counts for what is taken back.
        """
        if self.ctx.run.journal.active:
            then = await settled(at(self.ctx, f"{key}/failed"), marks(self))
            while not reached(self, then):
                news = self._news = self._news or asyncio.Event()
                await news.wait()

    def _ended(self) -> None:
        """Tell who waits for it, here and in the workflows around this one, that a step has ended."""
        run: Execution | None = self
        while run is not None:
            if run._news is not None:  # noqa: SLF001 - one of us
                run._news.set()  # noqa: SLF001
                run._news = None  # noqa: SLF001
            run = run.above

    def _cut_off(self, step: Step, key: str) -> None:
        """Note what a workflow within a step has done, which was ended with the step."""
        attempts = self.attempts.get(key)
        within = None if attempts is None else undoable(attempts.given.within)
        if attempts is not None and within is not None:
            self.done.append(Outcome(step, key, CUT, attempts=attempts.count, within=within))

    def _known(self, more: Values | None) -> Values:
        """Give what is known, with more on top."""
        values = dict(self.values) if more is None else {**self.values, **more}
        many = (*self.many, *more.many) if isinstance(more, OneOf) else self.many
        return OneOf(values, many) if many else values

    def keep(self, outcome: Outcome) -> None:
        """Let later steps see an output."""
        if outcome.ok:
            step = outcome.step
            values = self.values
            if outcome.also:
                values.update(outcome.also)
            values["previous"] = values[step.output or step.name] = outcome.value
            values["steps"][step.name] = outcome.value  # type: ignore[index]  # a dict of our own
            self._order.append(outcome)

    async def ask(self, what: object, more: Values | None = None) -> object:
        """Give the value of a mapping."""
        return await asked(self.ctx, what, self._known(more))

    async def test(self, what: object, more: Values | None = None) -> bool:
        """Tell whether a condition holds."""
        return await holds(self.ctx, what, self._known(more))

    async def call(self, function: Callable[..., Awaitable[object]], *arguments: object) -> object:
        """Call a function among the options."""
        return await called(self.ctx, function, *arguments)

    async def settle(self, place: str, found: T) -> T:
        """Give what time has decided."""
        return await settled(at(self.ctx, place), found)

    async def gather(self, jobs: Sequence[Callable[[], Awaitable[T]]], limit: int | None = None) -> list[T]:
        """Run jobs side by side."""
        return await self.ctx.gather(*jobs, limit=limit)

    # -- who holds it --------------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Let no further step begin; those under way go on. Raises `WorkflowStateError` when it does not run."""
        self.control.pause()
        self._held("workflow_paused")

    def resume(self) -> None:
        """Let steps begin again; raises `WorkflowStateError` when it is not paused."""
        self.control.resume()
        self._held("workflow_resumed")

    def cancel(self, reason: str = "") -> None:
        """End it with the steps that are under way; raises `WorkflowStateError` when it is over."""
        self.control.cancel(reason)
        self._held("workflow_cancelled", reason=reason)

    def _held(self, event: str, **more: object) -> None:
        events = self.ctx.app.events
        if events.wants(event):
            data = {"workflow": self.workflow.name, "path": self.ctx.path, **more}
            events.emit_nowait(event, data, run=self.ctx.scope.run_id, source=self.ctx.who)

    # -- what is told of it --------------------------------------------------------------------------------------------

    def _progress(self, key: str) -> None:
        if self.ctx.app.events.wants("progress"):
            total = len(self.definition.steps)
            done = len({one.step.name for one in self.outcomes.values()})
            self.ctx.progress(done, max(total, done), f"{self.workflow.name}: {key}")

    async def _tell(self, outcome: Outcome) -> None:
        told = {"name": outcome.step.name, "key": outcome.key, **record(outcome)}
        ctx = at(self.ctx, outcome.key)
        if outcome.status == "failed":
            await self.workflow.tell(ctx, "step_error", told.get("error"), told)
        await self.workflow.tell(ctx, "step_complete", told, outcome.value)
        await self.workflow.tell(ctx, "progress", self.status())

    def result(self, value: object) -> Result:
        """Give what came of it: `success, status, workflow, output, outputs, steps, duration, metadata`.

        `outputs` has each output by its name, `steps` a record of each step.
        """
        steps = {key: record(outcome) for key, outcome in self.outcomes.items()}
        outputs: Result = {}
        for one in self._order:
            outputs |= {**(one.also or {}), one.step.output or one.step.name: one.value}
        failed = self._failed()
        return {
            "success": True,
            "status": "completed",
            "workflow": self.workflow.name,
            "output": value,
            "outputs": outputs,
            "steps": steps,
            "duration": self.seconds,
            "metadata": {"kind": self.definition.kind, **({"failed_steps": failed} if failed else {})},
        }

    def _failed(self) -> list[str]:
        """Give the keys of the steps that failed, in the order of rounds and of steps: not in that of their ends."""
        places = {step.name: place for place, step in enumerate(self.definition.steps)}

        def place(key: str) -> tuple[list[int], int]:
            rounds = [int(one) for one in re.findall(r"\[(\d+)\]", key)]
            return rounds, places.get(self.outcomes[key].step.name, len(places))

        return sorted((key for key, one in self.outcomes.items() if one.status == "failed"), key=place)

    def exported(self) -> dict[str, object]:
        """Give the outputs that steps name, those of phases within included: what a phase says of itself."""
        found: dict[str, object] = {}
        for one in self._order:
            found |= one.also or {}
            if one.step.output:
                found[one.step.output] = one.value
        return found

    def answered(self, found: Mapping[str, object]) -> Result:
        """Give the result of a workflow for which a hook answered."""
        return {**self.result(dict(found)), "steps": {}, "metadata": {"kind": self.definition.kind, "answered": True}}

    def status(self) -> Result:
        """Tell how far it has come: `state, workflow, done, total, current, steps`."""
        return {
            "state": self.control.state,
            "workflow": self.workflow.name,
            "done": len({one.step.name for one in self.outcomes.values()}),
            "total": len(self.definition.steps),
            "current": list(self.doing),
            "steps": {key: record(outcome) for key, outcome in self.outcomes.items()},
            **({"reason": self.control.reason} if self.control.reason else {}),
        }


def record(outcome: Outcome) -> Result:
    """Write down what came of a step: `success, status, output, attempts, duration`, with `error` and `recovery`."""
    table: Result = {
        "success": outcome.ok,
        "status": outcome.status,
        "output": outcome.value,
        "attempts": outcome.attempts,
        "duration": outcome.seconds,
    }
    if outcome.error is not None:
        table["error"] = described(outcome.error)
    if outcome.note is not None:
        table["recovery"] = dict(outcome.note)
    return table
