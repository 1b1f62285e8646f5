"""Votes: how much each proposal gets, and whether that is an agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Vote(NamedTuple):
    """What one agent wants: the numbers of proposals, the best first, and how sure it is from 0 to 1."""

    agent: str
    ranking: tuple[int, ...]
    confidence: float = 1.0
    reason: str = ""


class Tally(NamedTuple):
    """The points of each proposal, which has most (the first of equals), its share, and whether that is agreed on."""

    points: tuple[float, ...]
    winner: int
    share: float
    agreed: bool


def tally(votes: Sequence[Vote], count: int, rule: str, threshold: float, weights: Mapping[str, float]) -> Tally:
    """Count votes about so many proposals.

    majority    one point for the first choice; more than `threshold` of all points agree
    unanimous   the same, and every first choice must be alike
    weighted    the first choice gets the agent's weight times its confidence
    ranked      with n proposals the first choice gets n - 1 points, the next one less, and so on (Borda); what an agent
                does not rank gets none
    """
    points = [0.0] * count
    for vote in votes:
        if rule == "ranked":
            for place, number in enumerate(vote.ranking):
                points[number] += max(count - 1 - place, 0)
        else:
            points[vote.ranking[0]] += weights.get(vote.agent, 1.0) * vote.confidence if rule == "weighted" else 1.0
    total = sum(points)
    winner = max(range(count), key=lambda number: points[number])
    share = points[winner] / total if total else 0.0
    tied = points.count(points[winner]) > 1
    agreed = share == 1.0 if rule == "unanimous" else share > threshold and not tied
    return Tally(tuple(points), winner, share, agreed and total > 0)
