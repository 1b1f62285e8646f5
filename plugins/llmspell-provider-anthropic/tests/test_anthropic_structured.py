from __future__ import annotations

from typing import Any

import pytest

from llmspell.errors import BadRequestError
from llmspell_provider_anthropic.models import takes_schemas
from llmspell_provider_anthropic.section import AnthropicSection
from llmspell_provider_anthropic.structured import by_schema, closed, fits

OPEN = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
SHUT = {**OPEN, "additionalProperties": False}
LIMITED = {"type": "object", "properties": {"a": {"type": "integer", "minimum": 1}}}


def write(schema: dict[str, Any], body: dict[str, Any] | None = None, **keys: Any) -> tuple[dict[str, Any], str | None]:
    written = {"model": "claude-sonnet-5", **(body or {})}
    return written, by_schema(written, schema, AnthropicSection(**keys))


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("claude-sonnet-5", True),
        ("claude-haiku-4-5-20251001", True),
        ("claude-opus-4-5", True),
        ("claude-opus-4-1", False),
        ("claude-opus-4-1-20250805", False),
        ("claude-sonnet-4-20250514", False),
        ("claude-opus-4@20250514", False),
        ("claude-3-7-sonnet-latest", False),
        ("claude-2.1", False),
        ("claude-30-opus", True),
    ],
)
def test_which_models_take_schemas(model: str, takes: bool) -> None:
    assert takes_schemas(model) is takes


def test_a_schema_is_closed_and_sent() -> None:
    body, tool = write(OPEN, {"output_config": {"effort": "low"}})
    assert tool is None
    assert body["output_config"] == {"effort": "low", "format": {"type": "json_schema", "schema": SHUT}}


@pytest.mark.parametrize(
    ("schema", "fit"),
    [
        (OPEN, True),
        (SHUT, True),
        (LIMITED, False),
        ({**OPEN, "additionalProperties": True}, False),
        ({**OPEN, "additionalProperties": {"type": "string"}}, False),
        ({"type": "object"}, False),
        ({"type": "array", "items": OPEN}, True),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 3}, False),
        ({"anyOf": [OPEN, {"type": "null"}]}, True),
        ({"anyOf": [OPEN, LIMITED]}, False),
        ({**OPEN, "properties": {"minimum": {"type": "string"}, "properties": OPEN}}, True),
        ({**OPEN, "$defs": {"x": OPEN}, "properties": {"a": {"$ref": "#/$defs/x"}}}, True),
        ({**OPEN, "$defs": {"x": {"anyOf": [{"$ref": "#/$defs/x"}, OPEN]}}}, False),
        ({**OPEN, "properties": {"a": {"$ref": "#"}}}, False),
        ({**OPEN, "properties": {"a": {"$ref": "https://example.com/x"}}}, False),
        ({"enum": [{"minimum": 1}]}, True),
        ({"const": {"type": "object"}}, True),
    ],
)
def test_what_fits(schema: dict[str, Any], fit: bool) -> None:
    assert fits(schema) is fit


def test_objects_are_closed_wherever_they_are() -> None:
    schema = {
        "$defs": {"x": OPEN},
        "type": "object",
        "properties": {"a": {"type": "array", "items": OPEN}, "type": OPEN},
        "default": {"type": "object"},
    }
    assert closed(schema) == {
        "$defs": {"x": SHUT},
        "type": "object",
        "properties": {"a": {"type": "array", "items": SHUT}, "type": SHUT},
        "default": {"type": "object"},
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("schema", "keys", "model"),
    [
        (LIMITED, {}, "claude-sonnet-5"),
        (OPEN, {"structured": "tool"}, "claude-sonnet-5"),
        (OPEN, {}, "claude-3-7-sonnet-latest"),
    ],
)
def test_else_a_call_is_forced(schema: dict[str, Any], keys: dict[str, Any], model: str) -> None:
    body, tool = write(schema, {"model": model}, **keys)
    assert tool == "answer"
    assert body["tools"] == [{"name": "answer", "description": "Give the final answer.", "input_schema": schema}]
    assert body["tool_choice"] == {"type": "tool", "name": "answer"}


def test_the_api_s_own_way_can_be_asked_for() -> None:
    assert write(LIMITED, structured="native")[1] is None


def test_other_tools_may_come_first() -> None:
    body, tool = write(LIMITED, {"tools": [{"name": "answer"}, {"type": "web_search_20260209"}]})
    assert tool == "answer_"
    assert body["tool_choice"] == {"type": "any"}
    assert [one.get("name") for one in body["tools"]] == ["answer", None, "answer_"]


@pytest.mark.parametrize(("thinking", "choice"), [("enabled", "auto"), ("adaptive", "auto"), ("disabled", "tool")])
def test_a_model_that_thinks_is_not_forced(thinking: str, choice: str) -> None:
    assert write(LIMITED, {"thinking": {"type": thinking}})[0]["tool_choice"]["type"] == choice


def test_only_an_object_can_be_the_arguments_of_a_call() -> None:
    with pytest.raises(BadRequestError, match="object at its root"):
        write({"type": "array", "items": {"type": "string"}}, structured="tool")
