"""What a class says about data: the JSON Schema that stands for it where a script passes the class."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from typing import Any

TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", list: "array", dict: "object"}
MISSING: Any = object()


def is_shape(kind: type) -> bool:
    """Tell whether a class describes data: a dataclass, a `TypedDict`, a `NamedTuple`, an attrs class."""
    if dataclasses.is_dataclass(kind) or typing.is_typeddict(kind) or hasattr(kind, "__attrs_attrs__"):
        return True
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


def schema_of_class(kind: type, within: tuple[type, ...] = ()) -> dict[str, Any]:
    """Write the JSON Schema of a class; raises `TypeError` for one that contains itself, or has names nobody knows."""
    if kind in within:
        raise TypeError(f"{kind.__name__} contains itself: write its JSON Schema instead")
    try:
        hints = typing.get_type_hints(kind, include_extras=True)
    except NameError as error:
        raise TypeError(f"a type of {kind.__name__} is not known: {error}") from error
    defaults = _defaults(kind)
    properties = {}
    for name, hint in hints.items():
        if typing.get_origin(hint) is typing.ClassVar:
            continue
        properties[name] = type_schema(hint, (*within, kind))
        default = defaults.get(name, MISSING)
        if default is None or isinstance(default, (str, int, float, bool)):
            properties[name]["default"] = default
    optional = set(defaults) | set(getattr(kind, "__optional_keys__", ()))
    for name, hint in hints.items():  # which annotations that are text hide from a `TypedDict`
        if typing.get_origin(hint) is typing.NotRequired:
            optional.add(name)
        elif typing.get_origin(hint) is typing.Required:
            optional.discard(name)
    about = inspect.getdoc(kind) if kind.__doc__ and not kind.__doc__.startswith(f"{kind.__name__}(") else None
    return {
        "title": kind.__name__,
        **({"description": about} if about else {}),
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _defaults(kind: Any) -> dict[str, Any]:
    """Give the defaults of fields, `MISSING` for those that a factory makes."""
    if dataclasses.is_dataclass(kind):
        given = {one.name: one.default for one in dataclasses.fields(kind) if one.default is not dataclasses.MISSING}
        made = [one.name for one in dataclasses.fields(kind) if one.default_factory is not dataclasses.MISSING]
        return {**given, **dict.fromkeys(made, MISSING)}
    if hasattr(kind, "__attrs_attrs__"):
        nothing = [one for one in kind.__attrs_attrs__ if type(one.default).__name__ == "_Nothing"]
        return {one.name: _plain(one.default) for one in kind.__attrs_attrs__ if one not in nothing}
    return dict(getattr(kind, "_field_defaults", {}))


def _plain(default: Any) -> Any:
    return default if default is None or isinstance(default, (str, int, float, bool)) else MISSING


def type_schema(hint: Any, within: tuple[type, ...] = ()) -> dict[str, Any]:  # noqa: PLR0911 - a table
    """Write the schema of one type; an unknown one takes anything."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        text = next((one for one in inner[1:] if isinstance(one, str)), None)
        return {**type_schema(inner[0], within), **({"description": text} if text else {})}
    if origin in (typing.Required, typing.NotRequired):
        return type_schema(inner[0], within)
    if origin is typing.Literal:
        return {"enum": list(inner)}
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [{"type": "null"} if one is type(None) else type_schema(one, within) for one in inner]}
    if origin is list and inner:
        return {"type": "array", "items": type_schema(inner[0], within)}
    if origin is dict and inner:
        return {"type": "object", "additionalProperties": type_schema(inner[1], within)}
    if isinstance(hint, type) and origin is None:
        if issubclass(hint, enum.Enum):
            return {"enum": [one.value for one in hint]}
        if is_shape(hint):
            return schema_of_class(hint, within)
    known = TYPES.get(origin or hint)
    return {"type": known} if known else {}
