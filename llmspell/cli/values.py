"""Read `name=value` words."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def pairs(words: Iterable[str], *, what: str) -> dict[str, object]:
    """Read `name=text`, `name:=json`, or one whole JSON object; raises `UsageError`."""
    found: dict[str, object] = {}
    for word in words:
        if word.startswith("{"):
            found.update(_object(word, what))
            continue
        name, equals, value = word.partition("=")
        if not equals or not name:
            message = f"{what} {word!r} is not NAME=VALUE"
            raise UsageError(message, suggestions=["write name=value, or name:=1 for a number, or one JSON object"])
        found[name.removesuffix(":")] = _json(name, value) if name.endswith(":") else value
    return found


def from_file(name: str) -> dict[str, object]:
    """Read a JSON object from a file, or from standard input when the name is `-`; raises `UsageError`."""
    try:
        text = standard_input() if name == "-" else Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read {name!r}: {error}"
        raise UsageError(message) from error
    return _object(text, f"the content of {name!r}")


def standard_input() -> str:
    """Read standard input as UTF-8, whatever the locale; raises `UnicodeDecodeError`, where a locale may hide bytes."""
    return sys.stdin.buffer.read().decode("utf-8")


def fitted(given: Mapping[str, object], schema: Mapping[str, object]) -> dict[str, object]:
    """Turn words into the types a JSON Schema asks for, where a word can be read so.

    The schema's own check speaks about the rest.
    """
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return dict(given)
    return {
        name: _fit(value, properties.get(name, {})) if isinstance(value, str) else value
        for name, value in given.items()
    }


def _fit(text: str, schema: Mapping[str, object]) -> object:
    types = _types(schema)
    if "string" in types and not types & {"array", "object"}:
        return text
    try:
        value = json.loads(text)
    except ValueError:
        return [text] if "array" in types and "string" not in types else text
    return text if "string" in types and not isinstance(value, (list, dict)) else value


def _types(schema: Mapping[str, object]) -> set[str]:
    found: set[str] = set()
    kind = schema.get("type")
    if isinstance(kind, str):
        found.add(kind)
    elif isinstance(kind, list):
        found.update(kind)
    elif "enum" in schema and isinstance(schema["enum"], list):
        found.update("string" for value in schema["enum"] if isinstance(value, str))
    for key in ("anyOf", "oneOf"):
        options = schema.get(key)
        for option in options if isinstance(options, list) else ():
            found |= _types(option)
    return found


def _json(name: str, text: str) -> object:
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"the value of {name}= is not JSON: {error}"
        raise UsageError(message, suggestions=[f"write {name.removesuffix(':')}=TEXT for plain text"]) from error
    return value


def _object(text: str, what: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"{what} is not JSON: {error}"
        raise UsageError(message) from error
    if not isinstance(value, dict):
        message = f"{what} is not a JSON object"
        raise UsageError(message)
    return value
