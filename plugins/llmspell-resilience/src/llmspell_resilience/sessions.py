"""What sessions have spent, over all their runs and in all processes: a value in the state of each session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from llmspell.errors import StorageError
from llmspell_resilience.ledger import Sum

if TYPE_CHECKING:
    from llmspell.spec.states import State
    from llmspell_resilience.ledger import Account
    from llmspell_resilience.resilience import Resilience

KEY: Final = "llmspell-resilience.spent"
"""Holds `{tokens, picodollars}`, both whole numbers."""


class SessionSums:
    """Read and add up; with the rights of the set, so that a spell that may write no state still spends within a cap.

    One at a time: what is being noted must not be counted twice, as noted and as not yet noted.
    """

    def __init__(self, whole: Resilience) -> None:
        self._whole = whole
        self._turn = asyncio.Lock()

    async def look(self, account: Account) -> None:
        """See what a session has spent elsewhere."""
        async with self._turn:
            account.elsewhere = _sum(await self._state(account).get(KEY)).minus(account.noted)

    async def note(self, account: Account) -> None:
        """Add what a session has spent here since it was noted last."""
        async with self._turn:
            spent = account.spent
            new = spent.minus(account.noted)

            async def add(old: Any, _: int) -> dict[str, int]:
                total = _sum(old).plus(new)
                return {"tokens": total.tokens, "picodollars": total.money}

            made = await self._state(account).update(KEY, add)
            account.noted = spent
            account.elsewhere = _sum(made.value).minus(spent)

    def _state(self, account: Account) -> State:
        return self._whole.ctx.state_of("session", account.name)


def _sum(kept: Any) -> Sum:
    """Read a sum; raises `StorageError` for a value of somebody else."""
    match kept:
        case None:
            return Sum()
        case {"tokens": int(tokens), "picodollars": int(money)}:
            return Sum(tokens, money)
    raise StorageError(
        f"the value {KEY!r} of the session is not what its budget has written",
        suggestions=["delete it: what the session has spent is counted anew then"],
    )
