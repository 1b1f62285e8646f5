"""The budgets of durable runs: nodes, steps and calls that are kept, and runs that are taken up."""

from __future__ import annotations

from itertools import product

from tests.bench.budget import Budget

PEERS = {"SqliteSaver": 0.1, "DBOS": 0.03}
"""Those who keep what a node gave, and how much of their time is allowed."""
MODES = ("sync", "async")

DURABLE = (
    *(
        Budget(
            what=f"durable node, {mode}",
            bench="durable",
            unit="us",
            goal=3,
            over="SQLite row",
            floor="SQLite row",
            peers=tuple(PEERS),
        )
        for mode in MODES
    ),
    *(
        Budget(
            what=f"durable node, {mode}, over {peer}",
            bench="durable",
            group=f"durable node, {mode}",
            unit="us",
            goal=goal,
            over=peer,
            floor="SQLite row",
            peers=(peer,),
            cause="a row of SQLite with an fsync, the floor beside it, takes twice the goal alone; what is to be done "
            "is on the disk before it is done, which is one fsync a node and nearly all of its time"
            if mode == "sync"
            else "",
        )
        for mode, (peer, goal) in product(MODES, PEERS.items())
    ),
    Budget(what="durable node, exit", bench="durable", unit="us"),
    Budget(what="durable node that may be repeated", bench="durable", unit="us"),
    Budget(
        what="1 000 durable steps",
        bench="durable",
        unit="ms",
        goal=1.2,
        over="asyncio.gather",
        floor="asyncio.gather",
        cause="a step leaves four records, each of which is JSON with a checksum: some 100 us together, all in one "
        "thread, where the floor has a timer",
    ),
    Budget(what="resume of 10 000 nodes", bench="durable", unit="s", goal=2),
    Budget(what="resume of 10 000 Lua calls", bench="durable", unit="s", goal=2),
    *(
        Budget(what=f"durable Lua call, {mode}, {place}", bench="durable", unit="us", over="not durable")
        for place, mode in product(("inline", "child"), (*MODES, "exit"))
    ),
)
