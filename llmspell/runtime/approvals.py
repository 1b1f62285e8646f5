"""Approvals: which tool calls wait for a person, and what was decided about them.

Whatever goes wrong here means that a person is asked: a function that fails, hangs or says nothing lets no call go.
"""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from attrs import evolve

from llmspell.errors import ApprovalExpiredError, LlmspellError, RunStateError, ToolNotFoundError
from llmspell.model.approval import Decision, Pending
from llmspell.model.run_state import WITHIN
from llmspell.runtime.labels import both, digest
from llmspell.runtime.labels import why as labelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llmspell.model.llm import ToolCall
    from llmspell.model.run_state import RunState
    from llmspell.runtime.agents import Agent, Judge, Rule
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.loop_offer import Offer
    from llmspell.runtime.peers.transfers import Peer
    from llmspell.runtime.run import Run

SECONDS = 30.0
"""How long a function may think about one call before a person is asked."""

ANSWERS: Mapping[object, str] = {
    True: "approve",
    False: "reject",
    "approve": "approve",
    "reject": "reject",
    "ask": "ask",
}
REJECTED = "the agent's rules reject this call"


WILD = frozenset("*?[")


def named(run: Run, rule: Rule, peers: Iterable[Peer | str] = ()) -> Rule:
    """Give an agent's option `approve` with the names under which models call the tools, or hand over to `peers`.

    Raises `ToolNotFoundError` for a name that no tool has: a slip of the pen must not let calls go.
    """
    if not isinstance(rule, tuple):
        return rule
    handing = {peer if isinstance(peer, str) else peer.tool for peer in peers}
    return tuple(
        one if one in handing or WILD.intersection(one) else run.app.catalog.get("tool", one, owner=run.id).name
        for one in rule
    )


class Approvals:
    """Decide about the tool calls of one run of an agent, or have them wait."""

    __slots__ = ("agent", "ctx", "offered", "state")

    def __init__(self, agent: Agent, ctx: CallContext, state: RunState, offered: Offer) -> None:
        self.agent = agent
        self.ctx = ctx
        self.state = state
        self.offered = offered

    async def sorted_out(self, calls: Sequence[ToolCall]) -> dict[str, Decision | Pending]:
        """Give by id what was decided about calls and which of them wait; what is not among them may go."""
        found: dict[str, Decision | Pending] = {}
        extras = self.offered.extras
        watched = await self._watched(calls)
        if self.agent.config.approve is None and not self.state.pending and not self.state.decisions:
            calls = [
                call
                for call in calls
                if call.id in watched or (call.name in extras and extras[call.name].get("approval"))
            ]
        waiting = {one.id: one for one in self.state.pending}
        within = self.state.data.get(WITHIN) or ()
        for call in calls:
            if call.id in within:  # type: ignore[operator]  # a map by ids of calls
                continue  # it was begun, and an agent waits in it
            settled = await self._settled(call, waiting.get(call.id), watched=call.id in watched)
            if settled is not None:
                found[call.id] = settled
        return found

    async def _watched(self, calls: Sequence[ToolCall]) -> frozenset[str]:
        """Give the ids of outward calls in a run that has read private data and text from outside."""
        run = self.ctx.run
        if not run.labels or not both(run):
            return frozenset()
        found = set()
        for call in calls:
            ref = self.offered.refs.get(call.name)
            if ref is not None and (await self.ctx.app.tools.bind(ref, run=run)).outward:
                found.add(call.id)
        return frozenset(found)

    async def _settled(
        self, call: ToolCall, waiting: Pending | None, *, watched: bool = False
    ) -> Decision | Pending | None:
        decided = self.state.decisions.get(call.id)
        if decided is not None and (decided.verdict == "reject" or decided.digest or not watched):
            return decided
        asked: Decision | Pending | None = waiting or await self._question(call, watched=watched)
        if not isinstance(asked, Pending):
            return asked
        if watched and not asked.agent:
            asked = self._exactly(asked)
        always = self.state.always.get(call.name) or (self.agent.always or {}).get(call.name)
        if asked.digest and always is not None and always.verdict == "approve":
            return asked  # what was approved once and for all was other bytes
        return always or asked

    def _exactly(self, one: Pending) -> Pending:
        """Have a call approved byte by byte."""
        reason = "" if one.digest else labelled(self.ctx.run)
        return evolve(one, digest=digest(one.tool, one.arguments), why="; ".join(filter(None, (one.why, reason))))

    async def _question(self, call: ToolCall, *, watched: bool = False) -> Decision | Pending | None:
        """Find out whether a call that nobody has looked at needs a person."""
        ref = self.offered.refs.get(call.name)
        if ref is None or call.raw is not None:
            return None  # it fails by itself
        answer, why = await self._rule(call)
        if answer != "ask":
            if answer == "reject":
                return Decision(verdict="reject", reason=REJECTED)
            asks = self.offered.extras[call.name].get("approval")
            if not asks and not watched:
                return None
            why = f"the tool {call.name!r} asks for approval itself" if asks else ""
        if watched and self.ctx.run.labelling == "refuse":
            return Decision(verdict="reject", reason=f"refused: {labelled(self.ctx.run)}")
        bound = await self.ctx.app.tools.bind(ref, run=self.ctx.run)
        if bound.schema.validate(call.arguments):
            return None  # nobody needs to look at what will not run
        return Pending(id=call.id, tool=call.name, arguments=call.arguments, why=why)

    async def _rule(self, call: ToolCall) -> tuple[str, str]:
        """Give what the agent's option `approve` says of a call: approve, reject or ask, and why."""
        rule = self.agent.config.approve
        if rule is None:
            return "approve", ""
        if rule is True:
            return "ask", f"agent {self.agent.name!r} asks for every call"
        if isinstance(rule, tuple):
            found = next((pattern for pattern in rule if fnmatchcase(call.name, pattern)), None)
            return (
                ("approve", "") if found is None else ("ask", f"agent {self.agent.name!r} asks for calls of {found!r}")
            )
        return await self._judged(rule, call)

    async def _judged(self, rule: Judge, call: ToolCall) -> tuple[str, str]:
        """Ask a function about a call."""
        about = {"id": call.id, "tool": call.name, "arguments": dict(call.arguments), "agent": self.agent.name}
        who = "the function that approves calls"
        thinking = asyncio.ensure_future(rule(about, self.ctx))
        timer = asyncio.ensure_future(self.ctx.sleep(SECONDS))
        try:
            await asyncio.wait((thinking, timer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            timed_out = not thinking.done()
            thinking.cancel()
            timer.cancel()
            await asyncio.wait((thinking, timer))
        if timed_out or thinking.cancelled():
            return "ask", f"{who} gave no answer within {SECONDS:g} s"
        if (error := thinking.exception()) is not None:  # it fails closed, and the person who is asked reads why
            return "ask", f"{who} failed: {error.message if isinstance(error, LlmspellError) else repr(error)}"
        given = thinking.result()
        answer = ANSWERS.get(given) if isinstance(given, (bool, str)) else None
        if answer is None:
            return "ask", f"{who} gave {given!r:.60}, neither true, false nor 'ask'"
        return answer, f"{who} asks about it"

    async def enter(self, decisions: Mapping[str, Decision]) -> None:
        """Enter decisions into the state before anything is done.

        Raises `RunStateError` for a call that does not wait, `ApprovalExpiredError` when the time is over,
        `ValidationError` for other arguments that do not fit.
        """
        waiting = {one.id: one for one in self.state.pending}
        await self._in_time()
        unknown = sorted(set(decisions) - set(waiting))
        if unknown:
            message = f"no call {', '.join(unknown)} waits for a decision in this run of agent {self.agent.name!r}"
            listed = [f"decide about {one.id!r} ({one.tool})" for one in self.state.pending]
            raise RunStateError(
                message, suggestions=listed or ["resume it without decisions"], context={"ids": unknown}
            )
        for id_, decision in decisions.items():
            await self._fits(waiting[id_], decision)
        for id_, decision in decisions.items():
            one = waiting[id_]
            if one.digest and decision.verdict == "approve":
                given = one.arguments if decision.arguments is None else decision.arguments
                decision = evolve(decision, digest=digest(one.tool, given))  # noqa: PLW2901 - about these bytes
            self.state.decisions[id_] = decision
            if not waiting[id_].agent:  # else the agent within remembers it
                self._remember(waiting[id_].tool, decision)
        await self._tell(waiting, decisions)

    async def _tell(self, waiting: Mapping[str, Pending], decisions: Mapping[str, Decision]) -> None:
        events = self.ctx.app.events
        if not decisions or not events.wants("approval_decided"):
            return
        calls = [{"id": id_, "tool": waiting[id_].tool, "verdict": one.verdict} for id_, one in decisions.items()]
        about = {"agent": self.agent.name, "calls": calls}
        await events.emit("approval_decided", about, run=self.ctx.scope.run_id, source=self.agent.name)

    async def _in_time(self) -> None:
        expires = self.state.expires
        if expires is None:
            return
        from llmspell.runtime.journal.effects import moment  # noqa: PLC0415 - paid by who waits for a person in time

        if await moment(self.ctx) > expires:
            ids = [one.id for one in self.state.pending]
            message = f"the time to decide about tool calls of agent {self.agent.name!r} is over: {', '.join(ids)}"
            context = {"agent": self.agent.name, "pending": ids, "expires": expires}
            raise ApprovalExpiredError(message, suggestions=["run the agent again"], context=context)

    async def _fits(self, one: Pending, decision: Decision) -> None:
        if decision.arguments is None or decision.verdict == "reject":
            return
        from llmspell.model.schema import invalid  # noqa: PLC0415 - comes with the first tool

        ref = one.tool if one.agent else self.offered.refs[one.tool]
        try:
            bound = await self.ctx.app.tools.bind(ref, run=self.ctx.run)
        except ToolNotFoundError:
            return  # the agent within has it, and checks it
        faults = bound.schema.validate(decision.arguments)
        if faults:
            raise invalid(f"tool {one.tool!r}, whose call {one.id!r} is approved with other arguments", faults)

    def _remember(self, tool: str, decision: Decision) -> None:
        if decision.always is not None:
            alike = evolve(decision, arguments=None)
            self.state.always[tool] = alike
            if decision.always == "agent":
                self.agent.always = {**(self.agent.always or {}), tool: alike}
