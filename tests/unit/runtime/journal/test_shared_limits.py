"""A limit of money that agents side by side share: who was let through is on record, whoever comes first this time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from llmspell.builtin.scripted import ScriptedModel
from llmspell.errors import LimitReachedError
from llmspell.model.agent import Limits
from llmspell.model.llm import Finish, TextDelta, ToolCallDelta, ToolCallEnd, ToolCallStart, Usage, UsagePart
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.tools import ScriptTool
from llmspell.spec import provider
from tests.unit.runtime.journal.lives import Lives

if TYPE_CHECKING:
    from llmspell.runtime.context import CallContext

ANY = {"type": "object"}
SCRIPTED = "llmspell.builtin.scripted:ScriptedModel"


class Dear:
    """A model at a dollar an answer: it wants a tool first; `slow` is answered when `fast` has asked for more money."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.worked = asyncio.Event()

    async def stream(self, request, ctx):
        name, turn = request.system, sum(one.role == "assistant" for one in request.messages)
        self.asked.append(f"{name} {turn}")
        if (name, turn) == ("slow", 0):
            await self.worked.wait()
            for _ in range(100):
                await asyncio.sleep(0)
        if turn == 0:
            yield ToolCallStart(0, f"call_{name}", "nothing")
            yield ToolCallDelta(0, "{}")
            yield ToolCallEnd(0)
        else:
            yield TextDelta("x")
        yield UsagePart(Usage(requests=1, output_tokens=1))
        yield Finish("stop" if turn else "tool_calls")


@pytest.fixture
async def app():
    async with App.open() as app:
        yield app


async def test_a_limit_that_is_shared_lets_the_same_ones_through(app) -> None:
    dear = Dear()
    app.catalog.register(provider("dear", SCRIPTED, "Dear.", price=(0, 1_000_000)), dear, owner=None)

    async def nothing(args, ctx) -> str:
        dear.worked.set()
        for _ in range(5):  # who waits for money comes first
            await asyncio.sleep(0)
        return "nothing"

    async def work(ctx: CallContext) -> object:
        run = ctx.run
        run.app.tools.register(run, "nothing", "Do nothing.", ScriptTool(nothing, ANY), category="test")
        for name in ("slow", "fast"):
            config = AgentConfig(
                name=name, provider="dear", model="m", system_prompt=name, max_tokens=1, tools=("nothing",)
            )
            inner = await run.app.agents.create(run, config)

            async def ask(args, ctx, inner=inner) -> object:
                return (await inner.execute("go", ctx=ctx)).content

            tool = ScriptTool(ask, ANY)
            run.app.tools.register(run, f"ask_{name}", "Ask.", tool, category="test", needs=("agent.spawn",))
        calls = [{"name": f"ask_{name}", "arguments": {}} for name in ("slow", "fast")]
        boss = provider("boss", SCRIPTED, "Boss.", price=(0, 0))
        run.app.catalog.register(boss, ScriptedModel([{"tool_calls": calls}, {"text": "done"}]), owner=run.id)
        config = AgentConfig(
            name="boss", provider="boss", model="m", tools=("ask_slow", "ask_fast"), limits=Limits(cost=2.5)
        )
        outer = await run.app.agents.create(run, config)
        try:
            return (await outer.execute("go", ctx=ctx)).content
        except LimitReachedError as error:
            return error.message

    said = await Lives(app).both(work)
    assert said == "agent 'boss' met its limit of $2.5"
    assert dear.asked == ["slow 0", "fast 0", "fast 1"]
