"""Events: one emission to 1, 10 and 100 synchronous subscribers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.testing import open_context
from tests.bench.budget import OURS
from tests.bench.samples import contest, looped

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.model.event import Event
    from llmspell.services.events import EventBus
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples

COUNTS = (1, 10, 100)


def subscriber() -> Callable[[Event], None]:
    """Make a function of its own."""
    return lambda _event: None


def emission(bus: EventBus, count: int) -> Callable[[], object]:
    """Subscribe some functions to an event and give its emission."""
    name = f"happened_to_{count}"
    for _ in range(count):
        bus.subscribe(name, subscriber())
    return lambda: bus.emit_nowait(name, {"n": 1})


def function_list(count: int) -> Callable[[], object]:
    """Give the least that telling some functions costs."""
    functions = [subscriber() for _ in range(count)]
    return lambda: [function({"n": 1}) for function in functions]  # type: ignore[arg-type]  # they do not look


async def measure(peers: Peers) -> dict[str, Samples]:
    """Emit in turn with pyee."""
    async with open_context() as ctx:
        contests = {}
        for count in COUNTS:
            times = 40_000 // (count + 1)
            turns = {
                OURS: looped(emission(ctx.app.events, count), times),
                "function list": looped(function_list(count), times),
            }
            contests[f"event to {count}"] = await contest(turns | peers.turns(str(count), ["pyee"]))
    return contests
