"""LangGraph as an engine of workflows: ten nodes one after the other, `python -m tests.bench.peers.langgraph_nodes`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypedDict

from langgraph.graph import END, START, StateGraph  # type: ignore[import-not-found,unused-ignore]  # its own environment

from tests.bench.peers.turns import serve
from tests.bench.samples import repeated

if TYPE_CHECKING:
    from collections.abc import Callable

NODES = 10
RUNS = 100


class State(TypedDict):
    """What the nodes pass on."""

    n: int


async def node(state: State) -> State:
    """Count."""
    return {"n": state["n"] + 1}


def graph(node: Callable[[State], object] = node, **how: object) -> object:
    """Make the chain."""
    made = StateGraph(State)
    names = [f"n{number}" for number in range(NODES)]
    for name in names:
        made.add_node(name, node)
    for one, other in zip([START, *names], [*names, END], strict=True):
        made.add_edge(one, other)
    return made.compile(**how)


async def main() -> None:
    """Serve the one measure."""
    compiled = graph()

    async def run() -> None:
        if (await compiled.ainvoke({"n": 0}))["n"] != NODES:  # type: ignore[attr-defined]  # of an unknown class
            raise RuntimeError("a node is missing")

    await serve({"node": repeated(run, RUNS, per=NODES)}, ["langgraph"])


if __name__ == "__main__":
    asyncio.run(main())
