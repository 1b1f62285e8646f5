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
from llmspell.services.secrets import SecretService
from llmspell_provider_openai.chat.encode import encode_request
from llmspell_provider_openai.endpoint import open_endpoint
from llmspell_provider_openai.section import OpenAISection


def encode(request: LlmRequest, *, streaming: bool = False, **keys: Any) -> dict[str, Any]:
    section = OpenAISection(**{"base_url": "http://127.0.0.1:8000/v1", **keys})
    return encode_request(request, open_endpoint(section, SecretService({})), streaming=streaming)


def ask(*messages: Message, **fields: Any) -> LlmRequest:
    return LlmRequest(model="m", messages=messages or (message("user", "hi"),), **fields)


def test_the_least_request() -> None:
    assert encode(ask()) == {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def test_every_setting() -> None:
    body = encode(
        ask(temperature=0.0, top_p=0.5, max_tokens=9, stop=("a", "b"), seed=1, extra={"logit_bias": {"1": 2}})
    )
    assert {k: body[k] for k in ("temperature", "top_p", "max_tokens", "stop", "seed", "logit_bias")} == {
        "temperature": 0.0,
        "top_p": 0.5,
        "max_tokens": 9,
        "stop": ["a", "b"],
        "seed": 1,
        "logit_bias": {"1": 2},
    }


def test_defaults_of_the_section_stand_behind_the_request() -> None:
    body = encode(LlmRequest(model="", messages=(message("user", "hi"),)), model="own", temperature=0.3, max_tokens=5)
    assert (body["model"], body["temperature"], body["max_tokens"]) == ("own", 0.3, 5)
    assert encode(ask(temperature=1.0, max_tokens=7), temperature=0.3, max_tokens=5)["temperature"] == 1.0


@pytest.mark.parametrize(
    ("keys", "model", "field"),
    [
        ({}, "llama", "max_tokens"),
        ({}, "o3-mini", "max_completion_tokens"),
        ({"base_url": "https://api.openai.com/v1"}, "gpt-4o", "max_completion_tokens"),
        ({"base_url": "https://me.openai.azure.com/openai/v1"}, "x", "max_completion_tokens"),
        ({"base_url": "https://notapi.openai.com.example.org/v1"}, "gpt-4o", "max_tokens"),
        ({"max_tokens_field": "max_tokens"}, "o3-mini", "max_tokens"),
    ],
)
def test_what_the_limit_is_called(keys: dict[str, Any], model: str, field: str) -> None:
    body = encode(ask(max_tokens=5).replace(model=model), **keys)
    assert {"max_tokens", "max_completion_tokens"} & body.keys() == {field}


@pytest.mark.parametrize(
    ("keys", "sent"),
    [({}, True), ({"stream_usage": False}, False), ({"base_url": "https://api.mistral.ai/v1"}, False)],
)
def test_counts_are_asked_for_where_the_server_understands_it(keys: dict[str, Any], sent: bool) -> None:
    assert ("stream_options" in encode(ask(), streaming=True, **keys)) == sent


def test_a_conversation_with_tools() -> None:
    body = encode(
        ask(
            message("user", "add"),
            Message(
                role="assistant",
                parts=(
                    Reasoning(text="hm", signature="s"),
                    Text(text="now"),
                    ToolCall(id="a", name="add", arguments={"x": "ü"}),
                    ToolCall(id="b", name="add", raw="{broken"),
                    Unknown(type="odd", data={}),
                ),
            ),
            Message(
                role="tool",
                parts=(ToolResult(id="a", name="add", content="1"), ToolResult(id="b", name="add", content="2")),
            ),
            system="Be brief.",
        )
    )
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "add"},
        {
            "role": "assistant",
            "content": "now",
            "tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "add", "arguments": '{"x": "ü"}'}},
                {"id": "b", "type": "function", "function": {"name": "add", "arguments": "{broken"}},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_call_id": "b", "content": "2"},
    ]


def test_a_silent_turn_of_the_model_keeps_its_place() -> None:
    assert encode(ask(Message(role="assistant", parts=())))["messages"] == [{"role": "assistant", "content": ""}]


def test_images_audio_files_and_forms_of_the_future() -> None:
    body = encode(
        ask(
            Message(
                role="user",
                parts=(
                    Text(text="look"),
                    Media(kind="image", media_type="image/png", data=b"\x89P"),
                    Media(kind="image", media_type="image/png", url="https://example.com/x.png"),
                    Media(kind="audio", media_type="audio/wav", data=b"RI"),
                    Media(kind="file", media_type="application/pdf", data=b"%P", name="a.pdf"),
                    Unknown(type="video_url", data={"video_url": {"url": "u"}}),
                ),
            )
        )
    )
    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVA="}},
        {"type": "image_url", "image_url": {"url": "https://example.com/x.png"}},
        {"type": "input_audio", "input_audio": {"data": "Ukk=", "format": "wav"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVA="}},
        {"type": "video_url", "video_url": {"url": "u"}},
    ]


@pytest.mark.parametrize(
    ("role", "part"),
    [
        ("user", Media(kind="audio", media_type="audio/ogg", data=b"x")),
        ("user", Media(kind="audio", media_type="audio/wav", url="https://example.com/a.wav")),
        ("user", Media(kind="file", media_type="application/pdf", url="https://example.com/a.pdf")),
        ("user", ToolCall(id="a", name="add")),
        ("assistant", Media(kind="image", media_type="image/png", data=b"x")),
    ],
)
def test_what_has_no_form_is_refused(role: Any, part: Any) -> None:
    with pytest.raises(BadRequestError):
        encode(ask(Message(role=role, parts=(part,))))


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", None),
        ("none", "none"),
        ("required", "required"),
        ("add", {"type": "function", "function": {"name": "add"}}),
    ],
)
def test_tools_and_the_choice_among_them(choice: str, sent: object) -> None:
    spec = ToolSpec(name="add", description="Add.", schema={"type": "object"})
    body = encode(ask(tools=(spec,), tool_choice=choice))
    assert body["tools"] == [
        {"type": "function", "function": {"name": "add", "description": "Add.", "parameters": {"type": "object"}}}
    ]
    assert body.get("tool_choice") == sent


CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CLOSED, True),
        ({**CLOSED, "required": []}, True),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}, True),
        ({**CLOSED, "properties": {"a": {"type": "array", "items": {"type": "object"}}}}, False),
        ({**CLOSED, "properties": {"a": {"anyOf": [CLOSED, {"type": "null"}]}}}, True),
    ],
)
def test_a_schema_is_strict_where_strict_mode_has_a_form_for_it(schema: dict[str, object], strict: bool) -> None:
    sent = encode(ask(response_schema={**schema, "title": "My answer"}))["response_format"]
    assert (sent["type"], sent["json_schema"]["name"], sent["json_schema"]["strict"]) == (
        "json_schema",
        "My_answer",
        strict,
    )
