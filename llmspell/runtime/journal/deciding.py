"""Wait for a person in a durable run: until somebody decided, and the whole run pauses when nothing else can move."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llmspell.model.decisions import decided
from llmspell.runtime.journal.port import BEHIND
from llmspell.runtime.journal.timers import expire_innermost
from llmspell.runtime.journal.waits import paused, waiting_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell.errors import RunPausedError
    from llmspell.model.agent import AgentResult
    from llmspell.model.approval import Decision, Pending
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.journal.journal import RunJournal

    Record = dict[str, Any]

QUIET = 0.1
"""Seconds in which nothing moves, several times over, before a run is taken to wait for people alone."""

STILL = 3
"""How often: what is under way may be slow to come to its next effect."""


class Deciding:
    """The places of one run at which an agent waits for a person.

    stop     ends the life of the run, told why; None where nothing can: then everything waits on
    stills   tell of parts of the run whether they have nothing to do
    """

    def __init__(self, journal: RunJournal) -> None:
        self._journal = journal
        self.stop: Callable[[RunPausedError], None] | None = None
        self.stills: list[Callable[[], bool]] = []
        self.paused = False
        """Whether this life of the run is over: nothing is begun any more."""
        self._open: dict[str, Record] = {}
        """What waits now, by path, as it was written down."""

    async def decisions(self, ctx: CallContext, number: int, agent: str, result: AgentResult) -> dict[str, Decision]:
        """Give what was decided about the calls that wait in a round of a place, once somebody has.

        It is nothing when the time to decide is over: who goes on with it finds that out.
        """
        known = self._journal.recorded.waits
        answer = known.answer(ctx.path, number)
        if answer is None:
            answer = await self._decided(ctx, self._asked(ctx.path, number, agent, result))
        return decided(self._journal.recorded.value(answer["calls"]))  # type: ignore[arg-type]  # as it was written

    def may_wait(self, path: str) -> bool:
        """Tell whether a place can wait for a person: it has a path, and no effect waits for it, as by a hook of it."""
        journal = self._journal
        return bool(path) and not journal.atomic() and not any(journal.amid(one) for one in (*BEHIND.get(), path))

    def decide(self, decisions: Mapping[str, Mapping[str, object]], by: str) -> None:
        """Write down what people decided, who are called `by`."""
        for path, about in decisions.items():
            calls = dict(about)
            self._journal.note("decided", p=path, calls=calls, by=by)
            self._journal.recorded.waits.take({"k": "decided", "p": path, "calls": calls})

    def over(self, path: str, *, cancelled: bool = False) -> None:
        """Note that a place waits no more."""
        if path not in self._journal.recorded.waits.over:
            self._journal.note("waited", p=path, **({"cancelled": True} if cancelled else {}))

    async def _decided(self, ctx: CallContext, asked: Record) -> Record:
        if self._journal.recorded.waits.over.get(ctx.path, {}).get("cancelled"):
            await self._journal.block(ctx.path)
        self._open[ctx.path] = asked
        try:
            await self._wait(ctx, asked["expires"])
        finally:
            del self._open[ctx.path]
        self._journal.note("decided", p=ctx.path, calls={}, expired=True)
        return {"calls": {}}

    def _asked(self, path: str, number: int, agent: str, result: AgentResult) -> Record:
        """Write down what waits, unless that is known."""
        calls: Any = self._journal.masked({"calls": [_told(one) for one in result.pending]})["calls"]
        expires: Any = None if result.state is None else result.state["expires"]
        known = self._journal.recorded.waits.asked.get(path, {}).get(number)
        if known is None or [one["id"] for one in known["calls"]] != [one["id"] for one in calls]:
            self._journal.note("waits", p=path, r=number, agent=agent, calls=calls, expires=expires)
        return {"p": path, "r": number, "agent": agent, "calls": calls, "expires": expires}

    async def _wait(self, ctx: CallContext, expires: float | None) -> None:
        """Wait until the time to decide is over, or to be cancelled; pause the run when nothing else moves."""
        journal, never = self._journal, asyncio.get_running_loop().create_future()
        quiet = 0
        while True:
            before = journal.progress
            await asyncio.wait([never], timeout=QUIET)
            if self.paused:
                continue
            if expires is not None and journal.live and ctx.app.services.clock.now() > expires:
                return
            if journal.progress != before or journal.moving:
                quiet = 0
            elif any(one.will_fire and one.holds(ctx.path) for one in journal.timers):
                expire_innermost(journal, ctx.path)  # it was what ended this wait, and the run was cut off then
            elif self._still():
                quiet += 1
                if quiet >= STILL:
                    self._pause(ctx.run.id)

    def _still(self) -> bool:
        journal = self._journal
        return (
            self.stop is not None
            and journal.live
            and all(still() for still in self.stills)
            and not any(one.will_fire for one in journal.timers)
        )

    def _pause(self, run: str) -> None:
        """End this life of the run, as a crash would; from here on nothing is written and nothing begins."""
        assert self.stop is not None  # noqa: S101 - or it would not be still
        log = self._journal.log
        path = "" if log is None else str(log.path)
        self._journal.pause()
        self.paused = True
        self.stop(paused(run, path, waiting_calls(self._open.values())))


async def settled(
    result: AgentResult,
    agent: Agent,
    ctx: CallContext,
    *,
    settings: Mapping[str, object] | None = None,
    seconds: float | None = None,
    alone: bool = False,
) -> AgentResult:
    """Have an agent that waits for a person go on when one has decided, until it is done, if the run is durable.

    Elsewhere, and within an effect that is done as a whole, it is what it is. `seconds` bound each part of its run,
    `settings` and `alone` are as in `Agent.execute`. Raises what the run raises, `ApprovalExpiredError` among it.
    """
    people = ctx.run.journal.people
    if people is None or result.status == "done" or not people.may_wait(ctx.path):
        return result
    from llmspell.runtime.peers.within import who_waited  # noqa: PLC0415 - paid by agents that waited
    from llmspell.runtime.waiting import bounded  # noqa: PLC0415 - likewise

    at, number = ctx.child("approval"), 0
    try:
        while (state := result.state) is not None:
            number += 1
            who = who_waited(agent, state, ctx.run)
            decisions = await people.decisions(at, number, who.name, result)
            work = who.resume(state, decisions, ctx=at, settings=settings, alone=alone)
            result = await bounded(work, seconds, f"agent {who.name}", at)
    except asyncio.CancelledError:
        people.over(at.path, cancelled=True)
        raise
    except BaseException:
        people.over(at.path)
        raise
    people.over(at.path)
    return result


def _told(one: Pending) -> Record:
    """Write a call that waits as it is shown."""
    more = {key: value for key, value in (("agent", one.agent), ("digest", one.digest)) if value}
    return {"id": one.id, "tool": one.tool, "arguments": dict(one.arguments), "why": one.why, **more}
