from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from llmspell.model.event import Event
from llmspell.services.events import EventBus
from llmspell.services.subscription import MAX_FAILURES

if TYPE_CHECKING:
    import pytest


def names(events: list[Event]) -> list[str]:
    return [event.name for event in events]


def test_every_subscriber_is_told_by_priority_then_age() -> None:
    bus = EventBus()
    seen: list[Any] = []
    bus.subscribe("tool_*", lambda event: seen.append(("pattern", event.name)))
    bus.subscribe("tool_execution_started", lambda event: seen.append(("exact", event.name)))
    bus.subscribe("*", lambda event: seen.append(("first", event.name)), priority=900)
    bus.emit_nowait("tool_execution_started", {"tool": "x"}, run="r1", source="s")
    bus.emit_nowait("agent_created")
    assert seen == [
        ("first", "tool_execution_started"),
        ("pattern", "tool_execution_started"),
        ("exact", "tool_execution_started"),
        ("first", "agent_created"),
    ]


def test_an_event_carries_everything() -> None:
    bus = EventBus(now=lambda: 12.5)
    seen: list[Any] = []
    bus.subscribe("ping", seen.append)
    bus.emit_nowait("ping", {"a": 1}, run="r", source="me")
    bus.emit_nowait("ping")
    assert seen == [Event("ping", {"a": 1}, 12.5, 1, "r", "me"), Event("ping", {}, 12.5, 2)]
    assert isinstance(seen[0], Event)


def test_wants_follows_subscriptions_and_topics_stay_valid() -> None:
    bus = EventBus()
    topic = bus.topic("llm_call_started")
    assert not bus.wants("llm_call_started")
    subscription = bus.subscribe("llm_*", lambda _: None)
    assert topic.wanted
    assert bus.wants("llm_call_started")
    subscription.cancel()
    subscription.cancel()
    assert bus.topic("llm_call_started").wanted is False
    assert not bus.wants("llm_call_started")


def test_filter_and_run_narrow() -> None:
    bus = EventBus()
    seen: list[Any] = []
    subscription = bus.subscribe("ping", seen.append, filter=lambda event: event.data["n"] != 1, run="a")
    for n, run in ((1, "a"), (2, "a"), (3, "b")):
        bus.emit_nowait("ping", {"n": n}, run=run)
    assert [event.data["n"] for event in seen] == [2]
    assert subscription.stats == (3, 2, 0, 0, 0, True)
    bus.cancel_run("a")
    assert not subscription.active


def test_an_alias_subscribes_to_the_event_it_means() -> None:
    bus = EventBus()
    seen: list[Any] = []
    bus.subscribe("agent_error", seen.append)
    bus.emit_nowait("agent_execution_failed")
    assert names(seen) == ["agent_execution_failed"]


def test_custom_means_what_the_kernel_does_not_emit() -> None:
    bus = EventBus()
    seen: list[Any] = []
    bus.subscribe("custom", seen.append)
    assert not bus.wants("llm_call_started")
    bus.emit_nowait("llm_call_started")
    bus.emit_nowait("research_complete")
    assert names(seen) == ["research_complete"]


def test_what_a_handler_emits_comes_after_the_event_it_handles() -> None:
    bus = EventBus()
    seen: list[Any] = []

    def first(event: Event) -> None:
        seen.append(("first", event.name))
        if event.name == "ping":
            bus.emit_nowait("pong")

    bus.subscribe("p*ng", first)
    bus.subscribe("p*ng", lambda event: seen.append(("second", event.name)))
    bus.emit_nowait("ping")
    assert seen == [("first", "ping"), ("second", "ping"), ("first", "pong"), ("second", "pong")]


def test_a_failing_subscriber_is_isolated_counted_and_switched_off(caplog: pytest.LogCaptureFixture) -> None:
    bus = EventBus()
    seen: list[Any] = []

    def explode(_: Event) -> None:
        raise ValueError("boom")

    broken = bus.subscribe("ping", explode, priority=600)
    bus.subscribe("ping", seen.append)
    with caplog.at_level(logging.WARNING, "llmspell.events"):
        for _ in range(MAX_FAILURES + 5):
            bus.emit_nowait("ping")
    assert len(seen) == MAX_FAILURES + 5
    assert broken.stats.failed == MAX_FAILURES
    assert not broken.active
    assert len(caplog.records) == 2
    assert "is off" in caplog.records[1].message
    assert bus.statistics()["failed"] == MAX_FAILURES


def test_a_success_between_failures_starts_the_count_again() -> None:
    bus = EventBus()

    def sometimes(event: Event) -> None:
        if event.sequence % MAX_FAILURES:
            raise ValueError("boom")

    broken = bus.subscribe("ping", sometimes)
    for _ in range(5 * MAX_FAILURES):
        bus.emit_nowait("ping")
    assert broken.active
    assert broken.stats.failed == 5 * (MAX_FAILURES - 1)


def test_one_function_subscribed_twice_fails_as_two() -> None:
    bus = EventBus()

    def explode(_: Event) -> None:
        raise ValueError("boom")

    both = [bus.subscribe("ping", explode), bus.subscribe("ping", explode)]
    bus.emit_nowait("ping")
    assert [one.stats.failed for one in both] == [1, 1]
