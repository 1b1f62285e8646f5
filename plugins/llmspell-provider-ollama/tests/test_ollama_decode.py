from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import StreamInterruptedError
from llmspell.model.fold import Fold
from llmspell.model.llm import Completion, Media, Reasoning, Text, ToolCall, Unknown, Usage
from llmspell_provider_ollama.decode import ORIGIN, ChunkReader


def fold(*chunks: dict[str, Any]) -> Completion:
    ids = iter("xyz")
    reader = ChunkReader(lambda: next(ids))
    folding = Fold()
    for parts in (*(reader.feed(chunk) for chunk in chunks), reader.finish()):
        for part in parts:
            folding.add(part)
    return folding.completion()


def chunk(content: str = "", **message: Any) -> dict[str, Any]:
    return {"model": "m", "message": {"role": "assistant", "content": content, **message}, "done": False}


def last(content: str = "", **more: Any) -> dict[str, Any]:
    return {**chunk(content), "done": True, "done_reason": "stop", **more}


def call(name: str, arguments: Any = None, **more: Any) -> dict[str, Any]:
    return {**more, "function": {"name": name, "arguments": arguments}}


def test_what_an_answer_holds() -> None:
    answer = fold(
        chunk(thinking="2 and 2"),
        chunk("It is"),
        chunk(" 4", tool_calls=[call("f", {"x": 1}, id="i")]),
        last(prompt_eval_count=20, eval_count=9),
    )
    assert answer.message.parts == (
        Reasoning(text="2 and 2"),
        Text(text="It is 4"),
        ToolCall(id="i", name="f", arguments={"x": 1}),
    )
    assert (answer.model, answer.finish_reason) == ("m", "tool_calls")
    assert answer.usage == Usage(requests=1, input_tokens=20, output_tokens=9)


def test_calls_without_ids_get_some() -> None:
    answer = fold(chunk(tool_calls=[call("f"), call("g", {})]), chunk(tool_calls=[call("f", '{"a": 1}')]), last())
    assert answer.message.tool_calls == (
        ToolCall(id="call_x", name="f"),
        ToolCall(id="call_y", name="g"),
        ToolCall(id="call_z", name="f", arguments={"a": 1}),
    )


def test_an_answer_of_generate() -> None:
    chunks = ({"model": "m", "response": "Hel"}, {"model": "m", "response": "lo", "thinking": "hm"})
    end = {"model": "m", "response": "", "done": True, "done_reason": "stop", "context": [1, 2], "eval_count": 3}
    answer = fold(*chunks, end)
    assert answer.message.parts == (
        Text(text="Hel"),
        Reasoning(text="hm"),
        Text(text="lo"),
        Unknown(type="context", data={"context": [1, 2]}, origin=ORIGIN),
    )
    assert answer.usage.output_tokens == 3


def test_an_image() -> None:
    answer = fold(chunk(images=["iVBORw0KGgo="]), last())
    assert answer.message.parts == (Media(kind="image", media_type="image/png", data=b"\x89PNG\r\n\x1a\n"),)


def test_what_has_no_name_is_kept() -> None:
    answer = fold(
        {**chunk("a", odd={"x": 1}), "logprobs": [1]}, {**chunk("b"), "logprobs": [2], "remote_model": "r"}, last()
    )
    assert answer.message.parts == (
        Text(text="ab"),
        Unknown(type="odd", data={"message": {"odd": {"x": 1}}}, origin=ORIGIN),
        Unknown(type="logprobs", data={"logprobs": [1, 2]}, origin=ORIGIN),
        Unknown(type="remote_model", data={"remote_model": "r"}, origin=ORIGIN),
    )


@pytest.mark.parametrize(
    ("reason", "told"), [("stop", "stop"), ("length", "length"), ("", "stop"), (None, "stop"), ("load", "other")]
)
def test_reasons(reason: str | None, told: str) -> None:
    assert fold(last("x", done_reason=reason)).finish_reason == told


def test_a_call_in_a_cut_answer_is_no_request_for_a_tool() -> None:
    assert fold(chunk(tool_calls=[call("f")]), last(done_reason="length")).finish_reason == "length"


@pytest.mark.parametrize("chunks", [[], [chunk("half")], [{"done": True}]])
def test_an_answer_without_its_end_or_its_beginning_is_a_cut(chunks: list[dict[str, Any]]) -> None:
    with pytest.raises(StreamInterruptedError):
        fold(*chunks)


PIECES = st.lists(st.text(max_size=4), max_size=4)


@given(PIECES, PIECES, st.integers(0, 3))
def test_pieces_fold_like_the_whole(thought: list[str], said: list[str], calls: int) -> None:
    entries = [call("f", {"n": n}, id=f"c{n}") for n in range(calls)]
    pieces = [chunk(thinking=t) for t in thought] + [chunk(s) for s in said] + [chunk(tool_calls=[e]) for e in entries]
    whole = chunk("".join(said), thinking="".join(thought), tool_calls=entries)
    assert fold(*pieces, last()) == fold({**last(), "message": whole["message"]})
