"""pyee as an event bus: microseconds per event to some subscribers, `python -m tests.bench.peers.pyee`."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from pyee.base import EventEmitter  # type: ignore[import-not-found,unused-ignore]  # an environment of its own

from tests.bench.peers.measures import MICRO
from tests.bench.peers.turns import serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def emitting(count: int) -> Callable[[], Awaitable[float]]:
    """Make the turn for some subscribers, each a function of its own."""
    emitter = EventEmitter()
    for _ in range(count):
        emitter.add_listener("happened", lambda _event: None)
    times = 40_000 // (count + 1)

    async def turn() -> float:
        start = perf_counter()
        for _ in range(times):
            emitter.emit("happened", {"n": 1})
        return (perf_counter() - start) / times * MICRO

    return turn


if __name__ == "__main__":
    asyncio.run(serve({str(count): emitting(count) for count in (1, 10, 100)}, ["pyee"]))
