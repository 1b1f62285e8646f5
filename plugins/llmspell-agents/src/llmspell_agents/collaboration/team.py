"""A team at work: whom to ask, what all of them know, what was said, what it took, and what failed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.errors import ApprovalRequiredError, CollaborationError, LimitReachedError, LlmspellError
from llmspell.model.llm import Usage
from llmspell_agents.collaboration.recovery import Recovery

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from llmspell.model.agent import AgentResult
    from llmspell.spec import Context
    from llmspell.spec.agents import KnownAgent

Table = dict[str, Any]


class Team:
    """Hold one collaboration.

    name      in whose name agents are asked: `collaboration` or `swarm`
    shared    what all agents are told; what came of each piece of the work is added under its name
    """

    def __init__(self, ctx: Context, agents: Iterable[object], name: str, shared: Mapping[str, object]) -> None:
        self.ctx = ctx
        self.name = name
        self.members: dict[str, KnownAgent] = {}
        for ref in agents:
            one = ctx.agents.get(ref)
            if one.info.name in self.members:
                raise CollaborationError(
                    f"agent {one.info.name!r} is named twice", suggestions=["name each agent once"]
                )
            self.members[one.info.name] = one
        if not self.members:
            raise CollaborationError("nobody works together", suggestions=["name some `agents`"])
        self.shared: Table = dict(shared)
        self.messages: list[Table] = []
        self.usage: dict[str, Usage] = {}
        self.recovery = Recovery()

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
        """Ask an agent and keep what it said.

        Raises what its run raises; `ApprovalRequiredError` for one that waits for a person, which nobody is asked here.
        """
        given = f"{text}{self._told()}"
        result = await self.members[name].ask(given, source=self.name, reason=about, context=self.shared, output=output)
        self.usage[name] = self.usage.get(name, Usage()) + result.usage
        if result.status != "done":
            raise ApprovalRequiredError(
                f"agent {name!r} waits for a decision about a tool call, which nobody can take in a {self.name}",
                suggestions=["give its tools no approval, or use the agent by itself"],
            )
        self.messages.append({"agent": name, "about": about, "content": result.content})
        return result

    def _told(self) -> str:
        """Write what the team knows, for all to read."""
        if not self.shared:
            return ""
        return f"\n\n[What the team knows]\n{json.dumps(self.shared, ensure_ascii=False, default=str)}"

    async def all(self, jobs: Sequence[Callable[[], Awaitable[Any]]], at_once: int = 0) -> list[Any]:
        """Run jobs side by side, so many at once, and give what they gave in their order."""
        size = at_once if at_once > 0 else max(len(jobs), 1)
        found: list[Any] = []
        for start in range(0, len(jobs), size):
            found += await self.ctx.gather(*jobs[start : start + size])
        return found

    def own(self, error: LlmspellError) -> bool:
        """Tell whether an error is that of a member, and not that of who started all this."""
        if isinstance(error, ApprovalRequiredError):
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
