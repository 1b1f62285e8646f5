from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ProviderError, StreamInterruptedError
from llmspell.model.fold import Fold, decode_arguments
from llmspell.model.llm import (
    Completion,
    Done,
    Finish,
    Media,
    MediaPart,
    Part,
    Reasoning,
    ReasoningDelta,
    Reset,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    Unknown,
    UnknownPart,
    Usage,
    UsagePart,
    message,
)


def fold(*parts: Part) -> Completion:
    folding = Fold()
    for part in parts:
        folding.add(part)
    return folding.completion(model="asked")


def test_text_deltas_become_one_text() -> None:
    answer = fold(TextDelta("Hel"), TextDelta(""), TextDelta("lo"), Finish("stop", "ran", "id-1"))
    assert answer == Completion(message=message("assistant", "Hello"), finish_reason="stop", model="ran", id="id-1")


def test_the_model_asked_for_stands_in_when_the_provider_names_none() -> None:
    assert fold(Finish("stop")).model == "asked"


def test_nothing_said_is_a_message_without_parts() -> None:
    assert fold(TextDelta(""), Finish("stop")).message.parts == ()


def test_interleaved_calls_stand_where_they_began() -> None:
    answer = fold(
        TextDelta("first "),
        ToolCallStart(0, "a", "add"),
        ToolCallStart(1, "b", "sub"),
        ToolCallDelta(1, '{"y":'),
        ToolCallDelta(0, '{"x": 1}'),
        ToolCallDelta(1, " 2}"),
        ToolCallEnd(0),
        ToolCallEnd(1),
        TextDelta("last"),
        Finish("tool_calls"),
    )
    assert answer.message.parts == (
        Text(text="first "),
        ToolCall(id="a", name="add", arguments={"x": 1}),
        ToolCall(id="b", name="sub", arguments={"y": 2}),
        Text(text="last"),
    )


@pytest.mark.parametrize("text", ["{", "[1]", "3", '{"a": NaN}', "null", '{"a": 1} x', "[" * 100_000])
def test_argument_text_that_is_no_object_is_kept_raw(text: str) -> None:
    answer = fold(ToolCallStart(0, "a", "add"), ToolCallDelta(0, text), ToolCallEnd(0), Finish("tool_calls"))
    assert answer.message.tool_calls == (ToolCall(id="a", name="add", arguments={}, raw=text),)


@pytest.mark.parametrize("text", ["", "  ", "{}"])
def test_no_argument_text_means_no_arguments(text: str) -> None:
    assert decode_arguments(text) == {}


def test_a_signature_closes_its_reasoning() -> None:
    answer = fold(
        ReasoningDelta("one "),
        ReasoningDelta("two"),
        ReasoningDelta("", "sig"),
        ReasoningDelta("three"),
        Finish("stop"),
    )
    assert answer.message.parts == (Reasoning(text="one two", signature="sig"), Reasoning(text="three"))


def test_media_unknown_parts_and_the_last_usage_are_kept() -> None:
    media = Media(kind="image", media_type="image/png", data=b"x")
    answer = fold(
        MediaPart(media),
        UnknownPart("odd", {"k": 1}),
        UsagePart(Usage(input_tokens=1)),
        UsagePart(Usage(input_tokens=5, output_tokens=2)),
        Finish("stop"),
    )
    assert answer.message.parts == (media, Unknown(type="odd", data={"k": 1}))
    assert answer.usage == Usage(input_tokens=5, output_tokens=2)


def test_a_stream_without_its_end_is_an_error_that_keeps_the_text() -> None:
    folding = Fold()
    folding.add(TextDelta("half"))
    with pytest.raises(StreamInterruptedError) as caught:
        folding.completion()
    assert caught.value.context["partial_text"] == "half"
    assert caught.value.retryable


def test_reset_forgets_even_a_finished_attempt() -> None:
    answer = fold(TextDelta("old"), Finish("stop"), Reset(2), TextDelta("new"), Finish("length"))
    assert (answer.message.text, answer.finish_reason) == ("new", "length")


def test_done_is_the_truth() -> None:
    truth = Completion(message=message("assistant", "guarded"))
    assert fold(TextDelta("raw"), Finish("stop"), Done(truth)) is truth


@pytest.mark.parametrize(
    "parts",
    [
        (ToolCallDelta(0, "x"),),
        (ToolCallEnd(0),),
        (ToolCallStart(0, "a", "add"), ToolCallStart(0, "b", "add")),
        (Finish("stop"), TextDelta("late")),
        (Finish("stop"), Finish("stop")),
    ],
)
def test_a_sequence_no_provider_may_send_is_refused(parts: tuple[Part, ...]) -> None:
    with pytest.raises(ProviderError):
        fold(*parts)


@given(st.text(), st.lists(st.integers(0, 50)))
def test_any_cut_of_the_text_folds_to_the_same(text: str, cuts: list[int]) -> None:
    at = sorted({0, *(c for c in cuts if c < len(text)), len(text)})
    pieces = [TextDelta(text[a:b]) for a, b in pairwise(at)]
    assert fold(*pieces, Finish("stop")) == fold(TextDelta(text), Finish("stop"))


def test_where_a_part_comes_from_and_what_is_left_are_kept() -> None:
    limits = {"requests": {"remaining": 3.0}}
    answer = fold(UnknownPart("odd", {}, "somebody"), Finish("stop", limits=limits))
    assert answer.message.parts == (Unknown(type="odd", data={}, origin="somebody"),)
    assert answer.limits == limits
