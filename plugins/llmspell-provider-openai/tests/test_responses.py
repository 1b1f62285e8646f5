"""The responses API: what is sent, and that streamed and whole answers are equal."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import BadRequestError, OverloadedError, StreamInterruptedError
from llmspell.model.fold import Fold
from llmspell.model.llm import (
    LlmRequest,
    Media,
    Message,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    ToolSpec,
    Unknown,
    Usage,
    message,
)
from llmspell.testing import Reply, Server, open_context
from llmspell_provider_openai.endpoint import Endpoint
from llmspell_provider_openai.presets import preset_for
from llmspell_provider_openai.responses.encode import encode_request
from llmspell_provider_openai.section import OpenAISection

if TYPE_CHECKING:
    from llmspell.model.llm import Completion

Json = dict[str, Any]
USAGE: Json = {
    "input_tokens": 20,
    "output_tokens": 9,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens_details": {"reasoning_tokens": 3},
}
REQUEST = LlmRequest(model="gpt-4o", messages=(message("user", "hi"),))
THOUGHT: Json = {
    "id": "rs_1",
    "type": "reasoning",
    "summary": [{"type": "summary_text", "text": "First."}, {"type": "summary_text", "text": "Then."}],
    "encrypted_content": "opaque",
}
CALL: Json = {"id": "fc", "type": "function_call", "call_id": "a", "name": "add", "arguments": '{"x": 1}'}


def said(*content: Json) -> Json:
    return {"id": "msg", "type": "message", "role": "assistant", "status": "completed", "content": list(content)}


def text(words: str, **more: object) -> Json:
    return {"type": "output_text", "text": words, "annotations": [], **more}


def response(*output: Json, status: str = "completed", **more: object) -> Json:
    return {"id": "r-1", "model": "gpt-4o-x", "status": status, "output": list(output), "usage": USAGE, **more}


def events(final: Json) -> bytes:
    """Write the stream of a response: every item announced, shown in pieces of three letters, and repeated."""
    written: list[Json] = [{"type": "response.created", "response": {**final, "status": "in_progress", "output": []}}]
    for place, item in enumerate(final["output"]):
        empty = {**item, **{key: type(item[key])() for key in ("content", "arguments", "summary") if key in item}}
        written += [{"type": "response.output_item.added", "output_index": place, "item": empty}]
        written += [{**event, "output_index": place} for event in deltas(item)]
        written += [{"type": "response.output_item.done", "output_index": place, "item": item}]
    written.append({"type": f"response.{final['status']}", "response": final})
    return "".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in written).encode()


def deltas(item: Json) -> list[Json]:
    if item["type"] == "function_call":
        return [{"type": "response.function_call_arguments.delta", "delta": p} for p in pieces(item["arguments"])]
    shown: list[Json] = []
    for place, one in enumerate(item.get("summary", [])):
        kind, where = "response.reasoning_summary_text.delta", {"summary_index": place}
        shown += [{"type": kind, "delta": piece, **where} for piece in pieces(one["text"])]
    for place, one in enumerate(item.get("content", [])):
        words = one.get("text") or one.get("refusal") or ""
        kind = "refusal" if one["type"] == "refusal" else one["type"]
        where = {"content_index": place}
        shown += [{"type": f"response.{kind}.delta", "delta": piece, **where} for piece in pieces(words)]
        shown += [{"type": "response.content_part.done", "part": one, **where}]
    return shown


def pieces(words: str) -> list[str]:
    return [words[at : at + 3] for at in range(0, len(words), 3)]


async def look(_part: object) -> None:
    """Be somebody who looks at the parts."""


async def ask(server: Server, *, streaming: bool = False, request: LlmRequest = REQUEST, **keys: object) -> Completion:
    config = {"providers": {"openai": {"base_url": f"{server.url}/v1", "api": "responses", **keys}}}
    async with open_context(config=config, component="provider:openai") as ctx:
        ctx.sink = look if streaming else None
        assert ctx.component is not None
        provider: Any = await ctx.app.components.instance(ctx.component)
        fold = Fold()
        async for part in provider.stream(request, ctx):
            fold.add(part)
        return fold.completion(model=request.model)


ANSWERS: dict[str, Json] = {
    "text": response(said(text("Hello there"))),
    "text in two parts": response(said(text("Hello "), text("there"))),
    "cut by its limit": response(
        said(text("Hell")), status="incomplete", incomplete_details={"reason": "max_output_tokens"}
    ),
    "filtered": response(said(text("x")), status="incomplete", incomplete_details={"reason": "content_filter"}),
    "refusal": response(said({"type": "refusal", "refusal": "I will not."})),
    "reasoning and call": response(THOUGHT, CALL),
    "open reasoning": response({"type": "reasoning", "content": [{"type": "reasoning_text", "text": "hm"}]}),
    "citations": response(said(text("x", annotations=[{"type": "url_citation", "url": "u"}]))),
    "unknown content": response(said({"type": "novelty", "data": 1}, text("x"))),
    "unknown item": response({"type": "web_search_call", "id": "ws", "status": "completed"}, said(text("x"))),
    "picture": response({"type": "image_generation_call", "id": "ig", "result": base64.b64encode(b"png").decode()}),
    "unknown field": response(said(text("x")), novelty={"a": 1}),
    "nothing": response(),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_streamed_and_whole_answers_are_equal(server: Server, name: str) -> None:
    server.replies = [Reply.of(ANSWERS[name]), Reply.sse(events(ANSWERS[name]))]
    assert await ask(server) == await ask(server, streaming=True)


@pytest.mark.parametrize("name", ["text", "text in two parts", "refusal", "reasoning and call"])
async def test_a_server_that_names_items_without_their_place_is_understood(server: Server, name: str) -> None:
    written, kept = events(ANSWERS[name]).decode().split("\n\n"), []
    item = ""
    for data in (json.loads(one.partition("data: ")[2]) for one in written if one):
        item = data.get("item", {}).get("id", item)
        if data.pop("output_index", None) is not None and "item" not in data:
            data["item_id"] = item
        kept.append(f"data: {json.dumps(data)}\n\n")
    server.replies = [Reply.of(ANSWERS[name]), Reply.sse("".join(kept).encode())]
    assert await ask(server) == await ask(server, streaming=True)


@pytest.mark.parametrize("name", ANSWERS)
async def test_a_server_that_sends_only_the_end_loses_nothing(server: Server, name: str) -> None:
    final = ANSWERS[name]
    only = f"data: {json.dumps({'type': 'response.' + final['status'], 'response': final})}\n\n".encode()
    server.replies = [Reply.of(final), Reply.sse(only)]
    assert await ask(server) == await ask(server, streaming=True)


async def test_what_an_answer_holds(server: Server) -> None:
    server.replies = [Reply.of(response(THOUGHT, said(text("4")), CALL, {**CALL, "call_id": "b", "arguments": "{b"}))]
    answer = await ask(server)
    thought, *rest = answer.message.parts
    assert isinstance(thought, Reasoning)
    assert (thought.text, thought.origin) == ("First.\n\nThen.", "openai.responses")
    assert json.loads(thought.signature or "") == THOUGHT
    assert rest == [
        Text(text="4"),
        ToolCall(id="a", name="add", arguments={"x": 1}),
        ToolCall(id="b", name="add", raw="{b"),
    ]
    assert (answer.finish_reason, answer.model, answer.id) == ("tool_calls", "gpt-4o-x", "r-1")
    assert answer.usage == Usage(requests=1, input_tokens=20, output_tokens=9, cached_tokens=4, reasoning_tokens=3)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("cut by its limit", "length"), ("filtered", "content_filter"), ("refusal", "content_filter"), ("text", "stop")],
)
async def test_why_an_answer_ended(server: Server, name: str, reason: str) -> None:
    server.replies = [Reply.of(ANSWERS[name])]
    assert (await ask(server)).finish_reason == reason


async def test_a_picture_is_a_picture(server: Server) -> None:
    server.replies = [Reply.of(ANSWERS["picture"])]
    assert (await ask(server)).message.parts == (Media(kind="image", media_type="image/png", data=b"png"),)


@pytest.mark.parametrize("status", ["in_progress", "queued", "cancelled", "novelty"])
async def test_what_is_not_complete_is_no_answer(server: Server, status: str) -> None:
    server.replies = [Reply.of(response(said(text("half")), status=status))]
    with pytest.raises(StreamInterruptedError, match=status) as caught:
        await ask(server)
    assert caught.value.context["partial_text"] == "half"


async def test_a_stream_that_ends_without_its_response_is_a_cut(server: Server) -> None:
    whole = events(response(said(text("Hello there"))))
    server.replies = [Reply.sse(whole[: whole.index(b"event: response.completed")])]
    with pytest.raises(StreamInterruptedError) as caught:
        await ask(server, streaming=True)
    assert caught.value.context["partial_text"] == "Hello there"


async def test_a_response_that_failed_is_an_error(server: Server) -> None:
    failed = response(status="failed", error={"code": "server_error", "message": "The model is overloaded"})
    server.replies = [Reply.sse(events(failed)), Reply.of(failed)]
    for streaming in (True, False):
        with pytest.raises(OverloadedError, match="The model is overloaded"):
            await ask(server, streaming=streaming)


# -- what is sent ------------------------------------------------------------------------------------------------------


def sent(request: LlmRequest, **keys: Any) -> Json:
    section = OpenAISection(**keys)
    end = Endpoint(base="", host="", path="", headers={}, preset=preset_for("api.openai.com"), section=section)
    return encode_request(request, end, streaming=False)


async def test_a_conversation_goes_back_as_it_came(server: Server) -> None:
    output = [
        THOUGHT,
        said(text("Adding."), {"type": "novelty", "data": 1}),
        CALL,
        {"type": "web_search_call", "id": "w"},
    ]
    server.replies = [Reply.of(response(*output))]
    answer = await ask(server)
    result = Message(role="tool", parts=(ToolResult(id="a", name="add", content="2"),))
    body = sent(LlmRequest(model="o3", messages=(message("user", "1+1?"), answer.message, result)))
    assert body["input"] == [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "1+1?"}]},
        THOUGHT,
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Adding."}, {"type": "novelty", "data": 1}],
        },
        {"type": "function_call", "call_id": "a", "name": "add", "arguments": '{"x": 1}'},
        {"type": "web_search_call", "id": "w"},
        {"type": "function_call_output", "call_id": "a", "output": "2"},
    ]
    assert body["store"] is False
    assert body["include"] == ["reasoning.encrypted_content"]


def test_thoughts_of_others_stay_here() -> None:
    parts = (
        Reasoning(text="x", signature="s", origin="anthropic.messages"),
        Unknown(type="t", data={}, origin="other"),
    )
    body = sent(LlmRequest(model="m", messages=(Message(role="assistant", parts=(*parts, Text(text="y"))),)))
    assert body["input"] == [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "y"}]}
    ]


def test_a_stored_thought_without_its_words_stays_here() -> None:
    bare = Reasoning(text="", signature=json.dumps({"id": "rs", "type": "reasoning"}), origin="openai.responses")
    assert sent(LlmRequest(model="m", messages=(Message(role="assistant", parts=(bare,)),)))["input"] == []


def test_every_setting_has_its_field() -> None:
    add = ToolSpec(name="add", description="Add.", schema={"type": "object"})
    request = LlmRequest(
        model="gpt-4o", messages=(), system="Be brief.", tools=(add,), tool_choice="add", temperature=0.1, top_p=0.2,
        max_tokens=30, response_schema={"title": "my answer", "type": "object"}, extra={"metadata": {"a": "b"}},
    )  # fmt: skip
    assert sent(request, store=True) == {
        "model": "gpt-4o",
        "input": [],
        "store": True,
        "instructions": "Be brief.",
        "tools": [
            {
                "type": "function",
                "name": "add",
                "description": "Add.",
                "parameters": {"type": "object"},
                "strict": False,
            }
        ],
        "tool_choice": {"type": "function", "name": "add"},
        "temperature": 0.1,
        "top_p": 0.2,
        "max_output_tokens": 30,
        "text": {
            "format": {
                "type": "json_schema",
                "name": "my_answer",
                "schema": {"title": "my answer", "type": "object"},
                "strict": False,
            }
        },
        "metadata": {"a": "b"},
    }


def test_media_have_their_forms() -> None:
    parts = (
        Media(kind="image", media_type="image/png", data=b"p"),
        Media(kind="image", media_type="image/png", url="https://a/b.png"),
        Media(kind="file", media_type="application/pdf", data=b"f", name="a.pdf"),
        Media(kind="file", media_type="application/pdf", url="https://a/b.pdf"),
    )
    [item] = sent(LlmRequest(model="m", messages=(Message(role="user", parts=parts),)))["input"]
    assert item["content"] == [
        {"type": "input_image", "image_url": "data:image/png;base64,cA=="},
        {"type": "input_image", "image_url": "https://a/b.png"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,Zg=="},
        {"type": "input_file", "file_url": "https://a/b.pdf"},
    ]


def test_a_models_picture_goes_back_as_the_users() -> None:
    picture = Media(kind="image", media_type="image/png", data=b"p")
    [item] = sent(LlmRequest(model="m", messages=(Message(role="assistant", parts=(picture,)),)))["input"]
    assert (item["role"], item["content"][0]["type"]) == ("user", "input_image")


@pytest.mark.parametrize(
    ("request_of", "words"),
    [
        ({"stop": ("x",)}, "stop sequences"),
        ({"seed": 1}, "seed"),
        (
            {"messages": (Message(role="user", parts=(Media(kind="audio", media_type="audio/wav", data=b"a"),)),)},
            "audio",
        ),
    ],
)
def test_what_this_api_cannot_say_is_refused(request_of: dict[str, Any], words: str) -> None:
    with pytest.raises(BadRequestError, match=words) as caught:
        sent(REQUEST.replace(**request_of))
    assert 'api = "chat"' in caught.value.suggestions[0]
