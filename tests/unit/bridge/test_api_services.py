from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from llmspell.bridge.session import SpellSession
from llmspell.errors import (
    RateLimitError,
    ResourceUnavailableError,
    ScriptSecurityError,
    SubscriptionError,
    ValidationError,
)

# -- Events


async def heard(guest, pattern: str, *options: Any, count: int = 1) -> tuple[list[dict[str, Any]], asyncio.Event, Any]:
    seen: list[dict[str, Any]] = []
    enough = asyncio.Event()

    def handler(event: dict[str, Any]) -> None:
        seen.append(event)
        if len(seen) >= count:
            enough.set()

    return seen, enough, await guest.call("Events.subscribe", pattern, guest.function(handler), *options)


@pytest.mark.parametrize("arguments", [("greeting", {"who": "Ada"}), ({"type": "greeting", "data": {"who": "Ada"}},)])
@pytest.mark.parametrize("op", ["Events.emit", "Events.emit_sync"])
async def test_an_event_reaches_its_subscriber(spell, op: str, arguments: tuple[Any, ...]) -> None:
    async def main(guest) -> Any:
        seen, enough, _ = await heard(guest, "greet*")
        await guest.call(op, *arguments)
        await enough.wait()
        return seen[0]

    event = await spell(main)
    assert (event["type"], event["data"], event["who"], event["source"]) == ("greeting", {"who": "Ada"}, "Ada", "test")
    assert event["timestamp"] > 0


async def test_data_cannot_cover_what_an_event_is(spell) -> None:
    async def main(guest) -> Any:
        seen, enough, _ = await heard(guest, "x")
        await guest.call("Events.emit", "x", {"type": "y", "sequence": "z"})
        await enough.wait()
        return seen[0]["type"], seen[0]["data"]["type"]

    assert await spell(main) == ["x", "y"]


async def test_a_failing_handler_does_not_stop_the_others(spell) -> None:
    async def main(guest) -> Any:
        def fails(_: object) -> None:
            raise ValueError("mine alone")

        await guest.call("Events.subscribe", "x", guest.function(fails), {"priority": 900})
        seen, enough, _ = await heard(guest, "x")
        await guest.call("Events.emit", "x")
        await enough.wait()
        return len(seen)

    assert await spell(main) == 1


@pytest.mark.parametrize("way", ["handle", "pattern", "method"])
async def test_unsubscribing(spell, way: str) -> None:
    async def main(guest) -> Any:
        handler = guest.function(lambda _: seen.append(1))
        seen: list[int] = []
        subscription = await guest.call("Events.subscribe", "x", handler)
        if way == "handle":
            gone = await guest.call("Events.unsubscribe", subscription)
        elif way == "pattern":
            gone = await guest.call("Events.unsubscribe", "x", handler)
        else:
            gone = await guest.call("subscription.remove", subscription)
        await guest.call("Events.emit", "x")
        return (
            gone,
            await guest.call("Events.unsubscribe", "x"),
            (await guest.call("subscription.stats", subscription))["matched"],
        )

    assert await spell(main) == [True, False, 0]


async def test_filters_choose_events(spell) -> None:
    async def main(guest) -> Any:
        first, _, _ = await heard(guest, "x", {"filter": {"n": 2}})
        view = await guest.call("Events.filter", guest.function(lambda event: event["n"] > 2))
        second: list[Any] = []
        done = asyncio.Event()

        def handler(event: dict[str, Any]) -> None:
            second.append(event["n"])
            done.set()

        await guest.call("view.subscribe", view, "x", guest.function(handler))
        for n in (1, 2, 3):
            await guest.call("Events.emit", "x", {"n": n})
        await done.wait()
        return [one["n"] for one in first], second

    assert await spell(main) == [[2], [3]]


async def test_replay_hands_out_what_was(spell) -> None:
    async def main(guest) -> Any:
        for n in (1, 2, 3):
            await guest.call("Events.emit", "x", {"n": n})
        newest = await guest.items(
            await guest.call("Events.replay", {"pattern": "x", "limit": 2, "since": "2020-01-01T00:00:00Z"})
        )
        later = await guest.items(await guest.call("Events.replay", {"pattern": "x", "since": 1e12}))
        return [one["n"] for one in newest], later

    assert await spell(main) == [[2, 3], []]


async def test_flush_waits_for_the_handlers(spell) -> None:
    async def main(guest) -> Any:
        seen, _, _ = await heard(guest, "x")
        for _ in range(50):
            await guest.call("Events.emit", "x")
        return await guest.call("Events.flush"), len(seen)

    assert await spell(main) == [True, 50]


async def test_statistics_of_events(spell) -> None:
    async def main(guest) -> Any:
        _, enough, _ = await heard(guest, "x")
        await guest.call("Events.emit", "x")
        await enough.wait()
        return await guest.call("Events.get_stats")

    stats = await spell(main)
    assert stats["total_events"] >= 1
    assert stats["events"]["x"] == 1
    assert stats["subscriptions"][0]["pattern"] == "x"


async def test_a_name_that_is_no_event_is_refused(spell) -> None:
    async def main(guest) -> Any:
        await guest.call("Events.emit", "Not A Name")

    with pytest.raises(SubscriptionError):
        await spell(main)


async def test_events_of_another_run_are_not_seen(app, spell) -> None:
    async def main(guest) -> Any:
        seen, enough, _ = await heard(guest, "x")
        await app.events.emit("x", {"n": "other"}, run="another")
        await guest.call("Events.emit", "x", {"n": "mine"})
        await enough.wait()
        return [one["n"] for one in seen]

    assert await spell(main) == ["mine"]


async def test_subscriptions_end_with_the_spell(app, spell) -> None:
    async def main(guest) -> Any:
        await heard(guest, "x")

    await spell(main)
    assert app.events.statistics()["subscribers"] == []


async def test_events_that_still_wait_at_the_end_are_dropped_in_silence(app, spell, caplog) -> None:
    async def main(guest) -> Any:
        started = asyncio.Event()

        async def handler(_: object) -> None:
            started.set()
            await asyncio.Event().wait()

        await guest.call("Events.subscribe", "x", guest.function(handler))
        await guest.call("Hooks.register", "agent_created", guest.function(handler))
        for _ in range(12):
            await guest.call("Events.emit", "x")
            await guest.call("Agent.new", {"provider": "scripted"})
        await started.wait()

    await spell(main)
    await app.events.drain()
    assert [one for one in caplog.records if one.name == "llmspell.events"] == []


# -- ErrorHandler


async def test_a_strategy_retries_until_it_works(spell) -> None:
    async def main(guest) -> Any:
        tries: list[int] = []

        def operation() -> object:
            tries.append(1)
            if len(tries) < 2:
                raise ValueError("not yet")
            return "worked"

        strategy = await guest.call(
            "ErrorHandler.create_strategy", {"operation": guest.function(operation), "delay": 0}
        )
        outcome = await guest.call("ErrorHandler.attempt_recovery", {"type": "network", "message": "m"}, strategy)
        return strategy["type"], outcome, await guest.call("ErrorHandler.get_stats")

    kind, outcome, stats = await spell(main)
    assert kind == "retry"
    assert outcome == {"success": True, "data": "worked", "result": "worked", "attempts": 2}
    assert (stats["recovery_attempts"], stats["recovered"]) == (1, 1)


async def test_a_strategy_gives_up_and_says_why(spell) -> None:
    async def main(guest) -> Any:
        def operation() -> object:
            raise ValueError("never")

        strategy = {"strategy": {"type": "retry", "operation": guest.function(operation), "delay": 0, "attempts": 2}}
        return await guest.call("ErrorHandler.attempt_recovery", "text", strategy)

    outcome = await spell(main)
    assert (outcome["success"], outcome["attempts"], outcome["error"]["message"]) == (False, 2, "never")


async def test_fallback_handler_and_only(spell) -> None:
    async def main(guest) -> Any:
        handler = guest.function(lambda error: error["type"])
        error = {"type": "rate_limit", "message": "m"}
        return [
            (await guest.call("ErrorHandler.attempt_recovery", error, {"value": {"cached": True}}))["data"],
            (await guest.call("ErrorHandler.attempt_recovery", error, {"handler": handler}))["data"],
            (await guest.call("ErrorHandler.attempt_recovery", error, {"value": 1, "only": ["network_error"]}))[
                "success"
            ],
            (await guest.call("ErrorHandler.attempt_recovery", error, {"value": 1, "only": ["rate_limit_error"]}))[
                "success"
            ],
        ]

    assert await spell(main) == [{"cached": True}, "rate_limit", False, True]


async def test_an_agent_is_asked_again(spell) -> None:
    async def main(guest) -> Any:
        agent = await guest.call(
            "Agent.new", {"provider": "scripted", "extra": {"script": {"steps": [{"text": "hi"}]}}}
        )
        error = {"type": "rate_limit", "message": "slow down", "recoverable": True, "retry_after": 0}
        return await guest.call("ErrorHandler.attempt_recovery", agent, "x", error)

    assert await spell(main) == "hi"


async def test_an_agent_is_not_asked_again_after_an_error_that_stays(spell) -> None:
    async def main(guest) -> Any:
        agent = await guest.call("Agent.new", {"provider": "scripted"})
        await guest.call("ErrorHandler.attempt_recovery", agent, "x", {"type": "validation", "message": "stays"})

    with pytest.raises(ValidationError, match="stays"):
        await spell(main)


@pytest.mark.parametrize("strategy", [{}, {"type": "handler"}, {"type": "retry"}, {"type": "magic"}, {"unknown": 1}, 5])
async def test_a_strategy_that_says_nothing_is_refused(spell, strategy: object) -> None:
    async def main(guest) -> Any:
        await guest.call("ErrorHandler.attempt_recovery", {"message": "m"}, strategy)

    with pytest.raises(ValidationError):
        await spell(main)


async def test_errors_are_enriched_reported_and_counted(spell) -> None:
    async def main(guest) -> Any:
        _, enough, _ = await heard(guest, "error_reported")
        error = await guest.call("ErrorHandler.enrich_error", {"type": "rate_limit", "message": "m"}, {"step": 3})
        await guest.call("ErrorHandler.report_error", error, {"where": "here"})
        await enough.wait()
        return error, await guest.call("ErrorHandler.get_error_stats")

    error, stats = await spell(main)
    assert (error["code"], error["context"]) == (RateLimitError.code, {"step": 3})
    assert (stats["total_errors"], stats["by_type"]) == (1, {"rate_limit": 1})


# -- Log


async def test_notes_go_to_the_log_and_out_as_events(spell, caplog) -> None:
    async def main(guest) -> Any:
        seen, enough, _ = await heard(guest, "log", count=3)
        guest.post("Log.info", "starting", {"n": 1})
        guest.post("log", "warn", {"a": 1})
        guest.post("Log.error", "bad")
        await enough.wait()
        return [(one["level"], one["message"], one["metadata"]) for one in seen]

    with caplog.at_level(logging.DEBUG, "llmspell.spell"):
        assert await spell(main) == [["info", "starting", {"n": 1}], ["warn", '{"a": 1}', {}], ["error", "bad", {}]]
    assert [(one.levelname, one.getMessage()) for one in caplog.records if one.name == "llmspell.spell"] == [
        ("INFO", 'starting {"n": 1}'), ("WARNING", '{"a": 1}'), ("ERROR", "bad"),
    ]  # fmt: skip


# -- Module


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "spell"
    (root / "lib").mkdir(parents=True)
    (root / "main.lua").write_text("return 1")
    (root / "lib" / "init.lua").write_text("return 'init'")
    (root / "lib" / "text.lua").write_text("return 'text'")
    (tmp_path / "secret.lua").write_text("return 'secret'")
    (root / "link.lua").symlink_to(tmp_path / "secret.lua")
    return root


async def load(app, guest, folder, name: str) -> Any:
    async def main(guest) -> Any:
        return await guest.call("Module.load", name)

    async with app.run("test", source=folder / "main.lua") as run:
        return await SpellSession(run, guest(main)).drive()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("lib.text", {"name": "lib/text.lua", "source": "return 'text'"}),
        ("lib", {"name": "lib/init.lua", "source": "return 'init'"}),
        ("./lib/text.lua", {"name": "lib/text.lua", "source": "return 'text'"}),
    ],
)
async def test_modules_of_the_spell_are_found(app, guest, folder, name: str, found: dict[str, str]) -> None:
    assert await load(app, guest, folder, name) == found


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../secret", "a\\b", ""])
async def test_a_module_cannot_lead_out_of_the_spells_folder(app, guest, folder, name: str) -> None:
    with pytest.raises(ScriptSecurityError):
        await load(app, guest, folder, name)


async def test_a_link_out_of_the_folder_is_not_followed(app, guest, folder) -> None:
    with pytest.raises(ScriptSecurityError, match="leads out"):
        await load(app, guest, folder, "link")


async def test_a_module_that_is_not_there_is_named(app, guest, folder) -> None:
    with pytest.raises(ResourceUnavailableError, match="no module 'nothing'"):
        await load(app, guest, folder, "nothing")


async def test_a_spell_without_a_folder_has_no_modules(spell) -> None:
    async def main(guest) -> Any:
        await guest.call("Module.load", "x")

    with pytest.raises(ResourceUnavailableError, match="no folder"):
        await spell(main)
