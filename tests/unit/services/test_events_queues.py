from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ResourceExhaustedError, SubscriptionError
from llmspell.services.events import EventBus
from llmspell.services.subscription import MAX_FAILURES

if TYPE_CHECKING:
    from llmspell.model.event import Event


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


async def test_an_async_handler_keeps_the_order_and_is_drained() -> None:
    seen: list[Any] = []

    async def slow(event: Event) -> None:
        await asyncio.sleep(0)
        seen.append(event.sequence)

    async with EventBus() as bus:
        bus.subscribe("ping", slow)
        for _ in range(20):
            await bus.emit("ping")
        bus.emit_nowait("ping")
    assert seen == list(range(1, 22))
    assert not bus.tasks


async def test_a_coroutine_returned_by_a_handler_is_driven() -> None:
    seen: list[Any] = []

    async def later(event: Event) -> None:
        seen.append(event.name)

    async with EventBus() as bus:
        bus.subscribe("ping", lambda event: later(event))  # noqa: PLW0108 - hides that it is async
        bus.subscribe("ping", lambda _: "ignored")
        bus.emit_nowait("ping")
        assert await bus.drain()
    assert seen == ["ping"]


async def test_a_full_queue_that_blocks_makes_the_emission_wait() -> None:
    gate = asyncio.Event()
    seen: list[Any] = []

    async def slow(event: Event) -> None:
        await gate.wait()
        seen.append(event.sequence)

    async with EventBus() as bus:
        subscription = bus.subscribe("ping", slow, queue=2)
        await bus.emit("ping")
        await asyncio.sleep(0)  # the task has taken the first event and stands at the gate
        await bus.emit("ping")
        await bus.emit("ping")
        emission = asyncio.create_task(bus.emit("ping"))
        await asyncio.sleep(0)
        assert not emission.done()
        bus.emit_nowait("ping")  # cannot wait: dropped and counted
        gate.set()
        await emission
    assert seen == [1, 2, 3, 4]
    assert subscription.stats.dropped == 1


async def test_a_subscriber_that_stands_still_delays_nobody_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    gate = asyncio.Event()

    async def stuck(_: Event) -> None:
        await gate.wait()

    bus = EventBus(patience=0)
    subscription = bus.subscribe("ping", stuck, queue=1)
    await bus.emit("ping")
    await asyncio.sleep(0)
    for _ in range(4):
        await bus.emit("ping")
    assert subscription.stats.dropped == 2  # one waits in the queue, one passed the bound when patience ended
    assert "stands still" in caplog.text
    await bus.aclose(deadline=0)
    assert subscription.dropped == 4
    assert not bus.tasks


@pytest.mark.parametrize(("overflow", "kept"), [("drop_oldest", [1, 4, 5]), ("drop_newest", [1, 2, 3])])
async def test_overflow_drops_one_end_of_the_queue(overflow: Any, kept: list[int]) -> None:
    gate = asyncio.Event()
    seen: list[Any] = []

    async def slow(event: Event) -> None:
        await gate.wait()
        seen.append(event.sequence)

    async with EventBus() as bus:
        subscription = bus.subscribe("ping", slow, queue=2, overflow=overflow)
        await bus.emit("ping")
        await asyncio.sleep(0)
        for _ in range(4):
            await bus.emit("ping")
        gate.set()
    assert seen == kept
    assert subscription.dropped == 2


async def test_overflow_error_tells_the_emitter_after_telling_everybody() -> None:
    gate = asyncio.Event()
    seen: list[Any] = []

    async def slow(_: Event) -> None:
        await gate.wait()

    async with EventBus() as bus:
        bus.subscribe("ping", slow, queue=1, overflow="error")
        bus.subscribe("ping", seen.append)
        await bus.emit("ping")
        with pytest.raises(ResourceExhaustedError, match="slow"):
            await bus.emit("ping")
        gate.set()
    assert len(seen) == 2


async def test_an_async_failure_is_isolated_and_switches_off() -> None:
    async def explode(_: Event) -> None:
        raise ValueError("boom")

    async with EventBus() as bus:
        broken = bus.subscribe("ping", explode)
        for _ in range(MAX_FAILURES):
            await bus.emit("ping")
        assert await bus.drain()
        assert broken.stats.failed == MAX_FAILURES
        assert not broken.active


async def test_something_cancelled_inside_a_handler_is_a_failure_and_not_the_end() -> None:
    seen: list[Any] = []

    async def handler(event: Event) -> None:
        if event.sequence == 1:
            future = asyncio.get_running_loop().create_future()
            future.cancel()
            await future
        seen.append(event.sequence)

    async with EventBus() as bus:
        subscription = bus.subscribe("ping", handler)
        await bus.emit("ping")
        await bus.emit("ping")
    assert seen == [2]
    assert subscription.failed == 1


async def test_closing_refuses_new_subscribers_and_silences_emissions() -> None:
    bus = EventBus()
    seen: list[Any] = []
    bus.subscribe("ping", seen.append)
    await bus.aclose()
    await bus.emit("ping")
    assert seen == []
    with pytest.raises(SubscriptionError, match="closed"):
        bus.subscribe("ping", seen.append)


async def test_events_before_the_loop_wait_for_it() -> None:
    seen: list[Any] = []

    async def handler(event: Event) -> None:
        seen.append(event.name)

    def before() -> EventBus:
        bus = EventBus()
        bus.subscribe("ping", handler)
        bus.emit_nowait("ping")
        return bus

    bus = await asyncio.to_thread(before)
    async with bus:
        await bus.drain()
    assert seen == ["ping"]


def test_replay_is_bounded_and_selects() -> None:
    times = iter(range(100))
    bus = EventBus(history=5, now=lambda: float(next(times)))
    for n in range(8):
        bus.emit_nowait("ping" if n % 2 else "pong", run=str(n))
    assert [event.run for event in bus.replay()] == ["3", "4", "5", "6", "7"]
    assert [event.run for event in bus.replay("ping")] == ["3", "5", "7"]
    assert [event.run for event in bus.replay("*", since=4, until=6)] == ["4", "5", "6"]
    assert [event.run for event in bus.replay(limit=2)] == ["6", "7"]
    assert bus.replay(limit=0) == []
    assert [event.run for event in bus.replay(run="5")] == ["5"]


def test_unheard_kernel_events_are_kept_only_when_asked_for() -> None:
    bus, keeping = EventBus(), EventBus(keep=["llm_*"])
    for one in (bus, keeping):
        one.emit_nowait("llm_call_started")
    assert bus.replay() == []
    assert names(keeping.replay()) == ["llm_call_started"]


def test_statistics_count_by_name_and_subscriber() -> None:
    bus = EventBus()
    bus.subscribe("p*", lambda _: None)
    bus.emit_nowait("ping")
    bus.emit_nowait("ping")
    bus.emit_nowait("other")
    statistics: dict[str, Any] = bus.statistics()
    assert statistics["events"] == {"other": 1, "ping": 2}
    assert statistics["emitted"] == 3
    assert statistics["subscribers"][0]["matched"] == 2


@pytest.mark.parametrize("name", ["agentCompleted", "a.b", "", "1a", "a b"])
def test_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(SubscriptionError):
        EventBus().emit_nowait(name)
    if name != "1a":
        with pytest.raises(SubscriptionError):
            EventBus().subscribe(name, lambda _: None)


def test_a_bad_name_names_the_one_that_was_meant() -> None:
    with pytest.raises(SubscriptionError) as caught:
        EventBus().subscribe("toolExecutionCompleted", lambda _: None)
    assert caught.value.suggestions == ("Use 'tool_execution_completed'.",)


@pytest.mark.parametrize(
    "options",
    [{"overflow": "explode"}, {"mode": "later"}, {"queue": 0}, {"priority": 1001}],
)
def test_bad_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SubscriptionError):
        EventBus().subscribe("ping", lambda _: None, **options)


def test_an_async_handler_cannot_be_inline_and_a_value_cannot_be_a_handler() -> None:
    async def handler(_: Event) -> None: ...

    with pytest.raises(SubscriptionError, match="inline"):
        EventBus().subscribe("ping", handler, mode="inline")
    with pytest.raises(SubscriptionError, match="not a function"):
        EventBus().subscribe("ping", "handler")  # type: ignore[arg-type]


def test_many_custom_names_are_forgotten_without_losing_counts() -> None:
    bus = EventBus()
    seen: list[Any] = []
    subscription = bus.subscribe("n*", seen.append)
    for n in range(5000):
        bus.emit_nowait(f"n{n}")
    assert len(seen) == 5000
    assert subscription.stats.matched == 5000


@given(st.lists(st.tuples(st.sampled_from(["r1", "r2"]), st.booleans()), max_size=30))
def test_order_within_a_run_is_the_order_of_emission(steps: list[tuple[str, bool]]) -> None:
    async def check() -> None:
        inline: list[Event] = []
        queued: list[Event] = []

        async def later(event: Event) -> None:
            queued.append(event)

        async with EventBus() as bus:
            bus.subscribe("ping", inline.append)
            bus.subscribe("ping", later, queue=1)
            for run, waits in steps:
                if waits:
                    await bus.emit("ping", run=run)
                else:
                    bus.emit_nowait("ping", run=run)
        for seen in (inline, queued):
            sequences = [event.sequence for event in seen]
            assert sequences == sorted(sequences)
        assert len(inline) == len(steps)

    asyncio.run(check())
