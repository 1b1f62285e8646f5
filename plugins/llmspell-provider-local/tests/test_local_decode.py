"""Pieces as llama.cpp's server writes them: constructed from its tools/server/README.md and recorded with xllamacpp."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadRequestError, ContextLengthError, OverloadedError, ProviderError, StreamInterruptedError
from llmspell.model.fold import Fold
from llmspell_provider_local.decode import ChunkReader, read_vectors
from llmspell_provider_local.faults import complaints, load_error, provider_error

USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "prompt_tokens_details": {"cached_tokens": 3}}


def chunk(reason: str | None = None, **delta: object) -> dict[str, Any]:
    return {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}


def fold(*chunks: dict[str, Any], forced: bool = False) -> Any:
    reader = ChunkReader(lambda: "1", "tiny", forced=forced)
    folding = Fold()
    for one in chunks:
        for part in reader.feed(one):
            folding.add(part)
    for part in reader.finish():
        folding.add(part)
    return folding.completion(model="tiny")


def test_text_reasoning_and_counts() -> None:
    answer = fold(
        chunk(role="assistant", content=None),
        chunk(reasoning_content="hm"),
        chunk(content="Bo"),
        chunk(content="nus"),
        chunk("stop"),
        {"choices": [], "usage": USAGE, "timings": {"predicted_n": 4}},
    )
    assert answer.message.text == "Bonus"
    assert [type(part).__name__ for part in answer.message.parts][:2] == ["Reasoning", "Text"]
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.cached_tokens) == (9, 4, 3)
    assert answer.message.parts[-1].data == {"timings": {"predicted_n": 4}}


def test_tool_calls_in_pieces() -> None:
    def call(index: int, **function: str) -> dict[str, Any]:
        return {"index": index, "function": function}

    answer = fold(
        chunk(tool_calls=[call(0, name="flip", arguments="") | {"id": "a", "type": "function"}]),
        chunk(tool_calls=[call(0, arguments='{"yes":')]),
        chunk(tool_calls=[call(1, name="turn", arguments="{}")]),
        chunk(tool_calls=[call(0, arguments="true}")]),
        chunk("tool_calls"),
    )
    assert [(one.id, one.name, one.arguments) for one in answer.message.tool_calls] == [
        ("a", "flip", {"yes": True}),
        ("call_1", "turn", {}),
    ]
    assert answer.finish_reason == "tool_calls"


def test_an_answer_without_a_reason_is_cut() -> None:
    with pytest.raises(StreamInterruptedError) as caught:
        fold(chunk(content="Bo"))
    assert caught.value.context["partial_text"] == "Bo"


def test_a_demanded_call_that_the_limit_cuts_is_text() -> None:
    answer = fold(chunk(content='{"name": "fl'), chunk("length"), forced=True)
    assert answer.message.text == '{"name": "fl'
    assert answer.message.tool_calls == ()
    assert answer.finish_reason == "length"


def test_a_demanded_call_that_is_none_is_an_error() -> None:
    with pytest.raises(StreamInterruptedError, match="wrote none"):
        fold(chunk(content="no"), chunk("stop"), forced=True)


def test_vectors_come_in_the_order_of_their_texts() -> None:
    data = [{"index": 1, "embedding": [1]}, {"index": 0, "embedding": [0.5, 2]}]
    assert read_vectors({"data": data}) == [(0.5, 2.0), (1.0,)]


@pytest.mark.parametrize(
    "answer",
    [{}, {"data": None}, {"data": [{"embedding": ["x"]}]}, {"data": [{"index": 1, "embedding": [1]}]}, {"data": [7]}],
)
def test_what_is_no_list_of_vectors_is_refused(answer: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        read_vectors(answer)


@pytest.mark.parametrize(
    ("fault", "kind", "retryable"),
    [
        ({"code": 400, "type": "exceed_context_size_error", "message": "m"}, ContextLengthError, False),
        ({"code": 400, "type": "invalid_request_error", "message": "m"}, BadRequestError, False),
        ({"code": 503, "type": "unavailable_error", "message": "m"}, OverloadedError, True),
        ({"code": 500, "type": "server_error", "message": "m"}, ProviderError, False),
        ({"code": 500, "message": "input (9 tokens) is too large to process."}, ContextLengthError, False),
        ({"code": 500, "message": "output that does not match the expected x format"}, StreamInterruptedError, True),
        ({}, ProviderError, False),
    ],
)
def test_faults(fault: dict[str, Any], kind: type[ProviderError], retryable: bool) -> None:
    error = provider_error(fault, "tiny")
    assert type(error) is kind
    assert error.retryable is retryable
    assert error.suggestions


def test_a_log_becomes_a_sentence() -> None:
    log = b"""0.00.007.770 E read: string length 9 exceeds maximum 5
0.00.007.866 E gguf_init_from_reader: failed to read key-value pairs
0.00.008.158 E read: string length 9 exceeds maximum 5
   ^
Sal\xff
"""
    said = complaints(log)
    assert said.startswith("read: string length 9 exceeds maximum 5; gguf_init_from_reader: failed to read key-value")
    assert said.endswith("pairs; ^; Sal\ufffd")
    error = load_error("half", {"failed": "RuntimeError: no"}, said, 0)
    assert error.message == f"the model file half cannot be run: {said}; RuntimeError: no"
