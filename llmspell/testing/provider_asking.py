"""How the contract of a provider asks: against a loopback server that answers with the exchanges of its author."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from llmspell.errors import LlmspellError
from llmspell.model.fold import Fold
from llmspell.testing.context import open_context
from llmspell.testing.contract import Contract
from llmspell.testing.provider_cases import BROKEN, CAPABILITIES, CASES, REQUEST, Exchange
from llmspell.testing.server import Reply, Server

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping

    from llmspell.model.llm import Completion, LlmRequest, Part
    from llmspell.runtime.context import CallContext
    from llmspell.spec.context import Clock
    from llmspell.spec.providers import Provider
    from llmspell.testing.provider_cases import Framing

SILENCE = 0.2
"""Seconds of `timeout` where a server says nothing."""


class ProviderAsking(Contract):
    """Hold what a provider's author declares, and ask."""

    component: ClassVar[str]
    """The provider's name in the catalogue."""

    exchanges: ClassVar[Mapping[str, Exchange]]
    """One for each name in `llmspell.testing.provider_cases.CASES`."""

    lacks: ClassVar[frozenset[str]] = frozenset()
    """What the service does not have, of `llmspell.testing.provider_cases.CAPABILITIES`."""

    key: ClassVar[str] = "sk-contract-0123456789"
    """A made-up key; it must reach the server and nobody else."""

    framing: ClassVar[Framing] = "sse"
    plugins: ClassVar[tuple[str, ...]] = ()
    """Modules of plugins that are not installed, as `-p` takes them."""

    patience: ClassVar[float] = 10.0
    """Seconds after which a test gives up on something that should have come or ended."""

    def config(self, url: str) -> Mapping[str, object]:
        """Give the keys of `llmspell.toml` with which the provider talks to `url`."""
        raise NotImplementedError(f"{type(self).__name__} must say how its provider is configured")

    def impatient(self, url: str) -> Mapping[str, object]:
        """Give the same with a timeout of `SILENCE` seconds; overridden where its key is another."""
        return {**self.config(url), f"providers.{self.component}.timeout": SILENCE}

    def exchange(self, name: str) -> Exchange:
        """Give the exchange of a case: a missing one fails, one for something the service lacks skips the test."""
        absent = [one for one in CASES[name] if one in self.lacks]
        if absent:
            pytest.skip(f"the service has no {CAPABILITIES[absent[0]]}")
        found = self.exchanges.get(name)
        if found is None:
            pytest.fail(f"there is no exchange {name!r}: supply it, or say in `lacks` what the service does not have")
        return found

    def has(self, name: str) -> bool:
        """Tell whether the service has what a case needs."""
        return not self.lacks.intersection(CASES[name])

    @property
    def broken_event(self) -> bytes:
        """Give an event that cannot be read."""
        return BROKEN[self.framing]

    @asynccontextmanager
    async def opened(
        self, *replies: Reply, looking: bool = True, impatient: bool = False, clock: Clock | None = None
    ) -> AsyncIterator[tuple[Provider, CallContext, Server]]:
        """Open the provider against a server that gives these replies; `looking` says that somebody wants the parts."""
        async with Server() as server:
            server.replies.extend(replies)
            name = f"provider:{self.component}"
            config = self.impatient(server.url) if impatient else self.config(server.url)
            async with open_context(config=config, component=name, plugins=self.plugins, clock=clock) as ctx:
                component = ctx.component
                assert component is not None
                ctx.sink = look if looking else None
                provider: Any = await ctx.app.components.instance(component)
                yield provider, ctx, server

    async def ask(
        self, *replies: Reply | Exchange, request: LlmRequest = REQUEST, **options: Any
    ) -> tuple[Completion, list[Part], Server]:
        """Send one request and fold its answer; an exchange also checks what was sent."""
        written = [one.reply() if isinstance(one, Exchange) else one for one in replies]
        async with self.opened(*written, **options) as (provider, ctx, server):
            try:
                parts = [part async for part in provider.stream(request, ctx)]
            finally:
                for sent, exchange in zip(server.requests, replies, strict=False):
                    assert not isinstance(exchange, Exchange) or exchange.faults(sent) == []
            return fold(parts, request.model), parts, server

    async def fails(self, *replies: Reply | Exchange, **options: Any) -> LlmspellError:
        """Send one request that must fail and give the error."""
        with pytest.raises(LlmspellError) as caught:
            await self.ask(*replies, **options)
        return caught.value

    async def outcomes(self, *replies: Reply, **options: Any) -> list[Completion | LlmspellError]:
        """Send a request for each reply, one after another, and give what became of it."""
        async with self.opened(*replies, **options) as (provider, ctx, _):
            return [await outcome(provider, ctx) for _ in replies]

    @contextmanager
    def questions(self, runner: asyncio.Runner) -> Iterator[Callable[..., Completion | LlmspellError]]:
        """Give a function that asks once, from outside the loop, and tells what became of a reply."""
        opened = self.opened()
        provider, ctx, server = runner.run(opened.__aenter__())

        def ask(reply: Reply, *, looking: bool = True) -> Completion | LlmspellError:
            ctx.sink = look if looking else None
            server.replies.append(reply)
            return runner.run(outcome(provider, ctx))

        try:
            yield ask
        finally:
            runner.run(opened.__aexit__(None, None, None))

    def events(self, name: str, body: bytes | None = None, **options: Any) -> Reply:
        """Give the stream of a case, or another body in its place, as `Reply.sse` takes its options."""
        exchange = self.exchange(name)
        headers = {**exchange.headers, "content-type": exchange.content_type}
        return Reply.sse(exchange.body if body is None else body, headers=headers, **options)


def fold(parts: list[Part], model: str = "") -> Completion:
    """Fold the parts of an answer."""
    folding = Fold()
    for part in parts:
        folding.add(part)
    return folding.completion(model=model)


async def outcome(provider: Provider, ctx: CallContext) -> Completion | LlmspellError:
    """Ask once more and give the answer or the error."""
    try:
        return fold([part async for part in provider.stream(REQUEST, ctx)], REQUEST.model)
    except LlmspellError as error:
        return error


async def look(part: object) -> None:
    """Take a part and do nothing with it."""
