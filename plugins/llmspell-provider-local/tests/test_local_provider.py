from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import (
    BadRequestError,
    ContextLengthError,
    OverloadedError,
    StreamInterruptedError,
)
from llmspell.model.embedding import EmbedRequest
from llmspell.model.llm import (
    LlmRequest,
    Media,
    Message,
    TextDelta,
    ToolCall,
    ToolResult,
    ToolSpec,
    message,
)
from llmspell_provider_local.child import GROUP

if TYPE_CHECKING:
    from pathlib import Path


REQUEST = LlmRequest(model="tiny", messages=(message("user", "hi"),))
FULL = REQUEST.replace(extra={"ignore_eos": True})
"""Ends at its limit only."""

ENDLESS = FULL.replace(model="long", max_tokens=1 << 17)
"""Takes minutes if nobody stops it."""

SCHEMA = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}
FLIP = ToolSpec(name="flip", description="Flip it.", schema=SCHEMA)
TURN = ToolSpec(name="turn", description="Turn it.", schema=SCHEMA)


def child_of(provider: Any, name: str = "tiny") -> Any:
    return provider._pool.running[name, False]._process


async def test_it_answers_and_counts(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models) as (provider, ctx):
        answer = await ask(provider, ctx, FULL)
        assert answer.finish_reason == "length"
        assert answer.model == "tiny"
        assert answer.usage.output_tokens == 12
        assert answer.message.text
        assert await provider.count_tokens(REQUEST, ctx) == answer.usage.input_tokens


async def test_a_seed_gives_the_same_answer_again(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models) as (provider, ctx):
        request = REQUEST.replace(seed=5, temperature=1.0)
        assert (await ask(provider, ctx, request)).message.text == (await ask(provider, ctx, request)).message.text


async def test_a_stop_text_ends_the_answer_before_it(models: Path, opened: Any, ask: Any) -> None:
    request = REQUEST.replace(stop=("bonus", "e"), extra={"grammar": 'root ::= "Grüße, there"'})
    async with opened(models, max_tokens=200) as (provider, ctx):
        answer = await ask(provider, ctx, request)
        assert (answer.message.text, answer.finish_reason) == ("Grüß", "stop")


async def test_the_text_comes_in_pieces(models: Path, opened: Any) -> None:
    request = REQUEST.replace(extra={"grammar": 'root ::= "Grüße, 🌍!"'})
    async with opened(models, max_tokens=200) as (provider, ctx):
        parts = [part async for part in provider.stream(request, ctx)]
        assert [part.text for part in parts if isinstance(part, TextDelta)] == list("Grüße, 🌍!")


async def test_a_schema_is_kept_by_a_model_that_knows_nothing(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models, max_tokens=600) as (provider, ctx):
        for seed in range(3):
            answer = await ask(provider, ctx, REQUEST.replace(response_schema=SCHEMA, seed=seed))
            assert answer.finish_reason == "stop"
            assert isinstance(json.loads(answer.message.text)["yes"], bool)


@pytest.mark.parametrize("choice", ["required", "turn"])
@pytest.mark.parametrize("model", ["tiny", "more/other"])
async def test_a_demanded_call_is_made_with_any_template(
    models: Path, opened: Any, ask: Any, choice: str, model: str
) -> None:
    async with opened(models, max_tokens=600) as (provider, ctx):
        request = REQUEST.replace(model=model, tools=(FLIP, TURN), tool_choice=choice, temperature=0.0)
        if model == "more/other":
            request = request.replace(tools=(TURN,))
        answer = await ask(provider, ctx, request)
        (call,) = answer.message.tool_calls
        assert call.name in ({"flip", "turn"} if choice == "required" else {choice})
        assert isinstance(call.arguments["yes"], bool)
        assert answer.finish_reason == "tool_calls"
        assert answer.message.text == ""


async def test_a_demanded_call_follows_the_definitions_of_each_tool(models: Path, opened: Any, ask: Any) -> None:
    def tool(name: str, **definition: object) -> ToolSpec:
        properties = {"first": {"$ref": "#/$defs/one"}, "second": {"type": "array", "items": {"$ref": "#/$defs/one"}}}
        schema = {"type": "object", "properties": properties, "required": ["first"], "additionalProperties": False}
        return ToolSpec(name=name, description=name, schema={**schema, "$defs": {"one": definition}})

    tools = (tool("flip", type="boolean"), tool("turn", enum=["left", "right"]))
    async with opened(models, max_tokens=900) as (provider, ctx):
        for choice, wanted in (("flip", (True, False)), ("turn", ("left", "right")), ("required", None)):
            answer = await ask(provider, ctx, REQUEST.replace(tools=tools, tool_choice=choice, temperature=0.0))
            (call,) = answer.message.tool_calls
            expected = wanted or {"flip": (True, False), "turn": ("left", "right")}[call.name]
            assert call.arguments["first"] in expected


async def test_a_conversation_with_calls_and_results_fits_the_template(models: Path, opened: Any, ask: Any) -> None:
    turns = (
        message("user", "flip it"),
        Message(role="assistant", parts=(ToolCall(id="c1", name="flip", arguments={"yes": True}),)),
        Message(role="tool", parts=(ToolResult(id="c1", name="flip", content="flipped"),)),
    )
    async with opened(models) as (provider, ctx):
        request = REQUEST.replace(messages=turns, tools=(FLIP,), max_tokens=1)
        longer = await provider.count_tokens(request, ctx)
        assert longer > await provider.count_tokens(REQUEST.replace(tools=(FLIP,)), ctx)
        assert (await ask(provider, ctx, request)).usage.input_tokens == longer


async def test_embeddings_have_one_vector_for_each_text(models: Path, opened: Any) -> None:
    async with opened(models, pooling="mean") as (provider, ctx):
        found = await provider.embed(EmbedRequest(model="tiny", texts=("a", "b", "a")), ctx)
        assert [len(vector) for vector in found.vectors] == [32, 32, 32]
        assert found.vectors[0] == pytest.approx(found.vectors[2])
        assert found.vectors[0] != pytest.approx(found.vectors[1])
        assert found.usage.input_tokens > 0
        with pytest.raises(BadRequestError, match="dimensions"):
            await provider.embed(EmbedRequest(model="tiny", texts=("a",), dimensions=3), ctx)


async def test_many_texts_are_embedded_in_their_order(models: Path, opened: Any) -> None:
    async with opened(models, pooling="mean") as (provider, ctx):
        texts = [str(number % 7) for number in range(2 * GROUP + 3)]
        many = (await provider.embed(EmbedRequest(model="tiny", texts=tuple(texts)), ctx)).vectors
        assert len(many) == len(texts)
        for place, vector in enumerate(many):
            assert vector == pytest.approx(many[place % 7], abs=1e-4)
        assert many[0] != pytest.approx(many[1], abs=1e-4)
        assert (await provider.embed(EmbedRequest(model="tiny", texts=()), ctx)).vectors == ()


async def test_a_text_too_long_to_embed_is_an_error(models: Path, opened: Any) -> None:
    async with opened(models, pooling="mean") as (provider, ctx):
        with pytest.raises(ContextLengthError, match="too large") as caught:
            await provider.embed(EmbedRequest(model="tiny", texts=("a", "x" * 3000)), ctx)
        assert "context" in caught.value.suggestions[1]


async def test_a_model_without_pooling_says_what_to_set(models: Path, opened: Any) -> None:
    async with opened(models) as (provider, ctx):
        with pytest.raises(BadRequestError) as caught:
            await provider.embed(EmbedRequest(model="tiny", texts=("a",)), ctx)
        assert "pooling" in caught.value.suggestions[0]


async def test_what_is_too_long_is_an_error_and_can_be_counted(models: Path, opened: Any, ask: Any) -> None:
    request = REQUEST.replace(messages=(message("user", "x" * 3000),))
    async with opened(models) as (provider, ctx):
        with pytest.raises(ContextLengthError, match="exceeds"):
            await ask(provider, ctx, request)
        assert await provider.count_tokens(request, ctx) > 3000


async def test_requests_run_side_by_side(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models, parallel=2) as (provider, ctx):
        answers = await asyncio.gather(*(ask(provider, ctx, FULL) for _ in range(4)))
        assert [one.usage.output_tokens for one in answers] == [12] * 4


async def test_who_leaves_early_stops_the_model(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models, context=1 << 17) as (provider, ctx):
        async with aclosing(provider.stream(ENDLESS, ctx)) as parts:
            async for part in parts:
                if isinstance(part, TextDelta):
                    break
        assert provider._pool.running["long", False].users == 0
        answer = await ask(provider, ctx, ENDLESS.replace(max_tokens=3))  # in the only slot
        assert answer.usage.output_tokens == 3


async def test_who_is_cancelled_stops_the_model(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models, context=1 << 17) as (provider, ctx):
        talking = asyncio.Event()
        asking = asyncio.create_task(ask(provider, ctx, ENDLESS, at_text=talking.set))
        await talking.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert (await ask(provider, ctx, ENDLESS.replace(max_tokens=3))).usage.output_tokens == 3


async def test_counting_does_not_wait_until_the_model_has_read(models: Path, opened: Any, ask: Any) -> None:
    request = ENDLESS.replace(messages=(message("user", "x" * 120_000),))
    async with opened(models, context=1 << 17) as (provider, ctx):
        assert await provider.count_tokens(request, ctx) > 120_000
        assert (await ask(provider, ctx, ENDLESS.replace(max_tokens=3))).usage.output_tokens == 3


async def test_a_process_ends_when_nobody_holds_its_pipe(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models, context=1 << 17) as (provider, ctx):
        running: list[Any] = []

        def let_go() -> None:
            running.append(provider._pool.running["long", False])
            running[0]._in.close()

        with pytest.raises(StreamInterruptedError):
            await ask(provider, ctx, ENDLESS, at_text=let_go)
        assert await running[0]._process.wait() == 0


async def test_a_dead_process_fails_one_answer_and_is_replaced(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models, max_tokens=2000) as (provider, ctx):
        with pytest.raises(StreamInterruptedError, match="ended with status -9 while it answered") as caught:
            await ask(provider, ctx, FULL, at_text=lambda: os.kill(child_of(provider).pid, signal.SIGKILL))
        assert caught.value.context["partial_text"]
        assert (await ask(provider, ctx, FULL.replace(max_tokens=2))).usage.output_tokens == 2


async def test_a_process_that_hangs_is_stopped(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models, timeout=4) as (provider, ctx):
        await ask(provider, ctx, REQUEST)
        process = child_of(provider)
        os.kill(process.pid, signal.SIGSTOP)
        with pytest.raises(OverloadedError, match="took more than 4 seconds to answer"):
            await ask(provider, ctx, REQUEST)
        assert process.returncode is not None


async def test_only_so_many_models_stay(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models, loaded=1) as (provider, ctx):
        await ask(provider, ctx, REQUEST)
        first = child_of(provider)
        await ask(provider, ctx, REQUEST.replace(model="more/other.gguf"))
        assert first.returncode is not None
        assert list(provider._pool.running) == [("more/other", False)]


async def test_processes_end_with_the_application(models: Path, opened: Any, ask: Any) -> None:
    async with opened(models) as (provider, ctx):
        await ask(provider, ctx, REQUEST)
        process = child_of(provider)
    assert process.returncode is not None


async def test_images_are_refused_before_anything_is_loaded(models: Path, opened: Any, ask: Any) -> None:
    image = Message(role="user", parts=(Media(kind="image", media_type="image/png", data=b"x"),))
    async with opened(models) as (provider, ctx):
        with pytest.raises(BadRequestError, match="text only"):
            await ask(provider, ctx, REQUEST.replace(messages=(image,)))
        assert provider._pool.running == {}


@pytest.mark.parametrize(
    "change",
    [
        {"temperature": "hot"},
        {"extra": {"grammar": "nonsense"}},
        {"extra": {"n": 2}},
        {"extra": {"top_k": object()}},
        {"temperature": float("nan")},
        {"response_schema": {"type": "nonsense"}},
    ],
)
async def test_an_option_llama_cpp_refuses_is_told(models: Path, opened: Any, change: dict[str, Any], ask: Any) -> None:
    async with opened(models) as (provider, ctx):
        with pytest.raises(BadRequestError) as caught:
            await ask(provider, ctx, REQUEST.replace(**change))
        assert caught.value.suggestions
        assert (await ask(provider, ctx, FULL)).usage.output_tokens == 12
