"""The provider `llamacpp` before llama.cpp's own server, which runs a tiny random model on loopback."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import aclosing, asynccontextmanager, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from llmspell.errors import (
    AuthenticationError,
    BadRequestError,
    ContextLengthError,
    LlmspellError,
    NetworkError,
    StreamInterruptedError,
)
from llmspell.model.embedding import EmbedRequest
from llmspell.model.fold import Fold
from llmspell.model.llm import LlmRequest, Message, TextDelta, ToolCall, ToolResult, ToolSpec, message
from llmspell.testing import open_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from llmspell.model.llm import Completion

ROOT = Path(__file__).parents[2]
KEY = "sk-loopback-0123456789"
SAYS = 'root ::= "Grüße, 🌍!"'
SCHEMA = {
    "type": "object",
    "properties": {"yes": {"type": "boolean"}},
    "required": ["yes"],
    "additionalProperties": False,
}
REQUEST = LlmRequest(model="tiny", messages=(message("user", "hi"),), system="Be brief.", max_tokens=100)
EXACT = REQUEST.replace(extra={"grammar": SAYS})
ENDLESS = REQUEST.replace(max_tokens=60_000, extra={"ignore_eos": True})


class Served(NamedTuple):
    """A server's process and its address."""

    process: subprocess.Popen[str]
    url: str


@contextmanager
def serving(folder: Path, *words: str) -> Iterator[Served]:
    if find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed: it has no wheel for this platform")
    command = [sys.executable, "-m", "tests.integration.llama_server", str(folder), KEY, *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), "the server did not start"
            yield Served(process, url)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("llama")) as served:
        yield served


@asynccontextmanager
async def opened(
    served: Served, *, streaming: bool = True, component: str = "llamacpp", **keys: object
) -> AsyncIterator[tuple[Any, Any]]:
    section = {"base_url": f"{served.url}/v1", "api_key": KEY, "timeout": 30, **keys}
    async with open_context(config={"providers": {component: section}}, component=f"provider:{component}") as ctx:
        assert ctx.component is not None
        ctx.sink = _look if streaming else None
        yield await ctx.app.components.instance(ctx.component), ctx


async def _look(part: object) -> None:
    """Take a part."""


async def ask(
    provider: Any, ctx: Any, request: LlmRequest = EXACT, *, at_text: Callable[[], None] = lambda: None
) -> Completion:
    fold, said = Fold(), False
    async for part in provider.stream(request, ctx):
        fold.add(part)
        if isinstance(part, TextDelta) and not said:
            said = True
            at_text()
    return fold.completion(model=request.model)


@pytest.mark.parametrize("streaming", [True, False])
@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_it_answers_and_counts(llama: Served, streaming: bool, api: str) -> None:
    async with opened(llama, streaming=streaming, api=api) as (provider, ctx):
        answer = await ask(provider, ctx)
        assert answer.message.text == "Grüße, 🌍!"
        assert answer.finish_reason == "stop"
        assert answer.usage.input_tokens > 20
        assert answer.usage.output_tokens >= len("Grüße, 🌍!".encode())


async def test_the_text_comes_in_pieces(llama: Served) -> None:
    async with opened(llama) as (provider, ctx):
        parts = [part async for part in provider.stream(EXACT, ctx)]
        assert [part.text for part in parts if isinstance(part, TextDelta)] == list("Grüße, 🌍!")


async def test_a_limit_and_a_stop_text_end_the_answer(llama: Served) -> None:
    async with opened(llama) as (provider, ctx):
        answer = await ask(provider, ctx, EXACT.replace(max_tokens=2))
        assert (answer.message.text, answer.finish_reason) == ("Gr", "length")
        answer = await ask(provider, ctx, EXACT.replace(stop=("ße",)))
        assert (answer.message.text, answer.finish_reason) == ("Grü", "stop")


async def test_a_schema_is_kept(llama: Served) -> None:
    async with opened(llama) as (provider, ctx):
        answer = await ask(provider, ctx, REQUEST.replace(response_schema=SCHEMA, max_tokens=600))
        assert isinstance(json.loads(answer.message.text)["yes"], bool)


async def test_a_conversation_with_calls_goes_there(llama: Served) -> None:
    turns = (
        *REQUEST.messages,
        Message(role="assistant", parts=(ToolCall(id="c1", name="flip", arguments={"yes": True}),)),
        Message(role="tool", parts=(ToolResult(id="c1", name="flip", content="flipped"),)),
    )
    flip = ToolSpec(name="flip", description="Flip it.", schema=SCHEMA)
    async with opened(llama) as (provider, ctx):
        answer = await ask(provider, ctx, REQUEST.replace(messages=turns, tools=(flip,), max_tokens=1))
        assert answer.usage.input_tokens > (await ask(provider, ctx)).usage.input_tokens


async def test_requests_wait_for_each_other(llama: Served) -> None:
    async with opened(llama) as (provider, ctx):
        answers = await asyncio.gather(*(ask(provider, ctx) for _ in range(5)))
        assert {one.message.text for one in answers} == {"Grüße, 🌍!"}


async def test_who_leaves_early_stops_the_model(llama: Served) -> None:
    async with opened(llama) as (provider, ctx):
        async with aclosing(provider.stream(ENDLESS, ctx)) as parts:
            async for part in parts:
                if isinstance(part, TextDelta):
                    break
        assert (await ask(provider, ctx)).message.text == "Grüße, 🌍!"  # in the only slot


async def test_the_models_are_listed(llama: Served) -> None:
    async with opened(llama) as (provider, ctx):
        (one,) = await provider.models(ctx)
        assert one.name.endswith("tiny.gguf")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"messages": (message("user", "x" * 70_000),)}, ContextLengthError),
        ({"temperature": "hot"}, BadRequestError),
        ({"extra": {"grammar": "nonsense"}}, BadRequestError),
    ],
)
@pytest.mark.parametrize("streaming", [True, False])
async def test_what_it_refuses_is_a_typed_error(
    llama: Served, change: dict[str, Any], kind: type[LlmspellError], streaming: bool
) -> None:
    async with opened(llama, streaming=streaming) as (provider, ctx):
        with pytest.raises(LlmspellError) as caught:
            await ask(provider, ctx, REQUEST.replace(**change))
        assert type(caught.value) is kind
        assert caught.value.suggestions
        assert not caught.value.retryable


async def test_a_wrong_key_is_refused(llama: Served) -> None:
    async with opened(llama, api_key="sk-wrong") as (provider, ctx):
        with pytest.raises(AuthenticationError, match="Invalid API Key"):
            await ask(provider, ctx)


async def test_embeddings(tmp_path: Path) -> None:
    with serving(tmp_path, "--embed") as served:
        async with opened(served) as (provider, ctx):
            found = await provider.embed(EmbedRequest(model="tiny", texts=("a", "b", "a")), ctx)
            assert [len(vector) for vector in found.vectors] == [32, 32, 32]
            assert found.vectors[0] == pytest.approx(found.vectors[2], abs=1e-4)
            assert found.vectors[0] != pytest.approx(found.vectors[1], abs=1e-4)
            with pytest.raises(ContextLengthError):
                await provider.embed(EmbedRequest(model="tiny", texts=("x" * 600,)), ctx)


async def test_a_server_that_dies_cuts_the_answer(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        async with opened(served) as (provider, ctx):
            with pytest.raises(StreamInterruptedError) as caught:
                await ask(provider, ctx, ENDLESS, at_text=served.process.kill)
            assert caught.value.context["partial_text"]
            served.process.wait()
            with pytest.raises(NetworkError):
                await ask(provider, ctx)
