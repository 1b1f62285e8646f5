"""All parts at once: whatever happens to the calls, nothing stays held, and the sums are right."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import pytest

from llmspell.errors import (
    BadRequestError,
    LlmspellError,
    OverloadedError,
    RateLimitError,
    StreamInterruptedError,
)
from llmspell.spec import HookOptions

ALL = {
    "retry": {"attempts": 2, "delay": "1s"},
    "rate_limit": {"requests_per_minute": 60, "tokens_per_minute": 100_000, "max_wait": "5m"},
    "breaker": {"failure_threshold": 3, "reset_timeout": "20s", "half_open_requests": 2},
    "pool": {"max_concurrent": 3, "queue_limit": 20},
    "budget": {"run_tokens": 100_000, "call_tokens": 5_000},
    "prices": {"models": {"fake": {"input": 1.0, "output": 1.0}, "second": {"input": 2.0, "output": 2.0}}},
    "cache": {"ttl": "10s"},
    "fallback": {"chain": ["second/big"]},
    "selection": {"candidates": ["fake/m", "second/big"]},
    "recovery": {"on_provider_error": "fallback_to_cached", "on_context_length": "retry_with_shorter_context"},
}
FAILURES: list[Any] = [
    lambda: OverloadedError("down"),
    lambda: RateLimitError("slow", retry_after=3),
    lambda: RateLimitError("slow"),
    lambda: StreamInterruptedError("cut"),
    lambda: BadRequestError("no"),
    lambda: RuntimeError("a provider with a fault"),
]


def nothing_is_held(here: Any) -> None:
    counts = here.app.hook_sets.statistics()
    assert (counts["budget"]["held_tokens"], counts["budget"]["held_cost"]) == (0, 0)
    for pool in counts["pool"].values():
        assert (pool["running"], pool["waiting"]) == (0, 0)
    (instance,) = here.app.hook_sets._open.values()
    assert instance.part("rate_limit")._waiting == {}
    assert instance.part("budget")._bound == {}
    for circuit in instance.part("breaker")._circuits.values():
        assert circuit.trials == 0 or circuit.state != "half_open"
    for limiter in instance.part("rate_limit")._limiters.values():
        assert limiter._behind == 0


def unsteady(here: Any, name: str, chance: Random, spent: list[int]) -> None:
    """A service that fails four times of ten, at once or in the middle."""

    def answer(n: int, _: object) -> dict[str, Any]:
        if chance.random() < 0.4:
            failure = chance.choice(FAILURES)()
            if chance.random() < 0.3:
                return {"text": "half", "fails": failure}
            raise failure
        spent.append(30)
        return {"text": f"{name} {n}", "usage": {"input_tokens": 10, "output_tokens": 20}}

    here.service(answer, name=name)


async def listen(agent: Any, text: str) -> None:
    async with agent.stream(text) as parts:
        async for _ in parts:
            pass


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_stays_held_whatever_happens(world, seed) -> None:
    chance = Random(seed)
    spent: list[int] = []
    async with world(**ALL) as here:
        for name in ("fake", "second"):
            unsteady(here, name, chance, spent)
        own = {"priority": "high", "budget": {"tokens": 2000}, "retry": {"attempts": 1}}
        agents = [
            await here.agent("plain"),
            await here.agent("auto", model="auto"),
            await here.agent("own", settings=own),
        ]
        tasks = [
            asyncio.ensure_future(listen(agent, str(n % 4)) if n % 3 else agent.chat(str(n % 4)))
            for n in range(12)
            for agent in agents
        ]
        for task in chance.sample(tasks, 6):
            asyncio.get_running_loop().call_soon(task.cancel)
        ends = await here.passing(asyncio.gather(*tasks, return_exceptions=True))
        assert [one for one in ends if isinstance(one, Exception) and not isinstance(one, LlmspellError)] == []
        nothing_is_held(here)
        counts = here.app.hook_sets.statistics()["budget"]
        assert counts["tokens"] >= sum(spent)
        (run,) = counts["children"]
        assert counts["tokens"] == run["tokens"] == sum(one["tokens"] for one in run["children"])


async def test_a_hook_that_asks_twice_at_once_breaks_nothing(world) -> None:
    async with world(**ALL) as here:
        service = here.service(lambda n, _: {"text": str(n)})

        async def hedged(call, proceed):
            first, _ = await asyncio.gather(proceed(call), proceed(call))
            return first

        here.app.hooks.register("around_llm_call", hedged, HookOptions(band="user"))
        assert await here.passing((await here.agent()).chat("hello")) in {"0", "1"}
        assert len(service.requests) == 2
        nothing_is_held(here)
