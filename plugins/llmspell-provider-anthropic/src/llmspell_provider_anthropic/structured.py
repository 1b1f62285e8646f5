"""Answers by a JSON Schema: in the API's own way where model and schema allow it, else by a call that is forced.

The API's own way takes a subset of JSON Schema: closed objects, no limits on numbers, lengths or counts, no recursion
(https://platform.claude.com/docs/en/build-with-claude/structured-outputs).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadRequestError
from llmspell_provider_anthropic.models import takes_schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell_provider_anthropic.section import AnthropicSection

ANSWER_TOOL = "answer"
_LIMITS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"}
_COUNTS = {"minItems", "maxItems", "uniqueItems", "contains", "prefixItems", "minProperties", "maxProperties"}
_CHOICES = {"not", "oneOf", "if", "then", "else", "dependentRequired", "dependentSchemas"}
_NAMES = {"patternProperties", "propertyNames", "unevaluatedProperties"}
_UNKNOWN_TO_IT = frozenset(_LIMITS | _COUNTS | _CHOICES | _NAMES)
_DEFINED = ("$defs", "definitions")
_NAMED = ("properties", *_DEFINED)


def by_schema(body: dict[str, Any], schema: Mapping[str, object], section: AnthropicSection) -> str | None:
    """Write into a body that the answer follows a schema; give the name of the tool whose call is the answer, if any.

    Raises `BadRequestError` for a schema of anything but an object where the detour is needed.
    """
    native = section.structured == "native" or (
        section.structured == "auto" and takes_schemas(str(body["model"])) and fits(schema)
    )
    if native:
        config = body.get("output_config")
        format_ = {"type": "json_schema", "schema": closed(schema)}
        body["output_config"] = {**config, "format": format_} if isinstance(config, dict) else {"format": format_}
        return None
    if schema.get("type", "object") != "object":
        raise BadRequestError(
            "an answer by this schema needs an object at its root",
            suggestions=["wrap the schema in an object with one property"],
        )
    others = body.get("tools", [])
    name = _free_name({str(tool.get("name")) for tool in others})
    tool = {"name": name, "description": "Give the final answer.", "input_schema": {"type": "object", **schema}}
    body["tools"] = [*others, tool]
    thinking = body.get("thinking")
    if isinstance(thinking, dict) and thinking.get("type") != "disabled":
        body["tool_choice"] = {"type": "auto"}  # a model that thinks cannot be forced
    else:
        body["tool_choice"] = {"type": "any"} if others else {"type": "tool", "name": name}
    return name


def fits(schema: object) -> bool:
    """Tell whether the API's own way takes a schema once it is closed."""
    if isinstance(schema, list):
        return all(map(fits, schema))
    if not isinstance(schema, Mapping):
        return True
    open_ = schema.get("additionalProperties", False) is not False or (
        _is_object(schema) and "properties" not in schema  # any properties: it cannot be closed
    )
    return (
        not open_ and _UNKNOWN_TO_IT.isdisjoint(schema) and _refers_plainly(schema) and all(map(fits, _parts(schema)))
    )


def _refers_plainly(schema: Mapping[str, Any]) -> bool:
    """Tell whether references lead to definitions here; definitions that refer to others may lead in a circle."""
    local = str(schema.get("$ref", "#/$defs/")).startswith(("#/$defs/", "#/definitions/"))
    return local and "$ref" not in json.dumps([schema.get(name) for name in _DEFINED], default=str)


def closed(schema: Any) -> Any:
    """Give a schema whose objects take no other properties."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    shut = {
        key: {name: closed(part) for name, part in one.items()} if _is_named(key, one) else closed(one)
        for key, one in schema.items()
        if _is_schema(key, one)
    }
    shut = {key: shut.get(key, one) for key, one in schema.items()}
    return {**shut, "additionalProperties": False} if _is_object(schema) else shut


def _parts(schema: Mapping[str, Any]) -> Iterator[Any]:
    for key, one in schema.items():
        if _is_schema(key, one):
            yield list(one.values()) if _is_named(key, one) else one


def _is_named(key: str, value: object) -> bool:
    return key in _NAMED and isinstance(value, Mapping)


def _is_object(schema: Mapping[str, object]) -> bool:
    return schema.get("type") == "object" or "properties" in schema


def _is_schema(key: str, value: object) -> bool:
    """Tell keys that hold schemas from those that hold values, which may look like schemas."""
    return isinstance(value, Mapping | list) and key not in {"enum", "const", "default", "examples", "required", "type"}


def _free_name(taken: set[str]) -> str:
    name = ANSWER_TOOL
    while name in taken:
        name += "_"
    return name
