"""The agents of a run as components reach them: `ctx.agents`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import AgentNotFoundError
from llmspell.model.decisions import decided
from llmspell.model.handoff import Handoff
from llmspell.runtime.peers.handoff import Taken, Waited, hand_over
from llmspell.runtime.peers.tool import said_by
from llmspell.spec.agents import AgentInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.agent import AgentResult
    from llmspell.model.handoff import Kind
    from llmspell.model.llm import Message
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.parts import Sink


class AgentsPort:
    """Find agents for one call, and ask them on its behalf: with the rights of who called the component."""

    __slots__ = ("_ctx",)

    def __init__(self, ctx: CallContext) -> None:
        self._ctx = ctx

    def find(self, capabilities: Iterable[str] = (), text: str = "") -> list[AgentInfo]:
        """Describe the agents that have all capabilities, and any of the words."""
        return [about(one) for one in self._ctx.run.directory.find(capabilities, text)]

    def get(self, ref: object) -> AgentPort:
        """Give an agent: its name, or what a script passed for it. Raises `AgentNotFoundError`."""
        agent = self._ctx.run.directory.get(ref) if isinstance(ref, str) else getattr(ref, "agent", None)
        if agent is None:
            raise AgentNotFoundError(f"this is no agent: {ref!r:.100}", suggestions=["pass an agent or its name"])
        return AgentPort(self._ctx, agent)


class AgentPort:
    """One agent, on behalf of one call."""

    __slots__ = ("_agent", "_ctx", "info")

    def __init__(self, ctx: CallContext, agent: Agent) -> None:
        self._ctx = ctx
        self._agent = agent
        self.info = about(agent)

    async def ask(
        self,
        text: str,
        *,
        source: str,
        kind: Kind = "message",
        reason: str = "",
        history: tuple[Message, ...] = (),
        context: Mapping[str, object] | None = None,
        output: object = None,
        sink: Sink | None = None,
    ) -> AgentResult:
        """Ask the agent, in the name of `source`, as a `handoff` operation; its own conversation is left alone."""
        given = Handoff(
            source=source,
            target=self._agent.name,
            kind=kind,
            reason=reason,
            input=text,
            messages=history,
            context=context or {},
        )
        return await self._over(given, Taken(alone=True, output=output), sink)

    async def resume(
        self, state: Mapping[str, object], decisions: Mapping[str, object], *, source: str, sink: Sink | None = None
    ) -> AgentResult:
        """Go on with a run that waited for a person, as a `handoff` operation."""
        given = Handoff(source=source, target=self._agent.name, kind="message")
        return await self._over(given, Taken(alone=True, waited=Waited(state, decided(decisions))), sink)

    async def _over(self, given: Handoff, how: Taken, sink: Sink | None) -> AgentResult:
        inner = self._ctx.within(None, f"ask:{self._agent.name}", sink=said_by(self._agent, sink))
        return await hand_over(inner, self._agent, given, how)


def about(agent: Agent) -> AgentInfo:
    """Describe an agent."""
    config = agent.config
    return AgentInfo(config.name, config.description, config.capabilities, agent.tools)
