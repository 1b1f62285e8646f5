"""Classes that describe data stand for the JSON Schema of their fields."""

from __future__ import annotations

import dataclasses
import enum
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, NotRequired, TypedDict

import attrs
import pytest

from llmspell_engine_python.errors import ConversionError
from llmspell_engine_python.shapes import is_shape, schema_of_class
from llmspell_engine_python.values import Encoder


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Place(TypedDict):
    city: str
    zip: NotRequired[str]


@dataclasses.dataclass
class Person:
    """A person."""

    name: Annotated[str, "full name"]
    place: Place
    age: int | None = None
    likes: list[Colour] = dataclasses.field(default_factory=list)
    kinds: ClassVar[int] = 0


class Point(NamedTuple):
    x: float
    y: Literal[1, 2] = 1


@attrs.frozen
class Box:
    sides: dict[str, float]
    lid: bool = True
    inside: list[Any] = attrs.Factory(list)


@dataclasses.dataclass
class Tree:
    left: Tree | None = None


@dataclasses.dataclass
class Lost:
    what: Nowhere  # type: ignore[name-defined]  # noqa: F821 - that is the point


def test_a_dataclass_is_an_object_of_its_fields():
    assert schema_of_class(Person) == {
        "title": "Person",
        "description": "A person.",
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "full name"},
            "place": {
                "title": "Place",
                "type": "object",
                "properties": {"city": {"type": "string"}, "zip": {"type": "string"}},
                "required": ["city"],
                "additionalProperties": False,
            },
            "age": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": None},
            "likes": {"type": "array", "items": {"enum": ["red", "blue"]}},
        },
        "required": ["name", "place"],
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("kind", "properties", "required"),
    [
        (Point, {"x": {"type": "number"}, "y": {"enum": [1, 2], "default": 1}}, ["x"]),
        (
            Box,
            {
                "sides": {"type": "object", "additionalProperties": {"type": "number"}},
                "lid": {"type": "boolean", "default": True},
                "inside": {"type": "array", "items": {}},
            },
            ["sides"],
        ),
    ],
)
def test_named_tuples_and_attrs_classes_likewise(kind, properties, required):
    found = schema_of_class(kind)
    assert (found["properties"], found["required"]) == (properties, required)


def test_other_classes_are_functions_that_can_be_called():
    assert not any(is_shape(kind) for kind in (str, Colour, Encoder, tuple))
    assert Encoder(lambda _: 7)(Encoder, "x") == {"$fn": 7}


@pytest.mark.parametrize(
    ("kind", "said"), [(Tree, "x: Tree contains itself"), (Lost, "x: a type of Lost is not known")]
)
def test_what_cannot_be_described_is_an_error_with_its_path(kind, said):
    with pytest.raises(ConversionError, match=said):
        Encoder(lambda _: 1)(kind, "x")


def test_a_class_crosses_as_its_schema():
    assert Encoder(lambda _: 1)({"output": Point}, "x") == {"output": schema_of_class(Point)}
