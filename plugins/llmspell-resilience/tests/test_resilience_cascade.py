"""Recoveries one after the other: their order, what a result tells of them, and streams."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import (
    ContextLengthError,
    LlmspellError,
    OverloadedError,
    RateLimitError,
    RefusedError,
    StreamInterruptedError,
    ToolExecutionError,
    ValidationError,
)
from llmspell.model.agent import AgentInput
from llmspell.model.llm import Reset, TextDelta, message
from llmspell.runtime.tools import ScriptTool

ONCE = {"attempts": 0}
SHORT, OTHER, KEPT = "retry_with_shorter_context", "switch_to_fallback_provider", "fallback_to_cached"
HISTORY = tuple(message("user" if n % 2 == 0 else "assistant", f"turn {n}") for n in range(4))


def long(text):
    return AgentInput(message=message("user", text), history=HISTORY)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    order=st.lists(st.sampled_from([SHORT, OTHER, KEPT, "fail_fast"]), max_size=4, unique=True),
    helps=st.sets(st.sampled_from([SHORT, OTHER, KEPT])),
)
async def test_the_first_that_helps_is_the_one_that_took_place(world, order, helps) -> None:
    rules = {"on": {"overloaded": order}, "fallback_providers": ["second/big"]}
    async with world(recovery=rules, retry=ONCE) as here:
        good = True

        def answer(_, request):
            if good or (SHORT in helps and len(request.messages) < 5):
                return {"text": "first"}
            raise OverloadedError("down")

        def second(*_):
            if OTHER in helps:
                return {"text": "second"}
            raise OverloadedError("down, too")

        here.service(answer)
        here.service(second, name="second")
        agent = await here.agent()
        await here.passing(agent.execute(long("known")))
        good = False
        asked = here.passing(agent.execute(long("known" if KEPT in helps else "new")))
        reach = order[: order.index("fail_fast")] if "fail_fast" in order else order
        expected = next((one for one in reach if one in helps), None)
        if expected is None:
            with pytest.raises(OverloadedError):
                await asked
            return
        (note,) = (await asked).metadata["recoveries"]
        assert (note["action"], note["operation"], note["error"]) == (expected, "llm_call", "overloaded")
        tried = list(dict.fromkeys(one["action"] for one in here.told("recovery_used")))
        assert tried == [one for one in reach[: reach.index(expected) + 1] if one != KEPT or KEPT in helps]


async def test_an_exact_type_counts_before_its_family_and_that_before_any(world) -> None:
    on = {"overloaded": ["fail_fast"], "provider": [OTHER], "error": [KEPT]}
    async with world(recovery={"on": on, "fallback_providers": ["second/big"]}, retry=ONCE) as here:
        errors = [OverloadedError("a"), StreamInterruptedError("b"), ContextLengthError("c")]

        def answer(n, _):
            raise errors[n]

        here.service(answer)
        here.service(lambda *_: {"text": "second"}, name="second")
        agent = await here.agent()
        with pytest.raises(OverloadedError):
            await here.passing(agent.chat("hello"))
        assert await here.passing(agent.chat("hello")) == "second"
        with pytest.raises(ContextLengthError):
            await here.passing(agent.chat("hello"))


async def test_what_was_refused_is_recovered_by_nobody(world) -> None:
    rules = {"on": {"error": [OTHER], "refused": [OTHER]}, "fallback_providers": ["second/big"]}
    async with world(recovery=rules) as here:
        here.service(lambda *_: {})
        second = here.service(lambda *_: {}, name="second")

        def veto(call):
            raise RefusedError("no")

        here.run.hooks.register("before_llm_call", veto)
        with pytest.raises(LlmspellError):
            await here.passing((await here.agent()).chat("hello"))
        assert second.requests == []


async def test_a_retry_and_a_fallback_are_noted_with_what_they_were_for(world) -> None:
    async with world(fallback={"chain": ["second/big"]}) as here:

        def answer(n, _):
            if n == 0:
                raise OverloadedError("down")
            return {}

        service = here.service(answer)
        here.service(lambda *_: {}, name="second")
        result = await here.passing((await here.agent()).execute("hello"))
        expected = {"action": "retry", "operation": "llm_call", "subject": "m", "error": "overloaded", "attempts": 1}
        assert result.metadata["recoveries"] == [expected]
        service.answer = lambda n, _: {"fails": StreamInterruptedError("cut")}
        result = await here.passing((await here.agent()).execute("hello"))
        (note,) = result.metadata["recoveries"]
        assert (note["action"], note["to"], note["error"]) == ("fallback", "second/big", "stream_interrupted")


async def test_each_type_of_error_has_attempts_of_its_own(world) -> None:
    per = {"rate_limit": {"attempts": 5, "delay": 4.0, "multiplier": 1.0}, "authentication": {"attempts": 0}}
    async with world() as here:

        def answer(n, _):
            raise RateLimitError("slow down") if n < 5 else OverloadedError("down")

        service = here.service(answer)
        agent = await here.agent(settings={"retry": {"per": per}})
        with pytest.raises(OverloadedError):
            await here.passing(agent.chat("hello"))
        assert len(service.requests) == 6  # five repetitions are more than the three that others have
        assert {round(one["delay"], 1) for one in here.told("retry_scheduled")} == {2.0}


async def test_a_type_that_is_named_is_repeated_whatever_it_calls_itself(world) -> None:
    async with world(retry={"per": {"context_length_exceeded": {"attempts": 2}}}) as here:

        def answer(*_):
            raise ContextLengthError("too long")

        service = here.service(answer)
        with pytest.raises(ContextLengthError):
            await here.passing((await here.agent()).chat("hello"))
        assert len(service.requests) == 3


@pytest.mark.parametrize("after_parts", [False, True])
async def test_a_stream_begins_anew_only_where_nothing_was_read_or_that_is_wanted(world, after_parts) -> None:
    rules = {"on": {"error": [OTHER]}, "fallback_providers": ["second/big"], "after_parts": after_parts}
    async with world(recovery=rules, retry=ONCE) as here:
        here.service(lambda *_: {"text": "half", "fails": StreamInterruptedError("cut")})
        here.service(lambda *_: {"text": "whole"}, name="second")
        agent, seen = await here.agent(), []

        async def listen():
            async with agent.stream("hello") as parts:
                async for part in parts:
                    seen.append(part)  # noqa: PERF401 - those that came before the error count

        if not after_parts:
            with pytest.raises(StreamInterruptedError):
                await here.passing(listen())
        else:
            await here.passing(listen())
        told = [one.text if isinstance(one, TextDelta) else "/" for one in seen if isinstance(one, (TextDelta, Reset))]
        assert told == (["half", "/", "whole"] if after_parts else ["half"])


async def test_what_a_tool_does_in_order_is_noted_in_its_output_and_the_run(world) -> None:
    on = {"tool": [KEPT, "skip_tool_and_continue"], "validation": ["skip_tool_and_continue"]}
    async with world(recovery={"on": on}) as here:
        calls = []

        async def handler(args, ctx):
            calls.append(args)
            if args.get("bad") or len(calls) > 1:
                raise ToolExecutionError("broken")
            return 1

        tool = ScriptTool(handler, {"type": "object", "properties": {"bad": {}}, "additionalProperties": False})
        here.app.tools.register(here.run, "flaky", "Fails.", tool, effect="pure")
        run = here.app.tools.execute
        assert (await run(here.run.context(), "flaky", {})).metadata == {}
        kept = await run(here.run.context(), "flaky", {})
        skipped = await run(here.run.context(), "flaky", {"bad": True})
        assert [one.metadata["recoveries"][0]["action"] for one in (kept, skipped)] == [KEPT, "skip_tool_and_continue"]
        with pytest.raises(ValidationError):  # the call was wrong, the tool did not fail
            await run(here.run.context(), "flaky", {"other": 1})
        here.model([{"tool_calls": [{"name": "flaky", "arguments": {"bad": True}}]}, {"text": "done"}])
        result = await here.passing((await here.agent(tools=("flaky",))).execute("go"))
        assert [one["subject"] for one in result.metadata["recoveries"]] == ["flaky"]


async def test_an_action_that_is_none_is_refused_with_its_place(world) -> None:
    async with world() as here:
        with pytest.raises(ValidationError, match="on"):
            await here.agent(settings={"recovery": {"on": {"timeout": ["hope"]}}})
