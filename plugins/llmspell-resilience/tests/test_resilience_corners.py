"""Corners: what services leave out, attempts that add up, places that are held twice."""

from __future__ import annotations

import asyncio

import pytest

from llmspell.errors import LimitReachedError, OverloadedError, StreamInterruptedError
from llmspell.model.llm import Completion, LlmRequest, Message, Reasoning, ReasoningDelta, Text, message
from llmspell.runtime.llm import complete
from llmspell.spec import HookOptions

PRICE = {"models": {"fake/m": {"input": 1.0, "output": 2.0}}}
CUT = StreamInterruptedError("cut", suggestions=["try again"])


async def test_an_answer_that_is_not_counted_is_estimated(world) -> None:
    async with world(budget={"run_tokens": 60}) as here:
        here.service(lambda *_: {"text": "word " * 30, "usage": {}})
        agent = await here.agent()
        await here.passing(agent.chat("hello"))
        with pytest.raises(LimitReachedError, match="has spent"):
            await here.passing(agent.chat("hello"))
        spent = here.app.hook_sets.statistics()["budget"]
        assert 60 < spent["tokens"] < 120


async def test_an_answer_that_is_not_counted_has_its_price(world) -> None:
    async with world(budget={"run_cost": 1.0}, prices=PRICE) as here:
        here.service(lambda *_: {"text": "word " * 30, "usage": {}})
        await here.passing((await here.agent()).chat("hello"))
        assert here.app.hook_sets.statistics()["budget"]["cost"] > 0


async def test_repeated_attempts_do_not_pass_a_cap(world) -> None:
    async with world(budget={"run_tokens": 100}, retry={"attempts": 9}) as here:
        service = here.service(lambda *_: {"text": "word", "fails": CUT})
        agent = await here.agent()
        with pytest.raises(LimitReachedError, match="run_tokens"):
            await here.passing(agent.chat("a question of a few words " * 8))
        assert len(service.requests) < 4
        assert here.app.hook_sets.statistics()["budget"]["tokens"] <= 200


async def test_a_failure_that_costs_nothing_uses_up_no_cap(world) -> None:
    async with world(budget={"run_tokens": 60}, retry={"attempts": 9}) as here:

        def answer(number: int, _request: LlmRequest) -> dict[str, object]:
            if number < 5:
                raise OverloadedError("busy")
            return {"text": "yes"}

        here.service(answer)
        assert await here.passing((await here.agent()).chat("hello")) == "yes"


async def test_half_a_surrogate_pair_is_not_kept_and_no_failure(world) -> None:
    async with world(cache={"ttl": 60}, recovery={"on_provider_error": "fallback_to_cached"}) as here:
        service = here.service(lambda *_: {"text": "half \ud83d"})
        agent = await here.agent()
        for _ in range(2):
            assert await here.passing(agent.chat("hello")) == "half \ud83d"
        assert len(service.requests) == 2


async def test_reasoning_out_of_the_cache_names_its_origin(world) -> None:
    thought = Reasoning(text="hm", signature="s", origin="one api")
    said = Completion(message=Message(role="assistant", parts=(thought, Text(text="yes"))))
    async with world(cache={"ttl": 60}) as here:
        here.model([{"text": "never"}])
        here.app.hooks.register("around_llm_call", lambda proceed: said, HookOptions(band="policy"))
        choice = here.app.models.choose(here.run, "fake", "m")
        parts: list[object] = []

        async def take(part: object) -> None:
            parts.append(part)

        for _ in range(2):
            request = LlmRequest(model="m", messages=(message("user", "hello"),))
            await here.passing(complete(here.run.context(), choice, request, sink=take))
        assert ReasoningDelta("hm", "s", "one api") in parts


async def test_a_guard_that_asks_a_model_waits_for_no_second_place(world) -> None:
    async with world(pool={"max_concurrent": 1}) as here:
        service = here.service(lambda *_: {"text": "yes"})
        guard, agent = await here.agent("guard"), await here.agent("guarded")

        async def ask_first(call, proceed, ctx):
            if "is this well" not in str(call.input.messages[-1].text):
                assert await guard.chat("is this well?") == "yes"
            return await proceed(call)

        here.app.hooks.register("around_llm_call", ask_first, HookOptions(band="policy"))
        answers = await here.passing(asyncio.gather(agent.chat("one"), agent.chat("two")), most=60)
        assert (answers, len(service.requests)) == (["yes", "yes"], 4)
        assert here.app.hook_sets.statistics()["pool"]["fake"]["running"] == 0


async def cancelled(task: asyncio.Future[object]) -> None:
    task.cancel()
    await asyncio.wait([task])


async def test_who_leaves_a_request_on_its_way_has_made_it(world) -> None:
    async with world(rate_limit={"requests_per_minute": 2, "burst": 1, "max_wait": "10m"}) as here:
        service = here.service(lambda *_: {"text": "yes"})
        service.seconds = 5.0
        agent = await here.agent()
        for _ in range(3):
            task = asyncio.ensure_future(agent.chat("hello"))
            while service.inside == 0:
                await here.clock.advance(1)
            await cancelled(task)
        assert service.went == pytest.approx([0, 30, 60], abs=2)


async def test_who_leaves_the_queue_of_a_pool_has_made_none(world) -> None:
    limits = {"requests_per_minute": 2, "burst": 2, "max_wait": "10m"}
    async with world(rate_limit=limits, pool={"max_concurrent": 1}) as here:
        service = here.service(lambda *_: {"text": "yes"})
        service.seconds = 5.0
        agent = await here.agent()
        first = asyncio.ensure_future(agent.chat("one"))
        second = asyncio.ensure_future(agent.chat("two"))
        await here.clock.advance(1)
        assert (service.inside, here.app.hook_sets.statistics()["pool"]["fake"]["waiting"]) == (1, 1)
        await cancelled(second)
        assert await here.passing(first) == "yes"
        assert await here.passing(agent.chat("three")) == "yes"
        assert service.went == pytest.approx([0, 6], abs=2)


async def test_budgets_of_calls_side_by_side_add_up_and_hold(world) -> None:
    async with world(budget={"run_tokens": 1000, "agent_tokens": 400}, retry={"attempts": 2}) as here:

        def answer(number: int, _request: LlmRequest) -> dict[str, object]:
            if number % 5 == 4:
                raise OverloadedError("busy")
            return {"text": "yes", "usage": {"input_tokens": 10, "output_tokens": 5 + number % 40}}

        here.service(answer)
        agents = [await here.agent(f"agent {n}", max_tokens=45) for n in range(4)]
        work = [one.chat("hello") for one in agents for _ in range(12)]
        told = await here.passing(asyncio.gather(*work, return_exceptions=True))
        assert any(isinstance(one, LimitReachedError) for one in told)
        whole = here.app.hook_sets.statistics()["budget"]
        (run,) = whole["children"]
        assert whole["tokens"] == run["tokens"] == sum(one["tokens"] for one in run["children"]) <= 1000
        assert all(one["tokens"] <= 400 for one in run["children"])
        assert (whole["held_tokens"], run["held_tokens"]) == (0, 0)
