from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import (
    ContextLengthError,
    ModelNotFoundError,
    NetworkError,
    OverloadedError,
    PermissionDeniedError,
    ProviderError,
    ResourceExhaustedError,
    StreamInterruptedError,
)
from llmspell.model.embedding import EmbedRequest
from llmspell.model.fold import Fold
from llmspell.model.llm import LlmRequest, Usage, message
from llmspell.testing import Reply, Server, open_context
from llmspell.testing.provider_cases import stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.model.llm import Completion
    from llmspell.runtime.context import CallContext
    from llmspell_provider_ollama.provider import OllamaProvider

REQUEST = LlmRequest(model="m", messages=(message("user", "hi"),))
ANSWER = {"model": "m", "message": {"role": "assistant", "content": "Hello"}, "done": True, "done_reason": "stop"}


async def look(_part: object) -> None:
    """Be somebody who looks at the parts."""


@asynccontextmanager
async def provider(
    url: str, *, streaming: bool = False, **keys: object
) -> AsyncIterator[tuple[OllamaProvider, CallContext]]:
    config = {"providers": {"ollama": {"base_url": url, **keys}}}
    async with open_context(config=config, component="provider:ollama") as ctx:
        ctx.sink = look if streaming else None
        assert ctx.component is not None
        opened: Any = await ctx.app.components.instance(ctx.component)
        yield opened, ctx


async def ask(url: str, *, streaming: bool = False, request: LlmRequest = REQUEST, **keys: object) -> Completion:
    async with provider(url, streaming=streaming, **keys) as (one, ctx):
        fold = Fold()
        async for part in one.stream(request, ctx):
            fold.add(part)
        return fold.completion(model=request.model)


def lines(*objects: object) -> Reply:
    return stream(*objects, source="constructed", framing="ndjson").reply()


# -- answers -----------------------------------------------------------------------------------------------------------


async def test_generate(server: Server) -> None:
    server.replies = [
        Reply.of({"model": "m", "response": "whole", "done": True}),
        lines({"response": "str", "done": False}, {"response": "eamed", "done": True, "done_reason": "stop"}),
    ]
    assert (await ask(server.url, api="generate")).message.text == "whole"
    assert (await ask(server.url, api="generate", streaming=True)).message.text == "streamed"
    assert {request.path for request in server.requests} == {"/api/generate"}
    assert server.requests[0].json()["prompt"] == "hi"


async def test_a_server_behind_a_path(server: Server) -> None:
    server.replies = [Reply.of(ANSWER)]
    await ask(f"{server.url}/ollama/", headers={"X-Team": "a"})
    assert server.requests[0].path == "/ollama/api/chat"
    assert server.requests[0].headers["x-team"] == "a"
    assert "authorization" not in server.requests[0].headers


async def test_a_key_of_the_cloud(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "key-of-the-cloud")
    server.replies = [Reply.of(ANSWER)]
    await ask(server.url)
    assert server.requests[0].headers["authorization"] == "Bearer key-of-the-cloud"


async def test_connections_are_kept_after_streams(server: Server) -> None:
    server.replies = [lines(ANSWER) for _ in range(3)]
    async with provider(server.url, streaming=True) as (one, ctx):
        for _ in range(3):
            assert [part async for part in one.stream(REQUEST, ctx)]
    assert server.connections == 1


async def test_an_answer_ends_with_done(server: Server) -> None:
    """Whatever a proxy adds behind the last object is not read."""
    server.replies = [Reply.sse(lines(ANSWER).pieces[0] + b"<html>", headers={"content-type": "application/x-ndjson"})]
    assert (await ask(server.url, streaming=True)).message.text == "Hello"


# -- when it goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("streaming", [False, True])
async def test_nobody_listens(streaming: bool) -> None:
    async with Server() as gone:
        url = gone.url
    with pytest.raises(NetworkError) as caught:
        await ask(url, streaming=streaming)
    assert caught.value.suggestions[:2] == (
        f"start the server that should be at {url}: ollama serve",
        "say where it is: base_url in [providers.ollama], or OLLAMA_HOST",
    )


async def test_no_other_host_is_reached(server: Server) -> None:
    async with Server() as other:
        server.replies = [Reply.of("", 302, location=f"{other.url}/")]
        with pytest.raises(PermissionDeniedError) as caught:
            await ask(server.url)
        assert "networks in [providers.ollama]" in caught.value.suggestions[0]
        assert not other.connections


@pytest.mark.parametrize(
    "body",
    [
        '{"message": 7, "done": true}',
        '{"message": {"content": 7}, "done": true}',
        '{"message": {"content": "", "tool_calls": [{}]}, "done": true}',
        '{"message": {"content": "", "tool_calls": 7}, "done": true}',
        '{"message": {"content": "", "tool_calls": [{"function": {"name": ""}}]}, "done": true}',
        '{"message": {"content": "x"}, "done": true, "eval_count": "7"}',
        '{"message": {"content": "x"}, "done": true, "done_reason": ["stop"]}',
        '{"message": {"content": "", "images": ["no base64!"]}, "done": true}',
        '{"message": {"content": "x"}}',
    ],
)
@pytest.mark.parametrize("streaming", [False, True])
async def test_what_is_no_answer_is_a_cut(server: Server, body: str, streaming: bool) -> None:
    server.replies = [Reply.of(body, content_type="application/x-ndjson" if streaming else "application/json")]
    with pytest.raises(StreamInterruptedError):
        await ask(server.url, streaming=streaming)


async def test_an_endless_line_is_stopped(server: Server) -> None:
    server.replies = [lines({"message": {"content": "x" * (9 << 20)}})]
    with pytest.raises(ResourceExhaustedError, match="8 MiB"):
        await ask(server.url, streaming=True)


# -- vectors, models, fetching -----------------------------------------------------------------------------------------


async def test_embed(server: Server) -> None:
    server.replies = [Reply.of({"model": "m:latest", "embeddings": [[1, 0.5], [0, -1]], "prompt_eval_count": 8})]
    async with provider(server.url) as (one, ctx):
        found = await one.embed(EmbedRequest(model="m", texts=("a", "b")), ctx)
    assert found.vectors == ((1.0, 0.5), (0.0, -1.0))
    assert (found.model, found.usage) == ("m:latest", Usage(requests=1, input_tokens=8))
    assert server.requests[0].path == "/api/embed"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.of({"embeddings": [[1.0]]}), StreamInterruptedError),
        (Reply.of({"embeddings": [["x"], [1]]}), StreamInterruptedError),
        (Reply.of({}), StreamInterruptedError),
        (Reply.of({"error": "the input length exceeds the context length"}, 400), ContextLengthError),
    ],
)
async def test_embed_fails(server: Server, reply: Reply, kind: type[ProviderError]) -> None:
    server.replies = [reply]
    async with provider(server.url) as (one, ctx):
        with pytest.raises(kind):
            await one.embed(EmbedRequest(model="m", texts=("a", "b")), ctx)


async def test_models(server: Server) -> None:
    entry = {
        "name": "qwen3:latest",
        "details": {"context_length": 40960},
        "capabilities": ["completion", "tools", "thinking", "insert"],
    }
    server.replies = [Reply.of({"models": [entry, {"name": "old"}]})]
    async with provider(server.url) as (one, ctx):
        new, old = await one.models(ctx)
    assert (new.name, new.context) == ("qwen3:latest", 40960)
    assert new.capabilities == ("text", "tools", "reasoning")
    assert new.data == entry
    assert (old.name, old.context, old.capabilities) == ("old", None, ())
    assert (server.requests[0].method, server.requests[0].path) == ("GET", "/api/tags")


@pytest.mark.parametrize("body", [{}, {"models": None}, {"models": [7]}, {"models": [{}]}])
async def test_models_in_another_form(server: Server, body: dict[str, object]) -> None:
    server.replies = [Reply.of(body)]
    async with provider(server.url) as (one, ctx):
        with pytest.raises(StreamInterruptedError):
            await one.models(ctx)


PULLED = [
    {"status": "pulling manifest"},
    {"status": "pulling aa", "digest": "aa", "total": 100},
    {"status": "pulling aa", "digest": "aa", "total": 100, "completed": 40},
    {"status": "pulling bb", "digest": "bb", "total": 50, "completed": 50},
    {"status": "pulling aa", "digest": "aa", "total": 100, "completed": 100},
    {"status": "verifying sha256 digest"},
    {"status": "success"},
]


async def test_pull_tells_how_far_it_is(server: Server) -> None:
    server.replies = [lines(*PULLED)]
    async with provider(server.url) as (one, ctx):
        told: list[tuple[object, ...]] = []
        ctx.app.events.subscribe(
            "progress", lambda event: told.append((event.data["done"], event.data["total"], event.data["message"]))
        )
        await one.pull("qwen3", ctx)
    assert told == [
        (0, None, "pulling manifest"),
        (0, 100, "pulling aa"),
        (40, 100, "pulling aa"),
        (90, 150, "pulling bb"),
        (150, 150, "pulling aa"),
        (150, 150, "verifying sha256 digest"),
        (150, 150, "success"),
    ]
    assert server.requests[0].json() == {"model": "qwen3", "stream": True}


@pytest.mark.parametrize(
    ("objects", "kind"),
    [
        (PULLED[:3], StreamInterruptedError),
        ([], StreamInterruptedError),
        ([PULLED[0], {"error": "pull model manifest: file does not exist"}], ModelNotFoundError),
        ([*PULLED[:2], {"error": "connection reset"}], OverloadedError),
    ],
)
async def test_a_pull_that_ends_early_is_an_error(
    server: Server, objects: list[object], kind: type[ProviderError]
) -> None:
    server.replies = [lines(*objects)]
    async with provider(server.url) as (one, ctx):
        with pytest.raises(kind):
            await one.pull("qwen3", ctx)
