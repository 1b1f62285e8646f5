"""Guards as scripts write them: one or a list, functions or names, with a time of their own."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import AgentConfigError, GuardrailError, HookError, HookTimeoutError, ValidationError
from llmspell.model.llm import Finish, ReasoningDelta, TextDelta
from llmspell.spec import provider
from tests.unit.bridge.scripted_agents import new


async def test_a_guard_sees_the_stage_the_agent_and_the_text(spell) -> None:
    seen: list[Any] = []

    async def main(guest) -> Any:
        guards = {stage: guest.function(seen.append) for stage in ("input", "output")}
        agent = await new(guest, "bob", "hi", guards=guards)
        await guest.call("agent.chat", agent, "hello")

    await spell(main)
    assert sorted(seen, key=lambda one: one["stage"]) == [  # they are asked side by side
        {"stage": "input", "agent": "bob", "text": "hello", "final": True},
        {"stage": "output", "agent": "bob", "text": "hi", "final": True},
    ]


async def test_a_guard_sees_what_was_thought_and_puts_something_in_its_place(spell, app) -> None:
    class Thinking:
        async def stream(self, request: Any, ctx: Any) -> Any:
            yield ReasoningDelta("hm")
            yield TextDelta("hi")
            yield Finish("stop")

    described = provider("thinking", "llmspell.builtin.scripted:ScriptedModel", "Thinks.")
    app.catalog.register(described, Thinking(), owner=None)
    seen: list[Any] = []

    async def main(guest) -> Any:
        def guard(one: Any) -> Any:
            seen.append(one["reasoning"])
            return {"replace": "ha", "reasoning": "aha"}

        about = {"name": "bob", "provider": "thinking", "model": "m", "guards": {"output": guest.function(guard)}}
        return await guest.call("agent.execute", await guest.call("Agent.new", about), "x")

    result = await spell(main)
    assert (result["content"], result["reasoning"], seen) == ("ha", "aha", ["hm"])


@pytest.mark.parametrize(
    "said",
    [
        {"replace": "x", "reasoning": 1},
        {"reasoning": "x"},
        {"trip": 3},
        {"replace": 1, "trip": "x"},
        {"stop": "x"},
        7,
        "no",
        ["trip"],
    ],
)
async def test_what_is_no_verdict_stops_the_run(spell, said) -> None:
    async def main(guest) -> Any:
        guards = {"output": guest.function(lambda _: said)}
        return await guest.call("agent.chat", await new(guest, "bob", "hi", guards=guards), "x")

    with pytest.raises(HookError, match="guard 'output 1' returned"):
        await spell(main)


async def test_no_strategy_undoes_what_a_guard_stopped(spell) -> None:
    async def main(guest) -> Any:
        strategy = {"type": "fallback", "value": "instead"}
        agent = await new(
            guest, "bob", "hi", guards={"output": guest.function(lambda _: False)}, error_strategy=strategy
        )
        return await guest.call("agent.chat", agent, "x")

    with pytest.raises(GuardrailError, match="'output 1'"):
        await spell(main)


async def test_a_guard_has_a_time_of_its_own(spell) -> None:
    async def main(guest) -> Any:
        async def never(_: Any) -> Any:
            return await guest.call("Async.sleep", 60_000)

        check = {"check": guest.function(never), "name": "slow", "timeout": "10ms", "first": True}
        return await guest.call("agent.chat", await new(guest, "bob", "hi", guards={"input": check}), "x")

    with pytest.raises(HookTimeoutError, match="guard 'slow'"):
        await spell(main)


@pytest.mark.parametrize(
    ("guards", "kind", "words"),
    [
        ({"input": "nobody"}, AgentConfigError, "'nobody'"),
        ({"output": {"every": 5}}, ValidationError, "check"),
        ({"tools": {"check": 5}}, ValidationError, "must be a function"),
        ({"outputs": "cache"}, ValidationError, "did you mean 'output'"),
    ],
)
async def test_what_is_no_guard_is_refused_when_the_agent_is_made(spell, guards, kind, words) -> None:
    async def main(guest) -> Any:
        return await new(guest, "bob", guards=guards)

    with pytest.raises(kind, match=words):
        await spell(main)
