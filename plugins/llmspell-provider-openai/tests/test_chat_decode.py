from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import StreamInterruptedError
from llmspell.model.fold import Fold
from llmspell.model.llm import Completion, Text, ToolCall, Unknown, UnknownPart, UsagePart
from llmspell.services.http_sse import EventParser
from llmspell_provider_openai.chat.decode import ORIGIN, ChunkReader, read_usage

if TYPE_CHECKING:
    from llmspell.model.llm import Part


def fold(*chunks: dict[str, Any], ended: bool = True) -> Completion:
    ids = iter("xyz")
    reader = ChunkReader(lambda: next(ids))
    folding = Fold()
    for parts in (*(reader.feed(chunk) for chunk in chunks), reader.finish(ended=ended)):
        for part in parts:
            folding.add(part)
    return folding.completion()


def chunk(delta: dict[str, Any] | None = None, reason: str | None = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta or {}, "finish_reason": reason, **more}]}


def entry(text: Any = None, **more: Any) -> dict[str, Any]:
    function = {k: v for k, v in {"name": more.pop("name", None), "arguments": text}.items() if v is not None}
    return chunk({"tool_calls": [{**more, "function": function}]})


STOP = chunk(reason="stop")


@pytest.mark.parametrize(
    "chunks",
    [
        (entry('{"a": 1}', id="i", name="f", index=0), entry('{"a": 2}', id="j", name="f", index=0)),
        (entry('{"a": 1}', id="i", name="f"), entry('{"a": 2}', id="j", name="f")),
        (entry('{"a"', id="i", name="f"), entry(": 1}"), entry('{"a": 2}', id="j", name="f")),
        (entry({"a": 1}, id="i", name="f", index=0), entry({"a": 2}, id="j", name="f", index=1)),
        (
            entry('{"a"', id="i", index=0),
            entry(": 1}", name="f", index=0),
            entry('{"a": 2}', id="j", name="f", index=1),
        ),
        (entry('{"a": 1}', id="i", name="f", index=3), entry('{"a": 2}', id="j", name="f", index=9)),
    ],
    ids=["one index for all", "no index", "no index, in pieces", "objects", "late name", "gaps"],
)
def test_the_ways_servers_send_two_calls(chunks: tuple[dict[str, Any], ...]) -> None:
    assert fold(*chunks, STOP).message.parts == (
        ToolCall(id="i", name="f", arguments={"a": 1}),
        ToolCall(id="j", name="f", arguments={"a": 2}),
    )


def test_a_call_without_an_id_gets_one() -> None:
    assert fold(entry("{}", name="f", index=0), entry("{}", name="f", index=1), STOP).message.tool_calls == (
        ToolCall(id="call_x", name="f"),
        ToolCall(id="call_y", name="f"),
    )


def test_a_call_without_a_name_is_a_cut() -> None:
    with pytest.raises(StreamInterruptedError):
        fold(entry("{}", id="i", index=0), STOP)


def test_content_in_typed_parts() -> None:
    content = [{"type": "text", "text": "a"}, {"type": "thinking", "thinking": []}, {"type": "text", "text": "b"}]
    assert fold(chunk({"content": content}), STOP).message.parts == (
        Text(text="a"),
        Unknown(type="thinking", data={"type": "thinking", "thinking": []}, origin=ORIGIN),
        Text(text="b"),
    )


@pytest.mark.parametrize(
    ("reason", "told"),
    [("stop", "stop"), ("length", "length"), ("function_call", "tool_calls"), ("error", "error"), ("odd", "other")],
)
def test_reasons(reason: str, told: str) -> None:
    assert fold(chunk({"content": "x"}, reason)).finish_reason == told


def test_an_answer_that_ended_without_a_reason() -> None:
    assert fold(chunk({"content": "x"})).finish_reason == "other"


def test_a_second_choice_is_kept_apart() -> None:
    second = {"index": 1, "delta": {"content": "other"}, "finish_reason": None}
    reader = ChunkReader(str)
    assert reader.feed({"choices": [second]}) == [UnknownPart("choice", second, ORIGIN)]


def test_what_is_repeated_in_every_chunk_is_kept_once() -> None:
    chunks = [{**chunk({"content": c}, content_filter_results={"hate": "safe"}), "provider": "p"} for c in "ab"]
    assert fold(*chunks, STOP).message.parts == (
        Text(text="ab"),
        Unknown(type="content_filter_results", data={"content_filter_results": {"hate": "safe"}}, origin=ORIGIN),
        Unknown(type="provider", data={"provider": "p"}, origin=ORIGIN),
    )


@pytest.mark.parametrize(
    "usage",
    [
        {},
        {"prompt_tokens": 3, "completion_tokens": None, "prompt_tokens_details": None},
        {"prompt_tokens": 3, "prompt_cache_hit_tokens": 2, "completion_tokens_details": {"reasoning_tokens": None}},
    ],
)
def test_usage_with_holes(usage: dict[str, Any]) -> None:
    counted = read_usage(usage)
    assert (counted.requests, counted.input_tokens, counted.output_tokens) == (1, usage.get("prompt_tokens", 0), 0)
    assert counted.cached_tokens == usage.get("prompt_cache_hit_tokens", 0)


def test_usage_in_another_place() -> None:
    parts = ChunkReader(str).feed({**STOP, "x_groq": {"usage": {"prompt_tokens": 2}}})
    assert [p.usage.input_tokens for p in parts if isinstance(p, UsagePart)] == [2]


PIECES = st.lists(st.text(max_size=4), max_size=4)


@given(PIECES, PIECES, st.lists(PIECES, max_size=3), st.randoms())
def test_any_interleaving_of_pieces_folds_like_the_whole(
    said: list[str], thought: list[str], calls: list[list[str]], chance: Any
) -> None:
    """The order of pieces within one text is given; texts and calls interleave as they like, each begun in order."""
    starts = [entry("", id=f"c{i}", name="f", index=i) for i in range(len(calls))]
    queues = [[entry(piece, index=i) for piece in pieces] for i, pieces in enumerate(calls)]
    streamed = [chunk({"reasoning_content": t}) for t in thought] + [chunk({"content": s}) for s in said] + starts
    while any(queues):
        streamed.append(chance.choice([q for q in queues if q]).pop(0))
    entries = [
        {"id": f"c{i}", "type": "function", "function": {"name": "f", "arguments": "".join(pieces)}}
        for i, pieces in enumerate(calls)
    ]
    message = {"content": "".join(said), "reasoning_content": "".join(thought), "tool_calls": entries}
    whole = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    assert fold(*streamed, STOP) == fold(whole)


STREAM = b"".join(
    b"data: " + json.dumps(body, ensure_ascii=False).encode() + end
    for body, end in (
        (chunk({"reasoning_content": "dächte"}), b"\n\n"),
        (chunk({"content": "Grüße 🌍"}), b"\r\n\r\n"),
        (entry("", id="i", name="f", index=0), b"\r\r"),
        (entry('{"a": "\\u00fc"}', index=0), b"\n\n: ping\n\n"),
        (STOP, b"\n\n"),
    )
)


def parts_of(*pieces: bytes) -> list[Part]:
    parser, reader = EventParser(), ChunkReader(str)
    events = [event for piece in pieces for event in parser.feed(piece)]
    return [part for event in events for part in reader.feed(json.loads(event.data))] + reader.finish(ended=False)


@given(st.lists(st.integers(0, len(STREAM))))
def test_any_chunking_of_the_bytes_gives_the_same_parts(cuts: list[int]) -> None:
    at = sorted({0, *cuts, len(STREAM)})
    assert parts_of(*(STREAM[a:b] for a, b in pairwise(at))) == parts_of(STREAM)


def test_every_byte_alone_gives_the_same_parts() -> None:
    assert parts_of(*(bytes([byte]) for byte in STREAM)) == parts_of(STREAM)
