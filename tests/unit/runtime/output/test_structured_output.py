"""Structured output: every way of asking, what is taken, what is asked again, and what ends a run."""

from __future__ import annotations

import dataclasses
import enum
import json
from typing import Literal, TypedDict

import attrs
import pytest

from llmspell.errors import (
    OutputMismatchError,
)
from llmspell.model.agent import Limits
from llmspell.model.llm import ToolResult
from tests.unit.runtime.output.answers import ADA, MODES, PERSON, Point, answering


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass(frozen=True)
class Shape:
    points: list[Point]
    colour: Colour = Colour.RED
    label: str | None = None


class Film(TypedDict):
    title: str
    kind: Literal["long", "short"]


@attrs.frozen
class Node:
    value: int
    below: list[Node] = attrs.field(factory=list)


@attrs.frozen
class Even:
    n: int = attrs.field()

    @n.validator
    def _check(self, _: object, value: int) -> None:
        if value % 2:
            raise ValueError("n must be even")


@pytest.mark.parametrize("mode", MODES)
async def test_an_answer_that_fits_is_data(model, agent, mode):
    made = model([answering(mode, ADA)])
    result = await (await agent(output=PERSON, output_mode=mode)).execute("Who?")
    assert result.data == ADA
    assert json.loads(result.content) == ADA
    assert (result.finish_reason, result.metadata["output_mode"]) == ("stop", mode)
    assert result.tool_calls == ()
    made.assert_exhausted()


@pytest.mark.parametrize("mode", MODES)
async def test_a_model_is_told_what_did_not_fit(model, agent, mode):
    made = model([answering(mode, {"nam": "Ada"}), answering(mode, {"name": 1}), answering(mode, ADA)])
    result = await (await agent(output=PERSON, output_mode=mode)).execute("Who?")
    assert result.data == ADA
    assert result.metadata["asked_again"] == 2
    told = [request.messages[-1] for request in made.requests[1:]]
    words = [part.content if isinstance(part, ToolResult) else part.text for one in told for part in one.parts]
    assert "did you mean 'name'?" in words[0]
    assert "name: is missing and must be given" in words[0]
    assert "name: must be a text, not 1" in words[1]
    assert {one.role for one in told} == {"tool" if mode == "tool" else "user"}
    assert all(one.automatic for one in told) is (mode != "tool")


@pytest.mark.parametrize("mode", MODES)
async def test_a_model_that_never_fits_is_an_error_with_its_last_answer(model, agent, mode):
    made = model([answering(mode, {"age": n}) for n in range(3)])
    one = await agent(output=PERSON, output_mode=mode)
    with pytest.raises(OutputMismatchError) as caught:
        await one.execute("Who?")
    about = caught.value.context
    assert json.loads(str(about["text"])) == {"age": 2}
    assert about["faults"] == [{"path": "name", "message": "is missing and must be given"}]
    assert about["asked_again"] == 2
    assert one.history == ()
    made.assert_exhausted()


async def test_no_retries_mean_one_answer(model, agent):
    model([{"text": "none"}])
    with pytest.raises(OutputMismatchError, match="not JSON"):
        await (await agent(output=PERSON, output_retries=0)).execute("Who?")


async def test_asking_again_counts_as_a_turn(model, agent):
    model([{"text": "a"}, {"text": "b"}])
    one = await agent(output=PERSON, output_retries=9, limits=Limits(turns=2))
    with pytest.raises(Exception, match="limit of 2 turns"):
        await one.execute("Who?")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the answer is empty"),
        ("Ada is 36.", "the answer is not JSON"),
        ('{"name": NaN}', "the answer is not JSON"),
        ("[" * 100_000, "the answer is not JSON"),
        ("null", "must be an object"),
        ('{"name": "\\ud800"}', "half of a character"),
        ("```json\n" + "\n" * 200_000, "the answer is not JSON"),
    ],
)
async def test_what_is_no_answer_is_told_in_words(model, agent, text, words):
    made = model([{"text": text}, {"text": json.dumps(ADA)}])
    result = await (await agent(output=PERSON, output_mode="prompted")).execute("Who?")
    assert result.data == ADA
    assert words in made.requests[1].messages[-1].text


@pytest.mark.parametrize(
    "text",
    [
        "Here you are:\n```json\n{}\n```\nAnything else?",
        "Sure! {}",
        "```\n{}",
        "I thought of [1, 2] and {{x}}, but: {} is it.",
    ],
)
async def test_json_is_found_among_words(model, agent, text):
    model([lambda _: {"text": text.replace("{}", json.dumps(ADA)).replace("{{", "{").replace("}}", "}")}])
    result = await (await agent(output=PERSON, output_mode="prompted")).execute("Who?")
    assert result.data == ADA


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("kind", "wire", "data"),
    [
        (["string"], {"value": ["a", "b"]}, ["a", "b"]),
        ("integer", {"value": 3}, 3),
        ({"enum": ["yes", "no"]}, {"value": "no"}, "no"),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"value": None}, None),
        ({"type": "array", "items": {"$ref": "#/$defs/p"}, "$defs": {"p": {"type": "object"}}}, {"value": [{}]}, [{}]),
        (list[Point], {"value": [{"x": 1}]}, [Point(1)]),
        (Point | None, {"value": {"x": 1, "y": 2}}, Point(1, 2)),
        (Node, {"value": {"value": 1, "below": [{"value": 2}]}}, Node(1, [Node(2)])),
        (Shape, {"points": [{"x": 1}], "colour": "blue"}, Shape([Point(1)], Colour.BLUE)),
        (Film, {"title": "M", "kind": "long"}, {"title": "M", "kind": "long"}),
        (dict[str, int], {"a": 1}, {"a": 1}),
        ({"type": "object"}, {"any": [1]}, {"any": [1]}),
    ],
)  # fmt: skip
async def test_kinds_of_answers(model, agent, mode, kind, wire, data):  # noqa: PLR0917 - three of them are one case
    made = model([answering(mode, wire)])
    result = await (await agent(output=kind, output_mode=mode)).execute("go")
    assert result.data == data
    asked = made.requests[0]
    schema = asked.tools[0].schema if mode == "tool" else asked.response_schema
    assert mode == "prompted" or schema["type"] == "object"


async def test_an_answer_without_its_wrapper_is_taken(model, agent):
    model([{"text": '[{"x": 1}]'}])
    assert (await (await agent(output=list[Point])).execute("go")).data == [Point(1)]


async def test_defaults_fill_what_is_missing_and_null_says_that_something_is(model, agent):
    kind = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}, "default": ["none"]},
            "place": {"type": "object", "properties": {"country": {"type": "string", "default": "UK"}}},
            "either": {"anyOf": [{"type": "integer"}, {"type": "object", "properties": {"d": {"default": 1}}}]},
        },
        "required": ["name"],
    }
    model([{"text": '{"name": "Ada", "tags": null, "place": {}, "either": {}}'}] * 2)
    one = await agent(output=kind)
    first = (await one.execute("go")).data
    assert first == {"name": "Ada", "tags": ["none"], "place": {"country": "UK"}, "either": {"d": 1}}
    first["tags"].append("changed")
    assert (await one.execute("go")).data["tags"] == ["none"]


async def test_fields_that_nobody_asked_for(model, agent):
    model([{"text": '{"name": "Ada", "job": "maths"}'}, {"text": json.dumps(ADA)}, {"text": '{"a": 1, "b": 2}'}])
    closed = await (await agent(output=PERSON)).execute("go")
    assert closed.metadata["asked_again"] == 1
    open_ = {"type": "object", "properties": {"a": {"type": "integer"}}}
    assert (await (await agent(output=open_)).execute("go")).data == {"a": 1, "b": 2}


async def test_what_only_the_class_can_tell_is_told(model, agent):
    made = model([{"text": '{"value": [{"n": 2}, {"n": 3}]}'}, {"text": '{"value": [{"n": 4}]}'}])
    result = await (await agent(output=list[Even])).execute("go")
    assert result.data == [Even(4)]
    assert "value[1]: n must be even" in made.requests[1].messages[-1].text


async def test_an_answer_that_is_too_deep_is_told_so(model, agent):
    kind = {"$ref": "#/$defs/tree", "$defs": {"tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}}
    made = model([{"text": '{"value": ' + "[" * 900 + "]" * 900 + "}"}, {"text": '{"value": [[]]}'}])
    result = await (await agent(output=kind)).execute("go")
    assert result.data == [[]]
    assert made.requests[1].messages[-1].automatic


@pytest.mark.parametrize(
    "text",
    [
        '{"value": 1, "below": [{"value": 2}, {"value"',
        'Here: {"value": 1, "below": [{"value": 2}] oops',
        '[{"value": 2}, {"val',
        '```json\n{"value": 1, "below": [{"value": 2}]',
    ],
)
async def test_a_part_of_a_broken_answer_is_no_answer(model, agent, text):
    model([{"text": text}, {"text": '{"value": {"value": 1}}'}])
    result = await (await agent(output=Node)).execute("go")
    assert (result.data, result.metadata["asked_again"]) == (Node(1), 1)
