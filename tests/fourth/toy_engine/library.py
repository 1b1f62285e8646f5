"""The functions that the toy language brings along."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.fourth.toy_engine.objects import parsed
from tests.fourth.toy_engine.values import Closure, Date, ErrorValue, fail

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fourth.toy_engine.budget import Budget

MOST = 1 << 24
"""Characters of the longest text."""


class Library:
    """Functions by name; what they make counts against the budget."""

    def __init__(self, budget: Budget, apply: Callable[[Any, list[Any]], Any]) -> None:
        self._budget = budget
        self._apply = apply

    def functions(self) -> dict[str, Any]:
        """Give them all."""
        return {
            **_ARITHMETIC,
            "list": lambda *values: self._made(list(values), 8 * len(values)),
            "map": self._map,
            "put": self._put,
            "push": self._push,
            "repeat": self._repeat,
            "str": self._text,
            "upper": lambda text: self._made(_text(text).upper(), len(text)),
            "contains": lambda text, part: _text(part) in _text(text),
            "get": _get,
            "len": len,
            "keys": lambda value: self._made(list(value), 8 * len(value)),
            "bytes": lambda *values: self._made(bytes(values), len(values)),
            "type": _type,
            "apply": lambda function, values: self._apply(function, list(values)),
            "parse-error": parsed,
        }

    def _made(self, value: Any, size: int) -> Any:
        self._budget.make(size)
        return value

    def _map(self, *pairs: Any) -> Any:
        made = {str(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=True)}
        return self._made(made, 8 * len(pairs))

    def _put(self, target: Any, key: Any, value: Any) -> Any:
        target[key if isinstance(target, list) else str(key)] = value
        return self._made(target, 0)

    def _push(self, target: Any, value: Any) -> Any:
        if not isinstance(target, list):
            raise fail("push takes a list")
        target.append(value)
        self._budget.make(0)
        return target

    def _repeat(self, text: str, count: int) -> Any:
        if len(_text(text)) * count > MOST:
            raise fail(f"repeat makes texts of at most {MOST} characters", "resource_exhausted", 4009)
        return self._made(text * count, len(text) * count)

    def _text(self, *values: Any) -> Any:
        whole = "".join(show(one) for one in values)
        return self._made(whole, len(whole))


def own_functions() -> dict[str, dict[str, Any]]:
    """Give the local functions of the API that need no task."""
    json_functions: dict[str, Any] = {
        "encode": _json, "stringify": _json, "decode": json.loads, "parse": json.loads,
    }  # fmt: skip
    return {"JSON": json_functions, "ErrorHandler": {"parse": parsed, "parse_error": parsed}}


def show(value: Any) -> str:
    """Give a value as `print` shows it."""
    if isinstance(value, (str, Date)):
        return str(value)
    if isinstance(value, ErrorValue):
        return str(value.get("message"))
    if value is None or isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, list):
        return f"({' '.join(show(one) for one in value)})"
    if isinstance(value, dict):
        return f"(map {' '.join(f'{key} {show(one)}' for key, one in value.items())})"
    return f"({_type(value)})"


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise fail("the function takes text")
    return value


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise fail("the value has no JSON form", "conversion", 4101) from None


def _get(target: Any, key: Any) -> Any:
    if isinstance(target, (list, bytes)):
        return target[key] if -len(target) <= key < len(target) else None
    return target.get(str(key))


def _type(value: Any) -> str:
    names = {
        bool: "bool", int: "int", float: "float", str: "text", list: "list", dict: "map", bytes: "bytes",
        Closure: "function", ErrorValue: "error", Date: "date", type(None): "nil",
    }  # fmt: skip
    return names.get(type(value), "object")


def _numbers(*values: Any) -> None:
    if any(isinstance(one, bool) or not isinstance(one, (int, float)) for one in values):
        raise fail("arithmetic takes numbers")
    if any(isinstance(one, int) and one.bit_length() > 4096 for one in values):
        raise fail("a number has more than 4096 bits", "resource_exhausted", 4009)


def _add(*values: Any) -> Any:
    _numbers(*values)
    return sum(values)


def _subtract(left: Any, right: Any) -> Any:
    _numbers(left, right)
    return left - right


def _multiply(left: Any, right: Any) -> Any:
    _numbers(left, right)
    return left * right


def _divide(left: Any, right: Any) -> Any:
    _numbers(left, right)
    if right == 0:
        raise fail("division by zero")
    return left / right


def _less(left: Any, right: Any) -> bool:
    _numbers(left, right)
    return bool(left < right)


def _equal(left: Any, right: Any) -> bool:
    return type(left) is type(right) and bool(left == right)


_ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": _add, "-": _subtract, "*": _multiply, "/": _divide, "<": _less, ">": lambda one, other: _less(other, one),
    "=": _equal, "not": lambda value: value is None or value is False,
}  # fmt: skip
