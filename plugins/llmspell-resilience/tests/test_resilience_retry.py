from __future__ import annotations

import pytest

from llmspell.errors import BadRequestError, OverloadedError, RateLimitError


def failing(kind, **more):
    return {"error": {"type": kind, "message": f"made-up {kind}", **more}}


async def test_the_policy_of_the_section_is_followed_by_the_one_owner(world) -> None:
    async with world(retry={"attempts": 5, "delay": "4s", "max_delay": "10s"}) as here:
        here.model([failing("overloaded")] * 5 + [{"text": "at last"}])
        agent = await here.agent()
        assert await here.passing(agent.chat("hello")) == "at last"
        # full jitter, the draw being a half: 0.5 * min(10, 4 * 2**n)
        assert [one["delay"] for one in here.told("retry_scheduled")] == [2.0, 4.0, 5.0, 5.0, 5.0]


async def test_what_the_server_asks_for_is_waited_for_to_the_second(world) -> None:
    async with world(retry={"attempts": 1}) as here:
        here.model([failing("rate_limit", retry_after=17), {"text": "yes"}])
        agent = await here.agent()
        assert await here.passing(agent.chat("hello")) == "yes"
        assert [one["delay"] for one in here.told("retry_scheduled")] == [17]
        assert here.clock.monotonic() == 17


async def test_a_server_that_asks_for_too_much_is_not_waited_for(world) -> None:
    async with world(retry={"longest_wait": "10s"}) as here:
        model = here.model([failing("rate_limit", retry_after=11)])
        agent = await here.agent()
        with pytest.raises(RateLimitError) as caught:
            await agent.chat("hello")
        assert caught.value.retry_after == 11
        assert len(model.requests) == 1


async def test_nothing_begins_after_the_time_for_repetitions(world) -> None:
    async with world(retry={"attempts": 10, "delay": "20s", "max_delay": "20s", "within": "25s"}) as here:
        model = here.model([failing("overloaded")] * 11)
        agent = await here.agent()
        with pytest.raises(OverloadedError):
            await here.passing(agent.chat("hello"))
        assert len(model.requests) == 3  # at 0, 10 and 20 s; the next would be at 30
        assert here.clock.monotonic() < 25


async def test_types_can_be_added_and_taken_away(world) -> None:
    async with world(retry={"on": ["bad_request"], "never": ["overloaded"]}) as here:
        here.model([failing("bad_request"), {"text": "yes"}])
        agent = await here.agent()
        assert await here.passing(agent.chat("hello")) == "yes"
        model = here.model([failing("overloaded")], name="other")
        with pytest.raises(OverloadedError):
            await (await here.agent("two", provider="other")).chat("hello")
        assert len(model.requests) == 1


async def test_an_agent_says_otherwise_for_itself(world) -> None:
    async with world(retry={"attempts": 5}) as here:
        model = here.model([failing("overloaded")] * 2)
        agent = await here.agent(settings={"retry": {"attempts": 1, "delay": "1s"}})
        with pytest.raises(OverloadedError):
            await here.passing(agent.chat("hello"))
        assert len(model.requests) == 2


async def test_what_no_repetition_can_mend_is_not_repeated(world) -> None:
    async with world(retry={"attempts": 5}) as here:
        model = here.model([failing("bad_request")])
        with pytest.raises(BadRequestError):
            await (await here.agent()).chat("hello")
        assert len(model.requests) == 1


@pytest.mark.parametrize("where", ["section", "agent"])
async def test_waits_by_type_are_seconds_in_a_section_and_have_units_in_an_option(world, where) -> None:
    waits = {"delay": 8.0, "max_delay": 60.0} if where == "section" else {"delay": "8s", "maxDelay": "1m"}
    per = {"rate_limit": {"attempts": 1, **waits}}
    async with world(**({"retry": {"per": per}} if where == "section" else {})) as here:

        def answer(*_):
            raise RateLimitError("slow down")

        service = here.service(answer)
        agent = await here.agent(**({"settings": {"retry": {"per": per}}} if where == "agent" else {}))
        with pytest.raises(RateLimitError):
            await here.passing(agent.chat("hello"))
        assert len(service.requests) == 2
        assert [one["delay"] for one in here.told("retry_scheduled")] == [4.0]


async def test_the_agents_rates_for_single_models_hold(world) -> None:
    rates = {"per": {"fake/m": {"requests_per_minute": 60.0, "burst": 1}}}
    async with world() as here:
        service = here.service(lambda *_: {})
        agent = await here.agent(settings={"rate_limit": rates})
        for _ in range(3):
            await here.passing(agent.chat("hello"))
        assert len(service.requests) == 3
