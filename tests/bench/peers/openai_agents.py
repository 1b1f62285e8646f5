"""The OpenAI Agents SDK as a contestant."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from agents import (  # type: ignore[import-not-found,unused-ignore]  # an environment of its own
    Agent,
    OpenAIChatCompletionsModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI  # type: ignore[import-not-found,unused-ignore]

from tests.bench.peers.measures import KEY, MODEL, PROMPT, SYSTEM, add, measures
from tests.bench.peers.turns import serve


class OpenAiAgents:
    """Answer through `Runner.run`."""

    def __init__(self, root: str) -> None:
        set_tracing_disabled(True)
        self.fast = self._model(f"{root}/v1")
        self.slow = self._model(f"{root}/slow/v1")

    def make(self, *, tools: bool, slow: bool = False) -> Any:
        offered = [function_tool(add)] if tools else []
        return Agent(name="calculator", instructions=SYSTEM, model=self.slow if slow else self.fast, tools=offered)

    async def ask(self, agent: Any) -> str:
        return str((await Runner.run(agent, PROMPT)).final_output)

    async def stream(self, agent: Any) -> int:
        events = [one.data async for one in Runner.run_streamed(agent, PROMPT).stream_events() if hasattr(one, "data")]
        return len([data for data in events if data.type == "response.output_text.delta"])

    @staticmethod
    def _model(url: str) -> Any:
        return OpenAIChatCompletionsModel(model=MODEL, openai_client=AsyncOpenAI(base_url=url, api_key=KEY))


if __name__ == "__main__":
    asyncio.run(serve(measures(OpenAiAgents(sys.argv[1])), ["openai-agents", "openai"]))
