"""The journal of a run: what it must not do, and what it must not write."""

from __future__ import annotations

import asyncio
import json

import pytest

from llmspell.errors import NonDeterminismError
from llmspell.model.call import Call
from llmspell.model.decision import Answer, Proceed
from llmspell.runtime.app import App
from llmspell.runtime.journal.effects import effect
from llmspell.runtime.journal.journal import RunJournal
from llmspell.runtime.ops import perform
from tests.unit.runtime.journal.lives import ListLog, Lives


async def nothing() -> None:
    """Do nothing."""


@pytest.fixture
async def lives():
    async with App.open() as app:
        yield Lives(app)


@pytest.mark.parametrize("kind", ["idempotent", "once"])
async def test_a_replay_does_not_do_what_had_begun_when_the_recording_was_cut_off(lives, kind) -> None:
    done = []

    async def act() -> str:
        done.append(kind)
        return "given"

    async def work(ctx) -> str:
        return await effect(ctx, "act", act, effect=kind)

    await lives.first(work)
    begun = next(n for n, one in enumerate(lives.log.records) if one["k"] == "intent")
    lives.log.records = lives.log.records[: begun + 1]
    with pytest.raises(NonDeterminismError, match="touches nothing outside"):
        await lives.again(work)
    assert done == [kind]


async def test_what_a_contradiction_broke_off_is_not_written_down_as_cancelled(lives) -> None:
    """It was: when the spell was put back, that effect waited for ever to be cancelled again."""

    async def work(ctx, n: int) -> None:
        begun, over = asyncio.Event(), asyncio.Event()
        side, other = ctx.child("side"), ctx.child("other")

        async def wait() -> None:
            begun.set()
            await over.wait()

        async with asyncio.TaskGroup() as group:
            group.create_task(effect(side, "wait", wait, effect="idempotent"))
            await begun.wait()
            await effect(other, "act", nothing, input=n)
            over.set()

    await lives.first(lambda ctx: work(ctx, 1))
    with pytest.raises(ExceptionGroup) as caught:
        await lives.resumed(lambda ctx: work(ctx, 2), lambda one: one["k"] == "done" and one["s"] == "wait")
    assert caught.group_contains(NonDeterminismError)
    assert [one["s"] for one in lives.done()] == ["act"]
    await lives.resumed(lambda ctx: work(ctx, 1))
    assert [one["s"] for one in lives.done()] == ["act", "wait"]


async def test_nothing_begins_in_what_was_cancelled_that_had_not_begun_then(lives) -> None:
    """It did: what was cancelled between two effects came further when it was done again, and began the second one."""
    done = []

    async def act() -> None:
        done.append("two")

    async def work(ctx, open_: bool) -> None:
        gate = asyncio.Event()
        if open_:
            gate.set()

        async def core(_, at) -> None:
            await effect(at, "one", nothing)
            await gate.wait()
            await effect(at, "two", act, effect="once")

        task = asyncio.create_task(perform(ctx.child("step"), Call("workflow_step", "step", None), core))
        for _ in range(100):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})

    await lives.first(lambda ctx: work(ctx, open_=False))
    await lives.resumed(lambda ctx: work(ctx, open_=True), lambda one: one["k"] == "finished")
    assert [one["s"] for one in lives.done()] == ["one"]
    assert done == []


async def test_no_secret_is_in_a_record_of_what_crosses() -> None:
    log = ListLog()
    journal = RunJournal(log, mask=lambda: lambda text: text.replace("sk-hidden", "<secret key>"))  # type: ignore[arg-type]
    journal.note("in", g="", m={"t": "settle", "value": {"told": ["it is sk-hidden"]}})
    journal.note("in", g="", m={"t": "settle", "value": "sk-hidden " * 500})
    await journal.finish(value="sk-hidden")
    assert "sk-hidden" not in json.dumps(log.records)
    assert len(log.records) == 4  # a long text has a record of its own


async def test_the_hooks_that_changed_or_answered_a_call_are_told_by_name(lives) -> None:
    def more(call):
        return Proceed(call.replace(input=call.input + 1)) if call.subject != "asked" else None

    def answer(call):
        return Answer("instead") if call.subject == "answered" else None

    async def core(call, _) -> object:
        return call.input

    async def work(ctx) -> list[object]:
        for hook, name in ((more, "more"), (answer, "answers"), (lambda: None, "silent")):
            ctx.run.hooks.register("before_tool_execution", hook, label=name)
        calls = [Call("tool_execution", subject, 1) for subject in ("changed", "answered", "asked")]
        return [await perform(ctx.child(call.subject), call, core) for call in calls]

    assert await lives.both(work) == [2, "instead", 1]
    told = [(one["name"], one["verdict"], one["changed"]) for one in lives.log.records if one["k"] == "hook"]
    assert told == [("more", "proceed", ["input"]), ("more, answers", "answer", ["input"])]
