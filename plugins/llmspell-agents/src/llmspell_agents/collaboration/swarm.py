"""A swarm: agents propose, see the best solutions so far, better them, and score those of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.errors import CollaborationError

if TYPE_CHECKING:
    from llmspell_agents.collaboration.options import SwarmOptions
    from llmspell_agents.collaboration.team import Table, Team


class Solution(NamedTuple):
    """What an agent proposed, and the mean of the scores that others gave it."""

    agent: str
    content: str
    score: float
    round: int


async def search(team: Team, options: SwarmOptions, task: str) -> Table:
    """Look for a good solution until it is good enough, none gets better, or the rounds are over.

    Who fails takes no part in that round. Raises `CollaborationError` when nobody proposes or nobody scores.
    """
    if len(team.members) < 2 or not task:  # noqa: PLR2004 - somebody else scores
        raise CollaborationError("a swarm needs a task and two agents or more", suggestions=["name another agent"])
    best: list[Solution] = []
    history: list[Table] = []
    idle = 0
    for number in range(1, max(options.rounds, 1) + 1):
        found = await _scored(team, task, number, await _proposed(team, task, number, best))
        top = best[0].score if best else -1.0
        best = sorted([*best, *found], key=lambda one: -one.score)[: max(options.keep, 1)]
        history.append({"round": number, "solutions": [one._asdict() for one in found], "best": best[0].score})
        idle = 0 if best[0].score > top else idle + 1
        if (options.target is not None and best[0].score >= options.target) or idle >= max(options.patience, 1):
            break
    return team.result("swarm", best[0].content, score=best[0].score, found_by=best[0].agent, rounds=history)


async def _proposed(team: Team, task: str, number: int, best: list[Solution]) -> list[tuple[str, str]]:
    text = f"Propose a solution.\n\n{task}"
    if best:
        seen = "\n\n".join(f"### Scored {one.score:.1f} of 10\n\n{one.content}" for one in best)
        text += f"\n\nThe best solutions so far. Better them, or find another way:\n\n{seen}"

    async def propose(name: str) -> tuple[str, str] | None:
        result = await team.recovery.ask(team, f"solution {number} of {name}", name, text)
        return None if result is None else (name, result.content)

    found = [one for one in await team.all([lambda name=name: propose(name) for name in team.names]) if one]  # type: ignore[misc]  # bound now
    if not found:
        raise CollaborationError("nobody of the swarm proposed anything", context={"recoveries": team.recovery.notes})
    return found


async def _scored(team: Team, task: str, number: int, found: list[tuple[str, str]]) -> list[Solution]:
    """Have everybody score the solutions of the others."""

    async def score(name: str) -> dict[int, float]:
        others = [at for at, (who, _) in enumerate(found) if who != name]
        if not others:
            return {}
        listed = "\n\n".join(f"### Solution {place}\n\n{found[at][1]}" for place, at in enumerate(others, 1))
        text = f"Score each of these solutions from 0 to 10, in their order.\n\nThe task: {task}\n\n{listed}"
        result = await team.recovery.ask(team, f"scores {number} of {name}", name, text, _scores(len(others)))
        if result is None:
            return {}
        told: Any = result.data
        return dict(zip(others, map(float, told["scores"]), strict=True))

    scores = await team.all([lambda name=name: score(name) for name in team.names])  # type: ignore[misc]  # bound now
    given = [[one[at] for one in scores if at in one] for at in range(len(found))]
    scored = [
        Solution(who, text, sum(points) / len(points), number)
        for (who, text), points in zip(found, given, strict=True)
        if points
    ]
    if not scored:
        raise CollaborationError("nobody of the swarm scored anything", context={"recoveries": team.recovery.notes})
    return scored


def _scores(count: int) -> Table:
    one = {"type": "number", "minimum": 0, "maximum": 10}
    scores = {"type": "array", "items": one, "minItems": count, "maxItems": count}
    return {"type": "object", "properties": {"scores": scores}, "required": ["scores"]}
