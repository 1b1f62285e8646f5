"""Timers of containers in durable runs: what is kept of them, and what a repetition makes of that."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import WorkflowCancelledError, WorkflowTimeoutError
from llmspell.runtime.journal.timers import DurableTimer, TimerRecord, bounded, expire_innermost
from llmspell.runtime.workflows.workflow import make
from llmspell.testing import ManualClock, open_context
from llmspell.testing.journal import MemoryJournal
from llmspell.testing.workflows import flow, step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from llmspell.runtime.context import CallContext

START = 1_700_000_000.0
PATH = "1:timer:work"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def ctx(clock: ManualClock) -> AsyncIterator[CallContext]:
    async with open_context(clock=clock) as ctx:
        ctx.run.journal = MemoryJournal()
        yield ctx


def journal_of(ctx: CallContext) -> MemoryJournal:
    journal = ctx.run.journal
    assert isinstance(journal, MemoryJournal)
    return journal


def known(ctx: CallContext, record: TimerRecord, *, live: bool = True) -> MemoryJournal:
    """Put a journal in place that knows the timer of these tests."""
    journal = MemoryJournal(known_timers={PATH: record}, live=live)
    ctx.run.journal = journal
    return journal


def left(timer: object) -> float | None:
    when = timer.when()  # type: ignore[attr-defined]
    return None if when is None else when - asyncio.get_running_loop().time()


async def forever() -> None:
    await asyncio.get_running_loop().create_future()


async def endless(timer: Any, act: Callable[[], object] = lambda: None) -> None:
    """Do something within a timer, and then wait for it to fire."""
    async with timer:
        await asyncio.sleep(0)
        assert not timer.expired()
        act()
        await forever()


# -- where nothing is kept ---------------------------------------------------------------------------------------------


async def test_a_run_that_is_not_durable_has_the_timer_of_asyncio() -> None:
    async with open_context() as ctx:
        assert isinstance(bounded(ctx, "work", 3), asyncio.Timeout)
        with pytest.raises(TimeoutError):
            await endless(ctx.timeout(0.001))


async def test_what_has_no_limit_or_is_inside_an_effect_is_not_recorded(ctx: CallContext) -> None:
    assert isinstance(bounded(ctx, "work", None), asyncio.Timeout)
    journal_of(ctx).inside = True
    assert isinstance(bounded(ctx, "work", 3), asyncio.Timeout)


# -- what is kept ------------------------------------------------------------------------------------------------------


async def test_when_it_is_due_and_that_it_passed_are_kept(ctx: CallContext) -> None:
    journal = journal_of(ctx)
    async with bounded(ctx, "work", 30) as timer:
        assert journal.started == {PATH: START + 30}
        assert journal.ended == {}
        assert journal.timers == [timer]
        assert left(timer) == pytest.approx(30, abs=1)
    assert journal.ended == {PATH: TimerRecord(START + 30, fired=False, number=1)}
    assert journal.timers == []


async def test_that_it_fired_is_kept(ctx: CallContext) -> None:
    timer = bounded(ctx, "work", 0.001)
    with pytest.raises(TimeoutError):
        await endless(timer)
    assert timer.expired()
    assert journal_of(ctx).ended[PATH].fired is True


async def test_a_failure_within_is_an_end_without_firing(ctx: CallContext) -> None:
    with pytest.raises(KeyError):
        async with bounded(ctx, "work", 30):
            raise KeyError
    assert journal_of(ctx).ended[PATH].fired is False


async def test_a_failure_that_firing_led_to_is_kept_as_fired(ctx: CallContext) -> None:
    async def fails() -> None:
        try:
            await forever()
        except asyncio.CancelledError as error:
            raise KeyError from error

    with pytest.raises(KeyError):
        async with bounded(ctx, "work", 0):
            await fails()
    assert journal_of(ctx).ended[PATH].fired is True


async def test_nothing_is_known_of_the_end_of_one_that_was_cancelled_from_outside(ctx: CallContext) -> None:
    async def work() -> None:
        async with bounded(ctx, "work", 30):
            await forever()

    task = asyncio.create_task(work())
    while not journal_of(ctx).timers:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert journal_of(ctx).ended == {}
    assert journal_of(ctx).timers == []


async def test_a_wall_clock_that_jumps_moves_no_timer_that_runs(ctx: CallContext, clock: ManualClock) -> None:
    async with bounded(ctx, "work", 30) as timer:
        await clock.advance(1_000_000)
        assert left(timer) == pytest.approx(30, abs=1)
        assert not timer.expired()


# -- a repetition ------------------------------------------------------------------------------------------------------


async def test_one_that_passed_is_no_timer_at_all(ctx: CallContext) -> None:
    journal = known(ctx, TimerRecord(START - 1000, fired=False))
    async with bounded(ctx, "work", 0):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not expire_innermost(journal, "2:tool:x")
    assert (journal.started, journal.ended) == ({}, {})


async def test_one_that_fired_fires_when_what_is_within_waits_for_what_was_cancelled(ctx: CallContext) -> None:
    journal = known(ctx, TimerRecord(START - 1000, fired=True))
    with pytest.raises(TimeoutError):
        await endless(bounded(ctx, "work", 30), lambda: expire_innermost(journal, "2:tool:x"))
    assert (journal.started, journal.ended) == ({}, {})
    assert not expire_innermost(journal, "2:tool:x")


async def test_one_of_which_no_end_is_known_has_the_rest_of_its_time(ctx: CallContext) -> None:
    journal = known(ctx, TimerRecord(START + 10), live=False)
    async with bounded(ctx, "work", 30) as timer:
        assert journal.started == {}
        assert timer._inner.when() is None  # type: ignore[attr-defined]  # nothing is counted yet
        journal.catch_up()
        assert left(timer) == pytest.approx(10, abs=1)
    assert journal.ended[PATH] == TimerRecord(START + 10, fired=False, number=1)


async def test_one_that_is_overdue_fires_once_the_repetition_has_caught_up(ctx: CallContext) -> None:
    journal = known(ctx, TimerRecord(START - 10), live=False)
    with pytest.raises(TimeoutError):
        await endless(bounded(ctx, "work", 30), journal.catch_up)
    assert journal.ended[PATH].fired is True


async def test_a_clock_that_was_set_back_between_processes_gives_no_more_than_the_whole_time(ctx: CallContext) -> None:
    known(ctx, TimerRecord(START + 1_000_000))
    async with bounded(ctx, "work", 30) as timer:
        assert left(timer) == pytest.approx(30, abs=1)


async def test_one_that_ended_before_the_repetition_caught_up_is_not_counted(ctx: CallContext) -> None:
    journal = known(ctx, TimerRecord(START - 10), live=False)
    async with bounded(ctx, "work", 30) as timer:
        await asyncio.sleep(0)
    journal.catch_up()
    assert not timer.expired()


@pytest.mark.parametrize(("path", "name"), [("1:agent/1:llm", "inner"), ("2:tool", "outer")])
async def test_of_those_that_fired_the_innermost_around_a_path_fires(ctx: CallContext, path: str, name: str) -> None:
    fired = TimerRecord(START, fired=True)
    inside = ctx.within(None, "agent")
    journal = MemoryJournal(known_timers={"2:timer:outer": fired, "1:agent/1:timer:inner": fired})
    ctx.run.journal = journal
    told: list[str] = []
    try:
        async with bounded(ctx, "outer", 30):
            try:
                await endless(bounded(inside, "inner", 30), lambda: expire_innermost(journal, path))
            except TimeoutError:
                told.append("inner")
    except TimeoutError:
        told.append("outer")
    assert told == [name]


async def test_around_a_path_of_its_own_the_one_fires_that_fired_first(ctx: CallContext) -> None:
    agent, other = ctx.within(None, "agent"), ctx.within(None, "agent")
    records = {
        "1:agent/1:timer:work": TimerRecord(START, fired=True, number=9),
        "2:agent/1:timer:work": TimerRecord(START, fired=True, number=7),
    }
    journal = MemoryJournal(known_timers=records)
    ctx.run.journal = journal
    async with bounded(agent, "work", 30) as late:
        with pytest.raises(TimeoutError):
            await endless(bounded(other, "work", 30), lambda: expire_innermost(journal, "3:tool:x"))
        assert isinstance(late, DurableTimer)
        assert late.will_fire


# -- workflows ---------------------------------------------------------------------------------------------------------


async def test_a_paused_workflow_goes_on_with_the_time_it_had_left(ctx: CallContext, clock: ManualClock) -> None:
    first, second, seen = asyncio.Event(), asyncio.Event(), []

    async def wait(_: object) -> None:
        first.set()
        await second.wait()

    workflow = await make(ctx.app, flow("sequential", step("wait", wait), name="w", timeout=60))
    run = workflow.begin(None, ctx=ctx)
    task = asyncio.create_task(run.run())
    await first.wait()
    run.pause()
    await clock.advance(1000)
    run.resume()
    seen.append(left(journal_of(ctx).timers[0]))
    second.set()
    await task
    journal, place = journal_of(ctx), "1:workflow:w/1:timer:workflow"
    assert seen == [pytest.approx(60, abs=1)]
    assert journal.started == {place: START + 60, f"{place}#2": pytest.approx(START + 1060, abs=1)}
    assert journal.ended[place].left == pytest.approx(60, abs=1)
    assert [one.fired for one in journal.ended.values()] == [False, False]


async def test_a_repetition_of_a_pause_has_the_time_that_was_left(ctx: CallContext, clock: ManualClock) -> None:
    """The process died while it was paused: neither the pause nor the time until the next process counts."""
    place = "1:workflow:w/1:timer:workflow"
    journal = MemoryJournal(known_timers={place: TimerRecord(START - 900, fired=False, left=12.0)})
    ctx.run.journal = journal
    first, second = asyncio.Event(), asyncio.Event()

    async def wait(_: object) -> None:
        first.set()
        await second.wait()

    run = (await make(ctx.app, flow("sequential", step("wait", wait), name="w", timeout=60))).begin(None, ctx=ctx)
    task = asyncio.create_task(run.run())
    await first.wait()
    run.pause()
    run.resume()
    second.set()
    await task
    assert journal.started == {f"{place}#2": pytest.approx(START + 12, abs=1)}


async def test_cancelling_is_no_end_of_time(ctx: CallContext) -> None:
    begun = asyncio.Event()

    async def wait(_: object) -> None:
        begun.set()
        await forever()

    run = (await make(ctx.app, flow("sequential", step("wait", wait), name="w", timeout=60))).begin(None, ctx=ctx)
    task = asyncio.create_task(run.run())
    await begun.wait()
    run.cancel("enough")
    with pytest.raises(WorkflowCancelledError):
        await task
    assert [one.fired for one in journal_of(ctx).ended.values()] == [False]


async def test_the_time_of_a_step_is_on_record(ctx: CallContext) -> None:
    async def wait(_: object) -> None:
        await forever()

    workflow = await make(ctx.app, flow("sequential", step("wait", wait, timeout=0.001), name="w"))
    with pytest.raises(WorkflowTimeoutError):
        await workflow.execute(ctx=ctx)
    assert {path: one.fired for path, one in journal_of(ctx).ended.items()} == {"1:workflow:w/wait/1:timer:step": True}
