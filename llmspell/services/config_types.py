"""Types of configured values in the words of people; light enough for whoever only lists keys."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from llmspell.spec.secrets import SecretRef

_WORDS = {
    bool: "true or false", int: "a whole number", float: "a number", str: "a text", Path: "a path", list: "a list",
    tuple: "a list", dict: "a table", Mapping: "a table", SecretRef: "a text",
}  # fmt: skip


def type_name(kind: Any) -> str:
    """Describe a type to the writer of a configuration."""
    origin: Any = get_origin(kind)
    if origin is Annotated:
        return type_name(get_args(kind)[0])
    if origin in {Union, UnionType}:
        return " or ".join(type_name(one) for one in get_args(kind) if one is not type(None))
    if origin is Literal:
        return "one of " + ", ".join(repr(one) for one in get_args(kind))
    return _WORDS.get(origin or kind, getattr(kind, "__name__", str(kind)))
