"""Consensus: everybody proposes, everybody votes, and what is not agreed on is argued about, or decided."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.errors import CollaborationError
from llmspell_agents.collaboration.voting import Tally, Vote, tally

if TYPE_CHECKING:
    from llmspell_agents.collaboration.options import StartOptions
    from llmspell_agents.collaboration.team import Table, Team


def ballot(count: int) -> Table:
    """Give the form of a vote about so many proposals."""
    number = {"type": "integer", "minimum": 1, "maximum": count}
    return {
        "type": "object",
        "properties": {
            "ranking": {"type": "array", "items": number, "minItems": 1, "uniqueItems": True},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
            "reason": {"type": "string"},
        },
        "required": ["ranking", "reason"],
    }


async def consensus(team: Team, options: StartOptions) -> Table:
    """Have agents propose and vote until they agree, or as `conflict` says.

    Who fails neither proposes nor votes in that round. Raises `CollaborationError` when two agents do not remain, and
    when nothing is agreed on and nobody decides.
    """
    if len(team.members) < 2 or not options.task:  # noqa: PLR2004 - nobody agrees alone
        raise CollaborationError("consensus needs a task and two agents or more", suggestions=["name another agent"])
    rounds: list[Table] = []
    for number in range(1, max(options.rounds, 1) + 1):
        proposals = await _proposals(team, options, number, rounds)
        votes = await _votes(team, options, number, proposals)
        found = tally(votes, len(proposals), options.voting, options.threshold, options.weights)
        rounds.append(_round(proposals, votes, found))
        if found.agreed:
            return _agreed(team, rounds, proposals[found.winner], "votes")
        if options.conflict != "debate":
            break
    return await _resolved(team, options, rounds, proposals, found)


async def _proposals(team: Team, options: StartOptions, number: int, rounds: list[Table]) -> list[tuple[str, str]]:
    text = f"Propose a solution.\n\n{options.task}"
    if rounds:
        before = json.dumps(rounds[-1], ensure_ascii=False)
        text += f"\n\nNothing was agreed on yet. Look at the proposals and the arguments, and better yours:\n{before}"

    async def propose(name: str) -> tuple[str, str] | None:
        result = await team.recovery.ask(team, f"proposal {number} of {name}", name, text)
        return None if result is None else (name, result.content)

    return _enough(await team.all([lambda name=name: propose(name) for name in team.names], options.concurrency), team)  # type: ignore[misc]  # bound now


async def _votes(team: Team, options: StartOptions, number: int, proposals: list[tuple[str, str]]) -> list[Vote]:
    """Ask for votes; proposals are numbered and nobody is told whose they are."""
    listed = "\n\n".join(f"### Proposal {at}\n\n{text}" for at, (_, text) in enumerate(proposals, 1))
    text = f"Vote on these proposals, the best first.\n\nThe task: {options.task}\n\n{listed}"

    async def vote(name: str) -> Vote | None:
        form = ballot(len(proposals))
        result = await team.recovery.ask(team, f"vote {number} of {name}", name, text, form)
        if result is None:
            return None
        told: Any = result.data
        ranking = tuple(int(one) - 1 for one in told["ranking"])
        return Vote(name, ranking, float(told.get("confidence", 1.0)), str(told["reason"]))

    return _enough(await team.all([lambda name=name: vote(name) for name in team.names], options.concurrency), team)  # type: ignore[misc]  # bound now


def _enough(given: list[Any], team: Team) -> list[Any]:
    found = [one for one in given if one is not None]
    if len(found) < 2:  # noqa: PLR2004 - nobody agrees alone
        raise CollaborationError(
            f"of {len(given)} agents {len(found)} remain, too few to agree",
            context={"recoveries": team.recovery.notes},
            suggestions=["say on_failure = 'retry'"],
        )
    return found


async def _resolved(
    team: Team, options: StartOptions, rounds: list[Table], proposals: list[tuple[str, str]], found: Tally
) -> Table:
    """Decide what was not agreed on."""
    if options.conflict == "best":
        return _agreed(team, rounds, proposals[found.winner], "best")
    if options.conflict == "leader":
        leader = team.leader(options.leader)
        told = json.dumps(rounds[-1], ensure_ascii=False)
        text = f"Your team does not agree. Decide which proposal is taken.\n\nThe task: {options.task}\n\n{told}"
        choice: Any = (await team.ask(leader, text, output=ballot(len(proposals)), about="decision")).data
        return _agreed(team, rounds, proposals[int(choice["ranking"][0]) - 1], "leader")
    raise CollaborationError(
        f"{len(team.members)} agents did not agree after {len(rounds)} rounds of votes",
        suggestions=["raise `rounds`, or say conflict = 'leader' or 'best'"],
        context={"rounds": rounds},
    )


def _round(proposals: list[tuple[str, str]], votes: list[Vote], found: Tally) -> Table:
    return {
        "proposals": [
            {"number": at, "agent": name, "content": text, "points": found.points[at - 1]}
            for at, (name, text) in enumerate(proposals, 1)
        ],
        "votes": [
            {
                "agent": one.agent,
                "ranking": [at + 1 for at in one.ranking],
                "confidence": one.confidence,
                "reason": one.reason,
            }
            for one in votes
        ],
        "share": found.share,
        "agreed": found.agreed,
    }


def _agreed(team: Team, rounds: list[Table], chosen: tuple[str, str], by: str) -> Table:
    about = {"proposed_by": chosen[0], "decided_by": by, "consensus": by == "votes", "rounds": rounds}
    return team.result("consensus", chosen[1], **about)
