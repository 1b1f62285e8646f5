"""LangGraph (through langchain's `create_agent`) as a contestant."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from langchain.agents import create_agent  # type: ignore[import-not-found,unused-ignore]  # an environment of its own
from langchain_openai import ChatOpenAI  # type: ignore[import-not-found,unused-ignore]

from tests.bench.peers.measures import KEY, MODEL, PROMPT, SYSTEM, add, measures
from tests.bench.peers.turns import serve

QUESTION = {"messages": [{"role": "user", "content": PROMPT}]}


class LangGraph:
    """Answer through a compiled graph."""

    def __init__(self, root: str) -> None:
        self.fast = ChatOpenAI(model=MODEL, base_url=f"{root}/v1", api_key=KEY)
        self.slow = ChatOpenAI(model=MODEL, base_url=f"{root}/slow/v1", api_key=KEY)

    def make(self, *, tools: bool, slow: bool = False) -> Any:
        return create_agent(self.slow if slow else self.fast, tools=[add] if tools else [], system_prompt=SYSTEM)

    async def ask(self, agent: Any) -> str:
        return str((await agent.ainvoke(QUESTION))["messages"][-1].content)

    async def stream(self, agent: Any) -> int:
        parts = agent.astream(QUESTION, stream_mode="messages")
        return len([chunk async for chunk, _ in parts if chunk.content])


if __name__ == "__main__":
    asyncio.run(serve(measures(LangGraph(sys.argv[1])), ["langgraph", "langchain", "langchain-openai", "openai"]))
