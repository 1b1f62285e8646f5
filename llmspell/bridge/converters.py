"""Converters: from the type of a parameter to a function that checks and converts a script's value.

A converter takes the value, the path under which faults are reported, the unit of a bare duration (`s` or `ms`), and
the list to which it appends `(path, sentence)` pairs; its result counts only when it added none.
"""

from __future__ import annotations

import sys
import types
from collections import ChainMap
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from llmspell.bridge.callbacks import Callback
from llmspell.bridge.definition import Duration, Handle, Milliseconds, Options, Size, option_names
from llmspell.bridge.spelling import nearest, snake
from llmspell.errors import ValidationError
from llmspell.model.units import parse_duration, parse_size

Faults = list[tuple[str, str]]
Converter = Callable[[Any, str, str, Faults], Any]

WORDS = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a map",
    bytes: "bytes",
}


def describe(value: object) -> str:
    """Name a value's kind as a script's author would."""
    if value is None:
        return "nothing"
    if isinstance(value, Handle):
        return f"a handle of kind {value.kind}"
    if isinstance(value, Callback):
        return "a function"
    for kind in (bool, int, float, str, list, dict, bytes):
        if isinstance(value, kind):
            return {bool: "a truth value", int: "a number"}.get(kind, WORDS[kind])
    return type(value).__name__


def wanted(kind: Any) -> str:  # noqa: PLR0911 - a table of cases
    """Say in words what a type accepts."""
    origin = get_origin(kind)
    if origin is Annotated:
        return wanted(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(wanted(k) for k in get_args(kind) if k is not type(None)))
    if origin is Literal:
        return " or ".join(repr(v) for v in get_args(kind))
    units = {
        Duration: "a duration",
        Milliseconds: "a duration in milliseconds",
        Size: "a size in bytes",
        Callback: "a function",
    }
    if kind in units:
        return units[kind]
    if isinstance(kind, type) and issubclass(kind, Handle):
        return f"a handle of kind {kind.kind}"
    if isinstance(kind, type) and issubclass(kind, Options):
        return "a table of options"
    return WORDS.get(origin or kind, "a value")


def converter(kind: Any, names: dict[str, object]) -> Converter:  # noqa: PLR0911 - a table of cases
    """Compile the converter of a type; `names` are the names that annotations of options may use."""
    origin = get_origin(kind)
    if origin is Annotated:
        return converter(get_args(kind)[0], names)
    if origin in (Union, types.UnionType):
        return _union(kind, names)
    if origin is Literal:
        return _checked(kind, lambda value: isinstance(value, str) and snake(value) in get_args(kind), snake)
    if origin is list:
        return _list(converter(get_args(kind)[0], names))
    if origin is dict:
        return _map(converter(get_args(kind)[1], names))
    if isinstance(kind, type) and issubclass(kind, Options):
        return _as_it_is if kind.lazy else options_converter(kind, names)
    return _plain(kind)


def _as_it_is(value: Any, _path: str, _unit: str, _faults: Faults) -> Any:
    return value


def _plain(kind: Any) -> Converter:  # noqa: PLR0911 - a table of cases
    """Compile what needs no look inside: scalars, handles, callbacks, units."""
    if kind is object or kind is Any:
        return lambda value, _path, _unit, _faults: value
    if kind is Duration or kind is Milliseconds:
        return _parsed(lambda value, unit: parse_duration(value, bare="ms" if kind is Milliseconds else unit))
    if kind is Size:
        return _parsed(lambda value, _unit: parse_size(value))
    if kind is float:
        return _checked(kind, lambda value: isinstance(value, (int, float)) and not isinstance(value, bool), float)
    if kind is int:
        return _checked(
            kind,
            lambda value: not isinstance(value, bool) and isinstance(value, (int, float)) and value == int(value),
            int,
        )
    if kind is list:
        return _list(lambda value, _path, _unit, _faults: value)
    return _instance(kind)


def _fault(kind: Any, value: object, path: str, faults: Faults) -> Any:
    faults.append((path, f"must be {wanted(kind)}, got {describe(value)}"))


def _checked(kind: Any, accepts: Callable[[Any], bool], convert: Callable[[Any], object]) -> Converter:
    def check(value: Any, path: str, _unit: str, faults: Faults) -> object:
        if accepts(value):
            return convert(value)
        return _fault(kind, value, path, faults)

    return check


def _instance(kind: Any) -> Converter:
    """Take what is of a class already: most parameters are text, so this is the shortest way."""

    def check(value: Any, path: str, _unit: str, faults: Faults) -> object:
        return value if isinstance(value, kind) else _fault(kind, value, path, faults)

    return check


def _parsed(parse: Callable[[Any, str], float]) -> Converter:
    """Read a number with a unit; what is neither text nor a number is as wrong as text that says nothing."""

    def check(value: Any, path: str, unit: str, faults: Faults) -> float | None:
        try:
            return parse(value if isinstance(value, (int, float, str)) else repr(value), unit)
        except ValidationError as error:
            faults.append((path, error.message))
            return None

    return check


def _list(item: Converter) -> Converter:
    def check(value: Any, path: str, unit: str, faults: Faults) -> object:
        if value == {} and isinstance(value, dict):
            return []  # an empty Lua table is a map until somebody says otherwise
        if not isinstance(value, list):
            return _fault(list, value, path, faults)
        return [item(one, f"{path}[{index}]", unit, faults) for index, one in enumerate(value, 1)]

    return check


def _map(item: Converter) -> Converter:
    def check(value: Any, path: str, unit: str, faults: Faults) -> object:
        if value == [] and isinstance(value, list):
            return {}
        if not isinstance(value, dict):
            return _fault(dict, value, path, faults)
        return {key: item(one, f"{path}.{key}", unit, faults) for key, one in value.items()}

    return check


def _union(kind: Any, names: dict[str, object]) -> Converter:
    """Take the first alternative that fits; report the faults inside a table when only tables were meant."""
    alternatives = [(k, converter(k, names)) for k in get_args(kind) if k is not type(None)]
    optional = len(alternatives) < len(get_args(kind))

    def check(value: Any, path: str, unit: str, faults: Faults) -> object:
        if value is None and optional:
            return None
        deepest: Faults = []
        for _, convert in alternatives:
            own: Faults = []
            result = convert(value, path, unit, own)
            if not own:
                return result
            if any(at != path for at, _ in own) or len(alternatives) == 1:
                deepest = own
        faults += deepest or [(path, f"must be {wanted(kind)}, got {describe(value)}")]
        return None

    return check


def _unknown(kind: type[Options], name: str, known: Iterable[str]) -> str:
    """Say that there is no such option, and what there is instead."""
    if name in kind.absent:
        return f"is not available: {kind.absent[name]}"
    near = nearest(name, known)
    return f"is no option; did you mean {near!r}?" if near else f"is no option; known: {', '.join(known)}"


class Annotations:
    """Carry annotations to `get_type_hints`, which wants an object that has them."""

    def __init__(self, annotations: dict[str, object]) -> None:
        self.__annotations__ = annotations


def option_hints(kind: type[Options], names: dict[str, object]) -> dict[str, Any]:
    """Give the types of options by key; a name means what it means in the module of the class, else one of `names`.

    So a class of a plugin may have an alias that the kernel has, too.
    """
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        own = vars(base).get("__annotations__", {})
        if own and base is not Options and issubclass(base, Options):
            home = vars(sys.modules[base.__module__])
            found |= get_type_hints(Annotations(own), home, ChainMap(home, names), include_extras=True)
    return found


def options_converter(kind: type[Options], names: dict[str, object]) -> Converter:
    """Compile a table of options: both spellings of keys, unknown ones refused by name, all faults at once.

    It gives None for a table with faults; of a `lazy` one it gives what is right.
    """
    hints = option_hints(kind, names)
    fields = {name: converter(hints[name], names) for name in option_names(kind)}
    required = [name for name in fields if not hasattr(kind, name)]

    def check(value: Any, path: str, unit: str, faults: Faults) -> Any:
        if value == [] and isinstance(value, list):
            value = {}
        if kind.positional is not None and not isinstance(value, dict):
            value = {kind.positional: value}
        if not isinstance(value, dict):
            return _fault(kind, value, path, faults)
        before = len(faults)
        given: dict[str, Any] = {}
        # beside keys of the script's own, the name of the collecting key is one of them, too
        own = {*fields} - {kind.collects} if any(snake(key) not in fields for key in value) else {*fields}
        for key, one in value.items():
            name = key if key in fields else snake(key)
            at = f"{path}.{key}" if path else key
            if name not in own and kind.collects is not None:
                given.setdefault(kind.collects, {})[key] = one
            elif name not in fields:
                faults.append((at, _unknown(kind, name, fields)))
            elif name in given:
                faults.append((at, f"is given twice, as {name!r} too"))
            elif one is not None:
                given[name] = fields[name](one, at, unit, faults)
        faults += [(f"{path}.{name}" if path else name, "is required") for name in required if name not in given]
        return kind(**given) if len(faults) == before or kind.lazy else None

    return check
