"""Durable runs of Python programs: their effects have names that the program gives.

A program is code like any other: nobody makes it deterministic, so what it did is known by names of its own choice and
not by the order in which it did it.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from llmspell import __version__
from llmspell.errors import UsageError
from llmspell.model.call import Call
from llmspell.runtime.context import CallContext
from llmspell.runtime.journal.deciding import settled
from llmspell.runtime.journal.journal import RunJournal
from llmspell.runtime.journal.log import RunLog
from llmspell.runtime.journal.recorded import Recorded
from llmspell.runtime.ops import perform
from llmspell.spec.descriptor import EFFECTS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from llmspell.errors import RunPausedError
    from llmspell.model.agent import AgentInput, AgentResult
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.app import App
    from llmspell.runtime.journal.log import Sync
    from llmspell.runtime.run import Run

T = TypeVar("T")


class Program:
    """A durable run of a Python program. `run` is what agents and tools are made in."""

    def __init__(self, run: Run, journal: RunJournal) -> None:
        self.run = run
        self._journal = journal
        self._names: set[str] = set()

    async def step(
        self,
        name: str,
        work: Callable[[], Awaitable[T]],
        *,
        input: object = None,  # noqa: A002 - the field's name in a call
        effect: str = "once",
    ) -> T:
        """Do something once, however often the program is started, and give what came of it as JSON can say it.

        `effect` is `pure`, `idempotent` or `once`: whether it may be done again when nobody knows what became of it.
        Raises what `work` raises, or raised; `UsageError` for a name that was used before, `NonDeterminismError` when
        `input` is another one than before, `UncertainOutcomeError` for one that was begun and may not be repeated.
        """

        async def core(_: Call, __: CallContext) -> T:
            return await work()

        at = self.at(name)
        if effect not in EFFECTS:
            known = ", ".join(EFFECTS)
            raise UsageError(f"the step {name!r} has the effect {effect!r}", suggestions=[f"it is one of {known}"])
        result = await perform(at, Call("effect", name, input, effect=effect, metadata={"told": True}), core)
        await self._journal.commit()
        return cast("T", result)

    async def answer(self, name: str, agent: Agent, given: str | AgentInput, **options: Any) -> AgentResult:
        """Have an agent answer, under a name as in `step`; where it waits for a person the program is paused.

        `options` are those of `Agent.execute`. Raises what that raises; `durable` raises `RunPausedError`.
        """
        at = self.at(name)
        return await settled(await agent.execute(given, ctx=at, **options), agent, at)

    def at(self, name: str) -> CallContext:
        """Give a context for one call of an agent or a tool, under a name; raises `UsageError` for one used before."""
        if not name or "/" in name or name in self._names:
            fault = "was used before" if name in self._names else "is no name: it is empty or has a slash"
            message = f"the step {name!r} {fault}"
            raise UsageError(message, suggestions=["give each step a name of its own, with a number in a loop"])
        self._names.add(name)
        return CallContext(self.run, self.run.scope, path=name)


@asynccontextmanager
async def durable(
    app: App,
    log: Path,
    name: str = "program",
    *,
    sync: Sync = "sync",
    assume: Mapping[str, str] | None = None,
    decisions: Mapping[str, Mapping[str, object]] | None = None,
    by: str = "",
    **options: Any,
) -> AsyncIterator[Program]:
    """Begin a durable run whose log does not exist, or go on with the one whose log does.

    Leaving it normally ends the run; an error or a cancellation leaves it to be taken up. So does a person that it
    waits for while no step is under way: what is within is cancelled, and this raises `RunPausedError`, whose `context`
    has the calls that wait. It is given `decisions` about them, by `path` and `id`, when it goes on: `"approve"`,
    `"reject"`, or what else `Agent.resume` takes. `options` are those of `App.run`. Raises `JournalError` and its
    kinds, `UsageError` for a run that has ended and for a decision about a call that does not wait.
    """
    journal = await _taken_up(app, log, name, sync, assume or {}, decisions or {}, by)
    whole, reasons = asyncio.current_task(), []
    begun = whole.cancelling() if whole is not None else 0

    def stop(reason: RunPausedError) -> None:
        if whole is not None:
            reasons.append(reason)
            whole.cancel()

    async with app.run(name, run_id=str(journal.recorded.header["id"]), journal=journal, **options) as run:
        run.on_end(journal.aclose)
        journal.people.stop = stop
        try:
            yield Program(run, journal)
        except asyncio.CancelledError:
            journal.cut_off()
            if reasons and whole is not None and whole.uncancel() <= begun:
                raise reasons[0] from None
            raise
        except BaseException:
            journal.cut_off()
            raise
        await journal.finish()


async def _taken_up(  # noqa: PLR0917 - what `durable` is given
    app: App,
    log: Path,
    name: str,
    sync: Sync,
    assume: Mapping[str, str],
    decisions: Mapping[str, Mapping[str, object]],
    by: str,
) -> RunJournal:
    """Give the journal of a run that begins or goes on."""
    opened, recorded = _opened(app, log, name, sync)
    try:
        if recorded.status not in ("", "paused"):
            message = f"the run of {log.name} has ended: it is {recorded.status}"
            raise UsageError(message, suggestions=["name another log to begin a new run"])
        recorded.waits.check(decisions)
    except BaseException:
        await opened.aclose()
        raise
    if recorded.status:
        recorded.went_on(app.services.clock.now())
        opened.append({"k": "resumed", "by": __version__, "assume": dict(assume)})
    journal = RunJournal(opened, recorded, assume=assume, mask=app.services.secrets.quick)
    journal.assume()
    journal.people.decide(decisions, by)
    return journal


def _opened(app: App, log: Path, name: str, sync: Sync) -> tuple[RunLog, Recorded]:
    if log.exists():
        opened = RunLog.open(log)
        return opened, Recorded(opened.records)
    header = {"k": "run", "id": app.services.new_id(), "name": name, "version": __version__, "engine": None}
    return RunLog.create(log, header, sync=sync), Recorded([header])
