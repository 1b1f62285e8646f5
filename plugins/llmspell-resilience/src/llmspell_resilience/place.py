"""Hold a place in lanes while something runs."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell_resilience.lanes import Lanes, Ticket


@asynccontextmanager
async def place(lanes: Lanes, priority: str, owner: str) -> AsyncIterator[Ticket]:
    """Wait for a place and leave it in the end; who is cancelled while waiting leaves the queue."""
    turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def granted() -> None:
        if not turn.done():
            turn.set_result(None)

    ticket = lanes.ask(priority, owner, granted)
    try:
        if not ticket.inside:
            await turn
        yield ticket
    finally:
        lanes.leave(ticket)
