"""The short form of a schema: `{name = "string", age = "integer?", tags = {"string"}}`.

A text says a type: `string`, `integer`, `number`, `boolean`, `object`, `array`, `any`, `null`, joined by `|`, followed
by `[]` for a list of them and by `?` where the value may be left out; after a colon it says what the value means. A
table with names is an object, a list of one element a list of such, and JSON Schema may stand anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from llmspell.errors import SchemaError

Schema = dict[str, Any]

JSON_TYPES = frozenset({"string", "integer", "number", "boolean", "object", "array", "null"})
_ALIASES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array"}
_SHAPING = frozenset(
    {"type", "properties", "items", "prefixItems", "enum", "const", "anyOf", "oneOf", "allOf", "$ref", "$defs"}
)
_LIMITS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"}
_MORE = {"minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains", "minProperties"}
_OBJECTS = {"maxProperties", "required", "additionalProperties", "patternProperties", "propertyNames"}
_OTHERS = {"dependentRequired", "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "definitions"}
_CHOICES = {"not", "if", "then", "else", "pattern", "format", "contentEncoding", "contentMediaType"}
_NOTES = {"title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly", "nullable"}
_FRAME = {"$schema", "$id", "$anchor", "$comment", "$dynamicRef", "$dynamicAnchor", "$vocabulary"}
KEYWORDS = _SHAPING | _LIMITS | _MORE | _OBJECTS | _OTHERS | _CHOICES | _NOTES | _FRAME
_TEXT = re.compile(
    r"(?P<types>[a-z]+(?:\s*\|\s*[a-z]+)*)(?P<lists>(?:\[\])*)(?P<optional>\??)(?:\s*:\s*(?P<about>.+))?"
)
_ADVICE = 'write a type (`"string"`, `"integer?"`, `"string[]"`), a table of fields, `{enum = {...}}` or a JSON Schema'


def read_schema(given: Mapping[str, Any], who: str) -> Schema:
    """Give a table as JSON Schema: as it is when it is one, else as the short form of an object without other fields.

    Raises `SchemaError` for what is neither, or may be both.
    """
    return dict(given) if is_schema(given, who) else _object(given, "", who)


def is_schema(given: Mapping[str, Any], who: str) -> bool:
    """Tell whether a table is a JSON Schema; raises `SchemaError` where it could as well be the short form."""
    kind = given.get("type")
    if not _SHAPING.intersection(given) or not KEYWORDS.issuperset(given):
        return False
    if isinstance(kind, str) and kind not in JSON_TYPES:
        return False
    if given.keys() == {"type"} or "$ref" in given or not all(map(_kinds_of, given.values())):
        return True
    if "type" not in given:
        return False  # `{items = "string"}`: no keyword that shapes a value takes the name of a type
    names = ", ".join(map(repr, sorted(given)))
    message = f"the schema of {who} can be read in two ways: {names} may be its fields or keys of JSON Schema"
    raise SchemaError(message, suggestions=["put fields below the key `properties`"])


def short(given: object, path: str, who: str) -> tuple[Schema, bool]:
    """Read one value of the short form; give its schema, and whether it must be there."""
    if isinstance(given, str):
        return _text(given, path, who)
    if isinstance(given, Mapping):
        if is_schema(given, f"{path} of {who}" if path else who):
            return dict(given), True
        return _object(given, path, who), True
    if isinstance(given, list | tuple) and len(given) == 1:
        return {"type": "array", "items": short(given[0], f"{path}[]", who)[0]}, True
    advice = "a list of one element is a list of such; write `{enum = {...}}` for one of several values"
    raise _wrong(given, path, who, advice if isinstance(given, list | tuple) else _ADVICE)


def _object(given: Mapping[str, Any], path: str, who: str) -> Schema:
    if not given:
        message = f"the schema of {who} names no field" + (f" at {path!r}" if path else "")
        raise SchemaError(message, suggestions=[_ADVICE])
    properties: Schema = {}
    required: list[str] = []
    for name, one in given.items():
        properties[name], must = short(one, f"{path}.{name}" if path else str(name), who)
        if must:
            required.append(name)
    schema: Schema = {"type": "object", "properties": properties, "required": required}
    return {**{k: v for k, v in schema.items() if v != []}, "additionalProperties": False}


def _text(given: str, path: str, who: str) -> tuple[Schema, bool]:
    found, kinds = _TEXT.fullmatch(given.strip()), _kinds_of(given)
    if found is None or not kinds:
        raise _wrong(given, path, who, _ADVICE)
    optional, depth = bool(found["optional"]), len(found["lists"]) // 2
    if optional and not depth and "null" not in kinds:
        kinds.append("null")
    schema: Schema = {} if "any" in kinds else {"type": kinds[0] if len(kinds) == 1 else kinds}
    for level in range(depth, 0, -1):
        schema = {"type": ["array", "null"] if optional and level == 1 else "array", "items": schema}
    if found["about"]:
        schema["description"] = found["about"].strip()
    return schema, not optional


def _kinds_of(given: object) -> list[str]:
    """Give the types that a text names, none when it is no such text."""
    found = _TEXT.fullmatch(given.strip()) if isinstance(given, str) else None
    words = re.split(r"\s*\|\s*", found["types"]) if found else []
    kinds = [_ALIASES.get(word, word) for word in words]
    return kinds if all(kind == "any" or kind in JSON_TYPES for kind in kinds) else []


def _wrong(given: object, path: str, who: str, advice: str) -> SchemaError:
    place = f"field {path!r} of {who}" if path else f"the schema of {who}"
    return SchemaError(f"{place} has the type {given!r}, which nobody knows", suggestions=[advice])
