"""Strict mode: which schemas have a form there, and that the form means the same."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.model.output import Shape
from llmspell_provider_openai.strict import DEEPEST, MOST_PROPERTIES, MOST_VALUES, strict_form

TEXT = {"type": "string"}


def obj(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    needed = list(properties) if required is None else required
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def deep(levels: int) -> dict[str, Any]:
    schema = TEXT
    for _ in range(levels):
        schema = obj(a=schema)
    return schema


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (obj(a=TEXT), obj(a=TEXT)),
        ({"type": "object", "properties": {"a": TEXT}}, obj(a={"anyOf": [TEXT, {"type": "null"}]})),
        (obj([], a={"type": ["string", "null"]}), obj(a={"type": ["string", "null"]})),
        (obj([], a={**TEXT, "default": "x", "title": "A"}), obj(a={"anyOf": [TEXT, {"type": "null"}]})),
        (obj(a={"type": "array", "items": obj([], b=TEXT)}),
         obj(a={"type": "array", "items": obj(b={"anyOf": [TEXT, {"type": "null"}]})})),
        (obj(a={"anyOf": [TEXT, obj(b=TEXT)]}), obj(a={"anyOf": [TEXT, obj(b=TEXT)]})),
        ({**obj(a={"$ref": "#/$defs/x"}), "$defs": {"x": obj(b=TEXT)}},
         {**obj(a={"$ref": "#/$defs/x"}), "$defs": {"x": obj(b=TEXT)}}),
        (obj(type=TEXT, properties=TEXT), obj(type=TEXT, properties=TEXT)),
        (obj(), obj()),
        (deep(DEEPEST), deep(DEEPEST)),
    ],
)  # fmt: skip
def test_a_schema_has_a_form_in_strict_mode(schema, strict):
    assert strict_form(schema) == strict


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": TEXT},
        {"anyOf": [obj(a=TEXT)], "type": "object"},
        {"type": "object"},
        {"type": "object", "additionalProperties": TEXT},
        {**obj(a=TEXT), "additionalProperties": True},
        obj(a={"type": "object"}),
        obj(a={}),
        obj(a={"oneOf": [TEXT]}),
        obj(a={"allOf": [TEXT]}),
        obj(a={"type": "array", "items": TEXT, "uniqueItems": True}),
        obj(a={**TEXT, "format": "byte"}),
        obj(a={"$ref": "https://example.com/x"}),
        deep(DEEPEST + 1),
        obj(None, **{f"p{n}": TEXT for n in range(MOST_PROPERTIES + 1)}),
        obj(a={"enum": list(map(str, range(MOST_VALUES + 1)))}),
        obj(a={"enum": ["x" * 120_001]}),
    ],
)
def test_a_schema_without_such_a_form_is_sent_as_it_is(schema):
    assert strict_form(schema) is None


def test_what_strict_mode_answers_is_what_was_asked_for():
    shape = Shape(obj(["a"], a=TEXT, b={"type": "integer"}, c={"type": "array", "items": obj([], d=TEXT)}))
    form = strict_form(shape.wire)
    assert form is not None
    strict = Shape(form)
    said = {"a": "x", "b": None, "c": [{"d": None}]}
    assert strict.judge(said).data == said
    assert shape.judge(said).data == {"a": "x", "c": [{}]}
