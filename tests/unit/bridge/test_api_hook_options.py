from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.errors import (
    HookDependencyError,
    HookError,
    HookNotFoundError,
    HookPriorityError,
)
from llmspell.kernel.points import POINTS

# -- options


async def test_priority_decides_the_order(spell, hook, add) -> None:
    async def main(guest) -> Any:
        seen: list[int] = []
        for priority in (100, 900, 500):
            await hook(guest, "before_tool_execution", lambda _, p=priority: seen.append(p), priority=priority)
        await add(guest)
        return seen

    assert await spell(main) == [900, 500, 100]


@pytest.mark.parametrize("key", ["when", "condition"])
async def test_conditions_are_tables_or_functions(spell, hook, add, key: str) -> None:
    async def main(guest) -> Any:
        seen: list[str] = []
        await hook(guest, "before_tool_execution", lambda _: seen.append("wrong"), **{key: {"tool": "doubler"}})
        await hook(guest, "before_tool_execution", lambda _: seen.append("right"), **{key: {"tool": "adder"}})
        await hook(
            guest,
            "before_tool_execution",
            lambda _: seen.append("no"),
            **{key: guest.function(lambda c: c["input"]["left"] > 5)},
        )
        await hook(
            guest, "around_tool_execution", lambda c, p: seen.append("no"), **{key: guest.function(lambda c: False)}
        )
        await add(guest)
        return seen

    assert await spell(main) == ["right"]


async def test_a_background_hook_only_observes(spell, hook, add) -> None:
    async def main(guest) -> Any:
        seen = asyncio.Event()

        async def body(_: object) -> object:
            seen.set()
            raise ValueError("nobody minds")

        await hook(guest, "before_tool_execution", body, mode="background")
        result = await add(guest)
        await seen.wait()
        return result["sum"]

    assert await spell(main) == 2


async def test_a_cache_is_refused_with_a_sentence(spell, hook) -> None:
    async def main(guest) -> Any:
        await hook(guest, "before_tool_execution", lambda _: None, cache={"ttl": 5})

    with pytest.raises(HookError, match="the answer of a hook is never cached"):
        await spell(main)


async def test_parallel_is_for_events(spell, hook) -> None:
    async def main(guest) -> Any:
        await hook(guest, "agent_created", lambda _: None, mode="parallel")
        await hook(guest, "before_tool_execution", lambda _: None, mode="parallel")

    with pytest.raises(HookError, match="cannot be parallel"):
        await spell(main)


@pytest.mark.parametrize(
    ("point", "settings", "kind"),
    [
        ("before_tool_exeuction", {}, HookNotFoundError),
        ("before_tool_execution", {"priority": 1001}, HookPriorityError),
        ("before_tool_execution", {"dependencies": ["nobody"]}, HookDependencyError),
        ("before_tool_execution", {"conflicts": ["other"]}, HookDependencyError),
        ("agent_created", {"dependencies": ["other"]}, HookError),
    ],
)
async def test_a_wrong_registration_is_refused(
    spell, hook, point: str, settings: dict[str, Any], kind: type[Exception]
) -> None:
    async def main(guest) -> Any:
        await hook(guest, "before_tool_execution", lambda _: None, name="other")
        await hook(guest, point, lambda _: None, name="mine", **settings)

    with pytest.raises(kind):
        await spell(main)


async def test_a_lifecycle_point_is_a_subscription(spell, hook) -> None:
    async def main(guest) -> Any:
        seen = asyncio.Event()
        names: list[str] = []

        def body(event: dict[str, Any]) -> None:
            names.append(event["data"]["name"])
            seen.set()

        await hook(guest, "agent_created", body)
        await guest.call("Agent.new", {"name": "bob", "provider": "scripted"})
        await seen.wait()
        return names

    assert await spell(main) == ["bob"]


async def test_hooks_are_listed_counted_and_removed(spell, hook, add, guest_error) -> None:
    async def main(guest) -> Any:
        handle = await hook(guest, "before_tool_execution", lambda _: None, name="mine")
        await hook(guest, "after_tool_execution", lambda _: None, name="second")
        await add(guest)
        listed = [one["$v"] for one in await guest.call("Hooks.list", "beforeToolExecution")]
        stats = await guest.call("Hooks.get_stats")
        removed = [
            await guest.call("Hooks.unregister", handle),
            await guest.call("Hooks.unregister", "after_tool_execution", "second"),
            await guest.call("hook.remove", handle),
        ]
        try:
            await guest.call("Hooks.unregister", "after_tool_execution", "second")
        except guest_error as caught:
            return listed, stats["total_executions"], removed, caught.error["type"], await guest.call("Hooks.list")

    assert await spell(main) == [
        [{"name": "mine", "point": "before_tool_execution"}], 2, [True, True, False], "hook_not_found", [],
    ]  # fmt: skip


async def test_hooks_are_gone_with_the_spell(app, guest, hook) -> None:
    from llmspell.bridge.session import SpellSession

    async def main(guest) -> Any:
        await hook(guest, "before_tool_execution", lambda _: {"refuse": "no"})
        await hook(guest, "agent_created", lambda _: None)

    async with app.run("test") as run:
        await SpellSession(run, guest(main)).drive()
        assert run.hooks.own() == ()


async def test_the_points_are_the_kernels(spell) -> None:
    async def main(guest) -> Any:
        return await guest.call("Hooks.points")

    assert await spell(main) == list(POINTS)
