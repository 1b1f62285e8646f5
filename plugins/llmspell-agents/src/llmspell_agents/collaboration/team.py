"""A team at work: whom to ask, what all of them know, what was said, what it took, and what failed."""

from __future__ import annotations

import json
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import (
    ApprovalExpiredError,
    ApprovalRequiredError,
    CollaborationError,
    LimitReachedError,
    LlmspellError,
    RunStateError,
    ValidationError,
)
from llmspell.model.llm import Usage
from llmspell.model.run_state import RunState
from llmspell_agents.collaboration.journal import Journal, Waits
from llmspell_agents.collaboration.recovery import Recovery

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from llmspell.model.agent import AgentResult
    from llmspell.spec import Context
    from llmspell.spec.agents import KnownAgent

    Sink = Callable[[object], Awaitable[None]]

Table = dict[str, Any]


_OF_DECISIONS = (ApprovalExpiredError, RunStateError, ValidationError)
"""What a run that is taken up raises before it does anything: the fault of who decided."""


class Lane(NamedTuple):
    """One of several jobs side by side: its place in the run, and what it knows of the work.

    Neither depends on who is faster, so that a run which is taken up asks the same again. What it finds out the others
    know when all of them have ended.
    """

    team: Team
    ctx: Context
    shared: Table


_LANE: ContextVar[Lane | None] = ContextVar("llmspell_agents_lane", default=None)


class Team:
    """Hold one collaboration.

    name      in whose name agents are asked: `collaboration` or `swarm`
    shared    what all agents are told; what came of each piece of the work is added under its name
    journal   what was said so far, also in another process
    sink      where the parts of what agents say go
    """

    def __init__(
        self,
        ctx: Context,
        agents: Iterable[object],
        name: str,
        shared: Mapping[str, object],
        *,
        journal: Journal | None = None,
        sink: Sink | None = None,
    ) -> None:
        self.ctx = ctx
        self.name = name
        self.journal = journal or Journal()
        self.sink = sink
        self._foreign: list[LlmspellError] = []
        self.members: dict[str, KnownAgent] = {}
        self._refs: dict[str, object] = {}
        for ref in agents:
            one = ctx.agents.get(ref)
            if one.info.name in self.members:
                raise CollaborationError(
                    f"agent {one.info.name!r} is named twice", suggestions=["name each agent once"]
                )
            self.members[one.info.name] = one
            self._refs[one.info.name] = ref
        if not self.members:
            raise CollaborationError("nobody works together", suggestions=["name some `agents`"])
        self._shared: Table = dict(shared)
        self.messages: list[Table] = []
        self.usage: dict[str, Usage] = {}
        self.recovery = Recovery()

    @property
    def _lane(self) -> Lane | None:
        lane = _LANE.get()
        return lane if lane is not None and lane.team is self else None

    @property
    def shared(self) -> Table:
        """Give what is known here."""
        lane = self._lane
        return self._shared if lane is None else lane.shared

    @property
    def names(self) -> list[str]:
        """Give the names of the agents in their order."""
        return list(self.members)

    def member(self, ref: object, what: str) -> str:
        """Give the name of an agent of the team; raises `CollaborationError` for another one."""
        name = self.ctx.agents.get(ref).info.name
        if name not in self.members:
            raise CollaborationError(
                f"{what} is agent {name!r}, who is not of the team", suggestions=[f"one of {', '.join(self.names)}"]
            )
        return name

    def leader(self, ref: object) -> str:
        """Give the name of the agent that leads: the one named, else the first."""
        return self.names[0] if ref is None else self.member(ref, "the leader")

    # -- asking --------------------------------------------------------------------------------------------------------

    async def ask(self, name: str, text: str, *, output: object = None, about: str = "") -> AgentResult:
        """Ask an agent and keep what it said; who has said it before is not asked again.

        Raises what its run raises, and `Waits` for one that waits for a person.
        """
        key = self.journal.key(name, about)
        known = key in self.journal.said
        if known:
            self._spent(name, self.journal.usage(key))
            result = self.journal.known(key)
        else:
            result = await self._asked(key, name, f"{text}{self._told()}", output=output, about=about)
        message = {"agent": name, "about": about, "content": result.content}
        self.messages.append(message)
        if self.sink is not None and not known:
            await self.sink({"type": "message", **message})
        return result

    async def _asked(self, key: str, name: str, text: str, *, output: object, about: str) -> AgentResult:
        """Ask an agent, or have it go on where it waited; note what came of it."""
        lane, waited = self._lane, self.journal.waited(key)
        member = self.members[name] if lane is None else lane.ctx.agents.get(self._refs[name])
        try:
            if waited is None:
                result = await member.ask(
                    text, source=self.name, reason=about, context=self.shared, output=output, sink=self.sink
                )
            else:
                result = await member.resume(*waited, source=self.name, sink=self.sink)
        except LlmspellError as error:
            lost = error.run_state if isinstance(error.run_state, RunState) else None
            usage = Usage() if lost is None else sum((one.usage for one in lost.nested), lost.usage)
            self._spent(name, usage)
            if waited is not None and isinstance(error, _OF_DECISIONS):
                self._foreign.append(error)
            if self.own(error):
                self.journal.failed(key, error, usage)
            raise
        self._spent(name, result.usage)
        if result.status != "done":
            self.journal.waits(key, name, result)
            raise Waits
        self.journal.answered(key, result, result.usage)
        return result

    def _spent(self, name: str, usage: Usage) -> None:
        self.usage[name] = self.usage.get(name, Usage()) + usage

    def _told(self) -> str:
        """Write what the team knows, for all to read."""
        if not self.shared:
            return ""
        return f"\n\n[What the team knows]\n{json.dumps(self.shared, ensure_ascii=False, default=str)}"

    async def all(self, jobs: Sequence[Callable[[], Awaitable[Any]]], at_once: int = 0) -> list[Any]:
        """Run jobs side by side, so many at once, and give what they gave in their order.

        Raises `Waits` when somebody waits for a person, after all the others have come to their end.
        """
        size = at_once if at_once > 0 else max(len(jobs), 1)
        waits = False

        async def to_its_end(job: Callable[[], Awaitable[Any]], lane: Lane) -> Any:
            nonlocal waits
            token = _LANE.set(lane)
            try:
                return await job()
            except Waits:
                waits = True
            finally:
                _LANE.reset(token)

        found: list[Any] = []
        for start in range(0, len(jobs), size):
            some = [(job, Lane(self, self.ctx.child("job"), dict(self._shared))) for job in jobs[start : start + size]]
            found += await self.ctx.gather(*(partial(to_its_end, job, lane) for job, lane in some))
            known = dict(self._shared)
            for _, lane in some:
                self._shared |= {key: one for key, one in lane.shared.items() if known.get(key, lane) is not one}
        if waits:
            raise Waits
        return found

    def own(self, error: LlmspellError) -> bool:
        """Tell whether an error is that of a member, and not that of who started all this."""
        if isinstance(error, ApprovalRequiredError) or any(error is one for one in self._foreign):
            return False
        return not isinstance(error, LimitReachedError) or error.context.get("agent") in {None, *self.members}

    # -- the end -------------------------------------------------------------------------------------------------------

    def result(self, strategy: str, content: str, **more: object) -> Table:
        """Write what came of it."""
        total = sum(self.usage.values(), Usage())
        return {
            "success": True,
            "strategy": strategy,
            "content": content,
            "shared": self.shared,
            "messages": self.messages,
            "recoveries": self.recovery.notes,
            "usage": _counts(total),
            "cost": total.money,
            "nested": [{"agent": name, **_counts(one)} for name, one in self.usage.items()],
            **more,
        }


def _counts(usage: Usage) -> Table:
    return {
        "requests": usage.requests,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "total_tokens": usage.total_tokens,
        "cost": usage.cost,
    }
