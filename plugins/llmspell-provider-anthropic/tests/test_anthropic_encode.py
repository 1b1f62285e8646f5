from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadRequestError
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
    message,
)
from llmspell_provider_anthropic.blocks import ORIGIN
from llmspell_provider_anthropic.encode import Encoded, encode_request
from llmspell_provider_anthropic.models import default_max_tokens
from llmspell_provider_anthropic.section import AnthropicSection

ADD = ToolSpec(name="add", description="Add.", schema={"type": "object"})
OFFERED = {"name": "add", "description": "Add.", "input_schema": {"type": "object"}}


def encoded(request: LlmRequest, **keys: Any) -> Encoded:
    return encode_request(request, AnthropicSection(**keys))


def encode(request: LlmRequest, **keys: Any) -> dict[str, Any]:
    return encoded(request, **keys).body


def ask(*messages: Message, **fields: Any) -> LlmRequest:
    return LlmRequest(model="m", messages=messages or (message("user", "hi"),), **fields)


def turn(*parts: Any) -> Message:
    return Message(role="assistant", parts=parts)


def own(*parts: Any) -> Any:
    """Give the blocks of a model's own turn."""
    (found,) = encode(ask(turn(*parts)))["messages"]
    return found["content"]


def test_the_least_request() -> None:
    assert encode(ask()) == {"model": "m", "max_tokens": 16_384, "messages": [{"role": "user", "content": "hi"}]}


def test_every_setting() -> None:
    fields = {"temperature": 0.0, "top_p": 0.5, "max_tokens": 9, "extra": {"top_k": 3, "metadata": {"user_id": "u"}}}
    body = encode(ask(stop=("a", "b"), **fields))
    assert {
        key: body[key] for key in ("temperature", "top_p", "max_tokens", "stop_sequences", "top_k", "metadata")
    } == {
        "temperature": 0.0,
        "top_p": 0.5,
        "max_tokens": 9,
        "stop_sequences": ["a", "b"],
        "top_k": 3,
        "metadata": {"user_id": "u"},
    }


def test_a_seed_is_refused() -> None:
    with pytest.raises(BadRequestError, match="no seed") as caught:
        encode(ask(seed=0))
    assert caught.value.suggestions


def test_defaults_of_the_section_stand_behind_the_request() -> None:
    body = encode(ask().replace(model=""), model="own", temperature=0.3, max_tokens=5)
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("own", 0.3, 5)
    body = encode(ask(temperature=1.0, max_tokens=7), temperature=0.3, max_tokens=5)
    assert (body["temperature"], body["max_tokens"]) == (1.0, 7)


@pytest.mark.parametrize(
    ("model", "limit"),
    [
        ("claude-3-haiku-20240307", 4_096),
        ("claude-2.1", 4_096),
        ("claude-3-5-haiku-latest", 8_192),
        ("claude-3-7-sonnet-latest", 16_384),
        ("claude-sonnet-5", 16_384),
        ("claude-20-opus", 16_384),
        ("somebodys-own", 16_384),
    ],
)
def test_the_limit_of_a_model(model: str, limit: int) -> None:
    assert default_max_tokens(model) == limit


def test_reasoning_comes_on_top_of_the_default_limit() -> None:
    thinking = {"type": "enabled", "budget_tokens": 10_000}
    assert encode(ask(extra={"thinking": thinking}))["max_tokens"] == 26_384
    assert encode(ask(extra={"thinking": thinking}, max_tokens=12_000))["max_tokens"] == 12_000


def test_what_may_take_long_is_streamed() -> None:
    assert not encoded(ask(max_tokens=21_333)).streams
    assert encoded(ask(max_tokens=21_334)).streams


def test_instructions_stand_outside_the_messages() -> None:
    body = encode(ask(message("system", "Be kind."), message("user", "hi"), system="Be brief."))
    assert body["system"] == "Be brief.\n\nBe kind."
    assert [one["role"] for one in body["messages"]] == ["user"]


def test_a_conversation_with_tools() -> None:
    results = Message(
        role="tool",
        parts=(
            ToolResult(id="a", name="add", content="1"),
            ToolResult(id="b", name="add", content="no", outcome="refused"),
        ),
    )
    calls = turn(
        Reasoning(text="hm", signature="sig+/="),
        Text(text="now"),
        ToolCall(id="a", name="add", arguments={"x": "ü"}),
        ToolCall(id="b", name="add", raw="{broken"),
    )
    assert encode(ask(message("user", "add"), calls, results, message("user", "well?")))["messages"] == [
        {"role": "user", "content": "add"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "sig+/="},
                {"type": "text", "text": "now"},
                {"type": "tool_use", "id": "a", "name": "add", "input": {"x": "ü"}},
                {"type": "tool_use", "id": "b", "name": "add", "input": {"INVALID_JSON": "{broken"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": "1"},
                {"type": "tool_result", "tool_use_id": "b", "content": "no", "is_error": True},
                {"type": "text", "text": "well?"},
            ],
        },
    ]


def test_what_the_service_would_refuse_is_left_out() -> None:
    """Reasoning of another provider has no signature; empty text and empty turns are errors there."""
    conversation = (message("user", "a"), turn(Reasoning(text="hm"), Text(text=" \n")), message("user", "b"))
    assert encode(ask(*conversation))["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    ]


def test_images_and_documents() -> None:
    parts = (
        Text(text="look"),
        Media(kind="image", media_type="image/png", data=b"\x89P"),
        Media(kind="image", media_type="image/png", url="https://example.com/x.png"),
        Media(kind="file", media_type="application/pdf", data=b"%P", name="a.pdf"),
        Media(kind="file", media_type="application/pdf", url="https://example.com/a.pdf"),
        Media(kind="file", media_type="text/markdown", data="ü".encode()),
        Unknown(type="search_result", data={"title": "t"}),
    )
    assert encode(ask(Message(role="user", parts=parts)))["messages"][0]["content"] == [
        {"type": "text", "text": "look"},
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVA="}},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/x.png"}},
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "JVA="},
            "title": "a.pdf",
        },
        {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "ü"}},
        {"type": "search_result", "title": "t"},
    ]


@pytest.mark.parametrize(
    ("role", "part"),
    [
        ("user", Media(kind="audio", media_type="audio/wav", data=b"x")),
        ("user", Media(kind="file", media_type="application/zip", data=b"x")),
        ("user", Media(kind="file", media_type="text/plain", data=b"\xff")),
        ("user", ToolCall(id="a", name="add")),
        ("assistant", Media(kind="image", media_type="image/png", data=b"x")),
    ],
)
def test_what_has_no_form_is_refused(role: Any, part: Any) -> None:
    with pytest.raises(BadRequestError):
        encode(ask(Message(role=role, parts=(part,))))


# -- parts of the service that have no name here -----------------------------------------------------------------------


def test_blocks_go_back_as_they_came() -> None:
    redacted = {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3p=="}
    assert own(Unknown(type="redacted_thinking", data=redacted, origin=ORIGIN), Text(text="x"))[0] == redacted


def test_what_stood_around_a_message_stays_here() -> None:
    around = Unknown(type="message.stop_details", data={"stop_details": {"category": "bio"}}, origin=ORIGIN)
    assert own(Text(text="x"), around) == "x"


def test_fields_go_back_to_their_block() -> None:
    cited = {"citations": [{"type": "char_location", "cited_text": "The"}]}
    made = {"caller": {"type": "code_execution_20260120", "tool_id": "srvtoolu_1"}}
    assert own(
        Reasoning(text="hm", signature="s"),
        Unknown(type="thinking.fields", data={"fields": {"kind": "deep"}}, origin=ORIGIN),
        Text(text="I read: grass is green"),
        Unknown(type="text.fields", data={"fields": cited, "length": 14}, origin=ORIGIN),
        Text(text="."),
        ToolCall(id="a", name="add"),
        ToolCall(id="b", name="add"),
        Unknown(type="tool_use.fields", data={"fields": made, "id": "a"}, origin=ORIGIN),
    ) == [
        {"type": "thinking", "thinking": "hm", "signature": "s", "kind": "deep"},
        {"type": "text", "text": "I read: "},
        {"type": "text", "text": "grass is green", **cited},
        {"type": "text", "text": "."},
        {"type": "tool_use", "id": "a", "name": "add", "input": {}, **made},
        {"type": "tool_use", "id": "b", "name": "add", "input": {}},
    ]


def test_fields_whose_block_is_gone_are_gone() -> None:
    assert own(Text(text="x"), Unknown(type="tool_use.fields", data={"fields": {}, "id": "a"}, origin=ORIGIN)) == "x"


def test_fields_of_a_shortened_text_go_to_all_of_it() -> None:
    fields = Unknown(type="text.fields", data={"fields": {"citations": []}, "length": 99}, origin=ORIGIN)
    assert own(Text(text="x"), fields) == [{"type": "text", "text": "x", "citations": []}]


# -- tools, schemas, caches --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", None),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ("add", {"type": "tool", "name": "add"}),
    ],
)
def test_tools_and_the_choice_among_them(choice: str, sent: object) -> None:
    body = encode(ask(tools=(ADD,), tool_choice=choice))
    assert body["tools"] == [OFFERED]
    assert body.get("tool_choice") == sent


@pytest.mark.parametrize(
    ("thinking", "choice", "sent"),
    [
        ({"type": "enabled", "budget_tokens": 1024}, "required", {"type": "auto"}),
        ({"type": "adaptive"}, "add", {"type": "auto"}),
        ({"type": "enabled", "budget_tokens": 1024}, "none", {"type": "none"}),
        ({"type": "disabled"}, "required", {"type": "any"}),
    ],
)
def test_a_model_that_thinks_is_not_forced(thinking: dict[str, object], choice: str, sent: object) -> None:
    body = encode(ask(tools=(ADD,), tool_choice=choice, extra={"thinking": thinking}))
    assert body["tool_choice"] == sent


def test_tools_of_the_service_join_the_others() -> None:
    search = {"type": "web_search_20260209", "name": "web_search"}
    assert encode(ask(tools=(ADD,), extra={"tools": [search]}))["tools"] == [OFFERED, search]
    assert encode(ask(extra={"tools": [search]}))["tools"] == [search]


@pytest.mark.parametrize(("given", "betas"), [("a", ("a",)), (["a", "b"], ("a", "b")), (None, ())])
def test_betas_are_no_part_of_the_body(given: object, betas: tuple[str, ...]) -> None:
    found = encoded(ask(extra={} if given is None else {"betas": given}))
    assert found.betas == betas
    assert "betas" not in found.body


def test_a_count_takes_what_is_counted() -> None:
    counted = encoded(ask(system="s", tools=(ADD,), temperature=0.5, extra={"metadata": {}})).counted
    assert set(counted) == {"model", "messages", "system", "tools"}


def test_instructions_and_conversation_are_cached() -> None:
    body = encode(ask(message("user", "a"), turn(Text(text="b")), message("user", "c"), system="s"), prompt_cache="1h")
    mark = {"type": "ephemeral", "ttl": "1h"}
    assert body["system"] == [{"type": "text", "text": "s", "cache_control": mark}]
    assert body["messages"] == [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": [{"type": "text", "text": "c", "cache_control": mark}]},
    ]


def test_tools_are_cached_where_there_are_no_instructions() -> None:
    body = encode(ask(tools=(ADD,)), prompt_cache="5m")
    assert body["tools"] == [{**OFFERED, "cache_control": {"type": "ephemeral"}}]


def test_what_cannot_be_cached_is_not_marked() -> None:
    body = encode(ask(turn(Text(text="x"), Reasoning(text="", signature="s"))), prompt_cache="5m")
    assert "cache_control" not in str(body)
