from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import RateLimitError
from llmspell_resilience.bucket import Bucket
from llmspell_resilience.limiter import _requests


def failing(kind, **more):
    return {"error": {"type": kind, "message": f"made-up {kind}", **more}}


moments = st.lists(st.floats(0, 30), min_size=1, max_size=60)


@given(st.integers(1, 120), st.one_of(st.none(), st.integers(1, 200)), moments)
def test_no_minute_ever_sees_more_requests_than_the_limit(limit, burst, pauses) -> None:
    bucket = _requests(float(limit), burst, 0.0)
    now, goes = 0.0, []
    for pause in pauses:
        now += pause
        goes.append(now + bucket.take(1.0, now))
    for start in goes:
        assert sum(start <= one < start + 60 - 1e-6 for one in goes) <= limit


@given(moments, st.lists(st.floats(0, 500), min_size=60, max_size=60))
def test_who_comes_first_goes_first(pauses, amounts) -> None:
    bucket = Bucket(10.0, 100.0, 0.0)
    now, goes = 0.0, []
    for pause, amount in zip(pauses, amounts, strict=False):
        now += pause
        goes.append(now + bucket.take(amount, now))
    assert all(a <= b + 1e-6 for a, b in itertools.pairwise(goes))


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=30))
def test_what_is_given_back_is_there_again_and_never_more_than_fits(pairs) -> None:
    bucket = Bucket(1.0, 50.0, 0.0)
    for taken, given_back in pairs:
        before = bucket.level
        bucket.take(taken, 0.0)
        bucket.give(min(taken, given_back))
        assert bucket.level <= min(50.0, before) + 1e-6


async def test_requests_are_spread_over_the_minute(world) -> None:
    async with world(rate_limit={"requests_per_minute": 6, "burst": 1, "max_wait": "10m"}) as here:
        service = here.service(lambda *_: {})
        agent = await here.agent()
        await here.passing(asyncio.gather(*(agent.chat(str(n)) for n in range(4))))
        assert service.went == [0, 10, 20, 30]


async def test_a_retry_is_counted_as_the_request_it_is(world) -> None:
    async with world(rate_limit={"requests_per_minute": 2, "burst": 1, "max_wait": "10m"}) as here:
        went = []

        def step(_):
            went.append(here.clock.monotonic())
            return failing("overloaded") if len(went) < 3 else {"text": "yes"}

        here.model([step] * 3)
        assert await here.passing((await here.agent()).chat("hello")) == "yes"
        assert went == [0, 30, 60]


async def test_a_429_makes_everybody_wait_and_slows_down_once(world) -> None:
    async with world(rate_limit={"requests_per_minute": 600, "burst": 10, "max_wait": "10m"}) as here:

        def answer(_, request):
            if here.clock.monotonic() < 20:
                raise RateLimitError("slow down", retry_after=20)
            return {}

        service = here.service(answer)
        agent = await here.agent()
        answers = await here.passing(asyncio.gather(*(agent.chat(str(n)) for n in range(30))), step=0.5)
        assert answers == ["yes"] * 30
        assert not any(1 < one < 21 for one in service.went)  # nobody disturbs a service that asked for a pause
        counts = here.app.hook_sets.statistics()["rate_limit"]["fake/m"]
        assert counts["told_to_slow_down"] >= 10
        assert counts["share"] >= 0.25  # halved for one lesson, not once for each 429 of the same moment


async def test_the_rate_recovers_with_successes(world) -> None:
    async with world(rate_limit={"requests_per_minute": 600, "max_wait": "10m"}) as here:

        def answer(n, request):
            if n == 0:
                raise RateLimitError("slow down")
            return {}

        here.service(answer)
        agent = await here.agent()
        for _ in range(12):
            await here.passing(agent.chat("hello"))
        assert here.app.hook_sets.statistics()["rate_limit"]["fake/m"]["share"] == 1.0


async def test_what_the_service_says_is_left_is_believed(world) -> None:
    async with world(rate_limit={"max_wait": "10m"}) as here:
        service = here.service(lambda n, _: {"limits": {"requests": {"limit": 9, "remaining": 1 - n, "reset": 40}}})
        agent = await here.agent()
        for _ in range(3):
            await here.passing(agent.chat("hello"))
        assert service.went == pytest.approx([0, 1, 42], abs=1.1)


async def test_the_tokens_of_an_answer_are_counted_as_they_really_were(world) -> None:
    async with world(rate_limit={"tokens_per_minute": 6000, "max_wait": "10m"}) as here:
        service = here.service(lambda *_: {"usage": {"input_tokens": 3000, "output_tokens": 3000}})
        agent = await here.agent()
        await here.passing(agent.chat("one"))
        await here.passing(agent.chat("two"))
        assert service.went[1] >= 59  # 6 000 of the first: 3 000 are a burst, the rest is a debt of a minute


async def test_a_wait_that_is_too_long_is_an_error_that_says_when(world) -> None:
    async with world(rate_limit={"requests_per_minute": 1, "max_wait": "30s"}) as here:
        model = here.model([{"text": "yes"}] * 2)
        agent = await here.agent()
        await agent.chat("one")
        with pytest.raises(RateLimitError, match="may go in 60") as caught:
            await agent.chat("two")
        assert caught.value.retry_after == pytest.approx(60)
        assert not caught.value.retryable
        assert len(model.requests) == 1


async def test_who_gives_up_waiting_gives_the_turn_back(world) -> None:
    async with world(rate_limit={"requests_per_minute": 2, "burst": 1, "max_wait": "10m"}) as here:
        here.model([{"text": "yes"}] * 2)
        agent = await here.agent()
        await agent.chat("one")
        task = asyncio.ensure_future(agent.chat("two"))
        await here.clock.advance(1)
        task.cancel()
        await asyncio.wait([task])
        await here.passing(agent.chat("three"))
        assert here.clock.monotonic() <= 31


async def test_single_models_and_agents_have_limits_of_their_own(world) -> None:
    per = {"other": {"requests_per_minute": 60.0, "burst": 60}}
    async with world(rate_limit={"requests_per_minute": 1, "per": per}) as here:
        model = here.model([{"text": "yes"}] * 5, name="other")
        agent = await here.agent(provider="other")
        for n in range(5):
            await agent.chat(str(n))
        assert len(model.requests) == 5
        own = await here.agent("own", provider="other", settings={"rate_limit": {"max_wait": 1.0}})
        here.model([{"text": "yes"}], name="third")
        assert own.config.settings == {"rate_limit": {"max_wait": 1.0}}
