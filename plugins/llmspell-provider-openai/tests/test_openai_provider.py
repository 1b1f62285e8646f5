from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import (
    AuthenticationError,
    ConfigError,
    LlmspellError,
    NetworkError,
    OverloadedError,
    PermissionDeniedError,
    RateLimitError,
    StreamInterruptedError,
)
from llmspell.model.embedding import EmbedRequest, ModelInfo
from llmspell.model.fold import Fold
from llmspell.model.llm import LlmRequest, Reasoning, Text, ToolCall, Unknown, Usage, message
from llmspell.runtime.app import App
from llmspell.services.config import Config
from llmspell.testing import Reply, Server, open_context
from llmspell_provider_openai.provider import OpenAIProvider
from llmspell_provider_openai.section import OpenAISection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from llmspell.model.llm import Completion
    from llmspell.runtime.context import CallContext

KEY = "sk-test-0123456789abcdef"
REQUEST = LlmRequest(model="gpt-4o", messages=(message("user", "hi"),))
USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 9,
    "prompt_tokens_details": {"cached_tokens": 4},
    "completion_tokens_details": {"reasoning_tokens": 3},
}


async def look(_part: object) -> None:
    """Be somebody who looks at the parts."""


@asynccontextmanager
async def provider(
    server: Server, *, streaming: bool, **keys: object
) -> AsyncIterator[tuple[OpenAIProvider, CallContext]]:
    section = {"base_url": f"{server.url}/v1", "api_key": KEY, **keys}
    config = {"providers": {"openai": {k: v for k, v in section.items() if v is not None}}}
    async with open_context(config=config, component="provider:openai") as ctx:
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


def whole(message: dict[str, object], finish_reason: str = "stop", **more: object) -> Reply:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish_reason}
    return Reply.of({"id": "c-1", "model": "gpt-4o-x", "choices": [choice], "usage": USAGE, **more})


def chunks(*deltas: dict[str, object], finish_reason: str | None = "stop", done: bool = True, **more: object) -> bytes:
    head = {"id": "c-1", "model": "gpt-4o-x", **more}
    bodies: list[Any] = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": None}]} for d in deltas]
    if finish_reason:
        bodies.append({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": finish_reason}]})
        bodies.append({**head, "choices": [], "usage": USAGE})
    lines = [json.dumps(body) for body in bodies] + ["[DONE]"] * done
    return "".join(f"data: {line}\n\n" for line in lines).encode()


def call_delta(index: int, text: str = "", **more: object) -> dict[str, object]:
    function = {"arguments": text} | ({"name": more.pop("name")} if "name" in more else {})
    return {"tool_calls": [{"index": index, **more, "function": function}]}


# -- the same answer, streamed and whole -------------------------------------------------------------------------------

CALLS = [
    {"id": "a", "type": "function", "function": {"name": "add", "arguments": '{"x": 1}'}},
    {"id": "b", "type": "function", "function": {"name": "sub", "arguments": "{broken"}},
]
PAIRS: dict[str, tuple[dict[str, object], tuple[dict[str, object], ...], str]] = {
    "text": (
        {"content": "Hello there"},
        ({"role": "assistant", "content": ""}, {"content": "Hello "}, {"content": "there"}),
        "stop",
    ),
    "cut by its limit": ({"content": "Hell"}, ({"content": "Hell"},), "length"),
    "reasoning": (
        {"content": "4", "reasoning_content": "2 and 2"},
        ({"reasoning_content": "2 and"}, {"reasoning_content": " 2"}, {"content": "4"}),
        "stop",
    ),
    "refusal": ({"content": None, "refusal": "I will not."}, ({"refusal": "I will"}, {"refusal": " not."}), "stop"),
    "parallel tools": (
        {"content": None, "tool_calls": CALLS},
        (
            call_delta(0, id="a", type="function", name="add"),
            call_delta(1, id="b", type="function", name="sub"),
            call_delta(0, '{"x"'),
            call_delta(1, "{bro"),
            call_delta(0, ": 1}"),
            call_delta(1, "ken"),
        ),
        "tool_calls",
    ),
    "unknown fields": (
        {"content": "x", "annotations": [{"type": "url"}]},
        ({"content": "x"}, {"annotations": [{"type": "url"}]}),
        "stop",
    ),
    "filtered": ({"content": "x"}, ({"content": "x"},), "content_filter"),
    "nothing": ({"content": ""}, ({"content": ""},), "stop"),
}


@pytest.mark.parametrize("name", PAIRS)
async def test_streamed_and_whole_answers_are_equal(server: Server, name: str) -> None:
    message, deltas, reason = PAIRS[name]
    server.replies = [
        whole(message, reason, provider="somebody"),
        Reply.sse(chunks(*deltas, finish_reason=reason, provider="somebody")),
    ]
    assert await ask(server) == await ask(server, streaming=True)


async def test_what_an_answer_holds(server: Server) -> None:
    server.replies = [whole({"content": "4", "reasoning_content": "2+2", "tool_calls": CALLS, "audio": {"id": "x"}})]
    answer = await ask(server)
    assert answer.message.parts == (
        Reasoning(text="2+2"),
        Text(text="4"),
        ToolCall(id="a", name="add", arguments={"x": 1}),
        ToolCall(id="b", name="sub", raw="{broken"),
        Unknown(type="audio", data={"audio": {"id": "x"}}, origin="openai.chat"),
    )
    assert answer.finish_reason == "tool_calls"  # though the server said stop
    assert (answer.model, answer.id) == ("gpt-4o-x", "c-1")
    assert answer.usage == Usage(requests=1, input_tokens=20, output_tokens=9, cached_tokens=4, reasoning_tokens=3)


async def test_a_refusal_is_said_and_marked(server: Server) -> None:
    server.replies = [whole({"content": None, "refusal": "I will not."})]
    answer = await ask(server)
    assert (answer.message.text, answer.finish_reason) == ("I will not.", "content_filter")


# -- what is sent ------------------------------------------------------------------------------------------------------


async def test_only_a_watched_answer_is_streamed(server: Server) -> None:
    server.replies = [whole({"content": "x"}), Reply.sse(chunks({"content": "x"}))]
    await ask(server)
    await ask(server, streaming=True)
    plain, watched = (request.json() for request in server.requests)
    assert "stream" not in plain
    assert (watched["stream"], watched["stream_options"]) == (True, {"include_usage": True})


async def test_headers(server: Server) -> None:
    server.replies = [whole({"content": "x"})]
    await ask(server, organization="org", project="proj", headers={"X-Title": "llmspell"})
    headers = server.requests[0].headers
    assert server.requests[0].path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {KEY}"
    assert (headers["openai-organization"], headers["openai-project"]) == ("org", "proj")
    assert headers["x-title"] == "llmspell"


async def test_a_server_without_keys_gets_none(server: Server) -> None:
    server.replies = [whole({"content": "x"})]
    await ask(server, api_key=None)
    assert "authorization" not in server.requests[0].headers


async def test_a_key_from_a_variable(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORK_LLM", "sk-from-variable")
    server.replies = [whole({"content": "x"})]
    await ask(server, api_key=None, api_key_env="WORK_LLM")
    assert server.requests[0].headers["authorization"] == "Bearer sk-from-variable"


async def test_a_key_from_a_file(server: Server, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("sk-from-file\n")
    server.replies = [whole({"content": "x"})]
    await ask(server, api_key=None, api_key_file=str(tmp_path / "key"))
    assert server.requests[0].headers["authorization"] == "Bearer sk-from-file"


async def test_the_usual_variables(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-usual")
    environment = {"OPENAI_BASE_URL": f"{server.url}/compatible/v1"}
    config = Config.load(environment=environment, working=tmp_path, user_folder=tmp_path)
    server.replies = [whole({"content": "x"})]
    async with App.open(config=config) as app, app.run("test", working=tmp_path) as run:
        component = app.catalog.get("provider", "openai")
        one: Any = await app.components.instance(component)
        assert [part async for part in one.stream(REQUEST, run.context().within(component, "openai"))]
    assert server.requests[0].path == "/compatible/v1/chat/completions"
    assert server.requests[0].headers["authorization"] == "Bearer sk-usual"


async def test_a_named_key_that_is_not_there(server: Server) -> None:
    with pytest.raises(ConfigError, match="api_key_env names 'NO_SUCH_VARIABLE'"):
        await ask(server, api_key=None, api_key_env="NO_SUCH_VARIABLE")


async def test_openai_is_not_asked_without_a_key(server: Server) -> None:
    with pytest.raises(AuthenticationError) as caught:
        await ask(server, api_key=None, base_url="https://api.openai.com/v1")
    assert caught.value.suggestions[0] == "set OPENAI_API_KEY in the environment"


async def test_no_other_host_is_reached(server: Server) -> None:
    async with Server() as other:
        server.replies = [Reply.of("", 307, location=f"{other.url}/v1/chat/completions")]
        with pytest.raises(NetworkError, match="not followed"):
            await ask(server)
        server.replies = [Reply.of("", 302, location=f"{other.url}/")]
        with pytest.raises(PermissionDeniedError) as caught:
            await ask(server)
        assert "networks in [providers.openai]" in caught.value.suggestions[0]
        assert not other.connections


async def test_a_server_that_is_not_there(server: Server) -> None:
    async with Server() as gone:
        url = gone.url
    with pytest.raises(NetworkError) as caught:
        await ask(server, base_url=f"{url}/v1")
    assert caught.value.suggestions[0] == f"check that the server at {url}/v1 is running"


def test_hosts_are_those_of_the_config() -> None:
    assert OpenAIProvider.hosts(OpenAISection(base_url="http://[::1]:8080/v1")) == ["[::1]:8080"]
    assert OpenAIProvider.hosts(OpenAISection(base_url="https://example.com/v1")) == ["example.com:443"]
    inside = OpenAISection(base_url="https://llm.example.com/v1", networks=("10.0.0.0/8", "fd00::/8"))
    assert OpenAIProvider.hosts(inside) == ["llm.example.com:443", "10.0.0.0/8:443", "[fd00::/8]:443"]
    assert OpenAIProvider.hosts({}) == ["api.openai.com:443"]


# -- when it goes wrong ------------------------------------------------------------------------------------------------


async def fails(server: Server, kind: type[LlmspellError], *, streaming: bool = True) -> Any:
    with pytest.raises(kind) as caught:
        await ask(server, streaming=streaming)
    return caught.value


async def test_an_end_without_done_is_an_end_when_the_reason_came(server: Server) -> None:
    server.replies = [Reply.sse(chunks({"content": "x"}, done=False))]
    assert (await ask(server, streaming=True)).message.text == "x"


async def test_an_end_without_reason_is_a_cut(server: Server) -> None:
    server.replies = [Reply.sse(chunks({"content": "half an"}, finish_reason=None, done=False))]
    error = await fails(server, StreamInterruptedError)
    assert error.context["partial_text"] == "half an"


async def test_a_cut_after_the_reason_is_a_cut(server: Server) -> None:
    server.replies = [Reply.sse(chunks({"content": "x"}, done=False), cut=True)]
    await fails(server, StreamInterruptedError)


async def test_an_error_inside_a_stream(server: Server) -> None:
    trouble = b'data: {"error": {"message": "The server is overloaded", "type": "server_error", "code": null}}\n\n'
    server.replies = [Reply.sse(chunks({"content": "so far"}, finish_reason=None, done=False) + trouble)]
    error = await fails(server, OverloadedError)
    assert error.context["partial_text"] == "so far"
    assert error.retryable


async def test_an_error_inside_a_whole_answer(server: Server) -> None:
    server.replies = [Reply.of({"error": {"message": "slow down", "code": 429}})]
    await fails(server, RateLimitError, streaming=False)


@pytest.mark.parametrize("body", ["[1]", "null", '{"choices": [3]}', '{"choices": []}', "{}", "<html>"])
@pytest.mark.parametrize("streaming", [False, True])
async def test_what_is_no_completion_is_a_cut(server: Server, body: str, streaming: bool) -> None:
    server.replies = [Reply.sse(f"data: {body}\n\ndata: [DONE]\n\n".encode()) if streaming else Reply.of(body)]
    await fails(server, StreamInterruptedError, streaming=streaming)


async def test_a_server_that_does_not_stream_answers_all_the_same(server: Server) -> None:
    server.replies = [whole({"content": "whole"})]
    assert (await ask(server, streaming=True)).message.text == "whole"


async def test_connections_are_kept_after_streams(server: Server) -> None:
    server.replies = [Reply.sse(chunks({"content": "x"}), sizes=[10]) for _ in range(3)]
    async with provider(server, streaming=True) as (one, ctx):
        for _ in range(3):
            assert [part async for part in one.stream(REQUEST, ctx)]
    assert server.connections == 1


async def test_a_key_that_a_server_repeats_is_masked(server: Server) -> None:
    server.replies = [Reply.of({"error": {"message": f"Incorrect API key: {KEY}", "code": "invalid_api_key"}}, 401)]
    error = await fails(server, AuthenticationError)
    assert KEY not in json.dumps(error.to_dict())


# -- vectors and models ------------------------------------------------------------------------------------------------


def vectors(*places: int) -> Reply:
    data = [{"object": "embedding", "index": place, "embedding": [place, 0.5]} for place in places]
    return Reply.of({"object": "list", "data": data, "model": "m", "usage": {"prompt_tokens": 3, "total_tokens": 3}})


async def test_vectors_come_in_the_order_of_their_texts(server: Server) -> None:
    server.replies = [vectors(1, 0)]
    async with provider(server, streaming=False) as (one, ctx):
        found = await one.embed(EmbedRequest(model="text-embedding-3-small", texts=("a", "b"), dimensions=2), ctx)
    assert found.vectors == ((0.0, 0.5), (1.0, 0.5))
    assert found.usage == Usage(requests=1, input_tokens=3)
    sent = server.requests[0]
    assert sent.path == "/v1/embeddings"
    assert sent.json() == {
        "model": "text-embedding-3-small", "input": ["a", "b"], "encoding_format": "float", "dimensions": 2
    }  # fmt: skip


async def test_many_texts_are_asked_for_in_groups(server: Server) -> None:
    server.replies = [vectors(*range(2048)), vectors(0)]
    async with provider(server, streaming=False) as (one, ctx):
        found = await one.embed(EmbedRequest(model="m", texts=("x",) * 2049), ctx)
    assert len(found.vectors) == 2049
    assert found.usage == Usage(requests=2, input_tokens=6)
    assert [len(request.json()["input"]) for request in server.requests] == [2048, 1]


@pytest.mark.parametrize("body", ["{}", "[]", '{"data": [{"index": 0}]}', '{"data": []}', "<html>", '{"data": null}'])
async def test_what_are_no_vectors(server: Server, body: str) -> None:
    server.replies = [Reply.of(body)]
    async with provider(server, streaming=False) as (one, ctx):
        with pytest.raises(StreamInterruptedError, match="that is no"):
            await one.embed(EmbedRequest(model="m", texts=("a",)), ctx)


async def test_vectors_fail_as_answers_do(server: Server) -> None:
    server.replies = [Reply.of({"error": {"message": "slow down", "code": "rate_limit_exceeded"}}, 429)]
    async with provider(server, streaming=False) as (one, ctx):
        with pytest.raises(RateLimitError):
            await one.embed(EmbedRequest(model="m", texts=("a",)), ctx)


async def test_models_are_listed(server: Server) -> None:
    entries: list[dict[str, object]] = [{"id": "gpt-4o", "object": "model"}, {"id": "qwen3", "max_model_len": 32768}]
    server.replies = [Reply.of({"object": "list", "data": entries})]
    async with provider(server, streaming=False) as (one, ctx):
        assert await one.models(ctx) == (
            ModelInfo(name="gpt-4o", data=entries[0]),
            ModelInfo(name="qwen3", context=32768, data=entries[1]),
        )
    assert server.requests[0].path == "/v1/models"


async def test_what_is_no_list_of_models(server: Server) -> None:
    server.replies = [Reply.of({"data": [{"name": "x"}]})]
    async with provider(server, streaming=False) as (one, ctx):
        with pytest.raises(StreamInterruptedError, match="no list of models"):
            await one.models(ctx)
