"""Places for work that waits: by priority, without starving anybody, and fairly among runs.

Classes are served by stride scheduling (Waldspurger and Weihl, 1995): of five classes that always have work, one gets
16, 8, 4, 2 and 1 of every 31 places. Within a class the runs take turns, and each run's work goes in its order.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import TYPE_CHECKING

from llmspell.errors import ResourceExhaustedError

if TYPE_CHECKING:
    from collections.abc import Callable

WEIGHTS = {"critical": 16, "high": 8, "normal": 4, "low": 2, "background": 1}


class Ticket:
    """One piece of work; `granted` is called when its turn comes."""

    __slots__ = ("granted", "inside", "owner", "priority")

    def __init__(self, priority: str, owner: str, granted: Callable[[], None]) -> None:
        self.priority = priority
        self.owner = owner
        self.granted = granted
        self.inside = False


class _Lane:
    """The work of one class, by owner."""

    __slots__ = ("owners", "passed", "stride")

    def __init__(self, weight: int) -> None:
        self.stride = 1 / weight
        self.passed = 0.0
        self.owners: OrderedDict[str, deque[Ticket]] = OrderedDict()

    def take(self) -> Ticket:
        """Take the next work of the owner whose turn it is."""
        owner, works = self.owners.popitem(last=False)
        ticket = works.popleft()
        if works:
            self.owners[owner] = works
        self.passed += self.stride
        return ticket

    def remove(self, ticket: Ticket) -> None:
        """Take a ticket out."""
        works = self.owners[ticket.owner]
        works.remove(ticket)
        if not works:
            del self.owners[ticket.owner]


class Lanes:
    """Let at most `limit` pieces of work in, and at most `queue_limit` wait."""

    def __init__(self, limit: int, queue_limit: int, what: str) -> None:
        self.limit = limit
        self.queue_limit = queue_limit
        self.what = what
        self.inside = self.waiting = self.most_inside = self.admitted = self.waited = self.refused = 0
        self._lanes = {name: _Lane(weight) for name, weight in WEIGHTS.items()}
        self._now = 0.0

    def ask(self, priority: str, owner: str, granted: Callable[[], None]) -> Ticket:
        """Ask for a place; `inside` of the ticket tells whether it has one. Raises `ResourceExhaustedError`."""
        ticket = Ticket(priority, owner, granted)
        if self.inside < self.limit and not self.waiting:
            self._admit(ticket)
            return ticket
        if self.waiting >= self.queue_limit:
            self.refused += 1
            message = f"{self.waiting} calls already wait for {self.what}, which takes {self.limit} at once"
            raise ResourceExhaustedError(message, suggestions=["ask for less at once, or raise queue_limit"])
        lane = self._lanes[priority]
        if not lane.owners:
            lane.passed = max(lane.passed, self._now)  # who was away has saved nothing up
        lane.owners.setdefault(owner, deque()).append(ticket)
        self.waiting += 1
        self.waited += 1
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """End a piece of work, or give up waiting; whoever is next gets the place."""
        if not ticket.inside:
            self._lanes[ticket.priority].remove(ticket)
            self.waiting -= 1
            return
        ticket.inside = False
        self.inside -= 1
        while self.waiting and self.inside < self.limit:
            lane = min((one for one in self._lanes.values() if one.owners), key=lambda one: one.passed)
            self._now = lane.passed
            self.waiting -= 1
            found = lane.take()
            self._admit(found)
            found.granted()

    def statistics(self) -> dict[str, object]:
        """Count what is inside and waits now, and what was admitted, had to wait and was refused so far."""
        return {
            "limit": self.limit,
            "running": self.inside,
            "waiting": self.waiting,
            "most_running": self.most_inside,
            "admitted": self.admitted,
            "waited": self.waited,
            "refused": self.refused,
        }

    def _admit(self, ticket: Ticket) -> None:
        ticket.inside = True
        self.inside += 1
        self.admitted += 1
        self.most_inside = max(self.most_inside, self.inside)
