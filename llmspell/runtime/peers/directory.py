"""The agents of a run that others can find: by name, by what they are able to do, by words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import AgentNotFoundError
from llmspell.model.near import near_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.runtime.agents import Agent


class Directory:
    """Keep the agents of a run by their names; of two with one name the newest is found."""

    __slots__ = ("_agents",)

    def __init__(self) -> None:
        self._agents: dict[str, Agent] = {}

    def add(self, agent: Agent) -> None:
        """Let others find an agent."""
        self._agents[agent.name] = agent

    def remove(self, agent: Agent) -> None:
        """Let nobody find an agent any more, unless another one has its name now."""
        if self._agents.get(agent.name) is agent:
            del self._agents[agent.name]

    def get(self, name: str) -> Agent:
        """Give the agent of a name; raises `AgentNotFoundError` with the nearest one."""
        found = self._agents.get(name)
        if found is None:
            near = near_words(name, self._agents, n=1)
            raise AgentNotFoundError(
                f"there is no agent {name!r} in this run",
                suggestions=[f"use {near[0]!r}"] if near else ["make it with Agent.new, under this name"],
            )
        return found

    def find(self, capabilities: Iterable[str] = (), text: str = "") -> list[Agent]:
        """Give the agents that have all these capabilities, and any of these words in what is told of them.

        Who has more of the words comes first, then who was made first.
        """
        wanted, words = set(capabilities), text.lower().split()
        scored = [
            (score, agent)
            for agent in self._agents.values()
            if wanted <= set(agent.config.capabilities) and ((score := _score(agent, words)) or not words)
        ]
        return [agent for _, agent in sorted(scored, key=lambda one: -one[0])]


def _score(agent: Agent, words: list[str]) -> int:
    config = agent.config
    told = " ".join((config.name, config.description, *config.capabilities)).lower()
    return sum(word in told for word in words)
