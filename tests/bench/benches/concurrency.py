"""A thousand tool loops at once with a model that takes 50 ms: wall time, and memory of a run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tests.bench.budget import OURS
from tests.bench.contestants import once
from tests.bench.peers import ourselves
from tests.bench.peers.httpx import Httpx
from tests.bench.peers.measures import busy
from tests.bench.samples import contest
from tests.bench.server import model_server

if TYPE_CHECKING:
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples, Turn

RIVALS = ("agno",)  # the best peer; the others take up to 16 s a round
WEIGHINGS = 3  # each in a process of its own, whose memory differs by little


async def measure(peers: Peers) -> dict[str, Samples]:
    """Run the loops in this process, then weigh them in fresh ones."""
    with model_server() as root:
        raw = Httpx(root)
        async with raw.client, ourselves.opened(f"{root}/slow") as run:
            mine, bare = await ourselves.make(run, tools=True), raw.make(tools=True, slow=True)
            turns = {OURS: lambda: busy(ourselves.ask, mine), "raw httpx": lambda: busy(raw.ask, bare)}
            loops = await contest(turns | peers.turns("busy", ("raw aiohttp", *RIVALS), root))
        weights: dict[str, Turn] = {OURS: _fresh("ourselves", root), "raw httpx": _fresh("httpx", root)}
        weights |= peers.fresh("running", RIVALS, root)
        weighed = await contest(weights, WEIGHINGS, warm=False)
    return {"1 000 loops at 50 ms": loops, "a running agent of 1 000": weighed}


def _fresh(module: str, root: str) -> Turn:
    weigh = partial(once, None, module, "running", [root])

    async def turn() -> float:
        return weigh()

    return turn
