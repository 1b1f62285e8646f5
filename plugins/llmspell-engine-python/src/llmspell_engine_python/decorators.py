"""Functions as decorators make them: what a function's signature says about the tool it is to be."""

from __future__ import annotations

import inspect
import typing
from typing import TYPE_CHECKING, Any

from llmspell_engine_python.shapes import type_schema

if TYPE_CHECKING:
    from collections.abc import Callable

TOOL = "execute"
"""The option that is a tool's function: what it takes is told to models."""


def decorate(
    op: str, place: str, args: tuple[Any, ...], options: dict[str, Any], function: Callable[..., Any]
) -> tuple[tuple[Any, ...], dict[str, Any], bool]:
    """Give the arguments of the call with the function in its `place` (see spec/wire.py), and whether it is a tool.

    Raises `TypeError` for what is no decorator.
    """
    if place == TOOL:
        about = {"execute": adapted(function), "description": inspect.getdoc(function) or "", **options}
        if "parameters" not in about and "input_schema" not in about and takes_names(function):
            about["parameters"] = schema_of(function)
        if not args:
            about.setdefault("name", function.__name__)
        return args, about, True
    if place == "*":
        return (*args, function), options, False
    if place:
        return ((*args, function), {}, False) if not options else (args, {**options, place: function}, False)
    raise TypeError(f"{op} is no decorator: await it")


def with_function(place: str, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Put a hook's function among its options: `Hooks.register("point", function, priority=600)`."""
    if place not in ("", "*", TOOL) and args and callable(args[-1]):
        return args[:-1], {**options, place: args[-1]}
    return args, options


def takes_names(function: Callable[..., Any]) -> bool:
    """Tell whether a tool's function wants its arguments by name: not when it has one parameter without a type."""
    found = list(inspect.signature(function).parameters.values())
    return not (len(found) == 1 and found[0].annotation in (inspect.Parameter.empty, dict, "dict"))


def adapted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function of one map, as the kernel calls it."""
    if not takes_names(function):
        return function
    return lambda given=None: function(**(given or {}))


def schema_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Write the JSON Schema of a function's parameters from their types; one without a known type takes anything."""
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError):
        hints = {}
    properties: dict[str, Any] = {}
    required = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        properties[name] = type_schema(hints.get(name))
        if parameter.default is parameter.empty:
            required.append(name)
        elif parameter.default is None or isinstance(parameter.default, (str, int, float, bool)):
            properties[name]["default"] = parameter.default
    return {"type": "object", "properties": properties, "required": required}
