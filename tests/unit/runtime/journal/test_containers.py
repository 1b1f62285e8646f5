"""What operations are made of, in a durable run: read, written, drawn and waited for once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import BadRequestError, ResourceUnavailableError, StateConflictError, ToolExecutionError
from llmspell.model.approval import Decision
from llmspell.model.llm import TextDelta, Usage, UsagePart
from llmspell.model.memory import MemoryOptions
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.journal.effects import effect, moment
from llmspell.runtime.memory.facts import Facts
from llmspell.runtime.state_schema import migrate, rollback, schema_version
from llmspell.runtime.tools import ScriptTool
from llmspell.services.permissions import Grants
from llmspell.spec import provider
from llmspell.spec.storages import Operation
from llmspell.testing import ManualClock, script_model
from tests.unit.runtime.journal.lives import ID, Lives

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.runtime.context import CallContext


@pytest.fixture
def lives(app) -> Lives:
    return Lives(app)


async def both(lives: Lives, work, between=None) -> Any:
    """Live twice; the second time must give the same."""
    first = await lives.first(work)
    if between is not None:
        await between()
    records = list(lives.log.records)
    assert await lives.again(work) == first
    assert lives.log.records == records
    return first


async def written(app: App, scope: str, key: str, value: object) -> None:
    """Have somebody else write."""
    async with app.run("other") as run:
        await app.states.view(run.context(), scope).set(key, value)


async def read(app: App, scope: str, key: str) -> Any:
    async with app.run("other") as run:
        entry = await app.states.view(run.context(), scope).entry(key)
        return None if entry is None else (entry.value, entry.version)


# -- effects -----------------------------------------------------------------------------------------------------------


async def test_an_effect_is_done_once(lives):
    seen: list[int] = []

    async def work(ctx: CallContext) -> list[object]:
        async def draw() -> object:
            seen.append(1)
            return {"drawn": len(seen), "raw": b"\x00", "$key": (1, 2)}

        return [await effect(ctx, "draw", draw, decode=dict), await effect(ctx, "draw", draw)]

    first = await lives.first(work)
    again = await lives.again(work)
    assert seen == [1, 1]
    assert again == [{**one, "$key": [1, 2]} for one in first]


async def test_the_error_of_an_effect_is_raised_again(lives):
    async def work(ctx: CallContext) -> str:
        async def fail() -> None:
            raise ResourceUnavailableError("gone", suggestions=["look"], context={"at": 1})

        with pytest.raises(ResourceUnavailableError) as caught:
            await effect(ctx, "look", fail)
        return f"{caught.value.message} {caught.value.suggestions} {caught.value.context}"

    assert "gone" in await both(lives, work)


async def test_identifiers_follow_from_their_places(lives):
    async def work(ctx: CallContext) -> list[str]:
        return [ctx.new_id(), ctx.new_id(), ctx.child("a").new_id(), ctx.run.context().new_id()]

    made = await both(lives, work)
    assert len(set(made)) == 4
    assert all(one[:13] == ID[:13] and one[14] == "7" and one[19] in "89ab" and len(one) == 36 for one in made)


async def test_only_the_rest_of_a_sleep_is_slept():
    clock = ManualClock()
    async with App.open(clock=clock) as app:
        lives = Lives(app)

        async def work(ctx: CallContext) -> float:
            await ctx.sleep(10)
            return await moment(ctx)

        first = asyncio.create_task(lives.first(work))
        await clock.until(1)
        await clock.advance(10)
        woke = await first
        assert await lives.again(work) == woke
        taken_up = asyncio.create_task(lives.resumed(work, lambda one: one["k"] == "done"))
        await asyncio.sleep(0)
        assert await taken_up == woke
        assert clock.sleepers == 0


async def test_a_resumed_sleep_ends_when_it_was_to_end():
    clock = ManualClock()
    async with App.open(clock=clock) as app:
        lives = Lives(app)

        async def work(ctx: CallContext) -> float:
            await ctx.sleep(10)
            return ctx.clock.now()

        first = asyncio.create_task(lives.first(work))
        await clock.until(1)
        began = clock.now()
        await clock.advance(4)
        first.cancel()
        await asyncio.wait([first])
        again = asyncio.create_task(lives.resumed(work, lambda one: one["k"] == "done"))
        await clock.until(1)
        await clock.advance(6)
        assert await again == began + 10


# -- states and stores -------------------------------------------------------------------------------------------------


async def test_states_are_read_and_written_once(lives, app):
    async def work(ctx: CallContext) -> list[object]:
        state = ctx.state_of("shared")
        seen: list[object] = [await state.get("a", "none"), await state.entry("a"), await state.exists("a")]
        seen += [await state.set("a", {"n": 1}), await state.increment("total"), await state.set_many({"b": 2, "c": 3})]

        async def more(value: Any, version: int) -> object:
            return {"n": value["n"] + version}

        await state.update("a", more)
        seen += [await state.get("a"), await state.entries(), await state.keys(), await state.history("a")]
        seen += [await state.delete("b"), await state.delete("b"), await state.revert("a", 1)]
        with pytest.raises(StateConflictError):
            await state.set("c", 0, version=9)
        return [*seen, await state.clear("c")]

    first = await both(lives, work, lambda: written(app, "shared", "a", "by another"))
    assert first[:3] == ["none", None, False]
    assert await read(app, "shared", "a") == ("by another", 4)
    assert (await read(app, "shared", "total"))[1] == 1


async def test_what_only_the_process_knew_is_there_again(app):
    first = Lives(app)

    async def work(ctx: CallContext) -> object:
        state = ctx.state_of("process")
        await state.set("k", 1)
        await state.increment("n", 5)
        return await state.get("k")

    assert await first.first(work) == 1
    async with App.open() as later:
        second = Lives(later)
        second.log = first.log
        assert await second.again(work) == 1
        assert await read(later, "process", "k") == (1, 1)
        assert (await read(later, "process", "n"))[0] == 5


async def test_the_state_of_a_run_that_was_taken_up_ends_with_it(lives, app):
    async def work(ctx: CallContext) -> None:
        await ctx.state_of("run").set("k", 1)

    await lives.first(work)
    assert await app.states.durable.places() == {}
    store = await app.stores.backend()
    async with app.run("spell", run_id=ID) as run:
        place = app.states.view(run.context(), "run").place
    await store.put(place.prefix + "k", b"left behind by a run that was killed")
    await lives.again(work)
    assert await store.get(place.prefix + "k") is None


async def test_migrations_are_made_once(lives, app):
    await written(app, "shared", "a", 1)

    async def step(value: Any, key: str) -> object:
        return {"value": value, "key": key}

    async def work(ctx: CallContext) -> list[object]:
        state = ctx.app.states.view(ctx, "shared")
        made = await migrate(state, [step])
        now = await schema_version(state)
        back = await rollback(state)
        return [list(made), now, list(back), await schema_version(state)]

    await both(lives, work)
    assert await read(app, "shared", "a") == (1, 3)


async def test_stores_are_read_and_written_once(lives, app):
    async def work(ctx: CallContext) -> list[object]:
        store = ctx.run.storage("mine", ctx)
        seen: list[object] = [await store.get("a"), await store.exists("a")]
        await store.put("a", b"1")
        await store.transaction([Operation("put", "b", b"\xff\x00"), Operation("check", "a", b"1")])
        seen += [await store.increment("n", 2), await store.merge("doc", b'{"x":1}'), await store.get_batch(["a", "b"])]
        seen += [[pair async for pair in store.scan()], await store.delete("a"), await store.delete("a")]
        return [*seen, list(await store.stats())]

    async def between() -> None:
        async with app.run("other") as run:
            await run.storage("mine").put("a", b"by another")

    first = await both(lives, work, between)
    assert first[4] == {"a": b"1", "b": b"\xff\x00"}
    async with app.run("other") as run:
        assert await run.storage("mine").get("a") == b"by another"
        assert await run.storage("mine").get("n") == b"2"


async def test_sessions_are_made_and_joined_once(lives, app):
    async def work(ctx: CallContext) -> list[object]:
        sessions = ctx.app.sessions
        made = await sessions.create(ctx, name="trip", tags=["x"], values={"to": "Rome"}, lifetime=60.0)
        joined = await sessions.join(ctx.run, "trip", ctx)
        await ctx.state.set("seen", 1)
        await sessions.tag(ctx, made.id, add=["y"])
        listed = await sessions.all(ctx, status="active")
        other = await sessions.create(ctx)
        await sessions.suspend(ctx, other.id)
        await sessions.resume(ctx, other.id)
        await sessions.remove(ctx, other.id)
        return [made, joined.runs, listed, await sessions.find(ctx, made.id), await sessions.purge(ctx)]

    first = await both(lives, work)
    ctx = app.process_context()
    assert [one.name for one in await app.sessions.all(ctx)] == ["trip"]
    assert (await app.sessions.find(ctx, "trip")).runs == first[1] == 1


async def test_a_session_is_left_whoever_joined_it_first(lives, app):
    async def work(ctx: CallContext) -> str:
        made = await ctx.app.sessions.create(ctx, name="one")
        await ctx.app.sessions.join(ctx.run, "one", ctx)
        return made.id

    made = await both(lives, work)
    await app.sessions.remove(app.process_context(), made)


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

    await both(lives, work)
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

    assert await both(lives, work) == ["untrusted", "untrusted"]


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

    first = await both(lives, work)
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
