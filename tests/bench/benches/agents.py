"""What an agent with one tool costs to make, and what it weighs while it does nothing."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

from tests.bench.budget import OURS
from tests.bench.budgets import FRAMEWORKS
from tests.bench.peers import ourselves
from tests.bench.peers.measures import AGENTS, add, creating, weighing
from tests.bench.samples import contest, repeated
from tests.bench.server import model_server

if TYPE_CHECKING:
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples


class Plain:
    """Keep what an agent is made of: the least that one can be."""

    def __init__(self, instructions: str, tools: list[object]) -> None:
        self.instructions = instructions
        self.tools = tools


async def measure(peers: Peers) -> dict[str, Samples]:
    """Make agents and drop them; make them and keep them."""
    with model_server() as root:
        async with ourselves.opened(root) as run:
            create = repeated(lambda: ourselves.make(run, tools=True), AGENTS)

            async def creation() -> float:
                gc.disable()  # as for the others
                try:
                    return await create()
                finally:
                    gc.enable()

            async def weight() -> float:
                tracemalloc.start()
                kept = [await ourselves.make(run, tools=True) for _ in range(AGENTS)]
                gc.collect()
                weight = tracemalloc.get_traced_memory()[0]
                tracemalloc.stop()
                return weight / 1024 / len(kept)

            plain = "plain class"
            made = {OURS: creation, plain: lambda: creating(lambda: Plain("", [add]))}
            kept = {OURS: weight, plain: lambda: weighing(lambda: Plain("", [add]))}
            return {
                "agent creation": await contest({**made, **peers.turns("create", FRAMEWORKS, root)}),
                "an idle agent": await contest({**kept, **peers.turns("weigh", FRAMEWORKS, root)}),
            }
