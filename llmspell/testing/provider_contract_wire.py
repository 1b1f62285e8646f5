"""The contract of a provider: whatever the network does to an answer, it is the same answer or an error."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import LlmspellError, ProviderError, ResourceExhaustedError, StreamInterruptedError
from llmspell.model.llm import Completion, Text, TextDelta, ToolCall
from llmspell.testing.provider_asking import ProviderAsking, outcome
from llmspell.testing.provider_cases import CASES, REQUEST, TEXT, after_first_letter, damaged, disguises
from llmspell.testing.server import Reply

ANSWERS = ("text", "text_empty_deltas", "tools", "tools_interleaved", "reasoning", "unknown_field", "unknown_part")
DAMAGES: tuple[object, ...] = (None, True, 7, -1.5, "", "x", [], ["x"], {}, {"x": 1})
NETWORK, PROVIDER = 6, 7
"""The ranges of codes in which a lost connection may be told."""


class WireContract(ProviderAsking):
    """Check streams."""

    async def test_text_comes_before_the_end(self) -> None:
        """Text is handed on while the rest of the answer is still on its way.

        If this fails, something collects the whole body first.
        """
        exchange = self.exchange("text")
        beginning = exchange.body[: after_first_letter(exchange)]
        reply = self.events("text", beginning, hang=True)
        async with self.opened(reply) as (provider, ctx, _), asyncio.timeout(self.patience):
            async for part in provider.stream(REQUEST, ctx):
                if isinstance(part, TextDelta) and part.text:
                    assert TEXT.startswith(part.text)
                    return
        pytest.fail("no text came before the end of the stream")

    async def test_any_form_gives_the_same_answer(self) -> None:
        """A stream is cut anywhere, and comes with other line ends, comments, ids, a BOM.

        If this fails, leave the framing to `ctx.http.sse`, or decode bytes incrementally and split lines only at ends.
        """
        chance = random.Random(20)  # noqa: S311 - a test wants the same cuts each time
        for name in filter(self.has, ("text", "tools")):
            exchange = self.exchange(name)
            whole = (await self.ask(exchange))[0]
            odd = [chance.randint(1, 40) for _ in exchange.body]
            forms = {"single bytes": exchange.reply(sizes=[1] * len(exchange.body)), "cuts": exchange.reply(sizes=odd)}
            for form, body in disguises(exchange).items():
                forms[form] = self.events(name, body)
                forms[f"{form}, cut"] = self.events(name, body, sizes=[7] * len(body))
            for form, told in zip(forms, await self.outcomes(*forms.values()), strict=True):
                assert told == whole, f"with {form} it is {told!r}"

    def test_any_chunking_of_any_exchange_gives_the_same_answer(self) -> None:
        """The same, with cuts made up by Hypothesis, for every answer of the author.

        If this fails, the smallest cuts that show it stand in the message.
        """
        names = [name for name in ANSWERS if name in CASES and self.has(name)]
        with asyncio.Runner() as runner:
            stack = AsyncExitStack()
            provider, ctx, server = runner.run(stack.enter_async_context(self.opened()))

            def ask(name: str, sizes: list[int]) -> Completion | LlmspellError:
                server.replies.append(self.exchange(name).reply(sizes=sizes))
                return runner.run(outcome(provider, ctx))

            wholes = {name: ask(name, []) for name in names}

            @settings(max_examples=60, deadline=None, database=None, derandomize=True)
            @given(st.sampled_from(names), st.lists(st.integers(1, 60), max_size=40))
            def check(name: str, sizes: list[int]) -> None:
                told = ask(name, sizes)
                assert not isinstance(told, LlmspellError)
                assert told == wholes[name]

            try:
                check()
            finally:
                runner.run(stack.aclose())

    async def test_gzip(self) -> None:
        """A compressed answer is the same answer.

        If this fails, read the decoded body, not the raw one.
        """
        zipped = self.exchange("text").reply().zipped()
        assert (await self.ask(zipped))[0].message.text == TEXT
        pieces = tuple(zipped.pieces[0][n : n + 5] for n in range(0, len(zipped.pieces[0]), 5))
        assert (await self.ask(zipped._replace(pieces=pieces)))[0].message.text == TEXT

    async def test_missing_end_mark_changes_nothing(self) -> None:
        """An answer that said why it ends is complete, though the mark of the stream's end did not come.

        If this fails, do not wait for the mark when the reason has come.
        """
        unmarked = (await self.ask(self.exchange("text_unmarked")))[0]
        assert unmarked == (await self.ask(self.exchange("text")))[0]

    async def test_cut_stream_is_an_error(self) -> None:
        """An answer that ends before its end is never taken for a short answer.

        If this fails, remember whether the end came, and raise `StreamInterruptedError` with the partial text if not.
        """
        exchange = self.exchange("text")
        body, first = exchange.body, after_first_letter(exchange)
        for cut in (0, first, first + (len(body) - first) // 3):
            for proper in (False, True):
                error = await self.fails(self.events("text", body[:cut], cut=not proper))
                assert isinstance(error, StreamInterruptedError), f"cut after {cut} bytes became {error!r}"
                assert error.retryable
                assert error.suggestions
                assert TEXT.startswith(str(error.context.get("partial_text", "")))

    async def test_cut_call_is_an_error(self) -> None:
        """A tool call that was cut is never run with what came of its arguments.

        If this fails, a stream without its end is folded all the same.
        """
        body = self.exchange("tools").body
        cuts = range(len(body) // 2, len(body) * 3 // 4, 17)
        for told in await self.outcomes(*(self.events("tools", body[:at]) for at in cuts)):
            assert isinstance(told, StreamInterruptedError), f"it became {told!r}"

    async def test_cut_whole_answer_is_an_error(self) -> None:
        """A body that ends too early is no answer, either.

        If this fails, something takes broken JSON for an empty answer.
        """
        exchange = self.exchange("text_whole")
        half = exchange.body[: len(exchange.body) // 2]
        for cut in (True, False):
            reply = exchange.reply()._replace(pieces=(half,), cut=cut)
            error = await self.fails(reply, looking=False)
            assert error.retryable

    async def test_closed_connection_is_an_error(self) -> None:
        """A connection that closes without an answer may be tried again.

        If this fails, let the HTTP port's `NetworkError` pass.
        """
        for looking in (True, False):
            error = await self.fails(Reply(silent=True), looking=looking)
            assert error.retryable
            assert error.code // 1000 in (NETWORK, PROVIDER)

    async def test_silent_server_is_an_error(self) -> None:
        """A server that takes a request and says nothing is given up after the timeout of the configuration.

        If this fails, give your `timeout` to the HTTP port.
        """
        for looking in (True, False):
            error = await self.fails(Reply(mute=True), looking=looking, impatient=True)
            assert error.retryable
            assert error.suggestions
            assert error.code // 1000 in (NETWORK, PROVIDER)

    async def test_silence_within_an_answer_is_an_error(self) -> None:
        """The same in the middle of an answer, whose beginning is told.

        If this fails, turn a `NetworkError` inside a stream into `StreamInterruptedError`.
        """
        exchange = self.exchange("text")
        beginning = exchange.body[: after_first_letter(exchange)]
        error = await self.fails(self.events("text", beginning, hang=True), impatient=True)
        assert isinstance(error, StreamInterruptedError)
        assert error.retryable
        partial = str(error.context.get("partial_text", ""))
        assert partial
        assert TEXT.startswith(partial)

    async def test_endless_answer_is_an_error(self) -> None:
        """A server that never stops is stopped: by the size of its answer, or of one event.

        If this fails, count what came and give up at some limit.
        """
        exchange = self.exchange("text")
        first = after_first_letter(exchange)
        event = exchange.body[:first].rpartition(TEXT[0].encode())
        flood = event[0] + TEXT[0].encode() * (1 << 17) + event[2]
        long = Reply.of(b"[" * (1 << 18), content_type="application/json")._replace(endless=True, chunked=True)
        for endless in (flood, b"x" * (1 << 18)):
            reply = self.events("text", endless)._replace(endless=True)
            async with asyncio.timeout(3 * self.patience):
                error = await self.fails(reply)
            assert isinstance(error, ProviderError | ResourceExhaustedError)
            assert not error.retryable
        async with asyncio.timeout(3 * self.patience):
            error = await self.fails(long, looking=False)
        assert isinstance(error, ProviderError | ResourceExhaustedError)

    async def test_malformed_event_is_an_error(self) -> None:
        """An event that cannot be read ends the answer with an error, never in silence.

        If this fails, something swallows decoding errors.
        """
        exchange = self.exchange("text")
        body, first = exchange.body, after_first_letter(exchange)
        error = await self.fails(self.events("text", body[:first] + self.broken_event + body[first:]))
        assert isinstance(error, ProviderError)
        assert TEXT.startswith(str(error.context.get("partial_text", "")))

    async def test_garbage_is_an_error(self) -> None:
        """Bytes that mean nothing, and JSON of another kind, are no answer.

        If this fails, the forms of what came are not looked at.
        """
        bodies = (b"", b"\x00\xff\xfe", b"null", b"[]", b"{}", b'"text"', b"17", b"[" * 100_000, b'{"a": ' * 9_999)
        for looking in (True, False):
            framed = [one if not looking or self.framing == "ndjson" else b"data: " + one + b"\n\n" for one in bodies]
            kind = self.exchange("text").content_type if looking else "application/json"
            replies = [Reply.of(one, content_type=kind) for one in framed]
            for body, told in zip(bodies, await self.outcomes(*replies, looking=looking), strict=True):
                assert isinstance(told, ProviderError), f"{body[:40]!r} became {told!r}"

    def test_any_damage_is_an_error_or_an_answer(self) -> None:
        """Whatever a service puts in the place of a value, nothing but our own errors comes out.

        If this fails, look at the types of what you read where it matters, and turn surprises into
        `StreamInterruptedError`.
        """
        names = [name for name in (*ANSWERS, "text_whole", "tools_whole") if self.has(name)]
        with asyncio.Runner() as runner:
            stack = AsyncExitStack()
            provider, ctx, server = runner.run(stack.enter_async_context(self.opened()))
            look = ctx.sink

            @settings(max_examples=150, deadline=None, database=None, derandomize=True)
            @given(st.sampled_from(names), st.randoms(use_true_random=False), st.sampled_from(DAMAGES))
            def check(name: str, chance: random.Random, value: object) -> None:
                exchange = self.exchange(name)
                ctx.sink = look if exchange.streamed else None
                server.replies.append(exchange._replace(body=damaged(exchange.body, chance, value)).reply())
                told = runner.run(outcome(provider, ctx))
                assert isinstance(told, LlmspellError) or _is_sound(told), f"{told!r} is no answer"

            try:
                check()
            finally:
                runner.run(stack.aclose())

    async def test_leaving_early_closes_the_connection(self) -> None:
        """The same for who has heard enough and closes the iterator.

        If this fails, close the iterators within yours (`contextlib.aclosing`): nobody else does it in time.
        """
        exchange = self.exchange("text")
        reply = self.events("text", exchange.body[: after_first_letter(exchange)], hang=True)
        async with self.opened(reply) as (provider, ctx, server), asyncio.timeout(self.patience):
            parts: Any = provider.stream(REQUEST, ctx)
            assert await anext(parts)
            await parts.aclose()
            await server.client_left()

    async def test_cancelling_closes_the_connection(self) -> None:
        """Who stops listening stops paying.

        If this fails, the response is not closed when the consumer is cancelled.
        """
        exchange = self.exchange("text")
        reply = self.events("text", exchange.body[: after_first_letter(exchange)], hang=True)
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


def _is_sound(told: Completion) -> bool:
    """Tell whether an answer holds what its fields promise, so that nobody behind it stumbles."""
    counts = (told.usage.input_tokens, told.usage.output_tokens, told.usage.cached_tokens, told.usage.reasoning_tokens)
    texts = [told.model, *([] if told.id is None else [told.id])]
    for part in told.message.parts:
        texts += [part.id, part.name] if isinstance(part, ToolCall) else []
        texts += [part.text] if isinstance(part, Text) else []
    return all(type(one) is int for one in counts) and all(isinstance(one, str) for one in texts)
