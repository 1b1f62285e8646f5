"""The contract of a provider: whatever the network does to an answer, it is the same answer or an error."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import LlmspellError, NetworkError, ProviderError, ResourceExhaustedError
from llmspell.testing.provider_asking import ProviderAsking
from llmspell.testing.provider_cases import (
    ANSWERS,
    CASES,
    REQUEST,
    TEXT,
    WHOLE_ANSWERS,
    after_first_letter,
    disguises,
    events_of,
)
from llmspell.testing.server import Reply

CODINGS = ("", "gzip", "deflate", "raw deflate")
NETWORK, PROVIDER = 6, 7
"""The ranges of codes in which a lost connection may be told."""


class WireContract(ProviderAsking):
    """Check what the network does."""

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
        """The same, with forms, codings and cuts made up by Hypothesis, for every answer of the author.

        If this fails, the smallest cuts that show it stand in the message.
        """
        names = [name for name in (*ANSWERS, *WHOLE_ANSWERS) if name in CASES and self.has(name)]
        forms = {name: self._forms(name) for name in names}
        choices = [(name, form) for name in names for form in forms[name]]
        with asyncio.Runner() as runner, self.questions(runner) as ask:
            wholes = {name: ask(self.exchange(name).reply(), looking=name in ANSWERS) for name in names}

            @settings(max_examples=120, deadline=None, database=None, derandomize=True)
            @given(st.sampled_from(choices), st.sampled_from(CODINGS), st.lists(st.integers(1, 60), max_size=40))
            def check(choice: tuple[str, str], coding: str, sizes: list[int]) -> None:
                name, form = choice
                reply = self.exchange(name)._replace(body=forms[name][form]).reply(sizes=sizes)
                if coding:
                    reply = reply.zipped(coding, sizes=sizes)
                told = ask(reply, looking=name in ANSWERS)
                assert not isinstance(told, LlmspellError), f"{name} became {told!r}"
                assert told == wholes[name]

            check()

    def _forms(self, name: str) -> dict[str, bytes]:
        exchange = self.exchange(name)
        return {"plain": exchange.body, **(disguises(exchange) if exchange.streamed else {})}

    async def test_gzip(self) -> None:
        """A compressed answer is the same answer, and so is one that is asked for whole.

        If this fails, read the decoded body, not the raw one.
        """
        for name in filter(self.has, ("text", "text_whole")):
            for coding in CODINGS[1:]:
                for sizes in ((), [5] * 1000):
                    reply = self.exchange(name).reply().zipped(coding, sizes=sizes)
                    told = (await self.ask(reply, looking=name == "text"))[0]
                    assert told.message.text == TEXT, f"{name} in {coding}"

    async def test_cut_compressed_answer_is_an_error(self) -> None:
        """A compressed body that ends too early is an error, and so is one that cannot be read.

        If this fails, something takes an error of the HTTP port for the end of the answer.
        """
        zipped = self.exchange("text").reply().zipped()
        (body,) = zipped.pieces
        wrong = body[:12] + b"\xff" * 24 + body[36:]
        odd = {**zipped.headers, "content-encoding": "br"}  # was not asked for
        for reply in (
            zipped._replace(pieces=(body[:-20],)),
            zipped._replace(pieces=(body[:-20],), cut=True),
            zipped._replace(pieces=(wrong,)),
            zipped._replace(headers=odd),
        ):
            error = await self.fails(reply)
            assert isinstance(error, ProviderError | NetworkError), f"it became {error!r}"

    async def test_missing_end_mark_changes_nothing(self) -> None:
        """An answer that said why it ends is complete, though the mark of the stream's end did not come.

        If this fails, do not wait for the mark when the reason has come.
        """
        unmarked = (await self.ask(self.exchange("text_unmarked")))[0]
        assert unmarked == (await self.ask(self.exchange("text")))[0]

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
        events = events_of(self.exchange("text"))
        for at in range(len(events)):
            body = b"".join([*events[:at], self.broken_event, *events[at:]])
            error = await self.fails(self.events("text", body))
            assert isinstance(error, ProviderError), f"before event {at} it became {error!r}"
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
