"""What a script of the toy language works with, and how that crosses the wire."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

from llmspell.spec.wire import MAX_DEPTH, MAX_NODES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.fourth.toy_engine.reader import Form

_INT64 = 1 << 63
_MAX_TEXT = 8 << 20  # characters of one message


class RaisedError(Exception):
    """What a script raised: `value` is any value, `frames` are the lines and functions it has passed on its way out."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value
        self.frames: list[tuple[str, str]] = []

    def passes(self, line: str) -> None:
        """Note a line with its file, unless it is round another of the same function."""
        if not self.frames or self.frames[-1][1]:
            self.frames.append((line, ""))

    def leaves(self, function: str) -> None:
        """Note the function that the last line was in."""
        if self.frames and not self.frames[-1][1]:
            self.frames[-1] = (self.frames[-1][0], function)


class ErrorValue(dict[str, Any]):
    """An error with fields: the kernel's, or one of the engine's own."""


class Date(str):
    """A time, as the kernel wrote it."""

    __slots__ = ()


class Closure:
    """A function of the script."""

    def __init__(self, names: list[str], body: Form, scope: Scope) -> None:
        self.name = ""
        self.names = names
        self.body = body
        self.scope = scope


class Scope:
    """Names and their values, inside another scope."""

    def __init__(self, values: dict[str, Any], outer: Scope | None) -> None:
        self.values = values
        self.outer = outer

    def owner(self, name: str) -> dict[str, Any] | None:
        """Give the names among which this one is, None when nobody knows it."""
        scope: Scope | None = self
        while scope is not None and name not in scope.values:
            scope = scope.outer
        return None if scope is None else scope.values


class Handle:
    """An object of the kernel: `fields` are what it shows, its methods are calls."""

    def __init__(self, kind: str, number: int, fields: dict[str, Any]) -> None:
        self.kind = kind
        self.number = number
        self.fields = fields


def failure(message: str, kind: str = "runtime", code: int = 4002, suggestions: tuple[str, ...] = ()) -> ErrorValue:
    """Make the fields of an error of the engine's own."""
    return ErrorValue(type=kind, code=code, message=message, recoverable=False, suggestions=list(suggestions))


def fail(message: str, kind: str = "runtime", code: int = 4002, suggestions: tuple[str, ...] = ()) -> RaisedError:
    """Make what a script can catch, of an error of the engine's own."""
    return RaisedError(failure(message, kind, code, suggestions))


class Encoder:
    """Write the values of one message; `number` gives a function its number, `stream` a stream."""

    def __init__(self, number: Callable[[Closure], int], stream: Callable[[object], int | None]) -> None:
        self._number = number
        self._stream = stream
        self._nodes = 0
        self._size = 0

    def __call__(self, value: Any, path: str, depth: int = 0) -> Any:  # noqa: PLR0911 - a table
        """Give the wire form of a value; raises `RaisedError` that names the path of what cannot cross."""
        self._count(value)
        if depth > MAX_DEPTH:
            raise _conversion(path, f"it is nested deeper than {MAX_DEPTH}, or contains itself")
        if isinstance(value, list):
            return [self(one, f"{path}[{index}]", depth + 1) for index, one in enumerate(value)]
        if isinstance(value, dict):
            return {_key(key, path): self(one, f"{path}.{key}", depth + 1) for key, one in value.items()}
        if isinstance(value, (bytes, Date, Handle, Closure)):
            return self._form(value)
        if isinstance(value, str):
            return _text(value, path)
        if isinstance(value, float) and not math.isfinite(value):
            raise _conversion(path, f"{value} has no JSON form")
        if isinstance(value, int) and not -_INT64 <= value < _INT64:
            return {"$i": str(value)}
        if value is None or isinstance(value, (bool, int, float)):
            return value
        number = self._stream(value)
        if number is None:
            raise _conversion(path, "it cannot leave the script")
        return {"$s": number}

    def _form(self, value: bytes | Date | Handle | Closure) -> dict[str, Any]:
        if isinstance(value, bytes):
            return {"$b": base64.b64encode(value).decode()}
        if isinstance(value, Date):
            return {"$d": str(value)}
        if isinstance(value, Handle):
            return {"$h": [value.kind, value.number]}
        return {"$fn": self._number(value)}

    def _count(self, value: object) -> None:
        self._nodes += 1
        self._size += len(value) if isinstance(value, (str, bytes)) else 0
        if self._nodes > MAX_NODES or self._size > _MAX_TEXT:
            what = f"more than {MAX_NODES} values or {_MAX_TEXT} characters in one message"
            raise fail(what, "resource_exhausted", 4009, ("send them in parts",))


class Decoder:
    """Read values of the wire; `form` makes what a reference stands for: `form(name, body, fields)`."""

    def __init__(self, form: Callable[[str, Any, dict[str, Any]], Any]) -> None:
        self._form = form

    def __call__(self, value: Any) -> Any:  # noqa: PLR0911 - a table
        """Give what a script works with; lists and maps are always new."""
        if isinstance(value, list):
            return [self(one) for one in value]
        if not isinstance(value, dict):
            return value
        name = next((key for key in value if key.startswith("$") and not key.startswith("$$")), "")
        if name == "$b":
            return base64.b64decode(value[name])
        if name == "$d":
            return Date(value[name])
        if name == "$i":
            return int(value[name])
        if name:
            return self._form(name, value[name], self(value.get("$v") or {}))
        return {key.removeprefix("$"): self(one) for key, one in value.items()}

    def error(self, fields: Mapping[str, Any]) -> RaisedError:
        """Give what a failed call raises: what a script threw comes back as it was, anything else with its fields."""
        return RaisedError(ErrorValue({key: self(one) for key, one in fields.items()}))


def _key(key: object, path: str) -> str:
    text = _text(str(key), path)
    return f"${text}" if text.startswith("$") else text


def _text(value: str, path: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _conversion(path, "it has half a surrogate pair, which is no character") from None
    return value


def _conversion(path: str, why: str) -> RaisedError:
    return fail(f"{path}: {why}", "conversion", 4101)
