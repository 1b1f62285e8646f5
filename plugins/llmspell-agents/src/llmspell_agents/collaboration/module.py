"""`Collaboration` and `Swarm`, for scripts of every language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.errors import CollaborationError
from llmspell.spec import Context, function
from llmspell.spec.script_modules import NO_MAP, Stream
from llmspell_agents.collaboration.consensus import consensus
from llmspell_agents.collaboration.options import StartOptions, SwarmOptions, restored, written
from llmspell_agents.collaboration.recovery import WAYS, Recovery
from llmspell_agents.collaboration.strategies import dynamic, hierarchical, parallel, sequential
from llmspell_agents.collaboration.swarm import search
from llmspell_agents.collaboration.team import Team
from llmspell_agents.collaboration.work import done_or_paused, parts, taken_up

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell_agents.collaboration.journal import Journal
    from llmspell_agents.collaboration.team import Sink

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

        `status` is `done`, or `paused` when tool calls of agents wait for a person: `pending` lists them as for an
        agent, and `resume` goes on from `state`, also in another process. Raises `collaboration` when it comes to
        nothing, `agent_not_found`.
        """
        return await _together(ctx, options)

    @function()
    def stream(self, options: StartOptions, ctx: Context) -> Stream:
        """Have agents work together and iterate over what they say; leaving the loop cancels the work.

        Parts are `agent` (a `part` of what the `agent` says), `message` with the `agent`, what it is `about` and its
        whole `content`, and as the last one `done` with all that `start` returns.
        """
        return Stream(parts(lambda sink: _together(ctx, options, sink=sink)))

    @function()
    async def resume(
        self, state: str | dict[str, object], ctx: Context, decisions: dict[str, object] = NO_MAP
    ) -> dict[str, Any]:
        """Go on with a collaboration from its `state`; returns what `start` returns.

        `decisions` are by the ids of calls in `pending`, as for `agent:resume`. Who has answered is not asked again.
        The agents are found by their names. Raises `run_state`, `validation` and `agent_not_found` before anything is
        spent, and as `start` does.
        """
        given, journal = taken_up("collaboration", state, decisions)
        return await _together(ctx, restored(given), journal)

    @function()
    def resume_stream(
        self, state: str | dict[str, object], ctx: Context, decisions: dict[str, object] = NO_MAP
    ) -> Stream:
        """Go on as `resume` does and iterate over what agents say as `stream` does."""
        given, journal = taken_up("collaboration", state, decisions)
        return Stream(parts(lambda sink: _together(ctx, restored(given), journal, sink)))

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
        the others from 0 to 10; all see the best so far. `status`, `pending` and `state` as for `Collaboration.start`.
        """
        return await _searched(ctx, swarm, task)

    @function()
    def stream(self, swarm: SwarmGiven, task: str, ctx: Context) -> Stream:
        """Have a swarm look for a solution and iterate over what its agents say, as in `Collaboration.stream`."""
        return Stream(parts(lambda sink: _searched(ctx, swarm, task, sink=sink)))

    @function()
    async def resume(
        self, state: str | dict[str, object], ctx: Context, decisions: dict[str, object] = NO_MAP
    ) -> dict[str, Any]:
        """Go on with a swarm from its `state`, as `Collaboration.resume` does; returns what `run` returns."""
        given, journal = taken_up("swarm", state, decisions)
        task = str(given.pop("task", ""))
        return await _searched(ctx, SwarmGiven(**given), task, journal)


class SwarmGiven(SwarmOptions):
    """What `Swarm.create` gave, or the options of a swarm."""

    names: list[str] = []  # noqa: RUF012 - never changed; `create` tells them


async def _together(
    ctx: Context, options: StartOptions, journal: Journal | None = None, sink: Sink | None = None
) -> dict[str, Any]:
    """Have agents work together, from the beginning or from where they waited."""
    team = Team(ctx, options.agents, "collaboration", options.shared, journal=journal, sink=sink)
    way = options.on_failure or WAYS[options.strategy]
    team.recovery = Recovery(way, max(options.retries, 0))
    told = {"strategy": options.strategy, "agents": team.names}
    given = written(options, team)
    await ctx.events.emit("collaboration_started", told)
    result = await done_or_paused(team, STRATEGIES[options.strategy](team, options), options.timeout, given)
    if result["status"] == "done":
        await ctx.events.emit("collaboration_completed", {**told, "recoveries": len(team.recovery.notes)})
    return result


async def _searched(
    ctx: Context, swarm: SwarmGiven, task: str, journal: Journal | None = None, sink: Sink | None = None
) -> dict[str, Any]:
    """Have a swarm look for a solution, from the beginning or from where it waited."""
    team = Team(ctx, swarm.agents, "swarm", {}, journal=journal, sink=sink)
    team.recovery = Recovery(WAYS["swarm"])
    given = {**swarm.given(), "agents": team.names, "task": task}
    return await done_or_paused(team, search(team, swarm, task), swarm.timeout, given)
