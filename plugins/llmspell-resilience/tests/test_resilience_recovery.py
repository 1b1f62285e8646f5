from __future__ import annotations

import pytest

from llmspell.errors import (
    ContextLengthError,
    OverloadedError,
    RateLimitError,
    StreamInterruptedError,
    ToolExecutionError,
    ValidationError,
)
from llmspell.model.agent import AgentInput
from llmspell.model.llm import message
from llmspell.runtime.tools import ScriptTool

ONCE = {"attempts": 0}


def turns(count):
    return tuple(message("user" if n % 2 == 0 else "assistant", f"turn {n}") for n in range(count))


async def test_a_conversation_that_is_too_long_is_shortened_from_the_front(world) -> None:
    async with world(recovery={"on_context_length": "retry_with_shorter_context"}) as here:

        def answer(n, request):
            if len(request.messages) > 3:
                raise ContextLengthError("too long")
            return {"text": "fits"}

        service = here.service(answer)
        given = AgentInput(message=message("user", "now"), history=turns(8))
        assert (await here.passing((await here.agent()).execute(given))).content == "fits"
        assert [len(one.messages) for one in service.requests] == [9, 5, 3]
        assert service.requests[-1].messages[-1].text == "now"
        assert [one["action"] for one in here.told("recovery_used")] == ["retry_with_shorter_context"] * 2


async def test_one_turn_cannot_be_shortened(world) -> None:
    async with world(recovery={"on_context_length": "retry_with_shorter_context"}) as here:

        def answer(*_):
            raise ContextLengthError("too long")

        service = here.service(answer)
        with pytest.raises(ContextLengthError):
            await here.passing((await here.agent()).chat("hello"))
        assert len(service.requests) == 1


async def test_another_provider_is_asked(world) -> None:
    rules = {"on_provider_error": "switch_to_fallback_provider", "fallback_providers": ["second/big"]}
    async with world(recovery=rules, retry=ONCE) as here:

        def answer(*_):
            raise OverloadedError("down")

        here.service(answer)
        here.service(lambda *_: {"text": "second"}, name="second")
        assert await here.passing((await here.agent()).chat("hello")) == "second"


async def test_that_there_is_no_other_model_is_told(world) -> None:
    async with world(recovery={"on_provider_error": "switch_to_fallback_provider"}, retry=ONCE) as here:

        def answer(*_):
            raise OverloadedError("down")

        here.service(answer)
        with pytest.raises(OverloadedError) as caught:
            await here.passing((await here.agent()).chat("hello"))
        assert "fallback_providers" in caught.value.suggestions[-1]


async def test_the_last_good_answer_stands_in(world) -> None:
    rules = {"on_provider_error": "fallback_to_cached", "cache_timeout": "100s"}
    async with world(recovery=rules, retry=ONCE) as here:

        def answer(n, _):
            if n > 0:
                raise OverloadedError("down")
            return {"text": "good"}

        here.service(answer)
        agent = await here.agent()
        await here.passing(agent.chat("hello"))
        result = await here.passing(agent.execute("hello"))
        assert (result.content, result.metadata["cached"]) == ("good", True)
        with pytest.raises(OverloadedError):
            await here.passing(agent.chat("something else"))
        await here.clock.advance(100)
        with pytest.raises(OverloadedError):
            await here.passing(agent.chat("hello"))


async def test_what_was_shown_is_not_replaced(world) -> None:
    rules = {"on_timeout": "switch_to_fallback_provider", "fallback_providers": ["second/big"]}
    async with world(recovery=rules, retry=ONCE) as here:
        here.service(lambda *_: {"text": "half", "fails": StreamInterruptedError("cut")})
        second = here.service(lambda *_: {}, name="second")
        agent = await here.agent()

        async def listen():
            async with agent.stream("hello") as parts:
                return [part async for part in parts]

        with pytest.raises(StreamInterruptedError):
            await here.passing(listen())
        assert second.requests == []


async def test_a_service_that_asks_to_slow_down_is_met_with_patience(world) -> None:
    async with world(recovery={"on_rate_limit": "exponential_backoff"}) as here:

        def answer(n, _):
            if n < 6:
                raise RateLimitError("slow down")
            return {}

        service = here.service(answer)
        await here.passing((await here.agent()).chat("hello"))
        assert len(service.requests) == 7


def flaky(here, effect="once"):
    calls = []

    async def handler(args, ctx):
        calls.append(args)
        if args.get("bad") or len(calls) > 1:
            raise ToolExecutionError("broken")
        return {"n": 1}

    here.app.tools.register(here.run, "flaky", "Fails.", ScriptTool(handler, {"type": "object"}), effect=effect)

    async def use(settings=None, **args):
        return await here.app.tools.execute(here.run.context(), "flaky", args, settings=settings)

    return use


@pytest.mark.parametrize("name", ["skip_tool_and_continue", "skip_failed_tools"])
async def test_a_tool_that_fails_is_skipped_and_says_so(world, name) -> None:
    async with world(recovery={"on_tool_error": name}) as here:
        result = (await flaky(here)(bad=True)).result
        assert result == {"skipped": True, "tool": "flaky", "error": "broken", "error_type": "tool_execution"}


async def test_a_tool_gives_its_last_good_result_where_it_may_be_repeated(world) -> None:
    async with world(recovery={"on_tool_error": "use_cached_results"}) as here:
        use = flaky(here, effect="pure")
        assert (await use()).result == {"n": 1}
        again = await use()
        assert (again.result, again.metadata["cached"]) == ({"n": 1}, True)
        with pytest.raises(ToolExecutionError):
            await use(other=1)


async def test_a_tool_with_effects_never_gives_an_old_result(world) -> None:
    async with world(recovery={"on_tool_error": "use_cached_results"}) as here:
        use = flaky(here)
        await use()
        with pytest.raises(ToolExecutionError):
            await use()


async def test_an_agent_names_its_strategy(world) -> None:
    async with world() as here:
        agent = await here.agent(settings={"recovery": "continue_degraded"})
        use = flaky(here)
        assert (await use(agent.config.settings, bad=True)).result["skipped"] is True
        with pytest.raises(ToolExecutionError):
            await use(bad=True)
        with pytest.raises(ValidationError, match="no recovery 'hope'"):
            await here.agent(settings={"recovery": "hope"})
        with pytest.raises(ValidationError, match="on_tool_error"):
            await here.agent(settings={"recovery": {"on_tool_error": "hope"}})
