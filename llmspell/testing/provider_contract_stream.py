"""The contract of a provider: what holds of a stream, whatever brings it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import LlmspellError, StreamInterruptedError
from llmspell.model.llm import Completion, Text, TextDelta, ToolCall
from llmspell.testing.provider_asking import ProviderAsking
from llmspell.testing.provider_cases import ANSWERS, REQUEST, TEXT, WHOLE_ANSWERS, after_first_letter, damaged

if TYPE_CHECKING:
    import random

DAMAGES: tuple[object, ...] = (None, True, 7, -1.5, "", "x", [], ["x"], {}, {"x": 1})


class StreamContract(ProviderAsking):
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

    def test_a_cut_anywhere_is_an_error_or_no_loss(self) -> None:
        """Wherever a stream ends, it is an error that a retry may mend, or the answer was there already.

        If this fails, something ends an answer that did not say why it ended.
        """
        names = [name for name in ANSWERS if self.has(name)]
        with asyncio.Runner() as runner, self.questions(runner) as ask:
            wholes = {name: ask(self.exchange(name).reply()) for name in names}

            @settings(max_examples=120, deadline=None, database=None, derandomize=True)
            @given(st.sampled_from(names), st.floats(0, 1, exclude_max=True), st.booleans())
            def check(name: str, where: float, proper: bool) -> None:  # noqa: FBT001 - Hypothesis gives it
                body, whole = self.exchange(name).body, wholes[name]
                assert isinstance(whole, Completion)
                told = ask(self.events(name, body[: int(where * len(body))], cut=not proper))
                if isinstance(told, Completion):
                    assert (told.message, told.finish_reason) == (whole.message, whole.finish_reason)
                else:
                    assert isinstance(told, StreamInterruptedError), f"it became {told!r}"
                    assert told.retryable

            check()

    async def test_cut_call_is_an_error(self) -> None:
        """A tool call that was cut is never run with what came of its arguments.

        If this fails, a stream without its end is folded all the same.
        """
        body = self.exchange("tools").body
        cuts = range(len(body) // 2, len(body) * 3 // 4, 17)
        for told in await self.outcomes(*(self.events("tools", body[:at]) for at in cuts)):
            assert isinstance(told, StreamInterruptedError), f"it became {told!r}"

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

    def test_any_damage_is_an_error_or_an_answer(self) -> None:
        """Whatever a service puts in the place of a value, nothing but our own errors comes out.

        If this fails, look at the types of what you read where it matters, and turn surprises into
        `StreamInterruptedError`.
        """
        names = [name for name in (*ANSWERS, *WHOLE_ANSWERS) if self.has(name)]
        with asyncio.Runner() as runner, self.questions(runner) as ask:

            @settings(max_examples=150, deadline=None, database=None, derandomize=True)
            @given(st.sampled_from(names), st.randoms(use_true_random=False), st.sampled_from(DAMAGES))
            def check(name: str, chance: random.Random, value: object) -> None:
                exchange = self.exchange(name)
                reply = exchange._replace(body=damaged(exchange.body, chance, value)).reply()
                told = ask(reply, looking=exchange.streamed)
                assert isinstance(told, LlmspellError) or _is_sound(told), f"{told!r} is no answer"

            check()


def _is_sound(told: Completion) -> bool:
    """Tell whether an answer holds what its fields promise, so that nobody behind it stumbles."""
    counts = (told.usage.input_tokens, told.usage.output_tokens, told.usage.cached_tokens, told.usage.reasoning_tokens)
    texts = [told.model, *([] if told.id is None else [told.id])]
    for part in told.message.parts:
        texts += [part.id, part.name] if isinstance(part, ToolCall) else []
        texts += [part.text] if isinstance(part, Text) else []
    return all(type(one) is int for one in counts) and all(isinstance(one, str) for one in texts)
