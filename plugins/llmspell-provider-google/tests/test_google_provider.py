from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import (
    AuthenticationError,
    ConfigError,
    ContentFilterError,
    NetworkError,
    OverloadedError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    StreamInterruptedError,
)
from llmspell.model.embedding import EmbedRequest
from llmspell.model.fold import Fold
from llmspell.model.llm import LlmRequest, TextDelta, Usage, message
from llmspell.runtime.app import App
from llmspell.services.config import Config
from llmspell.testing import Reply, Server, open_context
from llmspell.testing.provider_cases import stream
from llmspell_provider_google.provider import GoogleProvider
from llmspell_provider_google.section import GoogleSection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from llmspell.model.llm import Completion
    from llmspell.runtime.context import CallContext

KEY = "AIza-test-0123456789"
REQUEST = LlmRequest(model="gemini-2.5-flash", messages=(message("user", "hi"),))


def chunk(text: str, reason: str | None = None, **candidate: Any) -> dict[str, Any]:
    end = {"finishReason": reason} if reason else {}
    return {"candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, **end, **candidate}]}


def events(*chunks: object) -> Reply:
    return stream(*chunks, source="constructed").reply()


async def look(_part: object) -> None:
    """Be somebody who looks at the parts."""


@asynccontextmanager
async def provider(
    url: str, *, streaming: bool = False, **keys: object
) -> AsyncIterator[tuple[GoogleProvider, CallContext]]:
    section = {"base_url": url, "api_key": KEY, **keys}
    config = {"providers": {"google": {k: v for k, v in section.items() if v is not None}}}
    async with open_context(config=config, component="provider:google") as ctx:
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


# -- what is sent ------------------------------------------------------------------------------------------------------


async def test_the_key_goes_in_its_header_and_nowhere_else(server: Server) -> None:
    server.replies = [Reply.of(chunk("x", "STOP")), events(chunk("x", "STOP"))]
    await ask(server.url, headers={"X-Team": "a"})
    await ask(server.url, streaming=True)
    for request in server.requests:
        assert request.headers["x-goog-api-key"] == KEY
        assert KEY not in request.path
        assert KEY.encode() not in request.body
    whole, watched = server.requests
    assert whole.path == "/v1beta/models/gemini-2.5-flash:generateContent"
    assert watched.path == "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    assert whole.headers["x-team"] == "a"


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("tunedModels/mine", "/v1beta/tunedModels/mine"),
        ("models/gemini-2.5-pro", "/v1beta/models/gemini-2.5-pro"),
        ("a b?c#d", "/v1beta/models/a%20b%3Fc%23d"),
    ],
)
async def test_names_of_models(server: Server, model: str, path: str) -> None:
    server.replies = [Reply.of(chunk("x", "STOP"))]
    await ask(server.url, request=REQUEST.replace(model=model))
    assert server.requests[0].path == f"{path}:generateContent"


async def test_another_version_behind_a_path(server: Server) -> None:
    server.replies = [Reply.of(chunk("x", "STOP"))]
    await ask(f"{server.url}/gemini/", api_version="v1")
    assert server.requests[0].path.startswith("/gemini/v1/models/")


async def test_google_is_not_asked_without_a_key() -> None:
    with pytest.raises(AuthenticationError) as caught:
        await ask("https://generativelanguage.googleapis.com", api_key=None)
    assert caught.value.suggestions[0] == "set GEMINI_API_KEY in the environment"


async def test_a_proxy_may_have_its_own_key(server: Server) -> None:
    server.replies = [Reply.of(chunk("x", "STOP"))]
    await ask(server.url, api_key=None)
    assert "x-goog-api-key" not in server.requests[0].headers


@pytest.mark.parametrize("variable", ["GEMINI_API_KEY", "GOOGLE_API_KEY"])
async def test_the_usual_variables(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str
) -> None:
    monkeypatch.setenv(variable, "key-usual")
    environment = {"GOOGLE_GEMINI_BASE_URL": server.url}
    config = Config.load(environment=environment, working=tmp_path, user_folder=tmp_path)
    server.replies = [Reply.of(chunk("x", "STOP"))]
    async with App.open(config=config) as app, app.run("test", working=tmp_path) as run:
        component = app.catalog.get("provider", "gemini")
        one: Any = await app.components.instance(component)
        assert [part async for part in one.stream(REQUEST, run.context().within(component, "google"))]
    assert server.requests[0].headers["x-goog-api-key"] == "key-usual"


def test_hosts_are_those_of_the_config() -> None:
    assert GoogleProvider.hosts({}) == ["generativelanguage.googleapis.com:443"]
    inside = GoogleSection(base_url="http://llm.example.com", networks=("10.0.0.0/8",))
    assert GoogleProvider.hosts(inside) == ["llm.example.com:80", "10.0.0.0/8:80"]


@pytest.mark.parametrize(
    "keys",
    [
        {"base_url": "https://generativelanguage.googleapis.com/v1beta/openai/"},
        {"api_version": "../v1"},
        {"safety": {"rudeness": "off"}},
        {"safety": {"harassment": "much"}},
        {"thinking_level": "much"},
        {"thinking_budget": -2},
    ],
)
async def test_faults_of_a_config(keys: dict[str, object]) -> None:
    with pytest.raises(ConfigError) as caught:
        async with open_context(config={"providers": {"google": keys}}, component="provider:google") as ctx:
            assert ctx.config
    assert f"providers.google.{next(iter(keys))}" in str(caught.value.faults)


# -- answers -----------------------------------------------------------------------------------------------------------


async def test_a_proxy_that_does_not_stream_answers_all_the_same(server: Server) -> None:
    listed = json.dumps([chunk("who"), chunk("le", "STOP")])
    server.replies = [Reply.of(chunk("whole", "STOP")), Reply.of(listed, content_type="application/json")]
    assert (await ask(server.url, streaming=True)).message.text == "whole"
    assert (await ask(server.url, streaming=True)).message.text == "whole"


async def test_connections_are_kept_after_streams(server: Server) -> None:
    server.replies = [events(chunk("x", "STOP")) for _ in range(3)]
    async with provider(server.url, streaming=True) as (one, ctx):
        for _ in range(3):
            assert [part async for part in one.stream(REQUEST, ctx)]
    assert server.connections == 1


async def test_who_leaves_early_closes_the_connection(server: Server) -> None:
    server.replies = [events(chunk("x"))._replace(hang=True)]
    async with provider(server.url, streaming=True) as (one, ctx):
        parts = one.stream(REQUEST, ctx)
        assert isinstance(await anext(parts), TextDelta)
        await parts.aclose()
        await server.client_left()


# -- when it goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("reason", ["SAFETY", "RECITATION", "PROHIBITED_CONTENT", "SPII", "BLOCKLIST", "IMAGE_SAFETY"])
async def test_a_withheld_answer_is_refused(server: Server, reason: str, streaming: bool) -> None:
    told = f"Blocked, {KEY}."
    body = chunk("so far", reason, finishMessage=told)
    server.replies = [events(body) if streaming else Reply.of(body)]
    with pytest.raises(ContentFilterError) as caught:
        await ask(server.url, streaming=streaming)
    error = caught.value
    assert reason in error.message
    assert "Blocked" in error.message
    assert KEY not in str(error.to_dict())
    assert (error.context["partial_text"], error.context["provider_code"]) == ("so far", reason)
    assert not error.retryable


async def test_a_withheld_prompt_is_refused(server: Server) -> None:
    server.replies = [Reply.of({"promptFeedback": {"blockReason": "SAFETY", "blockReasonMessage": "Unsafe."}})]
    with pytest.raises(ContentFilterError, match=r"SAFETY \(Unsafe\.\)"):
        await ask(server.url)


async def test_a_call_that_cannot_be_read_may_be_tried_again(server: Server) -> None:
    server.replies = [Reply.of(chunk("", "MALFORMED_FUNCTION_CALL", finishMessage="Malformed: add(2,"))]
    with pytest.raises(ProviderError, match=r"add\(2,") as caught:
        await ask(server.url)
    assert caught.value.retryable


async def test_a_lost_signature_stays_lost(server: Server) -> None:
    server.replies = [Reply.of(chunk("", "MISSING_THOUGHT_SIGNATURE"))]
    with pytest.raises(ProviderError, match="MISSING_THOUGHT_SIGNATURE") as caught:
        await ask(server.url)
    assert not caught.value.retryable


async def test_an_error_at_the_end_of_a_list(server: Server) -> None:
    trouble = {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}}
    server.replies = [Reply.of(json.dumps([chunk("so far"), trouble]), content_type="application/json")]
    with pytest.raises(OverloadedError) as caught:
        await ask(server.url, streaming=True)
    assert caught.value.context["partial_text"] == "so far"


async def test_a_quota_within_a_stream(server: Server) -> None:
    detail = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "7s"}
    error = {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED", "details": [detail]}
    server.replies = [events(chunk("so far"), {"error": error})]
    with pytest.raises(RateLimitError) as caught:
        await ask(server.url, streaming=True)
    assert caught.value.retry_after == 7.0


@pytest.mark.parametrize(
    "body",
    [
        '{"candidates": 7}',
        '{"candidates": [7]}',
        '{"candidates": [{"content": {"parts": [{"text": 7}]}, "finishReason": "STOP"}]}',
        '{"candidates": [{"content": {"parts": [{"functionCall": {}}]}, "finishReason": "STOP"}]}',
        '{"candidates": [{"content": {"parts": [{"inlineData": {}}]}, "finishReason": "STOP"}]}',
        '{"candidates": [{"content": {"parts": [{"functionCall": {"name": null}}]}, "finishReason": "STOP"}]}',
        '{"candidates": [{"finishReason": ["STOP"]}]}',
        '{"candidates": [{"finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": "7"}}',
        '{"promptFeedback": 7}',
    ],
)
@pytest.mark.parametrize("streaming", [False, True])
async def test_what_is_no_answer_is_a_cut(server: Server, body: str, streaming: bool) -> None:
    server.replies = [Reply.sse(f"data: {body}\n\n".encode()) if streaming else Reply.of(body)]
    with pytest.raises(StreamInterruptedError):
        await ask(server.url, streaming=streaming)


async def test_no_other_host_is_reached(server: Server) -> None:
    async with Server() as other:
        server.replies = [Reply.of("", 302, location=f"{other.url}/")]
        with pytest.raises(PermissionDeniedError) as caught:
            await ask(server.url)
        assert "networks in [providers.google]" in caught.value.suggestions[0]
        assert not other.connections


async def test_a_service_that_is_not_there() -> None:
    async with Server() as gone:
        url = gone.url
    with pytest.raises(NetworkError) as caught:
        await ask(url)
    assert caught.value.suggestions[0] == f"check that {url} can be reached from here"


# -- vectors and models ------------------------------------------------------------------------------------------------


async def test_embed_asks_in_groups(server: Server) -> None:
    def answer(request: Any) -> Reply:
        texts = [one["content"]["parts"][0]["text"] for one in request.json()["requests"]]
        return Reply.of({"embeddings": [{"values": [int(text), 0.5]} for text in texts]})

    server.replies = [answer, answer, answer]
    texts = tuple(map(str, range(205)))
    async with provider(server.url) as (one, ctx):
        found = await one.embed(EmbedRequest(model="gemini-embedding-001", texts=texts), ctx)
    assert found.vectors == tuple((float(n), 0.5) for n in range(205))
    assert found.usage == Usage(requests=3)
    assert [len(request.json()["requests"]) for request in server.requests] == [100, 100, 5]
    assert server.requests[0].path == "/v1beta/models/gemini-embedding-001:batchEmbedContents"


@pytest.mark.parametrize("body", ["{}", "[]", '{"embeddings": []}', '{"embeddings": [{"values": ["x"]}]}'])
async def test_embed_in_another_form(server: Server, body: str) -> None:
    server.replies = [Reply.of(body)]
    async with provider(server.url) as (one, ctx):
        with pytest.raises(StreamInterruptedError):
            await one.embed(EmbedRequest(model="m", texts=("a",)), ctx)


async def test_models_page_by_page(server: Server) -> None:
    flash = {
        "name": "models/gemini-2.5-flash",
        "inputTokenLimit": 1048576,
        "supportedGenerationMethods": ["generateContent", "countTokens"],
        "thinking": True,
    }
    vectors = {"name": "models/gemini-embedding-001", "supportedGenerationMethods": ["embedContent"]}
    server.replies = [Reply.of({"models": [flash], "nextPageToken": "a/b"}), Reply.of({"models": [vectors]})]
    async with provider(server.url) as (one, ctx):
        first, second = await one.models(ctx)
    assert (first.name, first.context, first.capabilities) == ("gemini-2.5-flash", 1048576, ("text", "reasoning"))
    assert (second.name, second.context, second.capabilities) == ("gemini-embedding-001", None, ("embeddings",))
    assert [request.path for request in server.requests] == [
        "/v1beta/models?pageSize=1000",
        "/v1beta/models?pageSize=1000&pageToken=a%2Fb",
    ]


async def test_a_list_of_models_without_end(server: Server) -> None:
    server.route("/v1beta/models", Reply.of({"nextPageToken": "again"}))
    async with provider(server.url) as (one, ctx):
        with pytest.raises(ProviderError, match="more than 50 pages"):
            await one.models(ctx)
