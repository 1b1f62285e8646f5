"""What operations are made of, in a durable run: read, written, drawn and waited for once."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ResourceUnavailableError, StateConflictError
from llmspell.model.call import Call
from llmspell.runtime.app import App
from llmspell.runtime.journal.effects import effect, moment, overdue
from llmspell.runtime.ops import perform
from llmspell.runtime.state_schema import migrate, rollback, schema_version
from llmspell.services.config import Config
from llmspell.spec.storages import Operation
from llmspell.testing import ManualClock
from tests.unit.runtime.journal.lives import ID, Lives, read, written

if TYPE_CHECKING:
    from llmspell.runtime.context import CallContext


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

    assert "gone" in await lives.both(work)


async def test_what_is_made_of_others_ends_once_however_often_it_is_taken_up(lives):
    async def work(ctx: CallContext) -> object:
        async def core(_: Call, at: CallContext) -> object:
            return await effect(at, "look", partial(asyncio.sleep, 0, 1))

        first = await perform(ctx.child("one"), Call("handoff", "one", None), core)
        return first, await perform(ctx.child("two"), Call("handoff", "two", None), core)

    assert await lives.first(work) == (1, 1)
    await lives.resumed(work, lambda one: one["k"] == "end" and one["s"] == "two")
    assert [(one["k"], one["s"]) for one in lives.log.records if one["k"] in ("begin", "end")] == [
        ("begin", "one"),
        ("end", "one"),
        ("begin", "two"),
        ("end", "two"),
    ]


async def test_identifiers_follow_from_their_places(lives):
    async def work(ctx: CallContext) -> list[str]:
        return [ctx.new_id(), ctx.new_id(), ctx.child("a").new_id(), ctx.run.context().new_id()]

    made = await lives.both(work)
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


async def test_who_is_cancelled_in_the_turn_in_which_an_overdue_sleep_ends_leaves_nothing():
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, about: told.append(about))
    sleeping = asyncio.create_task(overdue(-1.0))
    for _ in range(2):
        await asyncio.sleep(0)  # its timer is due in the turn that follows
    sleeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sleeping
    assert told == []


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

    first = await lives.both(work, lambda: written(app, "shared", "a", "by another"))
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


async def test_what_a_run_kept_in_a_store_of_its_process_is_there_again(tmp_path):
    flags = {"storage.backend": "memory"}
    config = Config.load(flags=flags, environment={}, working=tmp_path, user_folder=tmp_path / "user")

    async def work(ctx: CallContext) -> object:
        state = ctx.state_of("run")
        await state.set("k", 1)
        await state.set_many({"k": 2, "gone": 3})
        await state.increment("n", 5)
        await state.delete("gone")
        return [await state.get("k"), await state.get("n"), await state.get("gone")]

    async with App.open(config=config) as app:
        first = Lives(app)
        assert await first.first(work) == [2, 5, None]
    async with App.open(config=config) as app:
        second = Lives(app)
        second.log = first.log
        assert await second.resumed(work, lambda one: one["s"] == "state.get") == [2, 5, None]


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

    await lives.both(work)
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

    first = await lives.both(work, between)
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

    first = await lives.both(work)
    ctx = app.process_context()
    assert [one.name for one in await app.sessions.all(ctx)] == ["trip"]
    assert (await app.sessions.find(ctx, "trip")).runs == first[1] == 1


async def test_a_session_is_left_whoever_joined_it_first(lives, app):
    async def work(ctx: CallContext) -> str:
        made = await ctx.app.sessions.create(ctx, name="one")
        await ctx.app.sessions.join(ctx.run, "one", ctx)
        return made.id

    made = await lives.both(work)
    await app.sessions.remove(app.process_context(), made)
