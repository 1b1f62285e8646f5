"""What scripts say of a collaboration and of a swarm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from llmspell.errors import RunStateError
from llmspell.spec import Options
from llmspell.spec.script_modules import NO_LIST, NO_MAP
from llmspell_agents.collaboration.recovery import WAYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec.script_modules import Duration
    from llmspell_agents.collaboration.team import Team

Way = Literal["sequential", "parallel", "consensus", "hierarchical", "dynamic"]
Failure = Literal["retry", "reassign", "skip", "abort"]


class StepOptions(Options):
    """One piece of the work."""

    name: Annotated[str, "name by which other steps and sync points mean it; the agent's"] = ""
    agent: Annotated[object, "who does it; without one the next agent of the list"] = None
    task: Annotated[str, "what is to be done; the task of the collaboration"] = ""
    depends_on: Annotated[list[str], "steps and sync points that come before it, for `parallel`"] = NO_LIST


class SyncOptions(Options):
    """A point where the work waits for some of its steps, for `parallel`."""

    name: Annotated[str, "name by which steps depend on it"]
    wait_for: Annotated[list[str], "steps that must have ended"]
    require: Annotated[int | None, "how many of them must have succeeded; all"] = None


class StartOptions(Options):
    """A collaboration."""

    agents: Annotated[list[object], "the agents, or their names"]
    strategy: Annotated[Way, "how they work together"] = "sequential"
    task: Annotated[str, "what is to be done"] = ""
    steps: Annotated[list[StepOptions], "pieces of the work; one for each agent"] = NO_LIST
    shared: Annotated[dict[str, object], "what all of them are told; also values for `{{x}}` in their prompts"] = NO_MAP
    sync_points: Annotated[list[SyncOptions], "points where the work waits for some of its steps"] = NO_LIST
    leader: Annotated[object, "who plans, decides or puts together; the first agent"] = None
    concurrency: Annotated[int, "how many agents may work side by side; 0 for all"] = 0
    voting: Annotated[
        Literal["majority", "unanimous", "weighted", "ranked"],
        "how votes count: one each, all alike, by confidence and `weights`, by rank",
    ] = "majority"
    weights: Annotated[dict[str, float], "weight of an agent's vote by its name, for `weighted`; 1"] = NO_MAP
    threshold: Annotated[float, "share of all points above which a proposal is agreed on"] = 0.5
    conflict: Annotated[
        Literal["debate", "leader", "best", "fail"],
        "what to do when nothing is agreed on: argue and vote again, the leader decides, most points win, give up",
    ] = "debate"
    rounds: Annotated[int, "how often they vote, or how often the coordinator of `dynamic` chooses"] = 3
    on_failure: Annotated[Failure | None, "what to do when an agent fails; each strategy has its own way"] = None
    retries: Annotated[int, "how often a failed piece is tried again, for `retry`"] = 1
    timeout: Annotated[Duration | None, "how long all of it may take"] = None


class SwarmOptions(Options):
    """A swarm: agents that better a solution by looking at the best ones so far."""

    agents: Annotated[list[object], "the agents, or their names"]
    rounds: Annotated[int, "how often each of them proposes"] = 3
    keep: Annotated[int, "how many of the best solutions all of them see"] = 3
    target: Annotated[float | None, "score from 0 to 10 that is good enough to stop"] = None
    patience: Annotated[int, "rounds without a better solution before they stop"] = 1
    timeout: Annotated[Duration | None, "how long all of it may take"] = None


def written(options: StartOptions, team: Team) -> dict[str, Any]:
    """Write the options of a collaboration as JSON data, with agents by their names."""
    steps = [one.given() | _named(one.agent, "agent", team) for one in options.steps]
    points = [one.given() for one in options.sync_points]
    given = options.given() | _named(options.leader, "leader", team)
    return {**given, "agents": team.names, "steps": steps, "sync_points": points}


def restored(given: Mapping[str, Any]) -> StartOptions:
    """Read options that were written; raises `RunStateError` for others."""
    lists = [given.get(key) for key in ("agents", "steps", "sync_points")]
    if not all(isinstance(one, list) for one in lists) or given.get("strategy", "sequential") not in WAYS:
        raise RunStateError("the state of a collaboration is damaged: its options are none")
    steps = [StepOptions(**one) for one in given["steps"]]
    points = [SyncOptions(**one) for one in given["sync_points"]]
    return StartOptions(**{**given, "steps": steps, "sync_points": points})


def _named(ref: object, key: str, team: Team) -> dict[str, str]:
    return {} if ref is None else {key: team.member(ref, key)}
