from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import (
    AuthenticationError,
    ContextLengthError,
    LlmspellError,
    NetworkError,
    PermissionDeniedError,
    ProviderError,
)
from llmspell.model.fold import Fold
from llmspell.model.llm import LlmRequest, Text, ToolCall, Unknown, message
from llmspell.runtime.app import App
from llmspell.services.config import Config
from llmspell.testing import ManualClock, Reply, Server, open_context
from llmspell_provider_anthropic.provider import MOST_PAUSES, AnthropicProvider
from llmspell_provider_anthropic.section import AnthropicSection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from llmspell.model.llm import Completion
    from llmspell.runtime.context import CallContext

KEY = "sk-ant-0123456789abcdef"
REQUEST = LlmRequest(model="claude-sonnet-5", messages=(message("user", "hi"),))
USAGE = {"input_tokens": 20, "output_tokens": 9, "cache_read_input_tokens": 4}


async def look(_part: object) -> None:
    """Be somebody who looks at the parts."""


@asynccontextmanager
async def provider(
    server: Server, *, streaming: bool = False, **keys: object
) -> AsyncIterator[tuple[AnthropicProvider, CallContext]]:
    section = {"base_url": server.url, "api_key": KEY, **keys}
    config = {"providers": {"anthropic": {k: v for k, v in section.items() if v is not None}}}
    async with open_context(config=config, component="provider:anthropic", clock=ManualClock(0.0)) as ctx:
        ctx.sink = look if streaming else None
        assert ctx.component is not None
        opened: Any = await ctx.app.components.instance(ctx.component)
        yield opened, ctx


async def ask(server: Server, *, streaming: bool = False, request: LlmRequest = REQUEST, **keys: object) -> Completion:
    async with provider(server, streaming=streaming, **keys) as (one, ctx):
        fold = Fold()
        async for part in one.stream(request, ctx):
            fold.add(part)
        return fold.completion(model=request.model)


async def fails(server: Server, kind: type[LlmspellError], **options: Any) -> Any:
    with pytest.raises(kind) as caught:
        await ask(server, **options)
    return caught.value


def answer(*content: Mapping[str, object] | str, reason: str = "end_turn", **more: Any) -> dict[str, object]:
    blocks = [{"type": "text", "text": one} if isinstance(one, str) else one for one in content]
    return {"type": "message", "id": "m-1", "content": blocks, "stop_reason": reason, "usage": USAGE, **more}


def streamed(message: dict[str, Any]) -> Reply:
    """Write a whole answer as a stream of its blocks."""
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    ]
    for n, block in enumerate(message["content"]):
        events += [{"type": "content_block_start", "index": n, "content_block": block}]
        events += [{"type": "content_block_stop", "index": n}]
    end = {"stop_reason": message["stop_reason"]}
    events += [{"type": "message_delta", "delta": end, "usage": {}}, {"type": "message_stop"}]
    return Reply.sse("".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in events).encode())


# -- what is sent ------------------------------------------------------------------------------------------------------


async def test_headers(server: Server) -> None:
    server.replies = [Reply.of(answer("x"))]
    request = REQUEST.replace(extra={"betas": ["b-2", "b-1"]})
    await ask(server, request=request, betas=["b-1"], headers={"X-Title": "llmspell"}, version="2099-01-01")
    headers = server.requests[0].headers
    assert server.requests[0].path == "/v1/messages"
    assert (headers["x-api-key"], headers["anthropic-version"]) == (KEY, "2099-01-01")
    assert (headers["anthropic-beta"], headers["x-title"]) == ("b-1,b-2", "llmspell")
    assert "authorization" not in headers


@pytest.mark.parametrize("end", ["", "/", "/v1", "/v1/"])
async def test_both_spellings_of_the_address(server: Server, end: str) -> None:
    server.replies = [Reply.of(answer("x"))]
    await ask(server, base_url=f"{server.url}/gateway{end}")
    assert server.requests[0].path == "/gateway/v1/messages"


async def test_only_a_watched_answer_is_streamed(server: Server) -> None:
    server.replies = [Reply.of(answer("x")), streamed(answer("x"))]
    assert await ask(server) == await ask(server, streaming=True)
    plain, watched = (request.json() for request in server.requests)
    assert "stream" not in plain
    assert watched["stream"] is True


async def test_a_long_answer_is_streamed_in_any_case(server: Server) -> None:
    server.replies = [streamed(answer("x"))]
    assert (await ask(server, max_tokens=64_000)).message.text == "x"
    assert server.requests[0].json()["stream"] is True


async def test_a_server_that_does_not_stream_answers_all_the_same(server: Server) -> None:
    server.replies = [Reply.of(answer("whole"))]
    assert (await ask(server, streaming=True)).message.text == "whole"


async def test_a_server_without_keys_gets_none(server: Server) -> None:
    server.replies = [Reply.of(answer("x"))]
    await ask(server, api_key=None)
    assert "x-api-key" not in server.requests[0].headers


async def test_anthropic_is_not_asked_without_a_key(server: Server) -> None:
    error = await fails(server, AuthenticationError, api_key=None, base_url="https://api.anthropic.com")
    assert error.suggestions[0] == "set ANTHROPIC_API_KEY in the environment"


async def test_the_usual_variables(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-usual")
    config = Config.load(environment={"ANTHROPIC_BASE_URL": server.url}, working=tmp_path, user_folder=tmp_path)
    server.replies = [Reply.of(answer("x"))]
    async with App.open(config=config) as app, app.run("test", working=tmp_path) as run:
        component = app.catalog.get("provider", "claude")
        one: Any = await app.components.instance(component)
        assert [part async for part in one.stream(REQUEST, run.context().within(component, "anthropic"))]
    assert server.requests[0].headers["x-api-key"] == "sk-usual"


def test_hosts_are_those_of_the_config() -> None:
    inside = AnthropicSection(base_url="https://llm.example.com", networks=("10.0.0.0/8",))
    assert AnthropicProvider.hosts(inside) == ["llm.example.com:443", "10.0.0.0/8:443"]
    assert AnthropicProvider.hosts({}) == ["api.anthropic.com:443"]


async def test_no_other_host_is_reached(server: Server) -> None:
    async with Server() as other:
        server.replies = [Reply.of("", 302, location=f"{other.url}/")]
        error = await fails(server, PermissionDeniedError)
        assert "networks in [providers.anthropic]" in error.suggestions[0]
        assert not other.connections


async def test_a_server_that_is_not_there(server: Server) -> None:
    async with Server() as gone:
        url = gone.url
    error = await fails(server, NetworkError, base_url=url)
    assert error.suggestions[0] == f"check that the server at {url} is running"


# -- what comes back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("streaming", [False, True])
async def test_limits_are_told(server: Server, streaming: bool) -> None:
    left = {"anthropic-ratelimit-requests-remaining": "3", "anthropic-ratelimit-requests-reset": "1970-01-01T00:00:20Z"}
    reply = streamed(answer("x")) if streaming else Reply.of(answer("x"))
    server.replies = [reply._replace(headers={**reply.headers, **left})]
    assert (await ask(server, streaming=streaming)).limits == {"requests": {"remaining": 3.0, "reset": 20.0}}


async def test_an_answer_by_a_schema(server: Server) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1}}}
    call = {"type": "tool_use", "id": "a", "name": "answer", "input": {"n": 2}}
    server.replies = [Reply.of(answer(call, reason="tool_use"))]
    completion = await ask(server, request=REQUEST.replace(response_schema=schema))
    assert json.loads(completion.message.text) == {"n": 2}
    assert completion.finish_reason == "stop"
    assert server.requests[0].json()["tool_choice"] == {"type": "tool", "name": "answer"}


# -- pauses ------------------------------------------------------------------------------------------------------------

SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}}
FOUND = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_paused_answer_is_told_as_one(server: Server, streaming: bool) -> None:
    first = answer(
        "Let me look. ", SEARCH, {"type": "tool_use", "id": "a", "name": "f", "input": {}}, reason="pause_turn"
    )
    first["container"] = {"id": "container_1", "expires_at": "2026-01-01T00:00:00Z"}
    second = answer(FOUND, "There.", {"type": "tool_use", "id": "b", "name": "f", "input": {}}, reason="tool_use")
    server.replies = [streamed(one) if streaming else Reply.of(one) for one in (first, second)]
    completion = await ask(server, streaming=streaming)
    assert completion.finish_reason == "tool_calls"
    assert [type(part) for part in completion.message.parts] == [Text, Unknown, ToolCall, Unknown, Text, ToolCall]
    assert [call.id for call in completion.message.tool_calls] == ["a", "b"]
    assert (completion.usage.requests, completion.usage.input_tokens) == (2, 48)
    sent = server.requests[1].json()["messages"]
    assert sent[0] == server.requests[0].json()["messages"][0]
    assert sent[1] == {"role": "assistant", "content": first["content"]}
    assert server.requests[1].json()["container"] == "container_1"


async def test_pauses_without_end_are_given_up(server: Server) -> None:
    server.route("/v1/messages", Reply.of(answer("Again.", reason="pause_turn")))
    await fails(server, ProviderError)
    assert len(server.requests) == MOST_PAUSES


# -- counting ----------------------------------------------------------------------------------------------------------


async def test_tokens_are_counted_by_the_service(server: Server) -> None:
    server.replies = [Reply.of({"input_tokens": 2095})]
    async with provider(server) as (one, ctx):
        assert await one.count_tokens(REQUEST.replace(system="s", temperature=0.5), ctx) == 2095
    (request,) = server.requests
    assert request.path == "/v1/messages/count_tokens"
    assert request.headers["x-api-key"] == KEY
    assert request.json() == {
        "model": "claude-sonnet-5",
        "system": "s",
        "messages": [{"role": "user", "content": "hi"}],
    }


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply.of({"type": "error", "error": {"type": "x", "message": "prompt is too long"}}, 400), ContextLengthError),
        (Reply.of("[]"), ProviderError),
        (Reply.of("<html>hello</html>", content_type="text/html"), ProviderError),
        (Reply(silent=True), NetworkError),
    ],
)
async def test_a_count_that_fails(server: Server, reply: Reply, kind: type[LlmspellError]) -> None:
    server.replies = [reply]
    async with provider(server) as (one, ctx):
        with pytest.raises(kind) as caught:
            await one.count_tokens(REQUEST, ctx)
    assert caught.value.suggestions


async def test_an_unopened_provider_says_so() -> None:
    with pytest.raises(ProviderError, match="before it was opened"):
        AnthropicProvider()._opened()
