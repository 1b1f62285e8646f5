"""Workflows without a journal: what a node costs, and what a thousand steps side by side cost beside asyncio."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llmspell.model.workflow import Definition, Given, Step
from llmspell.runtime.workflows.subjects import FunctionSubject
from llmspell.runtime.workflows.workflow import Workflow, make
from llmspell.testing import open_context
from tests.bench.budget import OURS
from tests.bench.samples import MILLI, contest, repeated

if TYPE_CHECKING:
    from llmspell.runtime.context import CallContext
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples

NODES = 10
RUNS = 300
STEPS = 1000
WAIT = 0.05


async def node(given: Given, ctx: object) -> object:
    """Count."""
    return {"n": given.value["n"] + 1}


async def waiting(given: Given, ctx: object) -> object:
    """Wait, as for a model."""
    await asyncio.sleep(WAIT)
    return 1


async def bare(state: dict[str, Any]) -> dict[str, Any]:
    """Count, and nothing else."""
    return {"n": state["n"] + 1}


async def chain() -> None:
    """Await ten functions."""
    state = {"n": 0}
    for _ in range(NODES):
        state = await bare(state)


async def together() -> None:
    """Wait a thousand times side by side."""
    await asyncio.gather(*(asyncio.sleep(WAIT) for _ in range(STEPS)))


async def flow(ctx: CallContext, kind: str, function: Any, count: int) -> Workflow:
    """Make a workflow of one function, so many times."""
    steps = tuple(Step(name=f"n{number}", subject=FunctionSubject(function)) for number in range(count))
    return await make(ctx.app, Definition(name="bench", kind=kind, steps=steps))


async def measure(peers: Peers) -> dict[str, Samples]:
    """Run both kinds."""
    async with open_context() as ctx:
        nodes = await flow(ctx, "sequential", node, NODES)
        many = await flow(ctx, "parallel", waiting, STEPS)
        chained = {
            OURS: repeated(lambda: nodes.execute({"n": 0}, ctx=ctx), RUNS, per=NODES),
            "await": repeated(chain, RUNS, per=NODES),
        }
        beside = {
            OURS: repeated(lambda: many.execute(None, ctx=ctx), 3, unit=MILLI),
            "asyncio.gather": repeated(together, 3, unit=MILLI),
        }
        return {
            "workflow node": await contest({**chained, **peers.turns("node", ("langgraph nodes",))}),
            "1 000 parallel steps": await contest(beside),
        }
