"""llmspell under the same measures: agents of the OpenAI provider, through the whole pipeline."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from llmspell.model.agent import Limits
from llmspell.model.llm import TextDelta
from llmspell.model.memory import MemoryOptions
from llmspell.runtime.agents import AgentConfig
from llmspell.spec import hookimpl, tool
from llmspell.testing import open_context
from tests.bench.peers.measures import KEY, LOOPS, MODEL, PROMPT, SYSTEM, answering, running
from tests.bench.peers.turns import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.model.call import Call
    from llmspell.model.event import Event
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.run import Run
    from llmspell.spec import Component


GUARDS = {
    "retry": {"attempts": 3},
    "rate_limit": {"requests_per_minute": 1e9, "tokens_per_minute": 1e12, "burst": 10**8},
    "breaker": {"failure_threshold": 5},
    "pool": {"max_concurrent": 64},
    "budget": {"run_tokens": 10**12, "run_cost": 1e6},
    "prices": {"vendor": {"openai": "openai"}},
    "cache": {"ttl": 0},
    "fallback": {"chain": ["openai/gpt-4o"]},
    "selection": {"candidates": ["openai/gpt-4o"]},
    "tools": {"max_concurrent": 64},
    "recovery": {"on_provider_error": "fallback_to_cached"},
}
"""Every part works on every call and gets in nobody's way: the cache keeps each answer and finds all too old."""


@hookimpl
def llmspell_tools() -> list[Component]:
    """Offer `add`: this module is the plugin."""
    return [
        tool("add", "tests.bench.peers.measures:add", "Add two numbers.", category="math", effect="pure", serial=False)
    ]


@asynccontextmanager
async def opened(
    root: str, *, guarded: bool = False, providers: dict[str, dict[str, object]] | None = None
) -> AsyncIterator[Run]:
    """Open an application with a run in it.

    Its model is at `root`, or `providers` are its sections; `guarded` switches every part of resilience on.
    """
    config: dict[str, object] = {"providers": providers or {"openai": {"base_url": f"{root}/v1", "api_key": KEY}}}
    if guarded:
        config["resilience"] = GUARDS
    async with open_context(config=config, plugins=["tests.bench.peers.ourselves"]) as ctx:
        yield ctx.run


async def make(run: Run, *, tools: bool, provider: str = "openai") -> Agent:
    """Make an agent that forgets each conversation, as those of the others do."""
    offered = ("add",) if tools else ()
    config = AgentConfig(
        name="calculator", provider=provider, model=MODEL, system_prompt=SYSTEM, tools=offered, remember=False
    )
    return await run.app.agents.create(run, config)


WINDOW = 10


async def equip(run: Run) -> Agent:
    """Make an agent with all that its user may want: a conversation, limits, events of everything, two hooks."""
    run.app.events.subscribe("*", _traced, run=run.id)
    config = AgentConfig(
        name="clerk",
        provider="openai",
        model=MODEL,
        system_prompt=SYSTEM,
        tools=("add",),
        limits=Limits(turns=8, tool_calls=8, tokens=10**6, seconds=60.0, cost=10.0),
        memory=MemoryOptions(window=WINDOW),
    )
    agent = await run.app.agents.create(run, config)
    agent.hooks.register("before_tool_execution", _looked_at)
    agent.hooks.register("after_llm_call", _heard)
    return agent


def _traced(event: Event) -> None:
    """Be told of an event."""
    _ = event.data


def _looked_at(call: Call) -> None:
    """See a call and have no opinion."""
    _ = call.input


async def _heard(result: object) -> None:
    """See an answer and have no opinion."""
    _ = result


async def ask(agent: Agent) -> str:
    """Let it answer."""
    return await agent.chat(PROMPT)


async def equipped_loops(agent: Agent) -> float:
    """Let it answer some times in one conversation, which begins here: CPU us each."""
    await agent.reset()
    return await answering(ask, agent, LOOPS)


async def stream(agent: Agent) -> int:
    """Let it answer in pieces and count them."""
    async with agent.stream(PROMPT) as parts:
        return len([part async for part in parts if isinstance(part, TextDelta)])


async def main() -> None:
    """Take turns in a process of our own."""
    async with opened(f"{sys.argv[1]}/slow") as run:
        agent = await make(run, tools=True)
        await serve({"running": lambda: running(ask, agent)}, ["llmspell"])


if __name__ == "__main__":
    asyncio.run(main())
