"""Strategies that stand for a whole run or tool call: no hook set is installed here, and every sleep is of no time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import (
    ApiUnavailableError,
    OverloadedError,
    ProviderError,
    RefusedError,
    ValidationError,
)
from llmspell.model.llm import Finish, TextDelta
from llmspell.spec import provider

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

DOWN = {"error": {"type": "authentication", "message": "no key"}}


class Parts:
    """A provider that shows some parts and then fails, or ends."""

    def __init__(self, *answers: tuple[tuple[str, ...], Exception | None]) -> None:
        self.answers = list(answers)
        self.closed = 0

    async def stream(self, request: Any, ctx: Any) -> AsyncIterator[object]:
        texts, error = self.answers.pop(0)
        try:
            for text in texts:
                yield TextDelta(text)
            if error is not None:
                raise error
            yield Finish("stop", model="m")
        finally:
            self.closed += 1


@pytest.fixture
def asked(app) -> Callable[..., Parts]:
    """Put such a provider in place."""

    def put(name: str, *answers: tuple[tuple[str, ...], Exception | None]) -> Parts:
        made = Parts(*answers)
        described = provider(name, "llmspell.builtin.scripted:ScriptedModel", "Parts of a test.")
        app.catalog.register(described, made, owner=None)
        return made

    return put


async def new(guest, name: str, step: Any, **more: Any) -> Any:
    where = {"provider": step, "model": "m"} if isinstance(step, str) else {"provider": "scripted"}
    extra = {} if isinstance(step, str) else {"extra": {"script": {"steps": [step]}}}
    return await guest.call("Agent.new", {"name": name, **where, **extra, **more})


async def read(guest, agent: Any, given: Any = "x") -> tuple[str, Any, str | None]:
    """Read a stream: its texts, with `/` for a reset, its last part, and the type of the error that ended it."""
    parts: list[dict[str, Any]] = []
    failed = None
    try:
        await guest.items(await guest.call("agent.stream", agent, given), into=parts)
    except Exception as error:  # noqa: BLE001 - whatever the guest gets
        failed = error.error["type"]  # type: ignore[attr-defined]
    texts = [one["text"] if one["type"] == "text" else "/" for one in parts if one["type"] in ("text", "reset")]
    return "".join(texts), parts[-1] if parts else None, failed


CUT = ProviderError("cut")  # which is not repeated


@pytest.mark.parametrize(
    ("shown", "after_parts", "expected"),
    [
        ((), False, ("whole", "fallback", None)),
        (("half ",), False, ("half ", None, "provider")),
        (("half ",), True, ("half /whole", "fallback", None)),
    ],
)
async def test_a_stream_begins_anew_before_its_first_part_only(spell, asked, shown, after_parts, expected) -> None:
    first, second = asked("first", (shown, CUT)), asked("second", (("whole",), None))

    async def main(guest) -> Any:
        await new(guest, "spare", "second")
        strategy = {"type": "fallback", "agent": "spare", "after_parts": after_parts}
        return await read(guest, await new(guest, "a", "first", error_strategy=strategy))

    texts, last, failed = await spell(main)
    by = last["metadata"]["recovered_by"] if last["type"] == "done" else None
    assert (texts, by, failed) == expected
    assert first.closed + second.closed == 1 + (failed is None)


async def test_who_stands_in_and_is_cut_is_followed_only_when_that_is_wanted(spell, asked) -> None:
    asked("first", ((), CUT), ((), CUT))
    asked("second", (("half ",), CUT), (("half ",), CUT))

    async def main(guest) -> Any:
        spare = await new(guest, "spare", "second")
        both = [{"type": "fallback", "agent": spare}, {"type": "fallback", "value": "kept"}]
        found = []
        for name, after_parts in (("a", False), ("b", True)):
            strategy = {"type": "cascade", "strategies": both, "after_parts": after_parts}
            found.append(await read(guest, await new(guest, name, "first", error_strategy=strategy)))
        return found

    (one, _, failed), (two, last, _) = await spell(main)
    assert (one, failed, two) == ("half ", "provider", "half /kept")
    assert last["content"] == "kept"


async def test_leaving_a_recovered_stream_ends_who_stands_in(spell, asked) -> None:
    asked("first", ((), CUT))
    second = asked("second", (tuple("many parts" * 50), None))

    async def main(guest) -> Any:
        await new(guest, "spare", "second")
        agent = await new(guest, "a", "first", error_strategy={"agent": "spare"})
        return len(await guest.items(await guest.call("agent.stream", agent, "x"), credit=1, limit=2))

    assert await spell(main) == 2
    assert second.closed == 1


async def test_the_result_is_that_of_who_stands_in_and_tells_the_way(spell, app) -> None:
    told: list[Any] = []
    app.events.subscribe("recovery_used", lambda event: told.append(event.data))

    async def main(guest) -> Any:
        await new(guest, "spare", {"text": "spare answer"})
        agent = await new(guest, "a", DOWN, error_strategy={"agent": "spare"})
        return await guest.call("agent.execute", agent, "x"), await guest.call("agent.history", agent)

    result, history = await spell(main)
    await app.events.drain()
    assert (result["content"], result["usage"]["requests"], history) == ("spare answer", 1, [])
    about = {"action": "fallback", "operation": "agent_execution", "subject": "a", "to": "spare"}
    assert result["metadata"]["recoveries"] == [{**about, "error": "authentication"}]
    assert [{**one, "error": one["error"]["type"]} for one in told] == result["metadata"]["recoveries"]


async def test_two_agents_that_stand_in_for_each_other_come_to_an_end(spell, app) -> None:
    runs: list[str] = []
    app.events.subscribe("agent_execution_started", lambda event: runs.append(event.data["subject"]))

    async def main(guest) -> Any:
        one = await new(guest, "one", DOWN, error_strategy={"agent": "two"})
        await new(guest, "two", DOWN, error_strategy={"agent": "one"})
        return await guest.call("agent.execute", one, "x", {"on_error": "return"})

    assert (await spell(main))["error"]["type"] == "authentication"
    await app.events.drain()
    assert runs == ["one", "two"]


async def test_a_refusal_and_a_limit_stay_unless_the_limit_is_named(spell) -> None:
    async def main(guest) -> Any:
        strategy: Any = {"on_error": {"value": "instead"}, "on_refused": {"value": "instead"}}
        refused = await new(guest, "a", {"text": "hi"}, error_strategy=strategy)
        await guest.call(
            "agent.register_hook", refused, "before_llm_call", guest.function(lambda _: {"refuse": "not today"})
        )
        results = [await guest.call("agent.execute", refused, "x", {"on_error": "return"})]
        for strategy in ({"value": "instead"}, {"on_limit_reached": {"value": "instead"}}):
            agent = await new(guest, "b", {"text": "hi"}, error_strategy=strategy, limits={"tokens": 0})
            results.append(await guest.call("agent.execute", agent, "x " * 50, {"on_error": "return"}))
        return results

    refused, limited, named = await spell(main)
    assert refused["error"]["type"] == RefusedError.type
    assert limited["error"]["type"] == "limit_reached"
    assert named["content"] == "instead"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.sampled_from(["bad", "good", "other", "stop", "type", "skip"]), min_size=1, max_size=5))
async def test_a_cascade_gives_what_the_first_that_works_gives(spell, order: list[str]) -> None:
    async def main(guest) -> Any:
        asked: list[str] = []

        def handler(name: str) -> Any:
            def run(_: Any) -> str:
                asked.append(name)
                if name == "bad":
                    raise ValueError(name)
                return name

            return guest.function(run)

        ways = {
            "bad": {"handler": handler("bad")},
            "good": {"handler": handler("good")},
            "other": {"value": "other", "only": ["rate_limit"]},
            "stop": "fail_fast",
            "type": {"on_provider_error": "fail_fast"},
            "skip": {"type": "fail_fast", "only": ["rate_limit"]},
        }
        strategy = {"type": "cascade", "strategies": [ways[one] for one in order]}
        agent = await new(guest, "a", DOWN, error_strategy=strategy)
        return await guest.call("agent.execute", agent, "x", {"on_error": "return"}), asked

    result, asked = await spell(main)
    reach = order[: next((at for at, one in enumerate(order) if one in ("stop", "type")), None)]
    works = "good" in reach
    tried = [one for one in (reach[: reach.index("good") + 1] if works else reach) if one in ("bad", "good")]
    assert asked == tried
    assert result["success"] is works
    if works:
        assert (result["content"], result["metadata"]["recovery_attempts"]) == ("good", len(tried))


@pytest.mark.parametrize("strategy", ["continue_degraded", "skip_tool_and_continue", {"use_cached_results": True}])
async def test_going_on_without_an_answer_is_for_the_calls_of_a_run(spell, strategy: Any) -> None:
    async def main(guest) -> Any:
        await guest.call("Agent.new", {"name": "a", "error_strategy": strategy})

    with pytest.raises(ApiUnavailableError, match="guards the calls of a run") as caught:
        await spell(main)
    assert "pip install llmspell-resilience" in caught.value.suggestions[0]


@pytest.mark.parametrize(
    "strategy",
    ["use_cached_results", "circuit_breaker", {"on_timeout": "retry_with_shorter_context"}, {"retry_count": 2},
     {"type": "cascade", "circuit_breaker": {"failure_threshold": 3}, "strategies": [{"value": 1}]}],
)  # fmt: skip
async def test_a_guard_that_is_not_installed_is_named_when_the_agent_is_made(spell, strategy: Any) -> None:
    async def main(guest) -> Any:
        await new(guest, "a", DOWN, error_strategy=strategy)

    with pytest.raises(ApiUnavailableError, match="error strategy"):
        await spell(main)


async def test_a_strategy_is_exchanged_and_a_bad_one_changes_nothing(spell) -> None:
    async def main(guest) -> Any:
        agent = await new(guest, "a", DOWN, error_strategy={"value": "one"})
        await guest.call("agent.update_config", agent, {"error_strategy": {"value": "two"}})
        for bad in ({"type": "hope"}, "use_cached_results"):
            with pytest.raises(Exception, match="strategy"):
                await guest.call("agent.update_config", agent, {"error_strategy": bad})
        return await guest.call("agent.chat", agent, "x")

    assert await spell(main) == "two"


# -- tools


async def test_a_tool_of_the_script_is_recovered_whoever_calls_it(spell) -> None:
    async def main(guest) -> Any:
        def broken(_: Any) -> Any:
            raise ValueError("broken")

        about = {"name": "shaky", "execute": guest.function(broken), "error_strategy": {"value": {"n": 1}}}
        tool = await guest.call("Tool.new", about)
        step = {"tool_calls": [{"name": "shaky", "arguments": {}}]}
        agent = await new(guest, "a", step, tools=[tool], extra={"script": {"steps": [step, {"text": "done"}]}})
        return await guest.call("tool.execute", tool, {}), await guest.call("agent.execute", agent, "x")

    alone, of_agent = await spell(main)
    assert (alone["result"], alone["n"], alone["metadata"]["recovered_by"]) == ({"n": 1}, 1, "fallback")
    (record,) = of_agent["tool_calls"]
    assert (record["outcome"], record["result"]) == ("done", {"n": 1})
    assert of_agent["metadata"]["recoveries"][0]["subject"] == "shaky"


async def test_a_call_of_a_tool_falls_back_to_another_tool_and_an_agent(spell) -> None:
    async def main(guest) -> Any:
        await new(guest, "spare", {"text": "three"})
        adder = (await guest.call("Tools.get", "adder"),)
        bad = {"left": -1}
        tool = {"tool": "doubler", "input": {"sum": 4}}
        agent = {"agent": "spare", "input": "what is one and two?"}
        results = [
            await guest.call("tool.execute", *adder, bad, {"error_strategy": one})
            for one in (tool, agent, {"value": 0})
        ]
        wrong = await guest.call(
            "tool.execute", *adder, {"left": "x"}, {"error_strategy": {"value": 0}, "on_error": "return"}
        )
        return [one["result"] for one in results], wrong["error"]["type"]

    assert await spell(main) == [[8, "three", 0], ValidationError.type]


async def test_parts_of_a_tool_that_were_read_are_not_taken_back(spell, app) -> None:
    async def main(guest) -> Any:
        tool = await guest.call("Tools.get", "teller")
        found = []
        for after_parts in (False, True):
            parts: list[Any] = []
            strategy = {"value": 1, "after_parts": after_parts}
            try:
                await guest.items(await guest.call("tool.stream", tool, {}, {"error_strategy": strategy}), into=parts)
            except Exception as error:  # noqa: BLE001 - the error of the guest
                parts.append(error.error["type"])  # type: ignore[attr-defined]
            found.append([one if isinstance(one, str) else one["type"] for one in parts])
        return found

    from llmspell.runtime.tools import ScriptTool
    from llmspell.spec import Component

    async def tell(_: Any, ctx: Any) -> object:
        await ctx.emit({"type": "half"})
        raise OverloadedError("down")

    described = Component("tool", "teller", "llmspell.runtime.tools:ScriptTool", "Tells.")
    app.catalog.register(described, ScriptTool(tell, {"type": "object"}), owner=None)
    assert await spell(main) == [["half", "overloaded"], ["half", "reset", "done"]]
