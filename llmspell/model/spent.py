"""What runs of agents took, as a tree: each agent's own requests, and those of the agents it ran."""

from __future__ import annotations

from functools import reduce
from operator import add

from attrs import field, frozen

from llmspell.model.llm import Usage


@frozen(kw_only=True)
class Spent:
    """What an agent took of its own, and by the agents that it ran; these stand once by name."""

    agent: str
    own: Usage = field(factory=Usage)
    nested: tuple[Spent, ...] = ()

    @property
    def usage(self) -> Usage:
        """Give the sum of the tree."""
        return reduce(add, (one.usage for one in self.nested), self.own)

    def __add__(self, other: Spent) -> Spent:
        return Spent(agent=self.agent, own=self.own + other.own, nested=together(self.nested, other.nested))


def together(some: tuple[Spent, ...], more: tuple[Spent, ...]) -> tuple[Spent, ...]:
    """Put what agents took together, those of one name into one."""
    if not some or not more:
        return some or more
    found = {one.agent: one for one in some}
    for one in more:
        found[one.agent] = found[one.agent] + one if one.agent in found else one
    return tuple(found.values())
