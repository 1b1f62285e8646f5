"""All parts before a provider that talks HTTP to a server on loopback: what headers and statuses really lead to."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import CircuitOpenError, StreamInterruptedError
from llmspell.model.llm import Reset, TextDelta
from llmspell.runtime.agents import AgentConfig
from llmspell.testing import ManualClock, Reply, Server, open_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from llmspell.runtime.agents import Agent


def text(words: str, **headers: str) -> Reply:
    answer = {"index": 0, "message": {"role": "assistant", "content": words}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    return Reply.of({"id": "x", "model": "gpt-4o-mini", "choices": [answer], "usage": usage}, 200, **headers)


def failed(status: int, **headers: str) -> Reply:
    return Reply.of({"error": {"message": "made up", "type": "server_error"}}, status, **headers)


def piece(words: str) -> bytes:
    delta = {"choices": [{"index": 0, "delta": {"content": words}, "finish_reason": None}]}
    return f"data: {json.dumps(delta)}\n\n".encode()


CUT = Reply(200, {"content-type": "text/event-stream"}, (piece("half "),), chunked=True, cut=True)


class Ready:
    """An agent of the provider openai, and the clock."""

    def __init__(self, agent: Agent, clock: ManualClock) -> None:
        self.agent = agent
        self.clock = clock
        self.sets = agent.run.app.hook_sets

    async def passing(self, work: Awaitable[Any]) -> Any:
        """Let time pass whenever somebody sleeps, until the work is done; sockets take the time they take."""
        task = asyncio.ensure_future(work)
        while not task.done():
            await (self.clock.advance(1) if self.clock.sleepers else asyncio.sleep(0))
        return await task


@asynccontextmanager
async def ready(server: Server, **parts: object) -> AsyncIterator[Ready]:
    clock = ManualClock()
    provider = {"base_url": f"{server.url}/v1", "api_key": "sk-test"}
    config = {"providers": {"openai": provider}, "resilience": parts}
    async with open_context(config=config, clock=clock) as ctx:
        settings = AgentConfig(name="a", provider="openai", model="gpt-4o-mini", remember=False)
        yield Ready(await ctx.app.agents.create(ctx.run, settings), clock)


async def test_retry_after_of_the_header_is_waited_for(server: Server) -> None:
    server.replies = [failed(429, retry_after="7"), text("yes")]
    async with ready(server, retry={"attempts": 1}, rate_limit={"max_wait": "1m"}) as here:
        assert await here.passing(here.agent.chat("hello")) == "yes"
        assert here.clock.monotonic() == pytest.approx(7, abs=1)
        assert len(server.requests) == 2


async def test_a_storm_of_overloads_ends_at_the_circuit(server: Server) -> None:
    server.replies = [failed(529) for _ in range(60)]
    async with ready(server, retry={"attempts": 9}, breaker={"failure_threshold": 4, "reset_timeout": "1h"}) as here:
        for _ in range(10):
            with pytest.raises(CircuitOpenError):
                await here.passing(here.agent.chat("hello"))
        assert len(server.requests) == 4


async def test_the_limits_in_the_headers_are_kept(server: Server) -> None:
    told = {"x_ratelimit_limit_requests": "60", "x_ratelimit_remaining_requests": "0"}
    server.replies = [text("one", **told, x_ratelimit_reset_requests="20s"), text("two")]
    async with ready(server, rate_limit={"max_wait": "1m"}) as here:
        await here.passing(here.agent.chat("hello"))
        await here.passing(here.agent.chat("hello"))
        assert here.clock.monotonic() == pytest.approx(20, abs=1)


async def test_an_answer_has_its_price(server: Server) -> None:
    server.replies = [text("yes")]
    async with ready(server, prices={"vendor": {"openai": "openai"}}) as here:
        result = await here.passing(here.agent.execute("hello"))
        assert result.usage.cost == pytest.approx((1000 * 0.15 + 500 * 0.6) / 1e6)


async def test_a_stream_that_is_cut_is_begun_anew_and_never_kept(server: Server) -> None:
    whole = [piece("whole"), b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n']
    good = Reply(200, {"content-type": "text/event-stream"}, (*whole, b"data: [DONE]\n\n"), chunked=True)
    server.replies = [CUT, good]
    async with ready(server, retry={"attempts": 1}, cache={"ttl": "1h"}) as here:

        async def listen() -> list[object]:
            async with here.agent.stream("hello") as parts:
                return [part async for part in parts]

        shown = await here.passing(listen())
        reset = next(index for index, part in enumerate(shown) if isinstance(part, Reset))
        assert "".join(part.text for part in shown[reset:] if isinstance(part, TextDelta)) == "whole"
        again = await here.passing(listen())
        assert "".join(part.text for part in again if isinstance(part, TextDelta)) == "whole"
        assert len(server.requests) == 2


async def test_a_cut_stream_is_an_error_to_the_end(server: Server) -> None:
    server.replies = [CUT, CUT]
    async with ready(server, retry={"attempts": 1}, budget={"run_tokens": 10**6}) as here:

        async def listen() -> None:
            async with here.agent.stream("hello") as parts:
                async for _ in parts:
                    pass

        with pytest.raises(StreamInterruptedError):
            await here.passing(listen())
        spent = here.sets.statistics()["budget"]
        assert spent["tokens"] > 0  # type: ignore[index]  # what came has been charged
