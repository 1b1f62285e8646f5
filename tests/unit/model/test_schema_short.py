"""The short form of a schema: what it means, and what it is told apart from."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import SchemaError
from llmspell.model.schema_short import read_schema

CLOSED = {"type": "object", "additionalProperties": False}


def fields(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    needed = list(properties) if required is None else required
    return {**CLOSED, "properties": properties, **({"required": needed} if needed else {})}


@pytest.mark.parametrize(
    ("given", "schema"),
    [
        ({"a": "string", "b": "int"}, fields(a={"type": "string"}, b={"type": "integer"})),
        ({"a": "integer?"}, fields([], a={"type": ["integer", "null"]})),
        ({"a": "string | number"}, fields(a={"type": ["string", "number"]})),
        ({"a": "string[]"}, fields(a={"type": "array", "items": {"type": "string"}})),
        ({"a": "string[]?"}, fields([], a={"type": ["array", "null"], "items": {"type": "string"}})),
        (
            {"a": "bool[][]"},
            fields(a={"type": "array", "items": {"type": "array", "items": {"type": "boolean"}}}),
        ),
        ({"a": "any"}, fields(a={})),
        ({"a": "string: the name of it: all"}, fields(a={"type": "string", "description": "the name of it: all"})),
        ({"a": ["string"]}, fields(a={"type": "array", "items": {"type": "string"}})),
        ({"a": {"b": "float?"}}, fields(a=fields([], b={"type": ["number", "null"]}))),
        ({"a": {"enum": ["x", "y"]}}, fields(a={"enum": ["x", "y"]})),
        ({"type": "string", "name": "string"}, fields(type={"type": "string"}, name={"type": "string"})),
        ({"title": "string", "format": "int"}, fields(title={"type": "string"}, format={"type": "integer"})),
        ({"items": "string"}, fields(items={"type": "string"})),
        ({"items": ["string"]}, fields(items={"type": "array", "items": {"type": "string"}})),
        ({"items": [{"n": "int"}]}, fields(items={"type": "array", "items": fields(n={"type": "integer"})})),
        ({"items": {"n": "int"}}, fields(items=fields(n={"type": "integer"}))),
        ({"type": "string", "items": ["int"]},
         fields(type={"type": "string"}, items={"type": "array", "items": {"type": "integer"}})),
        ({"type": [{"n": "int"}]}, fields(type={"type": "array", "items": fields(n={"type": "integer"})})),
        ({"properties": {"n": "int"}, "enum": "int"},
         fields(properties=fields(n={"type": "integer"}), enum={"type": "integer"})),
        ({"const": "integer"}, fields(const={"type": "integer"})),
    ],
)  # fmt: skip
def test_what_the_short_form_means(given, schema):
    assert read_schema(given, "the output") == schema


@pytest.mark.parametrize(
    ("given", "schema"),
    [
        ({"type": "array", "items": "string"}, {"type": "array", "items": {"type": "string"}}),
        ({"type": "array", "items": ["int"]},
         {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}),
        ({"type": "array", "items": {"a": "int"}}, {"type": "array", "items": fields(a={"type": "integer"})}),
        ({"type": "object", "properties": {"a": "int", "b": "int?", "c": {"type": "string"}}},
         {"type": "object", "required": ["a"],
          "properties": {"a": {"type": "integer"}, "b": {"type": ["integer", "null"]}, "c": {"type": "string"}}}),
        ({"type": "object", "properties": {"a": "int"}, "required": []},
         {"type": "object", "properties": {"a": {"type": "integer"}}, "required": []}),
        ({"a": {"type": "object", "properties": {"b": {"type": "array", "items": "int"}}}},
         fields(a={"type": "object", "properties": {"b": {"type": "array", "items": {"type": "integer"}}}})),
    ],
)  # fmt: skip
def test_the_short_form_may_stand_within_a_json_schema(given, schema):
    assert read_schema(given, "the output") == schema


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "object", "properties": {"type": {"type": "string"}}},
        {"type": ["string", "null"]},
        {"type": "string", "format": "date"},
        {"type": "string", "description": "the name of a town"},
        {"enum": [1, 2]},
        {"items": {"type": "string"}},
        {"type": "array", "items": {}},
        {"type": "array", "items": True, "minItems": 1},
        {"type": "object", "properties": {}, "required": []},
        {"properties": {"items": {"type": "array", "items": {"enum": ["a"]}}}},
        {"const": 3},
        {"type": "object", "properties": {"a": {"description": "anything"}, "b": {}, "c": True}},
        {"type": "object", "properties": {"a": {"type": "object", "properties": {"b": {"const": 1}}}}},
        {"anyOf": [{"type": "string"}]},
        {"$ref": "#/$defs/x", "$defs": {"x": {}}},
    ],
)
def test_a_json_schema_stays_as_it_is(schema):
    assert read_schema(schema, "the output") == schema


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "names no field"),
        ({"a": {}}, "names no field at 'a'"),
        ({"a": "strng"}, "field 'a' of the output has the type 'strng'"),
        ({"a": {"b": "x y"}}, "field 'a.b' of the output"),
        ({"a": 3}, "field 'a' of the output has the type 3"),
        ({"a": ["x", "y"]}, "which nobody knows"),
        ({"a": []}, "which nobody knows"),
        ({"a": ["strng"]}, "field 'a[]' of the output"),
        ({"type": "string", "title": "string"}, "can be read in two ways"),
    ],
)
def test_what_is_neither_is_an_error_that_says_what_to_write(given, words):
    with pytest.raises(SchemaError, match=words.replace("[", r"\[")) as caught:
        read_schema(given, "the output")
    assert caught.value.suggestions
