"""Accounts: what a process, its runs, sessions and agents have spent and hold for calls on their way.

Money is counted in whole picodollars, so that what an account spent is exactly what its children and its own calls
spent, in whatever order they came.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.spec import Scope

PICO = 10**12
KINDS = ("run", "session", "agent")
"""Scopes that have an account of their own, below that of the process."""


class Sum(NamedTuple):
    """Tokens, and money in picodollars."""

    tokens: int = 0
    money: int = 0

    def plus(self, other: Sum) -> Sum:
        """Add."""
        return Sum(self.tokens + other.tokens, self.money + other.money)

    def minus(self, other: Sum) -> Sum:
        """Subtract."""
        return Sum(self.tokens - other.tokens, self.money - other.money)

    @property
    def dollars(self) -> float:
        """Give the money in dollars."""
        return self.money / PICO

    @classmethod
    def of(cls, tokens: int, dollars: float | None) -> Sum:
        """Make one of dollars; an unknown price counts nothing."""
        return cls(tokens, round((dollars or 0.0) * PICO))


class Account:
    """Add up spending: `spent = own + closed + the sum of the children's spent`, and likewise what is held.

    A session goes on in other runs and processes. Its account is that of one run; `elsewhere` is what it spent in the
    others, and `noted` the part of `spent` of which they know.
    """

    __slots__ = (
        "children", "closed", "elsewhere", "held", "kind", "name", "noted", "own", "parent", "spent", "unpriced",
    )  # fmt: skip

    def __init__(self, kind: str, name: str, parent: Account | None = None) -> None:
        self.kind = kind
        self.name = name
        self.parent = parent
        self.children: dict[tuple[str, str], Account] = {}
        self.spent = self.own = self.closed = self.held = self.elsewhere = self.noted = Sum()
        self.unpriced = 0

    def child(self, kind: str, name: str) -> Account:
        """Give the account of a scope within this one."""
        known = self.children.get((kind, name))
        if known is None:
            known = self.children[kind, name] = Account(kind, name, self)
        return known

    def chain(self) -> Iterator[Account]:
        """Yield this account and those around it."""
        here: Account | None = self
        while here is not None:
            yield here
            here = here.parent

    def charge(self, amount: Sum, *, priced: bool = True) -> None:
        """Count a call of this account's own."""
        self.own = self.own.plus(amount)
        for one in self.chain():
            one.spent = one.spent.plus(amount)
            one.unpriced += not priced
            outer = one.parent
            if outer is not None and outer.children.get((one.kind, one.name)) is not one:
                outer.closed = outer.closed.plus(amount)  # a call that outlived the scope it belongs to

    def hold(self, amount: Sum) -> None:
        """Reserve for a call that is about to be made."""
        for one in self.chain():
            one.held = one.held.plus(amount)

    def release(self, amount: Sum) -> None:
        """Give back what was held."""
        for one in self.chain():
            one.held = one.held.minus(amount)

    def close(self, kind: str, name: str) -> None:
        """Forget a child that has ended; what it spent stays counted."""
        gone = self.children.pop((kind, name), None)
        if gone is not None:
            self.closed = self.closed.plus(gone.spent)

    def shown(self) -> dict[str, object]:
        """Write the account and its children as JSON data."""
        return {
            "kind": self.kind,
            "name": self.name,
            "cost": self.spent.dollars,
            "tokens": self.spent.tokens,
            "held_cost": self.held.dollars,
            "held_tokens": self.held.tokens,
            "cost_elsewhere": self.elsewhere.dollars,
            "tokens_elsewhere": self.elsewhere.tokens,
            "unpriced_calls": self.unpriced,
            "children": [one.shown() for one in self.children.values()],
        }


def account_of(root: Account, scope: Scope | None, session: str = "") -> Account:
    """Give the account of a scope: agent in session in run in process; agents of one name in a run share one.

    `session` is the id of the session that the run belongs to, if any.
    """
    if scope is None:
        return root
    outer = account_of(root, scope.parent, session)
    if scope.kind == "run":
        run = outer.child("run", scope.run_id)
        return run.child("session", session) if session else run
    return outer.child(scope.kind, scope.name) if scope.kind in KINDS else outer
