"""LangGraph with its SqliteSaver: ten nodes one after the other, kept in the folder named by the first argument."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
import sys
from pathlib import Path
from typing import Any

from langgraph.checkpoint.sqlite import SqliteSaver  # type: ignore[import-not-found,unused-ignore]  # likewise

from tests.bench.peers.langgraph_nodes import NODES, State, graph
from tests.bench.peers.turns import serve
from tests.bench.samples import repeated

RUNS = 10


def count(state: State) -> State:
    """Count."""
    return {"n": state["n"] + 1}


async def main() -> None:
    """Serve the one measure: the synchronous saver is the quickest of theirs."""
    connection = sqlite3.connect(Path(sys.argv[1]) / "langgraph.db", check_same_thread=False)
    compiled: Any = graph(count, checkpointer=SqliteSaver(connection))
    threads = itertools.count()

    async def run() -> None:
        config = {"configurable": {"thread_id": str(next(threads))}}
        if compiled.invoke({"n": 0}, config)["n"] != NODES:
            raise RuntimeError("a node is missing")

    await serve({"node": repeated(run, RUNS, per=NODES)}, ["langgraph", "langgraph-checkpoint-sqlite"])
    connection.close()


if __name__ == "__main__":
    asyncio.run(main())
