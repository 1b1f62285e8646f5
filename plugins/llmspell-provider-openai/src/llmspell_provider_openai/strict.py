"""Schemas in strict mode, in which the model cannot write anything that does not fit.

It takes a subset of JSON Schema: closed objects all of whose properties are required, no choice at the root, no
conditions, a bounded size (https://platform.openai.com/docs/guides/structured-outputs#supported-schemas).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.model.schema_walk import mapped, parts, takes_null

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

DEEPEST, MOST_PROPERTIES, MOST_VALUES, LONGEST = 10, 5000, 1000, 120_000
"""Levels of nesting; properties, values of enums, and characters of all names and values of one schema."""

_REFUSED = frozenset(
    {"allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas", "patternProperties",
     "propertyNames", "unevaluatedProperties", "unevaluatedItems", "contains", "minContains", "maxContains",
     "uniqueItems", "prefixItems", "minProperties", "maxProperties", "contentEncoding", "contentMediaType"}
)  # fmt: skip
_LEFT_OUT = frozenset({"default", "examples", "deprecated", "readOnly", "writeOnly", "title"})
_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})


def strict_form(schema: Mapping[str, object]) -> Json | None:
    """Give a schema as strict mode takes it, None when it cannot: a property that may be missing may be null there.

    Whoever reads the answer takes such a null for a missing property.
    """
    if schema.get("type") != "object" or "anyOf" in schema or not all(map(_closable, parts(schema))):
        return None
    made: Json = mapped(schema, lambda part: _closed(part, schema))
    return made if _is_small(made) else None


def _closable(part: Mapping[str, Any]) -> bool:
    if not _REFUSED.isdisjoint(part) or part.get("format", "date") not in _FORMATS:
        return False
    if not part or not str(part.get("$ref", "#")).startswith("#"):
        return False  # a value of any kind, or one described elsewhere
    return not _is_object(part) or ("properties" in part and part.get("additionalProperties", False) is False)


def _closed(part: Json, root: Mapping[str, object]) -> Json:
    kept = {key: one for key, one in part.items() if key not in _LEFT_OUT}
    if not _is_object(part):
        return kept
    needed = part.get("required", ())
    properties = {name: one if name in needed else _or_null(one, root) for name, one in part["properties"].items()}
    return {**kept, "properties": properties, "required": list(properties), "additionalProperties": False}


def _or_null(part: Json, root: Mapping[str, object]) -> Json:
    return part if takes_null(part, root) else {"anyOf": [part, {"type": "null"}]}


def _is_object(part: Mapping[str, Any]) -> bool:
    kinds = part.get("type", ())
    return "properties" in part or kinds == "object" or "object" in (kinds if isinstance(kinds, list) else ())


def _is_small(schema: Json) -> bool:
    every = list(parts(schema))
    names = [name for part in every for key in ("properties", "$defs") for name in part.get(key, ())]
    values = [str(value) for part in every for value in (*part.get("enum", ()), *_const(part))]
    properties = sum(len(part.get("properties", ())) for part in every)
    short = properties <= MOST_PROPERTIES and len(values) <= MOST_VALUES and sum(map(len, names + values)) <= LONGEST
    return short and _depth(schema) <= DEEPEST


def _const(part: Mapping[str, Any]) -> list[object]:
    return [part["const"]] if "const" in part else []


def _depth(schema: Any) -> int:
    """Count the levels of objects and lists within each other."""
    own = 1 if isinstance(schema, dict) and (_is_object(schema) or "items" in schema) else 0
    inner = _children(schema) if isinstance(schema, dict) else []
    return own + max(map(_depth, inner), default=0)


def _children(schema: Json) -> list[Any]:
    named = [list(schema.get(key, {}).values()) for key in ("properties", "$defs", "definitions")]
    return [
        one for group in (schema.get("anyOf", []), *named, [schema.get("items")]) for one in group if one is not None
    ]
