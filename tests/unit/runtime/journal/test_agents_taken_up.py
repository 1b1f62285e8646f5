"""Tools and agents of a run that is taken up: what they did is there again, and nobody is asked twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import BadRequestError, ToolExecutionError
from llmspell.model.approval import Decision
from llmspell.model.llm import TextDelta, Usage, UsagePart
from llmspell.model.memory import MemoryOptions
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.memory.facts import Facts
from llmspell.runtime.tools import ScriptTool
from llmspell.services.permissions import Grants
from llmspell.spec import provider
from llmspell.testing import ManualClock, script_model
from tests.unit.runtime.journal.lives import Lives, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.runtime.context import CallContext


# -- tools -------------------------------------------------------------------------------------------------------------


async def test_a_tool_made_of_operations_runs_again_and_they_do_not(lives, app):
    composed: list[int] = []
    leaf: list[int] = []

    async def work(ctx: CallContext) -> object:
        async def inner(arguments: Any, at: CallContext) -> object:
            leaf.append(1)
            await at.state_of("shared").increment("leaf")
            return {"at": len(leaf)}

        async def outer(arguments: Any, at: CallContext) -> object:
            composed.append(1)
            found = await at.call("inner")
            return {"inner": found, "count": await at.state_of("shared").increment("outer")}

        tools = ctx.app.tools
        whole = ScriptTool(inner, {"type": "object"}, composed=False)
        tools.register(ctx.run, "inner", "Be whole.", whole, needs=("state.write",))
        parts = ScriptTool(outer, {"type": "object"})
        tools.register(ctx.run, "outer", "Be made of parts.", parts, needs=("state.write",))
        return (await tools.execute(ctx, "outer", {})).result

    await lives.both(work)
    assert (len(leaf), len(composed)) == (1, 2)
    assert (await read(app, "shared", "leaf"))[0] == (await read(app, "shared", "outer"))[0] == 1
    assert [one["s"] for one in lives.done("tool_execution")] == ["inner"]


async def test_the_labels_of_what_tools_gave_are_there_again(lives):
    async def work(ctx: CallContext) -> list[str]:
        async def page(arguments: Any, at: CallContext) -> object:
            if arguments:
                raise ToolExecutionError("the page says no")
            return "do as I say"

        tool = ScriptTool(page, {"type": "object"}, composed=False)
        ctx.app.tools.register(ctx.run, "page", "Read.", tool, extra={"untrusted": True})
        with pytest.raises(ToolExecutionError):
            await ctx.app.tools.execute(ctx, "page", {"fail": True})
        failed = sorted(ctx.run.labels)
        await ctx.app.tools.execute(ctx, "page", {})
        return [*failed, *sorted(ctx.run.labels)]

    assert await lives.both(work) == ["untrusted", "untrusted"]


async def test_tools_side_by_side_have_the_same_places_again(lives):
    async def work(ctx: CallContext) -> list[object]:
        async def echo(arguments: Any, at: CallContext) -> object:
            return [arguments["n"], at.path, at.new_id()]

        for name in ("one", "two"):
            tool = ScriptTool(echo, {"type": "object"}, composed=False)
            ctx.app.tools.register(ctx.run, name, "Echo.", tool, aliases=(f"other_{name}",))
        jobs = [
            lambda n=n, name=name: ctx.app.tools.execute(ctx, name, {"n": n})
            for n, name in enumerate(("one", "other_two", "other_one", "two"))
        ]
        return [one.result for one in await ctx.gather(*jobs)]

    first = await lives.both(work)
    assert [one[1] for one in first] == [
        f"c1:test/{n}:{name}" for n, name in enumerate(("one", "two", "one", "two"), 1)
    ]


# -- agents ------------------------------------------------------------------------------------------------------------


def config(**more: object) -> AgentConfig:
    return AgentConfig(**{"name": "a", "provider": "fake", "model": "m", **more})  # type: ignore[arg-type]


async def test_an_agent_that_is_taken_up_asks_nobody(lives, app):
    steps: list[Any] = [{"text": "one"}, {"tool_calls": [{"name": "n"}]}, {"text": "two"}]

    async def work(ctx: CallContext) -> list[object]:
        script_model(ctx.run, steps)

        async def noted(arguments: Any, at: CallContext) -> object:
            return at.new_id()

        ctx.app.tools.register(ctx.run, "n", "Note.", ScriptTool(noted, {"type": "object"}, composed=False))
        memory = MemoryOptions(persist="talk")
        agent = await ctx.app.agents.create(ctx.run, config(tools=("n",), memory=memory), ctx=ctx)
        first, second = await agent.execute("a", ctx=ctx), await agent.execute("b", ctx=ctx)
        facts = Facts.of(agent, ctx)
        key = await facts.remember(None, "Ada likes tea")
        found = await facts.recall("tea", 3)
        return [agent.id, first.messages, second.messages, second.usage, agent.history, key, found]

    first = await lives.first(work)
    steps[:] = []
    assert await lives.again(work) == first
    kept = await app.states.durable.places()
    assert len(kept) == 1, "the conversation and the fact lie in the scope of the agent"


class Cut:
    """A model that says what it took and fails; asked once too often it has nothing to say."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def stream(self, request: object, ctx: object) -> AsyncIterator[object]:
        """Begin an answer."""
        assert self.times > 0, "nobody is asked twice"
        self.times -= 1
        yield TextDelta("half")
        yield UsagePart(Usage(requests=1, input_tokens=3, output_tokens=2, cost=0.5))
        raise BadRequestError("cut")


async def test_attempts_in_vain_count_again(lives):
    times = [1]

    async def work(ctx: CallContext) -> object:
        about = provider("cut", "llmspell.builtin.scripted:ScriptedModel", "Cut.")
        ctx.app.catalog.register(about, Cut(*times), owner=ctx.run.id)
        agent = await ctx.app.agents.create(ctx.run, config(provider="cut"), ctx=ctx)
        with pytest.raises(BadRequestError, match="cut"):
            await agent.execute("a", ctx=ctx)
        return agent.spending().usage

    first = await lives.first(work)
    assert first == Usage(requests=1, input_tokens=3, output_tokens=2, cost=0.5)
    times[:] = [0]
    assert await lives.again(work) == first


async def test_the_time_for_a_decision_is_what_it_was():
    clock = ManualClock()
    async with App.open(clock=clock) as app:
        lives = Lives(app)
        steps: list[Any] = [{"tool_calls": [{"name": "n"}]}, {"text": "done"}]

        async def work(ctx: CallContext) -> list[object]:
            script_model(ctx.run, steps)

            async def noted(arguments: Any, at: CallContext) -> object:
                return 1

            ctx.app.tools.register(ctx.run, "n", "Note.", ScriptTool(noted, {"type": "object"}, composed=False))
            made = config(tools=("n",), approve=True, approval_timeout=60.0)
            agent = await ctx.app.agents.create(ctx.run, made, ctx=ctx)
            paused = await agent.execute("a", ctx=ctx)
            assert paused.state is not None
            ended = await agent.resume(
                paused.state, {one.id: Decision(verdict="approve") for one in paused.pending}, ctx=ctx
            )
            return [paused.state["expires"], ended.content]

        first = await lives.first(work)
        steps[:] = []
        await clock.advance(3600)
        assert await lives.again(work) == first


async def test_skills_are_read_once(lives, tmp_path):
    folder = tmp_path / "skill"
    folder.mkdir()
    (folder / "SKILL.md").write_text("---\nname: tea\ndescription: Make tea.\n---\nBoil water.\n")

    async def work(ctx: CallContext) -> object:
        script_model(ctx.run, [])
        ctx.run.scope.grants = Grants.parse([f"fs.read={tmp_path}", "agent.spawn"])
        agent = await ctx.app.agents.create(ctx.run, config(skills=(str(tmp_path),)), ctx=ctx)
        assert agent.skills is not None
        return list(agent.skills.by_name.items())

    first = await lives.first(work)
    (folder / "SKILL.md").write_text("changed")
    assert await lives.again(work) == first


async def test_the_labels_of_what_was_read_are_there_again(lives):
    async def work(ctx: CallContext) -> list[str]:
        async def look() -> list[int]:
            ctx.label("private")
            return [1]

        return [str(await ctx.once("look", look)), *sorted(ctx.run.labels)]

    assert await lives.both(work) == ["[1]", "private"]
