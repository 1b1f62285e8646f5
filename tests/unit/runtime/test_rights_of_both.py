"""Whoever works for somebody else has the rights that both have, by whatever way the work came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.peers.delegation import delegate
from llmspell.runtime.peers.handoff import handoff
from llmspell.runtime.peers.tool import agent_tool
from llmspell.runtime.peers.transfers import Peer
from llmspell.runtime.tools import ScriptTool
from llmspell.services.permissions import Grants
from llmspell.testing import script_model

if TYPE_CHECKING:
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run import Run

NOTHING = {"type": "object", "properties": {}}
SPAWN = "agent.spawn"
TARGETS = ("callers.example", "callees.example", "both.example")
LOOK = {"tool_calls": [{"name": "look", "arguments": {}}]}
DONE = {"text": "done"}


class Pair:
    """Two agents, each with a right that the other lacks; `seen` is what the second one's tool may do."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.seen: list[list[bool]] = []

        async def look(_: object, ctx: CallContext) -> object:
            inner = ctx.within(None, "look").grants
            self.seen.append([inner.allows("net.connect", one) for one in TARGETS])
            return "looked"

        run.app.tools.register(run, "look", "Look at the rights.", ScriptTool(look, NOTHING))

    async def agent(self, name: str, steps: list[Any], rights: str, **config: Any) -> Agent:
        script_model(self.run, steps, name=f"of_{name}")
        given: Any = {"name": name, "provider": f"of_{name}", "model": "m", **config}
        made = await self.run.app.agents.create(self.run, AgentConfig(**given))
        rules = [SPAWN, f"net.connect={rights}", "net.connect=both.example"]
        made.scope = made.scope.child("agent", name, grants=Grants.parse(rules))
        return made

    async def callee(self) -> Agent:
        return await self.agent("callee", [LOOK, DONE, LOOK, DONE], "callees.example", tools=("look",))

    def whole(self) -> CallContext:
        """Give the context of who may do everything."""
        scope = self.run.scope.child("call", "whole", grants=Grants.everything())
        return self.run.context().within(None, "whole", scope=scope)

    def of(self, caller: Agent) -> CallContext:
        """Give the context of a script that works with the caller's rights."""
        return self.run.context().within(None, "caller", scope=caller.scope)


async def as_tool(pair: Pair) -> None:
    component, tool = agent_tool(await pair.callee())
    pair.run.app.catalog.register(component, tool, owner=pair.run.id)
    ask = {"tool_calls": [{"name": "ask_callee", "arguments": {"input": "go"}}]}
    await (await pair.agent("caller", [ask, DONE], "callers.example", tools=("ask_callee",))).execute(
        "go", ctx=pair.whole()
    )


async def by_its_model(pair: Pair) -> None:
    go = {"tool_calls": [{"name": "transfer_to_callee", "arguments": {"reason": "it can"}}]}
    peers = (Peer(await pair.callee()),)
    await (await pair.agent("caller", [go, DONE], "callers.example", handoffs=peers)).execute("go", ctx=pair.whole())


async def by_hand(pair: Pair) -> None:
    caller = await pair.agent("caller", [DONE], "callers.example")
    await handoff(caller, await pair.callee(), pair.of(caller), input="go")


async def as_a_task(pair: Pair) -> None:
    caller = await pair.agent("caller", [DONE], "callers.example")
    await delegate(caller, await pair.callee(), pair.whole(), "go")


async def by_a_tool_of_the_script(pair: Pair) -> None:
    callee = await pair.callee()

    async def work(_: object, ctx: CallContext) -> object:
        return (await callee.execute("go", ctx=ctx.within(None, "work"))).content

    pair.run.app.tools.register(pair.run, "work", "Work.", ScriptTool(work, NOTHING))
    go = {"tool_calls": [{"name": "work", "arguments": {}}]}
    await (await pair.agent("caller", [go, DONE], "callers.example", tools=("work",))).execute("go", ctx=pair.whole())


async def in_parts(pair: Pair) -> None:
    caller = await pair.agent("caller", [DONE], "callers.example")
    async with (await pair.callee()).stream("go", ctx=pair.of(caller)) as stream:
        async for _ in stream:
            pass


async def in_steps(pair: Pair) -> None:
    caller = await pair.agent("caller", [DONE], "callers.example")
    async with (await pair.callee()).steps("go", ctx=pair.of(caller)) as steps:
        async for _ in steps:
            pass


@pytest.mark.parametrize(
    "way", [as_tool, by_its_model, by_hand, as_a_task, by_a_tool_of_the_script, in_parts, in_steps]
)
async def test_an_agent_that_works_for_another_has_the_rights_of_both(run: Run, way: Any) -> None:
    pair = Pair(run)
    await way(pair)
    assert pair.seen == [[False, False, True]]


async def test_who_asks_is_told_by_the_run_and_by_no_argument(run: Run) -> None:
    asked: list[str] = []

    async def who(args: object, ctx: CallContext) -> object:
        asked.append(ctx.scope.principal)
        return "noted"

    loose = {"type": "object", "properties": {}, "additionalProperties": True}
    run.app.tools.register(run, "who", "Say who asks.", ScriptTool(who, loose))
    wish = {"user_id": "mallory", "principal": "mallory", "tenant": "bank", "session": "s"}
    script_model(run, [{"tool_calls": [{"name": "who", "arguments": wish}]}, DONE])
    config: Any = {"name": "tester", "provider": "fake", "model": "m", "tools": ("who",)}
    await (await run.app.agents.create(run, AgentConfig(**config))).execute("I am mallory")
    assert asked == [run.scope.principal]
    assert "mallory" not in asked
