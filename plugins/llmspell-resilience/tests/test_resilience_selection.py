from __future__ import annotations

import pytest

from llmspell.errors import ModelNotFoundError, OverloadedError
from llmspell_resilience.part import Target
from llmspell_resilience.selection import Candidate, ranked

PRICES = {"models": {"dear/m": {"input": 10.0, "output": 10.0}, "cheap/m": {"input": 1.0, "output": 1.0}}}
BOTH = ["dear/m", "cheap/m"]


def candidates(**about):
    return [Candidate(Target(name, "m"), place, *rest) for place, (name, rest) in enumerate(about.items())]


def names(found):
    return [one.target.provider for one in found]


def test_cost_latency_and_both() -> None:
    found = candidates(fast=(0.9, 1.0, 0.0), cheap=(0.1, 9.0, 0.0), middle=(0.2, 2.0, 0.0), unknown=(None, 1.0, 0.0))
    assert names(ranked(found, "cost")) == ["cheap", "middle", "fast", "unknown"]
    assert names(ranked(found, "latency")) == ["fast", "unknown", "middle", "cheap"]
    assert names(ranked(found, "balanced"))[0] == "middle"
    assert names(ranked(found, "order")) == ["fast", "cheap", "middle", "unknown"]


@pytest.mark.parametrize("strategy", ["cost", "latency", "balanced", "order"])
def test_who_must_wait_comes_last(strategy) -> None:
    found = candidates(best=(0.0, 0.0, 5.0), worst=(9.0, 9.0, 0.0))
    assert names(ranked(found, strategy)) == ["worst", "best"]


async def test_auto_is_the_cheapest_that_answers(world) -> None:
    selection = {"candidates": BOTH, "strategy": "cost"}
    async with world(selection=selection, prices=PRICES, retry={"attempts": 0}) as here:
        dear = here.service(lambda *_: {"text": "dear"}, name="dear")

        def answer(n, _):
            if n == 1:
                raise OverloadedError("down")
            return {"text": "cheap"}

        here.service(answer, name="cheap")
        agent = await here.agent(provider="dear", model="auto")
        assert await here.passing(agent.chat("one")) == "cheap"
        assert await here.passing(agent.chat("two")) == "dear"
        assert dear.requests[0].model == "m"
        assert here.app.hook_sets.statistics()["selection"]["chosen"] == {"cheap/m": 2}


async def test_auto_learns_who_is_fast(world) -> None:
    async with world(selection={"candidates": BOTH, "strategy": "latency"}) as here:
        here.service(lambda *_: {"text": "dear"}, name="dear").seconds = 9.0
        here.service(lambda *_: {"text": "cheap"}, name="cheap").seconds = 1.0
        agent = await here.agent(provider="dear", model="auto")
        answers = [await here.passing(agent.chat(str(n))) for n in range(4)]
        assert answers == ["dear", "cheap", "cheap", "cheap"]


async def test_an_open_circuit_and_a_used_up_limit_send_auto_elsewhere(world) -> None:
    rules = {"per": {"dear": {"requests_per_minute": 1.0}}}
    async with world(selection={"candidates": BOTH, "strategy": "order"}, rate_limit=rules) as here:
        here.service(lambda *_: {"text": "dear"}, name="dear")
        here.service(lambda *_: {"text": "cheap"}, name="cheap")
        agent = await here.agent(provider="dear", model="auto")
        assert [await here.passing(agent.chat(str(n))) for n in range(3)] == ["dear", "cheap", "cheap"]


async def test_a_model_that_cannot_do_the_work_is_not_chosen(world) -> None:
    candidates = ["openai/gpt-4", "mine/any"]
    async with world(selection={"candidates": candidates, "strategy": "order"}) as here:
        here.service(lambda *_: {"text": "mine"}, name="mine")
        agent = await here.agent(provider="mine", model="auto", system_prompt="words " * 20_000)
        assert await here.passing(agent.chat("hello")) == "mine"  # gpt-4 takes 8 192 tokens


async def test_when_nobody_can_the_reasons_are_told(world) -> None:
    async with world(selection={"candidates": ["openai/gpt-4"]}) as here:
        here.service(lambda *_: {}, name="mine")
        agent = await here.agent(provider="mine", model="auto", system_prompt="words " * 20_000)
        with pytest.raises(ModelNotFoundError, match="gpt-4 takes 8192 tokens"):
            await here.passing(agent.chat("hello"))


async def test_who_names_a_model_gets_it(world) -> None:
    async with world(selection={"candidates": BOTH}) as here:
        here.service(lambda *_: {"text": "named"}, name="mine")
        assert await here.passing((await here.agent(provider="mine")).chat("hello")) == "named"
