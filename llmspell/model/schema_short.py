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
_SCHEMAS = (
    "items", "additionalProperties", "contains", "not", "if", "then", "else", "propertyNames", "unevaluatedItems",
    "unevaluatedProperties",
)  # fmt: skip
_FORMS: dict[type | tuple[type, ...], tuple[str, ...]] = {
    str: ("title", "description", "pattern", "format", "contentEncoding", "contentMediaType", "$ref", "$schema", "$id",
          "$anchor", "$comment"),
    (int, float): ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
                   "minItems", "maxItems", "minContains", "maxContains", "minProperties", "maxProperties"),
    bool: ("uniqueItems", "deprecated", "readOnly", "writeOnly", "nullable"),
    list: ("enum", "anyOf", "oneOf", "allOf", "prefixItems", "required", "examples"),
    dict: ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependentRequired"),
    (dict, bool): _SCHEMAS,
    object: ("default", "const"),
    (str, list): ("type",),
}  # fmt: skip
_KEYWORDS = {name: form for form, names in _FORMS.items() for name in names}
"""The keywords of JSON Schema, and of what type their values are."""

_TEXT = re.compile(
    r"(?P<types>[a-z]+(?:\s*\|\s*[a-z]+)*)(?P<lists>(?:\[\])*)(?P<optional>\??)(?:\s*:\s*(?P<about>.+))?"
)
_ADVICE = 'write a type (`"string"`, `"integer?"`, `"string[]"`), a table of fields, `{enum = {...}}` or a JSON Schema'


def read_schema(given: Mapping[str, Any], who: str) -> Schema:
    """Give a table as JSON Schema: as it is when it is one, else as the short form of an object without other fields.

    Raises `SchemaError` for what is neither, or may be both.
    """
    return _table(given, "", who)


def is_schema(given: Mapping[str, Any], who: str) -> bool:
    """Tell whether a table is a JSON Schema; raises `SchemaError` where it could as well be the short form."""
    if _says_so(given):
        return True
    if not _SHAPING.intersection(given) or not all(_may_be(name, one, who) for name, one in given.items()):
        return False
    if given.keys() == {"type"} or "$ref" in given or not all(map(_kinds_of, given.values())):
        return True
    if "type" not in given:
        return False  # `{const = "string"}`: a field of that name
    names = ", ".join(map(repr, sorted(given)))
    message = f"the schema of {who} can be read in two ways: {names} may be its fields or keys of JSON Schema"
    raise SchemaError(message, suggestions=["put fields below the key `properties`"])


def _says_so(given: Mapping[str, Any]) -> bool:
    """Tell whether a table says what it is: an object with properties, or an array with items."""
    if given.get("type") == "object":
        said = isinstance(given.get("properties"), dict)
    else:
        said = given.get("type") == "array" and isinstance(given.get("items"), dict | list | str | bool)
    return said and _KEYWORDS.keys() >= given.keys()


def _may_be(name: str, value: object, who: str) -> bool:
    """Tell whether a keyword of JSON Schema may have a value; a field of that name has another one."""
    form = _KEYWORDS.get(name)
    if form is None or not (isinstance(value, form) or (form in (list, dict) and value in ([], {}))):
        return False
    if name == "type":
        listed = value if isinstance(value, list) else [value]
        return all(isinstance(one, str) and one in JSON_TYPES for one in listed)
    if name in _SCHEMAS and isinstance(value, dict):
        return not value or is_schema(value, who)
    return name != "properties" or all(isinstance(one, dict | bool) for one in value.values())  # type: ignore[attr-defined]


def short(given: object, path: str, who: str) -> tuple[Schema, bool]:
    """Read one value of the short form; give its schema, and whether it must be there."""
    if isinstance(given, str):
        return _text(given, path, who)
    if isinstance(given, Mapping):
        return _table(given, path, who), True
    if isinstance(given, list | tuple) and len(given) == 1:
        return {"type": "array", "items": short(given[0], f"{path}[]", who)[0]}, True
    advice = "a list of one element is a list of such; write `{enum = {...}}` for one of several values"
    raise _wrong(given, path, who, advice if isinstance(given, list | tuple) else _ADVICE)


def _table(given: Mapping[str, Any], path: str, who: str) -> Schema:
    if not is_schema(given, f"{path} of {who}" if path else who):
        return _object(given, path, who)
    made = dict(given)
    if not _says_so(given):
        return made
    if isinstance(given.get("properties"), dict):
        read = {
            name: _within(one, f"{path}.{name}" if path else name, who) for name, one in given["properties"].items()
        }
        made["properties"] = {name: one for name, (one, _) in read.items()}
        if "required" not in given and (needed := [name for name, (_, must) in read.items() if must]):
            made["required"] = needed
    if "items" in given:
        made["items"] = _within(given["items"], f"{path}[]", who)[0]
    return made


def _within(given: Any, path: str, who: str) -> tuple[Any, bool]:
    """Read a part of a JSON Schema, which may be in the short form, too: then it also says whether it must be there."""
    if isinstance(given, bool) or given == {}:
        return given, False
    if isinstance(given, dict) and (_says_so(given) or all(_may_be(name, one, who) for name, one in given.items())):
        return (_table(given, path, who) if _says_so(given) else dict(given)), False
    return short(given, path, who)


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
