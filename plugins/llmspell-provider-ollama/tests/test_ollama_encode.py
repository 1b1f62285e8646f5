from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadRequestError
from llmspell.model.embedding import EmbedRequest
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
from llmspell_provider_ollama.encode import encode_embed, encode_request
from llmspell_provider_ollama.section import OllamaSection

ADD = ToolSpec(name="add", description="Add.", schema={"type": "object", "properties": {"x": {"type": "integer"}}})
PNG = b"\x89PNG\r\n\x1a\n"
TURN = Message(
    role="assistant",
    parts=(
        Reasoning(text="hm"),
        Reasoning(text="theirs", signature="s"),
        Text(text="now"),
        ToolCall(id="a", name="add", arguments={"x": "ü"}),
        ToolCall(id="b", name="add", raw="{broken"),
        Unknown(type="odd", data={"message": {"odd": 1}}, origin="ollama"),
        Unknown(type="mine", data={"mine": 2}),
        Unknown(type="around", data={"around": 3}, origin="ollama"),
        Unknown(type="theirs", data={"message": {"theirs": 4}}, origin="somebody else"),
    ),
)


def encode(request: LlmRequest, *, streaming: bool = False, **keys: Any) -> tuple[str, dict[str, Any]]:
    return encode_request(request, OllamaSection(**keys), streaming=streaming)


def ask(*messages: Message, **fields: Any) -> LlmRequest:
    return LlmRequest(model="m", messages=messages or (message("user", "hi"),), **fields)


def test_the_least_request() -> None:
    assert encode(ask()) == (
        "chat",
        {
            "model": "m",
            "stream": False,
            "messages": [{"role": "user", "content": "hi"}],
            "truncate": False,
            "shift": False,
        },
    )


def test_every_setting() -> None:
    request = ask(
        temperature=0.0,
        top_p=0.5,
        max_tokens=9,
        stop=("a", "b"),
        seed=1,
        response_schema={"type": "object"},
        extra={"options": {"top_k": 4}, "logprobs": True},
    )
    _, body = encode(request, keep_alive=-1, context=8192, think="low", options={"top_k": 2, "min_p": 0.1})
    assert body["options"] == {
        "temperature": 0.0,
        "top_p": 0.5,
        "seed": 1,
        "num_predict": 9,
        "num_ctx": 8192,
        "stop": ["a", "b"],
        "top_k": 4,
        "min_p": 0.1,
    }
    assert {k: body[k] for k in ("format", "keep_alive", "think", "logprobs")} == {
        "format": {"type": "object"},
        "keep_alive": -1,
        "think": "low",
        "logprobs": True,
    }


def test_defaults_of_the_section_stand_behind_the_request() -> None:
    keys: dict[str, Any] = {"model": "own", "temperature": 0.3, "max_tokens": 5}
    _, body = encode(LlmRequest(model="", messages=(message("user", "hi"),)), **keys)
    assert (body["model"], body["options"]) == ("own", {"temperature": 0.3, "num_predict": 5})
    _, body = encode(ask(temperature=1.0, max_tokens=7), **keys)
    assert (body["model"], body["options"]) == ("m", {"temperature": 1.0, "num_predict": 7})


def test_who_wants_messages_dropped_says_so() -> None:
    _, body = encode(ask(), truncate=True)
    assert not {"truncate", "shift"} & body.keys()


def test_a_conversation_with_tools() -> None:
    _, body = encode(
        ask(
            message("user", "add"),
            TURN,
            Message(
                role="tool",
                parts=(ToolResult(id="a", name="add", content="1"), ToolResult(id="b", name="add", content="2")),
            ),
            system="Be brief.",
            tools=(ADD,),
        )
    )
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "add"},
        {
            "role": "assistant",
            "content": "now",
            "thinking": "hm",
            "tool_calls": [
                {"id": "a", "function": {"index": 0, "name": "add", "arguments": {"x": "ü"}}},
                {"id": "b", "function": {"index": 1, "name": "add", "arguments": {"text": "{broken"}}},
            ],
            "odd": 1,
            "mine": 2,
        },
        {"role": "tool", "tool_name": "add", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_name": "add", "tool_call_id": "b", "content": "2"},
    ]
    assert body["tools"] == [
        {"type": "function", "function": {"name": "add", "description": "Add.", "parameters": dict(ADD.schema)}}
    ]


def test_a_turn_of_results_and_words() -> None:
    turn = Message(role="user", parts=(ToolResult(id="a", name="add", content="1"), Text(text="go on")))
    assert encode(ask(turn))[1]["messages"] == [
        {"role": "tool", "tool_name": "add", "tool_call_id": "a", "content": "1"},
        {"role": "user", "content": "go on"},
    ]


def test_images_go_as_data() -> None:
    picture = Media(kind="image", media_type="image/png", data=PNG)
    turn = Message(role="user", parts=(Text(text="What is "), picture, Text(text="this?")))
    assert encode(ask(turn))[1]["messages"] == [
        {"role": "user", "content": "What is this?", "images": ["iVBORw0KGgo="]}
    ]


@pytest.mark.parametrize(
    "media",
    [
        Media(kind="image", media_type="image/png", url="https://example.com/a.png"),
        Media(kind="audio", media_type="audio/wav", data=b"x"),
        Media(kind="file", media_type="application/pdf", data=b"x"),
    ],
)
def test_what_ollama_does_not_take(media: Media) -> None:
    with pytest.raises(BadRequestError):
        encode(ask(Message(role="user", parts=(media,))))


def test_a_tool_cannot_be_forced() -> None:
    assert "tools" not in encode(ask(tools=(ADD,), tool_choice="none"))[1]
    for choice in ("required", "add"):
        with pytest.raises(BadRequestError, match="cannot be made to call a tool"):
            encode(ask(tools=(ADD,), tool_choice=choice))


def test_a_prompt() -> None:
    picture = Media(kind="image", media_type="image/png", data=PNG)
    turn = Message(role="user", parts=(Text(text="def f(x):"), picture))
    path, body = encode(ask(turn, system="Go on.", extra={"suffix": "    return x"}))
    assert path == "generate"
    assert {k: body[k] for k in ("prompt", "system", "suffix", "images")} == {
        "prompt": "def f(x):",
        "system": "Go on.",
        "suffix": "    return x",
        "images": ["iVBORw0KGgo="],
    }
    assert not {"messages", "role", "content"} & body.keys()
    assert encode(ask(), api="generate")[0] == "generate"


@pytest.mark.parametrize(
    "request_",
    [
        ask(tools=(ADD,)),
        ask(message("user", "a"), message("assistant", "b"), message("user", "c")),
        ask(message("assistant", "a")),
    ],
)
def test_a_prompt_is_one_message(request_: LlmRequest) -> None:
    with pytest.raises(BadRequestError, match="one message") as caught:
        encode(request_, api="generate")
    assert caught.value.suggestions


def test_texts_for_vectors() -> None:
    request = EmbedRequest(model="m", texts=("a", "b"), dimensions=8, extra={"x": 1})
    assert encode_embed(request, OllamaSection(keep_alive="5m", context=512)) == {
        "model": "m",
        "input": ["a", "b"],
        "truncate": False,
        "dimensions": 8,
        "keep_alive": "5m",
        "options": {"num_ctx": 512},
        "x": 1,
    }
