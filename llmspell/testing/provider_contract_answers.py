"""The contract of a provider: what an answer holds, and what was asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmspell.model.llm import Finish, Message, Reasoning, Text, TextDelta, Unknown, message
from llmspell.testing.provider_asking import ProviderAsking, fold
from llmspell.testing.provider_cases import (
    CALL_ARGUMENTS,
    CALL_ID,
    CALL_NAME,
    CAPABILITIES,
    CASES,
    INPUT_TOKENS,
    MARK,
    OTHER_ARGUMENTS,
    OTHER_ID,
    OUTPUT_TOKENS,
    REASONING,
    REQUEST,
    TEXT,
)

if TYPE_CHECKING:
    from llmspell.model.llm import Completion

DECLARED = {"tools": "tools", "reasoning": "reasoning"}
"""What a descriptor promises, and the name under which `lacks` would deny it."""


class AnswerContract(ProviderAsking):
    """Check answers."""

    async def test_every_case_has_an_exchange(self) -> None:
        """A case without an exchange is a case nobody looked at.

        If this fails, supply what is missing, with where it comes from, or name in `lacks` what the service lacks.
        """
        given = set(self.exchanges)
        assert self.lacks <= set(CAPABILITIES), f"nobody knows {sorted(self.lacks - set(CAPABILITIES))}"
        assert {name for name in CASES if self.has(name)} == given
        unsourced = [n for n, one in self.exchanges.items() if not one.source.startswith(("recorded", "constructed"))]
        assert not unsourced, f"nobody knows where {unsourced} come from"

    async def test_lacks_agrees_with_the_descriptor(self) -> None:
        """What the descriptor promises is not denied by the tests.

        If this fails, take the capability out of the descriptor or out of `lacks`.
        """
        async with self.opened() as (_, ctx, _):
            assert ctx.component is not None
            promised = {DECLARED[name] for name in ctx.component.capabilities if name in DECLARED}
        assert not promised & self.lacks

    async def test_text(self) -> None:
        """A text answer arrives whole, with its reason.

        If this fails, compare the parts with the exchange `text`.
        """
        completion, _, _ = await self.ask(self.exchange("text"))
        assert completion.message.text == TEXT
        assert completion.finish_reason == "stop"

    async def test_usage(self) -> None:
        """Tokens are counted as the service counted them; limits and costs depend on it.

        If this fails, look at where the service sends usage: often after the end of the text, and only when asked for.
        """
        if "usage" in self.lacks:
            pytest.skip("the service does not count tokens")
        for name in ("text", "text_whole"):
            if self.has(name):
                usage = (await self.ask(self.exchange(name), looking=name == "text"))[0].usage
                assert (usage.requests, usage.input_tokens, usage.output_tokens) == (1, INPUT_TOKENS, OUTPUT_TOKENS)

    async def test_answer_ends_once(self) -> None:
        """Exactly one `Finish` ends the answer; nothing stands behind it.

        If this fails, the provider yields an end per event, or none.
        """
        for name in ("text", "tools", "reasoning"):
            if self.has(name):
                _, parts, _ = await self.ask(self.exchange(name))
                assert sum(isinstance(part, Finish) for part in parts) == 1
                assert isinstance(parts[-1], Finish), f"the last part is {parts[-1]!r}"

    async def test_empty_deltas_change_nothing(self) -> None:
        """Services send deltas that hold nothing: at the start, at the end, between two tool calls.

        If this fails, an empty delta is taken for an end, or makes a part.
        """
        plain = (await self.ask(self.exchange("text")))[0]
        padded = (await self.ask(self.exchange("text_empty_deltas")))[0]
        assert padded.message == plain.message
        assert (padded.finish_reason, padded.usage) == (plain.finish_reason, plain.usage)

    async def test_reasoning(self) -> None:
        """Reasoning arrives apart from the text, and before it.

        If this fails, look at the field or the block in which the service reasons.
        """
        completion, _, _ = await self.ask(self.exchange("reasoning"))
        thought = [part for part in completion.message.parts if isinstance(part, Reasoning)]
        assert "".join(part.text for part in thought) == REASONING
        assert completion.message.text == TEXT
        assert isinstance(completion.message.parts[0], Reasoning)

    async def test_tools(self) -> None:
        """A tool call arrives with its id, name and decoded arguments.

        If this fails, compare the parts with the exchange `tools`: argument text comes in pieces that are no JSON.
        """
        completion, _, _ = await self.ask(self.exchange("tools"))
        (call,) = completion.message.tool_calls
        assert (call.id, call.name, call.arguments) == (CALL_ID, CALL_NAME, CALL_ARGUMENTS)
        assert completion.finish_reason == "tool_calls"

    async def test_interleaved_tools(self) -> None:
        """Two calls whose pieces take turns keep apart, in the order in which they began.

        If this fails, pieces are given to the last call instead of the one that their index names.
        """
        completion, _, _ = await self.ask(self.exchange("tools_interleaved"))
        found = [(call.id, call.name, call.arguments) for call in completion.message.tool_calls]
        assert found == [(CALL_ID, CALL_NAME, CALL_ARGUMENTS), (OTHER_ID, CALL_NAME, OTHER_ARGUMENTS)]

    async def test_whole_answer_is_the_same(self) -> None:
        """An answer that is asked for whole says the same as a streamed one.

        If this fails, the two ways of reading have drifted apart.
        """
        for name in ("text", "tools"):
            case = f"{name}_whole"
            if name == "text" or self.has(case):
                whole, _, _ = await self.ask(self.exchange(case), looking=False)
                streamed, _, _ = await self.ask(self.exchange(name))
                assert (whole.message, whole.finish_reason) == (streamed.message, streamed.finish_reason)

    async def test_unknown_field_is_kept(self) -> None:
        """What a newer service says besides stays in the answer.

        If this fails, give fields without a name here as `UnknownPart`.
        """
        completion, _, _ = await self.ask(self.exchange("unknown_field"))
        assert completion.message.text == TEXT
        assert MARK in _unknown(completion)

    async def test_unknown_part_survives_a_round_trip(self) -> None:
        """A part of a type that no version knows goes back in the next request as it came, in its place.

        If this fails, look at how the model's own turn is encoded; a part of another provider stays out.
        """
        exchange = self.exchange("unknown_part")
        async with self.opened(exchange.reply(), self.exchange("text").reply()) as (provider, ctx, server):
            first = fold([part async for part in provider.stream(REQUEST, ctx)])
            assert first.message.text == TEXT
            assert MARK in _unknown(first)
            again = REQUEST.replace(messages=(*REQUEST.messages, first.message, message("user", "Go on.")))
            assert fold([part async for part in provider.stream(again, ctx)]).message.text == TEXT
            assert MARK.encode() in server.requests[1].body

    async def test_part_of_another_provider_stays_out(self) -> None:
        """A conversation may move from one provider to another, which knows nothing of the first one's parts.

        If this fails, send back only what has your own `origin`, or none.
        """
        foreign = Unknown(type="odd", data={"type": "odd", "text": MARK}, origin="somebody else")
        said = Message(role="assistant", parts=(Text(text="Well."), foreign))
        request = REQUEST.replace(messages=(*REQUEST.messages, said, message("user", "Go on.")))
        _, _, server = await self.ask(self.exchange("text").reply(), request=request)
        assert MARK.encode() not in server.requests[0].body
        assert b"Well." in server.requests[0].body

    async def test_request_says_what_was_asked(self) -> None:
        """Model, messages, instructions and tools reach the service, with the key.

        If this fails, look at the body that the server received.
        """
        _, _, server = await self.ask(self.exchange("text"))
        (request,) = server.requests
        sent = request.body.decode()
        tools = () if "tools" in self.lacks else (CALL_NAME, "Add numbers.")
        for word in ("contract-model", "sesame", "Be brief.", *tools):
            assert word in sent or word in request.path, f"the request does not mention {word!r}"
        if "service" not in self.lacks:
            assert any(self.key in value for value in (*request.headers.values(), request.path)), "the key was not sent"

    async def test_text_is_streamed(self) -> None:
        """Text is handed on as it comes, not when the answer is complete.

        If this fails, something collects the whole body first.
        """
        _, parts, _ = await self.ask(self.exchange("text"))
        assert sum(isinstance(part, TextDelta) and bool(part.text) for part in parts) > 1
        assert all(not isinstance(part, Text) for part in parts)


def _unknown(completion: Completion) -> str:
    return "".join(str(part.data) for part in completion.message.parts if isinstance(part, Unknown))
