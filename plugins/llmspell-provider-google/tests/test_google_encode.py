from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadRequestError
from llmspell.model.embedding import EmbedRequest
from llmspell.model.llm import (
    Content,
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
from llmspell_provider_google.embed import encode_texts
from llmspell_provider_google.encode import UNSIGNED, encode_request
from llmspell_provider_google.section import GoogleSection

ADD = ToolSpec(name="add", description="Add.", schema={"type": "object", "properties": {"x": {"type": "integer"}}})
PNG = b"\x89PNG\r\n\x1a\n"


def encode(request: LlmRequest, section: GoogleSection | None = None) -> dict[str, Any]:
    return encode_request(request, section or GoogleSection())


def ask(*messages: Message, model: str = "gemini-2.5-flash", **fields: Any) -> LlmRequest:
    return LlmRequest(model=model, messages=messages or (message("user", "hi"),), **fields)


def turn(*parts: Content, model: str = "gemini-2.5-flash") -> list[dict[str, Any]]:
    """Encode one turn of the model and give its parts."""
    body = encode(ask(message("user", "hi"), Message(role="assistant", parts=parts), model=model))
    found: list[dict[str, Any]] = body["contents"][1]["parts"]
    return found


def signature(text: str, of: str) -> Unknown:
    return Unknown(type="thoughtSignature", data={"thoughtSignature": text, "of": of}, origin="google")


def call(name: str) -> ToolCall:
    return ToolCall(id=f"id-{name}", name=name, arguments={"x": "ü"})


def called(name: str, **more: str) -> dict[str, Any]:
    return {"functionCall": {"id": f"id-{name}", "name": name, "args": {"x": "ü"}}, **more}


def test_the_least_request() -> None:
    assert encode(ask()) == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


def test_every_setting() -> None:
    request = ask(
        temperature=0.0,
        top_p=0.5,
        max_tokens=9,
        stop=("a", "b"),
        seed=1,
        response_schema={"type": "object"},
        extra={"generationConfig": {"topK": 4}, "cachedContent": "cachedContents/1"},
    )
    section = GoogleSection(
        thoughts=True, thinking_budget=0, thinking_level="low", safety={"harassment": "block_none"}, temperature=0.9
    )
    body = encode(request, section)
    assert body["generationConfig"] == {
        "temperature": 0.0,
        "topP": 0.5,
        "seed": 1,
        "maxOutputTokens": 9,
        "stopSequences": ["a", "b"],
        "thinkingConfig": {"includeThoughts": True, "thinkingBudget": 0, "thinkingLevel": "low"},
        "responseMimeType": "application/json",
        "responseJsonSchema": {"type": "object"},
        "topK": 4,
    }
    assert body["safetySettings"] == [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]
    assert body["cachedContent"] == "cachedContents/1"


def test_defaults_of_the_section_stand_behind_the_request() -> None:
    section = GoogleSection(temperature=0.3, max_tokens=5)
    assert encode(ask(), section)["generationConfig"] == {"temperature": 0.3, "maxOutputTokens": 5}


def test_instructions_go_apart() -> None:
    body = encode(ask(message("system", "Be kind."), message("user", "hi"), system="Be brief."))
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}, {"text": "Be kind."}]}
    assert [content["role"] for content in body["contents"]] == ["user"]


@pytest.mark.parametrize(
    ("choice", "config"),
    [
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        ("add", {"mode": "ANY", "allowedFunctionNames": ["add"]}),
    ],
)
def test_tools(choice: str, config: dict[str, Any]) -> None:
    body = encode(ask(tools=(ADD,), tool_choice=choice))
    declared = {"name": "add", "description": "Add.", "parametersJsonSchema": dict(ADD.schema)}
    assert body["tools"] == [{"functionDeclarations": [declared]}]
    assert body["toolConfig"] == {"functionCallingConfig": config}
    assert "toolConfig" not in encode(ask(tools=(ADD,)))


def test_results_of_parallel_calls_come_together() -> None:
    body = encode(
        ask(
            message("user", "add"),
            Message(role="assistant", parts=(call("a"), call("b"))),
            Message(role="tool", parts=(ToolResult(id="id-a", name="a", content="1"),)),
            Message(role="tool", parts=(ToolResult(id="id-b", name="b", content="no", outcome="failed"),)),
        )
    )
    assert body["contents"][1] == {"role": "model", "parts": [called("a"), called("b")]}
    assert body["contents"][2] == {
        "role": "user",
        "parts": [
            {"functionResponse": {"id": "id-a", "name": "a", "response": {"output": "1"}}},
            {"functionResponse": {"id": "id-b", "name": "b", "response": {"error": "no"}}},
        ],
    }
    assert len(body["contents"]) == 3


@pytest.mark.parametrize("outcome", ["failed", "refused", "not_run"])
def test_what_did_not_happen_is_an_error(outcome: Any) -> None:
    told = ToolResult(id="i", name="a", content="no", outcome=outcome)
    body = encode(ask(Message(role="tool", parts=(told,))))
    assert body["contents"][0]["parts"][0]["functionResponse"]["response"] == {"error": "no"}


# -- signatures --------------------------------------------------------------------------------------------------------


def test_signatures_go_back_to_their_parts() -> None:
    assert turn(
        Reasoning(text="hm"),
        signature("s0", "thought"),
        Text(text="now"),
        signature("s1", "last"),
        signature("s2", "call"),
        call("a"),
        call("b"),
        signature("s3", "nothing"),
    ) == [
        {"text": "hm", "thought": True, "thoughtSignature": "s0"},
        {"text": "now", "thoughtSignature": "s1"},
        called("a", thoughtSignature="s2"),
        called("b"),
        {"text": "", "thoughtSignature": "s3"},
    ]


def test_two_signatures_stay_two() -> None:
    assert turn(Text(text="a"), signature("s1", "last"), signature("s2", "last")) == [
        {"text": "a", "thoughtSignature": "s1"},
        {"text": "", "thoughtSignature": "s2"},
    ]


def test_reasoning_of_others_stays_out() -> None:
    assert turn(Reasoning(text="hm", signature="theirs"), Text(text="now")) == [{"text": "now"}]


@pytest.mark.parametrize(
    ("model", "signs"),
    [
        ("gemini-2.5-flash", False),
        ("gemini-3-pro", True),
        ("models/gemini-3.5-flash", True),
        ("gemini-10-pro", True),
        ("gemma-3-27b-it", False),
    ],
)
def test_calls_of_another_model_are_marked_where_that_is_asked(model: str, signs: bool) -> None:
    more = {"thoughtSignature": UNSIGNED} if signs else {}
    assert turn(call("a"), call("b"), model=model) == [called("a", **more), called("b")]


# -- content -----------------------------------------------------------------------------------------------------------


def test_media() -> None:
    body = encode(
        ask(
            Message(
                role="user",
                parts=(
                    Media(kind="image", media_type="image/png", data=PNG),
                    Media(kind="file", media_type="application/pdf", url="https://example.com/a.pdf"),
                    Text(text="What is this?"),
                ),
            )
        )
    )
    assert body["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "https://example.com/a.pdf"}},
        {"text": "What is this?"},
    ]


def test_media_without_data() -> None:
    with pytest.raises(BadRequestError, match="neither data nor an address"):
        encode(ask(Message(role="user", parts=(Media(kind="image", media_type="image/png"),))))


def test_unknown_parts() -> None:
    assert turn(
        Unknown(type="executableCode", data={"part": {"executableCode": {"code": "1"}}}, origin="google"),
        Unknown(type="groundingMetadata", data={"groundingMetadata": {}}, origin="google"),
        Unknown(type="mine", data={"mine": 1}),
        Unknown(type="theirs", data={"part": {"theirs": 1}}, origin="somebody else"),
    ) == [{"executableCode": {"code": "1"}}, {"mine": 1}]


def test_arguments_that_were_no_object() -> None:
    assert turn(ToolCall(id="i", name="a", raw="{broken"))[0]["functionCall"]["args"] == {"text": "{broken"}


def test_texts_for_vectors() -> None:
    request = EmbedRequest(model="m", texts=("a", "b"), dimensions=8, purpose="query", extra={"title": "t"})
    shared = {"model": "models/m", "title": "t", "taskType": "RETRIEVAL_QUERY", "outputDimensionality": 8}
    assert encode_texts(request, "m", request.texts) == {
        "requests": [{**shared, "content": {"parts": [{"text": text}]}} for text in ("a", "b")]
    }
