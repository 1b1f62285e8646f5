"""agno as a contestant."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from agno.agent import Agent  # type: ignore[import-not-found,unused-ignore]  # lives in an environment of its own
from agno.models.openai import OpenAIChat  # type: ignore[import-not-found,unused-ignore]

from tests.bench.peers.measures import KEY, MODEL, PROMPT, SYSTEM, add, measures
from tests.bench.peers.turns import serve


class Agno:
    """Answer through `Agent.arun`."""

    def __init__(self, root: str) -> None:
        # By default its client gives up when a connection takes 5 s, which a thousand at once may on a busy machine.
        self.fast = OpenAIChat(id=MODEL, base_url=f"{root}/v1", api_key=KEY, timeout=300)
        self.slow = OpenAIChat(id=MODEL, base_url=f"{root}/slow/v1", api_key=KEY, timeout=300)

    def make(self, *, tools: bool, slow: bool = False) -> Any:
        model = self.slow if slow else self.fast
        return Agent(model=model, instructions=SYSTEM, tools=[add] if tools else None, telemetry=False)

    async def ask(self, agent: Any) -> str:
        return str((await agent.arun(PROMPT)).content)

    async def stream(self, agent: Any) -> int:
        return len([event async for event in agent.arun(PROMPT, stream=True) if getattr(event, "content", None)])


if __name__ == "__main__":
    asyncio.run(serve(measures(Agno(sys.argv[1])), ["agno", "openai"]))
