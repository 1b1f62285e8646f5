from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import StreamInterruptedError
from llmspell.model.fold import Fold
from llmspell.model.llm import Completion, LlmRequest, Media, Reasoning, Text, ToolCall, Unknown, Usage, message
from llmspell.services.http_sse import EventParser
from llmspell_provider_google.decode import ORIGIN, ChunkReader
from llmspell_provider_google.encode import encode_request
from llmspell_provider_google.section import GoogleSection

if TYPE_CHECKING:
    from llmspell.model.llm import Part

STOP: dict[str, Any] = {"candidates": [{"finishReason": "STOP"}]}


def fold(*chunks: dict[str, Any]) -> Completion:
    ids = iter("xyz")
    reader = ChunkReader(lambda: next(ids))
    folding = Fold()
    for parts in (*(reader.feed(chunk) for chunk in chunks), reader.finish()):
        for part in parts:
            folding.add(part)
    return folding.completion()


def chunk(*parts: dict[str, Any], **candidate: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, **candidate}]}


def signed(signature: str, of: str) -> Unknown:
    return Unknown(type="thoughtSignature", data={"thoughtSignature": signature, "of": of}, origin=ORIGIN)


def sent_back(completion: Completion) -> list[dict[str, Any]]:
    """Give the parts of an answer as the next request holds them."""
    request = LlmRequest(model="gemini-2.5-pro", messages=(message("user", "hi"), completion.message))
    parts: list[dict[str, Any]] = encode_request(request, GoogleSection())["contents"][1]["parts"]
    return parts


def test_what_an_answer_holds() -> None:
    answer = fold(
        chunk({"text": "2 and 2", "thought": True}),
        chunk({"text": "It is"}),
        chunk({"text": " 4"}, {"functionCall": {"name": "f", "args": {"x": 1}}}, {"functionCall": {"name": "g"}}),
        {**STOP, "modelVersion": "m-001", "responseId": "r"},
    )
    assert answer.message.parts == (
        Reasoning(text="2 and 2"),
        Text(text="It is 4"),
        ToolCall(id="call_x", name="f", arguments={"x": 1}),
        ToolCall(id="call_y", name="g"),
    )
    assert (answer.model, answer.id, answer.finish_reason) == ("m-001", "r", "tool_calls")


def test_media() -> None:
    blobs = [("image/png", "iVBORw0KGgo="), ("audio/L16;rate=24000", "AAA="), ("application/pdf", "AAA=")]
    answer = fold(chunk(*({"inlineData": {"mimeType": kind, "data": data}} for kind, data in blobs)), STOP)
    assert [part.kind for part in answer.message.parts if isinstance(part, Media)] == ["image", "audio", "file"]
    assert answer.message.parts[0] == Media(kind="image", media_type="image/png", data=b"\x89PNG\r\n\x1a\n")


SIGNED: list[dict[str, Any]] = [
    {"text": "hm", "thought": True, "thoughtSignature": "s0"},
    {"text": "now", "thoughtSignature": "s1"},
    {"functionCall": {"id": "a", "name": "f", "args": {"x": 1}}, "thoughtSignature": "s2"},
    {"functionCall": {"id": "b", "name": "f", "args": {}}},
    {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "s3"},
    {"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}, "thoughtSignature": "s4"},
    {"text": "", "thoughtSignature": "s5"},
]


@given(st.lists(st.sampled_from(SIGNED), min_size=1, unique_by=str), st.booleans())
def test_signed_parts_go_back_as_they_came(parts: list[dict[str, Any]], whole: bool) -> None:
    chunks = [chunk(*parts)] if whole else [chunk(part) for part in parts]
    assert sent_back(fold(*chunks, STOP)) == parts


def test_a_signature_at_the_end_of_a_stream() -> None:
    answer = fold(chunk({"text": "a"}), chunk({"text": "b"}), chunk({"text": "", "thoughtSignature": "s"}), STOP)
    assert answer.message.parts == (Text(text="ab"), signed("s", "nothing"))
    assert sent_back(answer) == [{"text": "ab"}, {"text": "", "thoughtSignature": "s"}]


def test_what_has_no_name_is_kept() -> None:
    odd = {"executableCode": {"code": "1"}}
    answer = fold(
        chunk({"text": "a", "partMetadata": {"x": 1}}, odd, groundingMetadata={"y": 1}),
        {"candidates": [{"index": 1, "content": {"parts": [{"text": "other"}]}}]},
        {**STOP, "novelty": {"z": 1}},
    )
    assert answer.message.parts == (
        Text(text="a"),
        Unknown(type="executableCode", data={"part": odd}, origin=ORIGIN),
        Unknown(
            type="candidate",
            data={"candidate": {"index": 1, "content": {"parts": [{"text": "other"}]}}},
            origin=ORIGIN,
        ),
        Unknown(type="groundingMetadata", data={"groundingMetadata": {"y": 1}}, origin=ORIGIN),
        Unknown(type="novelty", data={"novelty": {"z": 1}}, origin=ORIGIN),
        Unknown(type="partMetadata", data={"partMetadata": {"x": 1}}, origin=ORIGIN),
    )


@pytest.mark.parametrize(
    ("reason", "told"), [("STOP", "stop"), ("MAX_TOKENS", "length"), ("LANGUAGE", "other"), ("NOVELTY", "other")]
)
def test_reasons(reason: str, told: str) -> None:
    assert fold(chunk({"text": "x"}, finishReason=reason)).finish_reason == told


@pytest.mark.parametrize("chunks", [[], [{}], [chunk({"text": "half"})], [{"candidates": []}]])
def test_an_answer_without_its_end_is_a_cut(chunks: list[dict[str, Any]]) -> None:
    with pytest.raises(StreamInterruptedError):
        fold(*chunks)


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({"promptTokenCount": 3}, Usage(requests=1, input_tokens=3)),
        (
            {
                "promptTokenCount": 20,
                "candidatesTokenCount": 9,
                "thoughtsTokenCount": 30,
                "cachedContentTokenCount": 4,
                "toolUsePromptTokenCount": 5,
                "totalTokenCount": 64,
            },
            Usage(requests=1, input_tokens=25, output_tokens=39, cached_tokens=4, reasoning_tokens=30),
        ),
        ({"promptTokenCount": None, "candidatesTokenCount": None, "x": 1}, Usage(requests=1)),
    ],
)
def test_usage(usage: dict[str, Any], counted: Usage) -> None:
    assert fold({**STOP, "usageMetadata": usage}).usage == counted


def test_the_last_count_is_the_truth() -> None:
    counts = [{**chunk({"text": "a"}), "usageMetadata": {"candidatesTokenCount": n}} for n in (1, 2, 3)]
    assert fold(*counts, STOP).usage.output_tokens == 3


PIECES = st.lists(st.text(max_size=4), max_size=4)


@given(PIECES, PIECES, st.integers(0, 3))
def test_pieces_fold_like_the_whole(thought: list[str], said: list[str], calls: int) -> None:
    entries: list[dict[str, Any]] = [
        {"functionCall": {"id": f"c{n}", "name": "f", "args": {"n": n}}} for n in range(calls)
    ]
    pieces: list[dict[str, Any]] = (
        [{"text": t, "thought": True} for t in thought] + [{"text": s} for s in said] + entries
    )
    whole: list[dict[str, Any]] = [{"text": "".join(thought), "thought": True}, {"text": "".join(said)}, *entries]
    assert fold(*(chunk(piece) for piece in pieces), STOP) == fold(chunk(*whole), STOP)


STREAM = b"".join(
    b"data: " + json.dumps(body, ensure_ascii=False).encode() + end
    for body, end in (
        (chunk({"text": "dächte", "thought": True}), b"\n\n"),
        (chunk({"text": "Grüße 🌍"}), b"\r\n\r\n"),
        (chunk(SIGNED[2]), b"\r\r"),
        (STOP, b"\n\n: ping\n\n"),
    )
)


def parts_of(*pieces: bytes) -> list[Part]:
    parser, reader = EventParser(), ChunkReader(str)
    events = [event for piece in pieces for event in parser.feed(piece)]
    return [part for event in events for part in reader.feed(json.loads(event.data))] + reader.finish()


@given(st.lists(st.integers(0, len(STREAM))))
def test_any_chunking_of_the_bytes_gives_the_same_parts(cuts: list[int]) -> None:
    at = sorted({0, *cuts, len(STREAM)})
    assert parts_of(*(STREAM[a:b] for a, b in pairwise(at))) == parts_of(STREAM)
