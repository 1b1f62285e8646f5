"""One call, one tool loop, one streamed chunk: CPU through the whole pipeline against a model on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.budget import OURS
from tests.bench.budgets import FRAMEWORKS
from tests.bench.peers import ourselves
from tests.bench.peers.httpx import Httpx
from tests.bench.peers.measures import CALLS, LOOPS, answering, streaming
from tests.bench.samples import contest
from tests.bench.server import model_server

if TYPE_CHECKING:
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples

OTHERS = ("raw aiohttp", *FRAMEWORKS)
RAW = "raw httpx"


async def measure(peers: Peers) -> dict[str, Samples]:
    """Let everybody answer the same question."""
    with model_server() as root:
        raw = Httpx(root)
        async with (
            raw.client,
            ourselves.opened(root) as run,
            ourselves.opened(root, guarded=True) as guarded_run,
            ourselves.opened(root) as equipped_run,
        ):
            equipped = await ourselves.equip(equipped_run)
            guarded = await ourselves.make(guarded_run, tools=False)
            mine = [await ourselves.make(run, tools=tools) for tools in (False, True)]
            bare = [raw.make(tools=tools) for tools in (False, True)]
            calls = {
                OURS: lambda: answering(ourselves.ask, mine[0], CALLS),
                RAW: lambda: answering(raw.ask, bare[0], CALLS),
            }
            loops = {
                OURS: lambda: answering(ourselves.ask, mine[1], LOOPS),
                RAW: lambda: answering(raw.ask, bare[1], LOOPS),
            }
            chunks = {
                OURS: lambda: streaming(ourselves.stream, mine[0]),
                RAW: lambda: streaming(raw.stream, bare[0]),
            }
            equipped_loops = {**loops, OURS: lambda: ourselves.equipped_loops(equipped)}
            guarded_calls = {**calls, OURS: lambda: answering(ourselves.ask, guarded, CALLS)}
            guarded_chunks = {**chunks, OURS: lambda: streaming(ourselves.stream, guarded)}
            return {
                "one call, resilience on": await contest(guarded_calls),
                "stream chunk, resilience on": await contest(guarded_chunks),
                "tool loop, all on": await contest(equipped_loops | peers.turns("loop", OTHERS, root)),
                "one call": await contest(calls | peers.turns("call", OTHERS, root)),
                "tool loop": await contest(loops | peers.turns("loop", OTHERS, root)),
                "stream chunk": await contest(chunks | peers.turns("chunk", OTHERS, root)),
            }
