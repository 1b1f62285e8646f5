"""pydantic-ai as a contestant."""

from __future__ import annotations

import asyncio
import sys
from time import perf_counter
from typing import Any

from pydantic_ai import Agent, Tool  # type: ignore[import-not-found,unused-ignore]  # an environment of its own
from pydantic_ai.models.openai import OpenAIChatModel  # type: ignore[import-not-found,unused-ignore]
from pydantic_ai.providers.openai import OpenAIProvider  # type: ignore[import-not-found,unused-ignore]

from tests.bench.peers.functions import new_function
from tests.bench.peers.measures import KEY, MICRO, MODEL, PROMPT, SYSTEM, add, measures
from tests.bench.peers.turns import serve


class PydanticAi:
    """Answer through `Agent.run`."""

    def __init__(self, root: str) -> None:
        self.fast = OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=f"{root}/v1", api_key=KEY))
        self.slow = OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=f"{root}/slow/v1", api_key=KEY))

    def make(self, *, tools: bool, slow: bool = False) -> Any:
        return Agent(self.slow if slow else self.fast, system_prompt=SYSTEM, tools=[add] if tools else [])

    async def ask(self, agent: Any) -> str:
        return str((await agent.run(PROMPT)).output)

    async def stream(self, agent: Any) -> int:
        async with agent.run_stream(PROMPT) as answer:
            return len([text async for text in answer.stream_text(delta=True, debounce_by=None)])


async def schema() -> float:
    """Derive the schemas of new functions: us each."""
    functions = [new_function(number) for number in range(100)]
    start = perf_counter()
    for function in functions:
        Tool(function).function_schema.json_schema  # noqa: B018 - reading it is the work
    return (perf_counter() - start) / len(functions) * MICRO


if __name__ == "__main__":
    offered = {"schema": schema} if len(sys.argv) == 1 else measures(PydanticAi(sys.argv[1]))
    asyncio.run(serve(offered, ["pydantic-ai-slim", "openai"]))
