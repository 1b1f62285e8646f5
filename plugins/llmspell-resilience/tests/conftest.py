"""An application whose clock a test moves, agents of scripted models, and a way to let time pass."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.model.llm import Finish, TextDelta, Usage, UsagePart
from llmspell.runtime.agents import AgentConfig
from llmspell.spec import provider
from llmspell.testing import ManualClock, open_context, script_model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from llmspell.model.llm import LlmRequest, Part
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.run import Run
    from llmspell.spec import Context
    from llmspell.testing import ScriptedModel


class Half:
    """Randomness without surprises."""

    def random(self) -> float:
        return 0.5

    def integer(self, low: int, high: int) -> int:
        return low

    def bytes(self, count: int) -> bytes:
        return b"\x00" * count


class Service:
    """A provider that takes a second for each answer; `answer(n, request)` gives the nth or raises."""

    def __init__(self, clock: ManualClock, answer: Callable[[int, LlmRequest], Mapping[str, Any]]) -> None:
        self.answer = answer
        self.clock = clock
        self.requests: list[LlmRequest] = []
        self.went: list[float] = []
        self.seconds = 1.0
        self.inside = self.most = 0

    async def stream(self, request: LlmRequest, ctx: Context) -> AsyncIterator[Part]:
        """Yield text, word by word, usage and end."""
        self.requests.append(request)
        self.went.append(self.clock.monotonic())
        number = len(self.requests) - 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await ctx.sleep(self.seconds)
            given = self.answer(number, request)
            text = str(given.get("text", "yes"))
            for piece in [f"{word} " for word in text.split(" ")] if given.get("words") else [text]:
                yield TextDelta(piece)
            if "fails" in given:
                raise given["fails"]
            yield UsagePart(Usage(requests=1, **given.get("usage", {"input_tokens": 10, "output_tokens": 10})))
            yield Finish(given.get("reason", "stop"), model=request.model, limits=given.get("limits"))
        finally:
            self.inside -= 1


class World:
    """One application with its run, clock and events."""

    def __init__(self, run: Run, clock: ManualClock) -> None:
        self.run = run
        self.app = run.app
        self.clock = clock
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        for name in ("retry_scheduled", "circuit_breaker_*", "fallback_used", "budget_*", "cache_*", "recovery_used"):
            self.app.events.subscribe(name, lambda event: self.events.append((event.name, event.data)))

    def model(self, steps: Sequence[Any], name: str = "fake") -> ScriptedModel:
        return script_model(self.run, steps, name=name)

    def service(self, answer: Callable[[int, LlmRequest], Mapping[str, Any]], name: str = "fake") -> Service:
        service = Service(self.clock, answer)
        described = provider(name, "llmspell.builtin.scripted:ScriptedModel", "A service of a test.")
        self.app.catalog.register(described, service, owner=self.run.id)
        return service

    async def agent(self, name: str = "tester", *, provider: str = "fake", model: str = "m", **config: Any) -> Agent:
        settings = AgentConfig(name=name, provider=provider, model=model, remember=False, **config)
        return await self.app.agents.create(self.run, settings)

    async def passing(self, work: Awaitable[Any], *, step: float = 1.0, most: int = 2000) -> Any:
        """Let time pass until the work is done."""
        task = asyncio.ensure_future(work)
        for _ in range(most):
            if task.done():
                return await task
            await self.clock.advance(step)
        task.cancel()
        pytest.fail(f"not done after {most * step} s")

    def told(self, name: str) -> list[Mapping[str, Any]]:
        return [data for event, data in self.events if event == name]


@pytest.fixture
def world() -> Callable[..., Any]:
    @asynccontextmanager
    async def opened(store: Path | None = None, **parts: Mapping[str, object]) -> AsyncIterator[World]:
        clock = ManualClock()
        kept = {"storage.backend": "sqlite", "storage.path": str(store)} if store else {"storage.backend": "memory"}
        config = {**{f"resilience.{k}": v for k, v in parts.items()}, **kept}
        async with open_context(config=config, clock=clock, random=Half()) as ctx:
            yield World(ctx.run, clock)

    return opened


@pytest.fixture(autouse=True)
def no_keys_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own keys and servers out of the tests."""
    for name in list(os.environ):
        if name.endswith(("_API_KEY", "_BASE_URL")):
            monkeypatch.delenv(name)
