"""The contract of a model provider, checked against recorded answers from a loopback server."""

from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from llmspell.errors import (
    AuthenticationError,
    BadRequestError,
    ContextLengthError,
    LlmspellError,
    ModelNotFoundError,
    OverloadedError,
    ProviderError,
    RateLimitError,
    StreamInterruptedError,
)
from llmspell.model.fold import Fold
from llmspell.model.llm import Finish, LlmRequest, TextDelta, ToolSpec, message
from llmspell.testing.context import open_context
from llmspell.testing.contract import Contract
from llmspell.testing.server import Reply, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from llmspell.model.llm import Completion, Part
    from llmspell.runtime.context import CallContext
    from llmspell.spec.providers import Provider

TEXT = "Grüße, 🌍!"
"""What the exchange `text` says; its letters beyond ASCII are cut by some of the chunkings."""

INPUT_TOKENS, OUTPUT_TOKENS = 11, 7
"""What the exchange `text` counts."""

CALL_ID, CALL_NAME, CALL_ARGUMENTS = "call_1", "add", {"a": 2, "b": [3, "x"]}
"""What the exchange `tools` asks for."""

RETRY_AFTER = 7.0

ADD = ToolSpec(
    name=CALL_NAME,
    description="Add numbers.",
    schema={"type": "object", "properties": {"a": {"type": "integer"}}, "additionalProperties": True},
)
REQUEST = LlmRequest(
    model="contract-model", messages=(message("user", "Say the word sesame."),), system="Be brief.", tools=(ADD,)
)
BROKEN_EVENT = b"data: {this is not JSON\n\n"


class ProviderContract(Contract):
    """Check a provider.

    class TestOpenAI(ProviderContract):
        component = "openai"
        key = "sk-contract"
        exchanges = {"text": b"data: ...", "tools": b"...", "error": b"{...}", "context_length": b"{...}"}

        def config(self, url):
            return {"providers": {"openai": {"base_url": url, "api_key": self.key}}}

    `exchanges` holds bodies as the real service sends them: `text` (an event stream that says `TEXT` with its first
    letter in an event of its own, counts `INPUT_TOKENS` and `OUTPUT_TOKENS` and ends with reason `stop`), `tools` (an
    event stream that asks for `CALL_NAME` with `CALL_ARGUMENTS` and `CALL_ID`), `error` (the body of a failure),
    `context_length` (the body of status 400 when a request is too long). A provider that asks for whole answers when
    nobody looks at the parts adds `text_whole` and `tools_whole`: the same answers in that form.
    """

    component: ClassVar[str]
    """The provider's name in the catalogue."""

    key: ClassVar[str] = "sk-contract-0123456789"
    """A made-up key; it must reach the server and nobody else."""

    exchanges: ClassVar[Mapping[str, bytes]]
    plugins: ClassVar[tuple[str, ...]] = ()
    """Modules of plugins that are not installed, as `-p` takes them."""

    patience: ClassVar[float] = 10.0
    """Seconds after which a test gives up on something that should have come or ended."""

    def config(self, url: str) -> Mapping[str, object]:
        """Give the keys of `llmspell.toml` with which the provider talks to `url`."""
        raise NotImplementedError(f"{type(self).__name__} must say how its provider is configured")

    @asynccontextmanager
    async def opened(
        self, *replies: Reply, looking: bool = True
    ) -> AsyncIterator[tuple[Provider, CallContext, Server]]:
        """Open the provider against a server that gives these replies; `looking` says that somebody wants the parts."""
        async with Server() as server:
            server.replies.extend(replies)
            name = f"provider:{self.component}"
            config = self.config(server.url)
            async with open_context(config=config, component=name, plugins=self.plugins) as ctx:
                component = ctx.component
                assert component is not None
                ctx.sink = _look if looking else None
                provider: Any = await ctx.app.components.instance(component)
                yield provider, ctx, server

    async def ask(
        self, *replies: Reply, request: LlmRequest = REQUEST, looking: bool = True
    ) -> tuple[Completion, list[Part], Server]:
        """Send one request and fold its answer."""
        async with self.opened(*replies, looking=looking) as (provider, ctx, server):
            parts = [part async for part in provider.stream(request, ctx)]
            fold = Fold()
            for part in parts:
                fold.add(part)
            return fold.completion(model=request.model), parts, server

    async def fails(self, *replies: Reply) -> LlmspellError:
        """Send one request that must fail and give the error."""
        with pytest.raises(LlmspellError) as caught:
            await self.ask(*replies)
        return caught.value

    async def test_text(self) -> None:
        """A text answer arrives whole, with its reason.

        If this fails, compare the parts with the exchange `text`.
        """
        completion, _, _ = await self.ask(self._events("text"))
        assert completion.message.text == TEXT
        assert completion.finish_reason == "stop"

    async def test_usage(self) -> None:
        """Tokens are counted as the service counted them; limits and costs depend on it.

        If this fails, look at where the service sends usage: often after the end of the text, and only when asked for.
        """
        usage = (await self.ask(self._events("text")))[0].usage
        assert (usage.input_tokens, usage.output_tokens) == (INPUT_TOKENS, OUTPUT_TOKENS)

    async def test_answer_ends_once(self) -> None:
        """Exactly one `Finish` ends the answer; nothing but usage stands around it.

        If this fails, the provider yields an end per event, or none.
        """
        for name in ("text", "tools"):
            _, parts, _ = await self.ask(self._events(name))
            assert sum(isinstance(part, Finish) for part in parts) == 1
            assert isinstance(parts[-1], Finish), f"the last part is {parts[-1]!r}"

    async def test_text_is_streamed(self) -> None:
        """Text is handed on as it comes, not when the answer is complete.

        If this fails, something collects the whole body first.
        """
        body = self.exchanges["text"]
        stop = _after_first_letter(body)
        async with self.opened(Reply.sse(body[:stop], hang=True)) as (provider, ctx, _), asyncio.timeout(self.patience):
            async for part in provider.stream(REQUEST, ctx):
                if isinstance(part, TextDelta) and part.text:
                    assert TEXT.startswith(part.text)
                    return
        pytest.fail("no text came before the end of the stream")

    async def test_any_chunking_gives_the_same_answer(self) -> None:
        """The network cuts a stream anywhere: within a line, an escape, a letter.

        If this fails, decode bytes incrementally and split events only at blank lines.
        """
        chance = random.Random(20)  # noqa: S311 - a test wants the same cuts each time
        for name in ("text", "tools"):
            body = self.exchanges[name]
            whole = (await self.ask(self._events(name)))[0]
            for sizes in ([1] * len(body), [chance.randint(1, 40) for _ in body], [7] * len(body)):
                assert (await self.ask(Reply.sse(body, sizes=sizes)))[0] == whole
            assert (await self.ask(Reply.sse(body.replace(b"\n", b"\r\n"))))[0] == whole

    async def test_whole_answer_is_the_same(self) -> None:
        """An answer that is asked for whole says the same as a streamed one.

        If this fails, the two ways of reading have drifted apart.
        """
        pairs = [(name, f"{name}_whole") for name in ("text", "tools") if f"{name}_whole" in self.exchanges]
        if not pairs:
            pytest.skip("the provider always streams")
        for name, whole in pairs:
            streamed, _, _ = await self.ask(self._events(name))
            reply = Reply.of(self.exchanges[whole], content_type="application/json")
            completion, _, _ = await self.ask(reply, looking=False)
            assert completion.message == streamed.message
            assert completion.finish_reason == streamed.finish_reason

    async def test_gzip(self) -> None:
        """A compressed answer is the same answer.

        If this fails, read the decoded body, not the raw one.
        """
        assert (await self.ask(self._events("text").zipped()))[0].message.text == TEXT

    async def test_tools(self) -> None:
        """A tool call arrives with its id, name and decoded arguments.

        If this fails, compare the parts with the exchange `tools`: argument text comes in pieces that are no JSON.
        """
        completion, _, _ = await self.ask(self._events("tools"))
        (call,) = completion.message.tool_calls
        assert (call.id, call.name, call.arguments) == (CALL_ID, CALL_NAME, CALL_ARGUMENTS)
        assert completion.finish_reason == "tool_calls"

    async def test_request_says_what_was_asked(self) -> None:
        """Model, messages, instructions and tools reach the service, with the key.

        If this fails, look at the body that the server received.
        """
        _, _, server = await self.ask(self._events("text"))
        (request,) = server.requests
        sent = request.body.decode()
        for word in ("contract-model", "sesame", "Be brief.", CALL_NAME, "Add numbers."):
            assert word in sent or word in request.path, f"the request does not mention {word!r}"
        assert any(self.key in value for value in (*request.headers.values(), request.path)), "the key was not sent"

    async def test_errors_are_typed(self) -> None:
        """Each failure of the service has its own error: only some are worth another attempt.

        If this fails, map the status (and for 400, the body's own code) to the error of `llmspell.errors`.
        """
        expected: list[tuple[int, str, type[LlmspellError], bool]] = [
            (400, "error", BadRequestError, False),
            (400, "context_length", ContextLengthError, False),
            (401, "error", AuthenticationError, False),
            (403, "error", AuthenticationError, False),
            (404, "error", ModelNotFoundError, False),
            (429, "error", RateLimitError, True),
            (500, "error", OverloadedError, True),
            (503, "error", OverloadedError, True),
        ]
        for status, body, kind, retryable in expected:
            error = await self.fails(Reply.of(self.exchanges[body], status, content_type="application/json"))
            assert type(error) is kind, f"status {status} with body {body!r} became {error!r}"
            assert error.retryable is retryable, f"status {status} with body {body!r}: retryable is {error.retryable}"

    async def test_error_that_is_no_json_is_typed_too(self) -> None:
        """A proxy in between answers with a page of HTML.

        If this fails, the error body is decoded without a fallback.
        """
        error = await self.fails(Reply.of(b"<html>Bad \xff gateway</html>", 502, content_type="text/html"))
        assert isinstance(error, OverloadedError)

    async def test_retry_after_is_passed_on(self) -> None:
        """The service says how long to wait.

        If this fails, read the header `Retry-After` into `retry_after`, in seconds.
        """
        error = await self.fails(Reply.of(self.exchanges["error"], 429, retry_after="7"))
        assert error.retry_after == RETRY_AFTER

    async def test_provider_does_not_retry(self) -> None:
        """Retrying has one owner, the retry band of the pipeline.

        If this fails, remove the provider's own attempts: they multiply.
        """
        async with self.opened(Reply.of(self.exchanges["error"], 503), self._events("text")) as (provider, ctx, server):
            with pytest.raises(OverloadedError):
                _ = [part async for part in provider.stream(REQUEST, ctx)]
            assert len(server.requests) == 1

    async def test_cut_stream_is_an_error(self) -> None:
        """An answer that ends before its end is never taken for a short answer.

        If this fails, remember whether the end came, and raise `StreamInterruptedError` with the partial text if not.
        """
        body = self.exchanges["text"]
        first = _after_first_letter(body)
        for cut in (0, first, first + (len(body) - first) // 3):
            for proper in (False, True):
                error = await self.fails(Reply.sse(body[:cut], cut=not proper))
                assert isinstance(error, StreamInterruptedError), f"cut after {cut} bytes became {error!r}"
                assert error.retryable
                assert TEXT.startswith(str(error.context.get("partial_text", "")))

    async def test_closed_connection_is_an_error(self) -> None:
        """A connection that closes without an answer may be tried again.

        If this fails, let the HTTP port's `NetworkError` pass.
        """
        error = await self.fails(Reply(silent=True))
        assert error.retryable
        assert error.code // 1000 in (6, 7)

    async def test_malformed_event_is_an_error(self) -> None:
        """An event that cannot be read ends the answer with an error, never in silence.

        If this fails, something swallows decoding errors.
        """
        body = self.exchanges["text"]
        first = _after_first_letter(body)
        error = await self.fails(Reply.sse(body[:first] + BROKEN_EVENT + body[first:]))
        assert isinstance(error, ProviderError)

    async def test_key_stays_secret(self) -> None:
        """No error shows the key.

        If this fails, the message repeats headers or the whole request.
        """
        error = await self.fails(Reply.of(self.exchanges["error"], 401))
        assert self.key not in f"{error}{error!r}{error.to_dict()}"

    async def test_cancelling_closes_the_connection(self) -> None:
        """Who stops listening stops paying.

        If this fails, the response is not closed when the consumer is cancelled.
        """
        body = self.exchanges["text"]
        reply = Reply.sse(body[: _after_first_letter(body)], hang=True)
        async with self.opened(reply) as (provider, ctx, server), asyncio.timeout(self.patience):
            begun = asyncio.Event()

            async def consume() -> None:
                async for _ in provider.stream(REQUEST, ctx):
                    begun.set()

            task = asyncio.create_task(consume())
            await begun.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await server.client_left()

    def _events(self, name: str) -> Reply:
        return Reply.sse(self.exchanges[name])


async def _look(part: object) -> None:
    """Take a part and do nothing with it."""


def _after_first_letter(body: bytes) -> int:
    """Find the end of the event that carries the first letter of the text."""
    at = body.find(TEXT[0].encode())
    assert at >= 0, f"the exchange does not hold the letter {TEXT[0]!r}"
    return body.index(b"\n\n", at) + 2
