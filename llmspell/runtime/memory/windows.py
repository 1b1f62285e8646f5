"""Windows: which messages of a conversation a model is told.

A conversation is cut between exchanges only. An exchange is a message with the tool results that follow it, so that no
call is told without its result and no result without its call. What is pinned is told whatever the cut: messages of
the system, a summary of what came before, and the message that is being answered.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.llm import Message


class Bounds(NamedTuple):
    """What may be told: turns of the user, messages, tokens; None means any number."""

    turns: int | None = None
    messages: int | None = None
    tokens: int | None = None


class Marks:
    """Know of a conversation that only grows where its turns begin and where the system speaks.

    A run asks its model again and again; what was seen before is not looked at once more.
    """

    __slots__ = ("_seen", "system", "turns")

    def __init__(self) -> None:
        self._seen = 0
        self.system: list[int] = []
        self.turns: list[int] = []

    def look(self, messages: Sequence[Message]) -> Marks:
        """Look at what has been added."""
        seen, self._seen = self._seen, len(messages)
        new = messages[seen:] if seen else messages
        self.system += [at for at, one in enumerate(new, seen) if one.role == "system"]
        self.turns += [at for at, one in enumerate(new, seen) if one.role == "user" and not one.automatic]
        return self


class Conversation:
    """Look at the messages of one request.

    messages   what would be told without bounds
    costs      the tokens of each; none when tokens do not matter
    current    index of the message that is being answered
    summary    index of a summary of what came before, None when there is none
    marks      what is known of the messages
    """

    __slots__ = ("_after", "_marks", "_pinned", "costs", "current", "messages", "summary")

    def __init__(
        self,
        messages: Sequence[Message],
        costs: Sequence[int],
        current: int,
        summary: int | None = None,
        marks: Marks | None = None,
    ) -> None:
        self.messages = messages
        self.costs = costs
        self.current = current
        self.summary = summary
        self._marks = marks or Marks().look(messages)
        self._after = [*reversed([0, *accumulate(reversed(costs))])]
        own = [current] if summary is None else [current, summary]
        self._pinned = sorted({*self._marks.system, *own})

    def exchanges(self) -> list[int]:
        """Give the indices at which the conversation may be cut: where an exchange begins."""
        return [index for index, one in enumerate(self.messages) if one.role != "tool" or index == 0]

    def turns(self) -> list[int]:
        """Give the indices at which a turn of the user begins, up to the one that is being answered."""
        return [at for at in self._marks.turns if at <= self.current and at != self.summary]

    def kept(self, cut: int) -> list[int]:
        """Give the indices that are told when the conversation is cut there."""
        return [*(index for index in self._pinned if index < cut), *range(cut, len(self.messages))]

    def tokens(self, cut: int) -> int:
        """Give the tokens that are told when the conversation is cut there."""
        if not self.costs:
            return 0
        return self._after[cut] + sum(self.costs[index] for index in self._pinned if index < cut)

    def share(self, bounds: Bounds) -> float:
        """Tell how much of its bounds the whole takes, 1.0 being all of the one that is nearest."""
        taken = (
            (len(self.turns()), bounds.turns),
            (len(self.messages), bounds.messages),
            (self.tokens(0), bounds.tokens),
        )
        return max((amount / bound for amount, bound in taken if bound), default=0.0)

    def cut(self, bounds: Bounds) -> int | None:
        """Give the earliest cut within the bounds, None when the newest exchange alone takes more tokens than that.

        Whole turns are left out while that is enough, then the older exchanges of the turn that is going on. The newest
        exchange is told however many messages it has.
        """
        turns = self.turns()
        earliest = 0 if bounds.turns is None or len(turns) <= bounds.turns else turns[-bounds.turns]
        later = range(self.current + 1, len(self.messages))
        places = [0, *turns, *(index for index in later if self.messages[index].role != "tool")]
        for cut in places[bisect_left(places, earliest) :]:
            fits = bounds.messages is None or cut == places[-1] or len(self.kept(cut)) <= bounds.messages
            if fits and (bounds.tokens is None or self.tokens(cut) <= bounds.tokens):
                return cut
        return None

    def older(self, keep: int) -> int:
        """Give the cut that leaves the newest messages, at least `keep` of them, and begins with an exchange."""
        last = max(len(self.messages) - keep, 0)
        return max((index for index in self.exchanges() if index <= last), default=0)
