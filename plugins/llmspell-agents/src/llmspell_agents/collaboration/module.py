"""`Collaboration` and `Swarm`, for scripts of every language."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llmspell.errors import CollaborationError
from llmspell.spec import Context, function
from llmspell_agents.collaboration.consensus import consensus
from llmspell_agents.collaboration.options import StartOptions, SwarmOptions
from llmspell_agents.collaboration.recovery import WAYS, Recovery
from llmspell_agents.collaboration.strategies import dynamic, hierarchical, parallel, sequential
from llmspell_agents.collaboration.swarm import search
from llmspell_agents.collaboration.team import Team

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

STRATEGIES: Mapping[str, Callable[[Team, StartOptions], Awaitable[dict[str, Any]]]] = {
    "sequential": sequential,
    "parallel": parallel,
    "consensus": consensus,
    "hierarchical": hierarchical,
    "dynamic": dynamic,
}


class Collaboration:
    """Agents that work on one task together."""

    @function(aliases=("run",))
    async def start(self, options: StartOptions, ctx: Context) -> dict[str, Any]:
        """Have agents work together and give `{success, strategy, content, shared, messages, recoveries, usage, ...}`.

        `sequential`: one after the other, each knows what came before; the last answer counts. `parallel`: side by side
        as far as `depends_on` and `sync_points` allow; a `leader` puts the answers together. `consensus`: all propose
        and vote. `hierarchical`: the leader plans, others work, the leader puts it together. `dynamic`: the leader
        chooses who works next until it is done.

        Raises `collaboration` when it comes to nothing, `agent_not_found`, `timeout`.
        """
        team = Team(ctx, options.agents, "collaboration", options.shared)
        way = options.on_failure or WAYS[options.strategy]
        team.recovery = Recovery(way, max(options.retries, 0))
        told = {"strategy": options.strategy, "agents": team.names}
        await ctx.events.emit("collaboration_started", told)
        result = await bounded(STRATEGIES[options.strategy](team, options), options.timeout, "collaboration")
        await ctx.events.emit("collaboration_completed", {**told, "recoveries": len(team.recovery.notes)})
        return result

    @function()
    def strategies(self) -> dict[str, str]:
        """Give the strategies, each with what it does when an agent fails."""
        return {name: WAYS[name] for name in STRATEGIES}


class Swarm:
    """Agents that better a solution by looking at the best ones so far."""

    @function(aliases=("new",))
    def create(self, options: SwarmOptions, ctx: Context) -> dict[str, Any]:
        """Describe a swarm, for `Swarm.run`. Raises `agent_not_found`, and `collaboration` without two agents."""
        team = Team(ctx, options.agents, "swarm", {})
        if len(team.members) < 2:  # noqa: PLR2004 - somebody else scores
            raise CollaborationError("a swarm needs two agents or more", suggestions=["name another agent"])
        return {**options.given(), "agents": options.agents, "names": team.names}

    @function(aliases=("execute",))
    async def run(self, swarm: SwarmGiven, task: str, ctx: Context) -> dict[str, Any]:
        """Have a swarm look for a solution and give `{success, content, score, found_by, rounds, usage, ...}`.

        `swarm` is what `create` gave, or its options. In each round every agent proposes a solution and scores those of
        the others from 0 to 10; all see the best so far.
        """
        team = Team(ctx, swarm.agents, "swarm", {})
        team.recovery = Recovery(WAYS["swarm"])
        return await bounded(search(team, swarm, task), swarm.timeout, "swarm")


class SwarmGiven(SwarmOptions):
    """What `Swarm.create` gave, or the options of a swarm."""

    names: list[str] = []  # noqa: RUF012 - never changed; `create` tells them


async def bounded(work: Awaitable[dict[str, Any]], seconds: float | None, what: str) -> dict[str, Any]:
    """Await work for so long; raises `CollaborationError` when it takes longer."""
    timer = asyncio.timeout(seconds)
    try:
        async with timer:
            return await work
    except TimeoutError as error:
        if not timer.expired():
            raise
        raise CollaborationError(f"the {what} was not done after {seconds:g} s") from error
