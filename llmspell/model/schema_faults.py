"""What is wrong with arguments, in sentences that a person or a model can act on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.model.near import near_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_SHOWN = 60
_WORDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_FORMATS = {
    "date-time": "a date and time such as 2025-01-20T15:30:00Z",
    "date": "a date such as 2025-01-20",
    "time": "a time such as 15:30:00Z",
    "duration": "a duration such as PT1H30M",
    "uuid": "a UUID",
    "byte": "bytes in base64",
    "uri": "a URL",
    "email": "an e-mail address",
}
_COMPARISONS = {
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "exclusiveMinimum": "must be more than {}",
    "exclusiveMaximum": "must be less than {}",
    "multipleOf": "must be a multiple of {}",
    "minLength": "must have at least {} characters",
    "maxLength": "must have at most {} characters",
    "minItems": "must have at least {} items",
    "maxItems": "must have at most {} items",
    "minProperties": "must have at least {} keys",
    "maxProperties": "must have at most {} keys",
    "pattern": "must match the pattern {}",
    "const": "must be {}",
}


class Fault(NamedTuple):
    """One thing that is wrong. `path` is dotted (`operations[1].pattern`), "" for the arguments as a whole."""

    path: str
    message: str


def faults_of(errors: Iterable[Any], schema: Mapping[str, Any], noun: str = "argument") -> list[Fault]:
    """Turn jsonschema-rs errors into faults, in their order; `schema` supplies the names that would have been right.

    `noun` is what a named value is called where it stands.
    """
    return [fault for error in errors for fault in _explain(error, schema, noun)]


def nearest(name: str, known: Sequence[str], noun: str = "argument") -> str:
    """Name the closest known name in a clause (`; did you mean ...?`), or all of them when none is close."""
    close = near_words(name, known, n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known are {', '.join(sorted(known))}" if known else f"; it takes no {noun}s"


def _explain(error: Any, schema: Mapping[str, Any], noun: str) -> Iterator[Fault]:
    kind, path, value = error.kind.name, list(error.instance_path), error.instance
    if kind in {"additionalProperties", "unevaluatedProperties"}:
        known = list(_parent(schema, error.schema_path).get("properties", ()))
        for name in error.kind.unexpected:
            yield Fault(_dotted([*path, name]), f"there is no {noun} {name!r}{nearest(name, known, noun)}")
    elif kind == "required":
        yield Fault(_dotted([*path, error.kind.property]), "is missing and must be given")
    elif kind in {"anyOf", "oneOf"}:
        yield from _branches(error, schema, noun)
    elif kind == "type":
        yield Fault(_dotted(path), f"must be {_either([_WORDS[one] for one in error.kind.types])}, not {_show(value)}")
    elif kind == "enum":
        options = error.kind.options
        close = nearest(value, [o for o in options if isinstance(o, str)]) if isinstance(value, str) else ""
        hint = close if "did you mean" in close else ""
        yield Fault(_dotted(path), f"must be one of {', '.join(map(_show, options))}, not {_show(value)}{hint}")
    elif kind == "format":
        yield Fault(_dotted(path), f"must be {_FORMATS.get(error.kind.format, error.kind.format)}, not {_show(value)}")
    elif kind in _COMPARISONS:
        yield Fault(_dotted(path), f"{_COMPARISONS[kind].format(error.kind.value)}, not {_show(value)}")
    else:
        yield Fault(_dotted(path), error.message)


def _branches(error: Any, schema: Mapping[str, Any], noun: str) -> Iterator[Fault]:
    """Explain a value that fits no branch: by the one branch meant for its type if there is one, else by the types."""
    path, value = list(error.instance_path), error.instance
    branches: list[list[Any]] = error.kind.context
    wrong_types = [_types_wanted(branch, path) for branch in branches]
    meant = [branch for branch, wanted in zip(branches, wrong_types, strict=True) if not wanted]
    if len(meant) == 1:
        yield from faults_of(meant[0], schema, noun)
    elif meant:
        yield Fault(_dotted(path), f"fits none of the {len(branches)} forms that are allowed here: {_show(value)}")
    else:
        words = dict.fromkeys(_WORDS[kind] for wanted in wrong_types for kind in wanted)
        yield Fault(_dotted(path), f"must be {_either(list(words))}, not {_show(value)}")


def _types_wanted(branch: list[Any], path: list[str | int]) -> list[str]:
    """Name the types that a branch wants at `path` itself; none when the value's type was right."""
    return [
        kind
        for error in branch
        if error.kind.name == "type" and list(error.instance_path) == path
        for kind in error.kind.types
    ]


def _parent(schema: Mapping[str, Any], schema_path: Sequence[str | int]) -> Mapping[str, Any]:
    """Follow a schema path to the object that holds its last keyword; a `$ref` starts again at its target."""
    node: Any = schema
    for step in list(schema_path)[:-1]:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return {}
    return node if isinstance(node, dict) else {}


def _dotted(path: Sequence[str | int]) -> str:
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _show(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
