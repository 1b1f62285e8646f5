"""Nested budgets: whoever takes something takes it from its tool's, agent's, run's and process's account at once."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from llmspell.errors import ResourceExhaustedError
from llmspell_resources.slots import Slots

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from llmspell.spec.context import Scope
    from llmspell_resources.sections import Limits

MOST = 10_000
"""Accounts that are kept; of those that nobody uses the oldest go first."""

Key = tuple[str, ...]


class Account:
    """What one process, run, agent or tool has taken, and what is under way."""

    __slots__ = ("_slots", "limits", "used", "who")

    def __init__(self, who: str, limits: Limits) -> None:
        self.who = who
        self.limits = limits
        self.used: dict[str, int] = {}
        self._slots: dict[str, Slots] = {}

    def slots(self, key: str) -> Slots | None:
        """Give the places of a limit; None where it is not bounded."""
        bound = getattr(self.limits, key)
        if bound is None:
            return None
        if key not in self._slots:
            self._slots[key] = Slots(bound, self.limits.queue_limit, key, self.who)
        return self._slots[key]

    def add(self, key: str, amount: int) -> None:
        """Count what is used up; raises `ResourceExhaustedError`, and counts nothing, when it would be too much."""
        bound, used = getattr(self.limits, key), self.used.get(key, 0)
        if bound is not None and used + amount > bound:
            message = f"{self.who} would take {used + amount} of {key} = {bound}"
            raise ResourceExhaustedError(
                message,
                suggestions=[f"raise {key} of [resources]"],
                context={"limit": key, "bound": bound, "of": self.who, "used": used, "wanted": amount},
            )
        self.used[key] = used + amount

    def back(self, key: str, amount: int) -> None:
        """Undo an addition of which nothing came."""
        self.used[key] -= amount

    @property
    def idle(self) -> bool:
        """Tell whether nothing is under way."""
        return not any(one.inside or one.waiting for one in self._slots.values())

    def shown(self) -> Mapping[str, object]:
        """Give counts as JSON data."""
        slots = {
            key: {"inside": one.inside, "waiting": one.waiting, "most": one.most, "refused": one.refused}
            for key, one in self._slots.items()
        }
        return {**self.used, **slots}


class Accounts:
    """All accounts of an application, made when they are first needed."""

    def __init__(self) -> None:
        self.limits: dict[str, Limits] = {}
        self._known: OrderedDict[Key, Account] = OrderedDict()

    def of(self, scope: Scope, tool: str = "", own: Limits | None = None) -> list[Account]:
        """Give the accounts that a call belongs to, the outermost first; `own` are the limits its agent brings."""
        agents = list(_agents(scope))
        keys: list[tuple[str, Key, str]] = [("process", ("process",), "llmspell")]
        if scope.run_id:
            keys.append(("run", ("run", scope.run_id), "the run"))
        for depth, agent in enumerate(agents, 1):
            keys.append(("agent", ("agent", scope.run_id, *agents[:depth]), f"agent {agent!r}"))
        if tool:
            keys.append(("tool", ("tool", scope.run_id, tool), f"tool {tool!r}"))
        last = keys[len(keys) - 1 - bool(tool)][1] if agents else None
        return [
            made
            for kind, key, who in keys
            if (made := self._get(kind, key, who, own if key == last else None)) is not None
        ]

    def _get(self, kind: str, key: Key, who: str, own: Limits | None) -> Account | None:
        known = self._known.get(key)
        if known is not None:
            if own is not None:
                known.limits = own
            self._known.move_to_end(key)
            return known
        limits = own or self.limits.get(kind)
        if limits is None:
            return None
        made = self._known[key] = Account(who, limits)
        self._forget_some()
        return made

    def _forget_some(self) -> None:
        while len(self._known) > MOST:
            oldest = next((key for key, one in self._known.items() if one.idle), None)
            if oldest is None:
                return
            del self._known[oldest]

    def close(self, run_id: str) -> None:
        """Forget a run that has ended."""
        for key in [key for key in self._known if key[1:2] == (run_id,)]:
            del self._known[key]

    def shown(self) -> Mapping[str, object]:
        """Give all accounts as JSON data, by their keys."""
        return {"/".join(key): one.shown() for key, one in self._known.items()}

    def __len__(self) -> int:
        return len(self._known)


def _agents(scope: Scope) -> Iterator[str]:
    """Give the agents around a call, the outermost first."""
    found: list[str] = []
    at: Scope | None = scope
    while at is not None:
        if at.kind == "agent":
            found.append(at.name)
        at = at.parent
    return reversed(found)


@asynccontextmanager
async def held(accounts: Sequence[Account], *keys: str) -> AsyncIterator[None]:
    """Hold a place for each key in every account that bounds it, the innermost first: who waits there holds no more."""
    taken: list[Slots] = []
    try:
        for account in reversed(accounts):
            for key in keys:
                slots = account.slots(key)
                if slots is not None:
                    await slots.take()
                    taken.append(slots)
        yield
    finally:
        for slots in reversed(taken):
            slots.give()


def spend(accounts: Sequence[Account], key: str, amount: int) -> None:
    """Count something in every account, or in none when one of them has no room for it."""
    done: list[Account] = []
    try:
        for account in accounts:
            account.add(key, amount)
            done.append(account)
    except ResourceExhaustedError:
        for account in done:
            account.back(key, amount)
        raise
