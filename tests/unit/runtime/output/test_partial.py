"""JSON in the making: whatever the cuts, what is told is a beginning of the whole."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.model.llm import Reset, TextDelta, ToolCallDelta, ToolCallStart
from llmspell.model.output import Partial, Shape
from llmspell.runtime.output.partial import NOTHING, PartialJson
from llmspell.runtime.output.partials import Partials
from llmspell.runtime.output.texts import found_in

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(st.text(max_size=5), values, max_size=4)


def begins(part: Any, whole: Any) -> bool:
    """Tell whether a value is a beginning of another."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(key in whole and begins(one, whole[key]) for key, one in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(begins(one, other) for one, other in zip(part, whole, strict=False))
    if isinstance(part, str) and isinstance(whole, str):
        return whole.startswith(part)
    return part == whole and type(part) is type(whole)


@given(objects, st.booleans(), st.sampled_from([None, 2]), st.data())
def test_every_beginning_is_a_beginning_of_the_whole(whole, ascii_, indent, drawn):
    text = json.dumps(whole, ensure_ascii=ascii_, indent=indent)
    growing = PartialJson()
    last: object = {}
    at = 0
    while at < len(text):
        size = drawn.draw(st.integers(1, 7))
        growing.feed(text[at : at + size])
        at += size
        value = growing.value()
        if value is not NOTHING:
            assert begins(value, whole)
            assert begins(last, value)
            last = value
    assert (growing.value(), growing.complete, growing.broken) == (whole, True, False)


@given(st.text(max_size=40), st.text('{}[]",:\\u0d8 \n1et', max_size=30))
def test_no_text_breaks_the_reader(before, text):
    growing = PartialJson()
    for one in before + "{" + text:
        growing.feed(one)
        growing.value()
    list(found_in(before + text))


@pytest.mark.parametrize("text", ['{"a": nope, "b": 1}', '{"a"]', '{"a": 1]', "{'a': 1, 'b': 2}"])
def test_what_is_no_json_ends_it(text):
    growing = PartialJson()
    growing.feed(text)
    assert growing.value() is NOTHING
    assert growing.broken


async def told(kind: Any, *parts: Any, tool: str | None = None) -> list[Any]:
    """Give the partial values that some parts lead to."""
    found: list[Any] = []

    async def sink(part: object) -> None:
        if isinstance(part, Partial):
            found.append(part.data)

    partials = Partials(Shape.of(kind), sink, tool)
    for part in parts:
        await partials(part)
    return found


async def test_only_what_is_valid_is_told():
    kind = {"kind": {"enum": ["red", "blue"]}, "n": "integer", "tags": ["string"]}
    text = '{"kind": "blue", "n": "no", "tags": ["a", 3, "b"], "more": 1}'
    found = await told(kind, *map(TextDelta, text))
    assert found == [{}, {"kind": "blue"}, {"kind": "blue", "tags": [""]}, {"kind": "blue", "tags": ["a"]}]


async def test_limits_that_hold_at_the_end_hide_nothing_before():
    kind = {
        "type": "object",
        "properties": {"a": {"type": "string", "minLength": 3}, "b": {"type": "array", "minItems": 2}},
        "required": ["a", "b"],
    }
    assert {"a": "x"} in await told(kind, *map(TextDelta, '{"a": "xyz", "b": [1, 2]}'))


async def test_one_of_several_forms_is_told_while_it_grows():
    kind = {
        "oneOf": [
            {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"]},
            {"type": "object", "properties": {"y": {"type": "integer"}}, "required": ["y"]},
        ]
    }
    assert await told(kind, *map(TextDelta, '{"value": {"y": 1}}')) == [{}, {"y": 1}]


async def test_a_new_attempt_and_a_second_answer_begin_anew():
    parts = [TextDelta('{"a": "old'), Reset(2), *map(TextDelta, '{"a": "n"}')]
    assert (await told({"a": "string"}, *parts))[-1] == {"a": "n"}
    calls = [
        ToolCallStart(0, "1", "other"), ToolCallDelta(0, '{"a": "no"}'), TextDelta('{"a": "neither"}'),
        ToolCallStart(1, "2", "answer"), ToolCallDelta(1, '{"a": "y'), ToolCallDelta(0, "x"), ToolCallDelta(1, 'es"}'),
    ]  # fmt: skip
    assert await told({"a": "string"}, *calls, tool="answer") == [{"a": "y"}, {"a": "yes"}]


async def test_a_long_answer_is_looked_at_less_often():
    text = json.dumps({"a": "x" * 20_000})
    found = await told({"a": "string"}, *map(TextDelta, text))
    assert found[-1] == {"a": "x" * 20_000}
    assert len(found) < 200


async def test_what_no_text_can_hold_is_not_told():
    assert await told({"a": "string"}, *map(TextDelta, '{"a": "x\\ud800"}')) == [{}, {"a": ""}, {"a": "x"}]
