"""Deriving the JSON Schema of a function that nobody has seen before."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from llmspell.model.schema import schema_of
from tests.bench.budget import OURS
from tests.bench.peers.functions import new_function
from tests.bench.samples import MICRO, contest

if TYPE_CHECKING:
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples

FUNCTIONS = 100


async def derive() -> float:
    """Derive the schemas of new functions: us each."""
    functions = [new_function(number) for number in range(FUNCTIONS)]
    start = perf_counter()
    for function in functions:
        schema_of(function)
    return (perf_counter() - start) / FUNCTIONS * MICRO


async def measure(peers: Peers) -> dict[str, Samples]:
    """Take turns with pydantic-ai."""
    return {"schema of a new function": await contest({OURS: derive, **peers.turns("schema", ["pydantic-ai"])})}
