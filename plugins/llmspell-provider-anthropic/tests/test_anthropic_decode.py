from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import StreamInterruptedError
from llmspell.model.fold import Fold
from llmspell.model.llm import (
    Completion,
    LlmRequest,
    Reasoning,
    Text,
    TextDelta,
    ToolCall,
    Unknown,
    UnknownPart,
    Usage,
)
from llmspell_provider_anthropic.blocks import ORIGIN
from llmspell_provider_anthropic.decode import EventReader, read_usage
from llmspell_provider_anthropic.encode import encode_request
from llmspell_provider_anthropic.section import AnthropicSection

BEGUN = {"type": "message_start", "message": {"id": "m", "model": "claude", "usage": {"input_tokens": 3}}}


def fold(*events: dict[str, Any], reader: EventReader | None = None) -> Completion:
    reader = reader or EventReader()
    folding = Fold()
    for event in events:
        for part in reader.feed(event):
            folding.add(part)
    for part in reader.finish():
        folding.add(part)
    return folding.completion()


def whole(*content: dict[str, Any], reason: str = "end_turn", **more: Any) -> Completion:
    message = {**BEGUN["message"], "type": "message", "content": content, "stop_reason": reason, **more}  # type: ignore[dict-item]
    reader, folding = EventReader(), Fold()
    for part in (*reader.feed_whole(message), *reader.finish()):
        folding.add(part)
    return folding.completion()


def start(index: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": {"type": kind, **fields}}


def delta(index: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def ended(reason: str | None = "end_turn", usage: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason, **fields}, "usage": usage or {}}


def text(index: int, *pieces: str, **fields: Any) -> list[dict[str, Any]]:
    return [
        start(index, "text", text="", **fields),
        *(delta(index, "text_delta", text=one) for one in pieces),
        stop(index),
    ]


def sent_again(completion: Completion) -> Any:
    """Give the blocks in which a completion goes back."""
    request = LlmRequest(model="m", messages=(completion.message,))
    return encode_request(request, AnthropicSection()).body["messages"][0]["content"]


# -- round trips: what goes back is what came, byte by byte ------------------------------------------------------------

CITED = {"type": "char_location", "cited_text": "The grass", "document_index": 0, "start_char_index": 0}
RESULT = [{"type": "web_search_result", "url": "https://example.com", "encrypted_content": "EqgfCioIARgBIiQ3YTAw"}]
TURNS: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]]]] = {
    "thinking": (
        [
            start(0, "thinking", thinking="", signature=""),
            delta(0, "thinking_delta", thinking="so "),
            delta(0, "thinking_delta", thinking="it is\n"),
            delta(0, "signature_delta", signature="EqQBCgIYAhIM+/=="),
            stop(0),
            start(1, "thinking", thinking="", signature=""),
            delta(1, "signature_delta", signature="only-signed"),
            stop(1),
            start(2, "redacted_thinking", data="EmwKAhgBEgy3va3pzix/LafPsn4a"),
            stop(2),
            *text(3, "Grüße"),
        ],
        [
            {"type": "thinking", "thinking": "so it is\n", "signature": "EqQBCgIYAhIM+/=="},
            {"type": "thinking", "thinking": "", "signature": "only-signed"},
            {"type": "redacted_thinking", "data": "EmwKAhgBEgy3va3pzix/LafPsn4a"},
            {"type": "text", "text": "Grüße"},
        ],
    ),
    "citations": (
        [
            *text(0, "I read that ", citations=[]),
            start(1, "text", text="", citations=[]),
            delta(1, "text_delta", text="grass "),
            delta(1, "citations_delta", citation=CITED),
            delta(1, "text_delta", text="is green"),
            stop(1),
            *text(2, "."),
        ],
        [
            {"type": "text", "text": "I read that "},
            {"type": "text", "text": "grass is green", "citations": [CITED]},
            {"type": "text", "text": "."},
        ],
    ),
    "tools of the service": (
        [
            start(0, "server_tool_use", id="srvtoolu_1", name="web_search", input={}),
            delta(0, "input_json_delta", partial_json=""),
            delta(0, "input_json_delta", partial_json='{"query": "gr'),
            delta(0, "input_json_delta", partial_json='üße"}'),
            stop(0),
            start(1, "web_search_tool_result", tool_use_id="srvtoolu_1", content=RESULT),
            stop(1),
            *text(2, "Found."),
        ],
        [
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "grüße"}},
            {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": RESULT},
            {"type": "text", "text": "Found."},
        ],
    ),
    "a call by a program": (
        [
            start(
                0, "tool_use", id="a", name="f", input={}, caller={"type": "code_execution_20260120", "tool_id": "s"}
            ),
            delta(0, "input_json_delta", partial_json='{"x": [1, 2.5, null]}'),
            stop(0),
            start(1, "tool_use", id="b", name="g", input={}, caller={"type": "direct"}),
            stop(1),
        ],
        [
            {
                "type": "tool_use",
                "id": "a",
                "name": "f",
                "input": {"x": [1, 2.5, None]},
                "caller": {"type": "code_execution_20260120", "tool_id": "s"},
            },
            {"type": "tool_use", "id": "b", "name": "g", "input": {}},
        ],
    ),
    "a block of the future": (
        [
            start(0, "compaction", content=None, count=1),
            delta(0, "compaction_delta", content="All "),
            delta(0, "compaction_delta", content="that", count=2, more=[1]),
            delta(0, "compaction_delta", more=[2]),
            stop(0),
            *text(1, "x"),
        ],
        [{"type": "compaction", "content": "All that", "count": 2, "more": [1, 2]}, {"type": "text", "text": "x"}],
    ),
}


@pytest.mark.parametrize("name", TURNS)
def test_a_turn_goes_back_as_it_came(name: str) -> None:
    events, blocks = TURNS[name]
    assert sent_again(fold(BEGUN, *events, ended("tool_use"))) == blocks


@pytest.mark.parametrize("name", TURNS)
def test_a_whole_turn_is_the_same(name: str) -> None:
    events, blocks = TURNS[name]
    assert whole(*blocks, reason="tool_use") == fold(BEGUN, *events, ended("tool_use"))


def test_what_an_answer_holds() -> None:
    answer = fold(
        BEGUN,
        start(0, "thinking", thinking="", signature=""),
        delta(0, "thinking_delta", thinking="2+2"),
        delta(0, "signature_delta", signature="sig"),
        stop(0),
        *text(1, "4"),
        start(2, "tool_use", id="a", name="add", input={}),
        delta(2, "input_json_delta", partial_json='{"x": 1}'),
        stop(2),
        start(3, "tool_use", id="b", name="sub", input={}),
        delta(3, "input_json_delta", partial_json="{broken"),
        stop(3),
        ended("tool_use", {"output_tokens": 9}),
    )
    assert answer.message.parts == (
        Reasoning(text="2+2", signature="sig", origin="anthropic.messages"),
        Text(text="4"),
        ToolCall(id="a", name="add", arguments={"x": 1}),
        ToolCall(id="b", name="sub", raw="{broken"),
    )
    assert (answer.finish_reason, answer.model, answer.id) == ("tool_calls", "claude", "m")
    assert answer.usage == Usage(requests=1, input_tokens=3, output_tokens=9)


# -- how it ends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("refusal", "content_filter"),
        ("novelty", "other"),
    ],
)
def test_reasons(reason: str, told: str) -> None:
    assert fold(BEGUN, *text(0, "x"), ended(reason)).finish_reason == told


def test_what_is_said_about_the_end_is_kept() -> None:
    details = {"type": "refusal", "category": "bio"}
    answer = fold(BEGUN, ended("novelty", stop_details=details, stop_sequence="!", container=None))
    assert answer.message.parts == (
        Unknown(type="message.stop_details", data={"stop_details": details}, origin=ORIGIN),
        Unknown(type="message.stop_reason", data={"stop_reason": "novelty"}, origin=ORIGIN),
        Unknown(type="message.stop_sequence", data={"stop_sequence": "!"}, origin=ORIGIN),
    )


def test_events_of_the_future_are_kept() -> None:
    event = {"type": "novelty", "x": 1}
    assert EventReader().feed(event) == [UnknownPart("event.novelty", event, ORIGIN)]


@pytest.mark.parametrize(
    "events",
    [
        (),
        (BEGUN,),
        (BEGUN, *text(0, "x")),
        (BEGUN, *text(0, "x"), ended(None)),
        (*text(0, "x"), ended()),
        (BEGUN, *text(0, "x"), {"type": "message_stop"}),
    ],
)
def test_what_does_not_say_why_it_ends_is_cut(events: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(StreamInterruptedError):
        fold(*events)


def test_a_block_that_is_not_closed_is_closed_at_the_end() -> None:
    assert fold(BEGUN, start(0, "thinking", thinking="a", signature="s"), ended()).message.parts == (
        Reasoning(text="a", signature="s", origin="anthropic.messages"),
    )


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": 3},
        {"type": ["x"]},
        {"type": "message_start"},
        delta(7, "text_delta", text="x"),
        {"type": "content_block_start", "index": 0, "content_block": {"type": None}},
        start(0, "text"),
        start(0, "tool_use", id="a"),
        stop(7),
        {"type": "message_delta", "delta": None},
    ],
)
def test_what_is_no_event_is_an_error(event: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError, AttributeError)):
        EventReader().feed(event)


# -- the answer as a forced call ---------------------------------------------------------------------------------------


def test_the_forced_call_is_the_answer() -> None:
    call = [start(0, "tool_use", id="a", name="answer", input={}), delta(0, "input_json_delta", partial_json='{"x":')]
    more = [delta(0, "input_json_delta", partial_json=" 1}"), stop(0), ended("tool_use")]
    answer = fold(BEGUN, *call, *more, reader=EventReader("answer"))
    assert answer.message.parts == (Text(text='{"x": 1}'),)
    assert answer.finish_reason == "stop"


def test_another_call_before_the_answer_is_a_call() -> None:
    events = [start(0, "tool_use", id="a", name="add", input={"x": 1}), stop(0), ended("tool_use")]
    answer = fold(BEGUN, *events, reader=EventReader("answer"))
    assert answer.message.parts == (ToolCall(id="a", name="add", arguments={"x": 1}),)
    assert answer.finish_reason == "tool_calls"


# -- counts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usage", "counted"),
    [
        ({}, Usage(requests=1)),
        ({"input_tokens": 3, "output_tokens": None}, Usage(requests=1, input_tokens=3)),
        (
            {
                "input_tokens": 3,
                "cache_read_input_tokens": 10,
                "cache_creation_input_tokens": 5,
                "output_tokens": 8,
                "output_tokens_details": {"thinking_tokens": 6},
            },
            Usage(
                requests=1,
                input_tokens=18,
                cached_tokens=10,
                cache_write_tokens=5,
                output_tokens=8,
                reasoning_tokens=6,
            ),
        ),
    ],
)
def test_usage(usage: dict[str, Any], counted: Usage) -> None:
    assert read_usage(usage) == counted


def test_later_counts_replace_earlier_ones() -> None:
    answer = fold(BEGUN, ended("end_turn", {"output_tokens": 2}), ended("end_turn", {"output_tokens": 9}))
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (3, 9)


PIECES = st.lists(st.text(max_size=4), max_size=4)


@given(st.lists(PIECES, max_size=3), st.lists(PIECES, max_size=3), st.randoms())
def test_any_interleaving_of_blocks_folds_like_the_whole(
    said: list[list[str]], calls: list[list[str]], chance: Any
) -> None:
    """The order of pieces within one block is given, and blocks begin in order; calls interleave as they like."""
    events = [event for n, pieces in enumerate(said) for event in text(n, *pieces)]
    queues = []
    for n, pieces in enumerate(calls, len(said)):
        events.append(start(n, "tool_use", id=f"c{n}", name="f", input={}))
        encoded = json.dumps({"x": "".join(pieces)}, ensure_ascii=False)
        cut = chance.randint(0, len(encoded))
        deltas = [delta(n, "input_json_delta", partial_json=one) for one in (encoded[:cut], encoded[cut:])]
        queues.append([*deltas, stop(n)])
    while any(queues):
        events.append(chance.choice([queue for queue in queues if queue]).pop(0))
    blocks: list[dict[str, Any]] = [{"type": "text", "text": "".join(pieces)} for pieces in said]
    blocks += [
        {"type": "tool_use", "id": f"c{n}", "name": "f", "input": {"x": "".join(pieces)}}
        for n, pieces in enumerate(calls, len(said))
    ]
    assert fold(BEGUN, *events, ended()) == whole(*blocks)


def test_text_so_far() -> None:
    reader = EventReader()
    parts = [part for event in (BEGUN, *text(0, "a", "b")) for part in reader.feed(event)]
    assert parts == [TextDelta("a"), TextDelta("b")]
    assert reader.interrupted("cut").context == {"partial_text": "ab"}
