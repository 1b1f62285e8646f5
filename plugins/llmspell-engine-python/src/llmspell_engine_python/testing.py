"""Assertions of tests: what they judge is Python's own, so they are done here; the kernel runs tests and reports."""

from __future__ import annotations

import inspect
import math
import operator
import re
from typing import TYPE_CHECKING, Any, NoReturn

from llmspell_engine_python.errors import LlmspellError, ValidationError
from llmspell_engine_python.names import snake
from llmspell_engine_python.values import Formed

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = 60
WIDTH = 60
PREFIX = "assert_"
ALIASES = {
    "equals": ("equal",),
    "not_equals": ("not_equal",),
    "is_nil": ("is_null", "is_none"),
    "not_nil": ("not_null", "not_none"),
    "type": ("is_type",),
    "greater_than": ("greater",),
    "less_than": ("less",),
    "close_to": ("near",),
    "length": ("has_length",),
    "throws": ("raises", "error"),
}
NEUTRAL: dict[str, Callable[[Any], bool]] = {
    "nil": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "list": lambda value: isinstance(value, (list, tuple)),
    "map": lambda value: isinstance(value, dict),
    "table": lambda value: isinstance(value, (list, tuple, dict)),
    "function": callable,
}


class AssertionFailedError(LlmspellError, AssertionError):
    """A test expected something else; `except AssertionError` catches it."""

    type = "assertion"
    code = 4102


def failed(
    name: str, message: object, sentence: str, expected: str | None = None, actual: str | None = None
) -> NoReturn:
    """Raise the failure of an assertion; both texts are compared line by line where it is reported."""
    text = sentence if message is None else f"{message}: {sentence}"
    context = {"assertion": name, "expected": expected, "actual": actual}
    raise AssertionFailedError(text, context={key: value for key, value in context.items() if value is not None})


def _differ(name: str, message: object, expected: object, actual: object) -> NoReturn:
    wanted, got = repr(expected), repr(actual)
    if max(len(wanted), len(got)) > LONG or "\n" in wanted + got:
        failed(name, message, "the values differ", _lines(expected), _lines(actual))
    failed(name, message, f"expected {wanted}, got {got}", wanted, got)


def _lines(value: object) -> str:
    """Write a value over several lines; text as it is, because its own lines are what differs."""
    from pprint import pformat  # noqa: PLC0415 - only a failure pays for it

    return value if isinstance(value, str) else pformat(value, width=WIDTH)


def equal(one: Any, other: Any) -> bool:
    """Compare deeply; not-a-number equals itself here."""
    if one is other or (isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)):
        return True
    if isinstance(one, Formed) or isinstance(other, Formed):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(value, other[key]) for key, value in one.items())
    if isinstance(one, (list, tuple)) and type(one) is type(other):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


# -- the assertions ----------------------------------------------------------------------------------------------------


def _equals(actual: object, expected: object, message: object = None) -> None:
    if not equal(actual, expected):
        _differ("equals", message, expected, actual)


def _not_equals(actual: object, expected: object, message: object = None) -> None:
    if equal(actual, expected):
        failed("not_equals", message, f"expected anything but {expected!r}")


def _same(actual: object, expected: object, message: object = None) -> None:
    if actual is not expected:
        but = "the same object, got an equal one:" if equal(actual, expected) else "the same object as"
        failed("same", message, f"expected {but} {expected!r}")


def _not_same(actual: object, expected: object, message: object = None) -> None:
    if actual is expected:
        failed("not_same", message, f"expected another object than {expected!r}")


def _about(name: str, wanted: str, holds: Callable[[Any], bool]) -> Callable[..., None]:
    """Make an assertion of a test of one value."""

    def judge(value: object, message: object = None) -> None:
        if not holds(value):
            failed(name, message, f"expected {wanted}, got {value!r}", wanted, repr(value))

    return judge


def _has_type(value: object, name: type | str, message: object = None) -> None:
    if isinstance(name, str):
        neutral = NEUTRAL.get(name)
        holds = (neutral is not None and neutral(value)) or type(value).__name__ == name
    else:
        holds = isinstance(value, name)
    if not holds:
        wanted = name if isinstance(name, str) else name.__name__
        got = type(value).__name__
        failed("type", message, f"expected a value of type {wanted}, got {got} {value!r}", wanted, got)


def _has(whole: Any, part: Any) -> bool:
    if isinstance(whole, str):
        return str(part) in whole
    if isinstance(whole, (list, tuple, set, frozenset)):
        return any(equal(one, part) for one in whole)
    try:
        return part in whole
    except TypeError:
        raise ValidationError(f"assert_.contains looks into texts, lists and maps, not into {whole!r}") from None


def _contains(whole: object, part: object, message: object = None) -> None:
    if not _has(whole, part):
        failed("contains", message, f"expected {whole!r} to contain {part!r}")


def _not_contains(whole: object, part: object, message: object = None) -> None:
    if _has(whole, part):
        failed("not_contains", message, f"expected {whole!r} not to contain {part!r}")


def _matches(text: str, pattern: str | re.Pattern[str], message: object = None) -> None:
    if not isinstance(text, str):
        raise ValidationError(f"assert_.matches looks into text, not into {text!r}")
    if re.search(pattern, text) is None:
        shown = pattern if isinstance(pattern, str) else pattern.pattern
        failed("matches", message, f"expected {text!r} to match {shown!r}")


def _ordered(name: str, words: str, holds: Callable[[Any, Any], bool]) -> Callable[..., None]:
    def judge(value: object, bound: object, message: object = None) -> None:
        if not holds(value, bound):
            failed(name, message, f"expected {words} {bound!r}, got {value!r}")

    return judge


def _close_to(value: float, expected: float, tolerance: float = 1e-6, message: object = None) -> None:
    if value != expected and not abs(value - expected) <= tolerance:
        failed("close_to", message, f"expected {expected!r} give or take {tolerance!r}, got {value!r}")


def _length(value: Any, expected: int, message: object = None) -> None:
    got = len(value)
    if got != expected:
        failed("length", message, f"expected a length of {expected!r}, got {got}: {value!r}")


def _fail(message: object = "the test failed") -> None:
    failed("fail", None, str(message))


def _fits(error: BaseException, told: dict[str, Any], expected: Any) -> bool:
    if isinstance(expected, type):
        return isinstance(error, expected)
    if isinstance(expected, str):
        return expected in told["message"] or told["type"] == expected
    if isinstance(expected, re.Pattern):
        return expected.search(told["message"]) is not None
    found = {snake(str(key)): value for key, value in dict(expected).items()}
    return all(
        str(value) in told["message"] if key == "message" else equal(told.get(key), value)
        for key, value in found.items()
    )


def thrower(parse: Callable[[Any], dict[str, Any]]) -> Callable[..., Any]:
    """Make `throws`; `parse` reads an exception as an error table."""

    def caught(error: BaseException, expected: Any, message: object) -> dict[str, Any]:
        told = parse(error)
        if expected is not None and not _fits(error, told, expected):
            wanted = expected.__name__ if isinstance(expected, type) else repr(expected)
            failed("throws", message, f"expected an error like {wanted}, got {told['type']}: {told['message']}")
        return told

    async def awaited(work: Any, expected: Any, message: object) -> dict[str, Any]:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - whatever was raised is what is judged
            return caught(error, expected, message)
        failed("throws", message, "expected an error, and nothing was raised")

    def throws(work: Any, expected: Any = None, message: object = None) -> Any:
        value = work
        if callable(work) and not inspect.isawaitable(work):
            try:
                value = work()
            except Exception as error:  # noqa: BLE001 - likewise
                return caught(error, expected, message)
        elif not inspect.isawaitable(work):
            raise ValidationError(f"assert_.throws takes a function or a coroutine, not {work!r}")
        if inspect.isawaitable(value):
            return awaited(value, expected, message)
        failed("throws", message, "expected an error, and nothing was raised")

    return throws


def assertions(parse: Callable[[Any], dict[str, Any]]) -> dict[str, Callable[..., Any]]:
    """Give the assertions by name, under each of their names."""
    own: dict[str, Callable[..., Any]] = {
        "equals": _equals,
        "not_equals": _not_equals,
        "same": _same,
        "not_same": _not_same,
        "is_true": _about("is_true", "True", lambda value: value is True),
        "is_false": _about("is_false", "False", lambda value: value is False),
        "truthy": _about("truthy", "something true", bool),
        "falsy": _about("falsy", "something false", operator.not_),
        "is_nil": _about("is_nil", "None", lambda value: value is None),
        "not_nil": _about("not_nil", "a value", lambda value: value is not None),
        "type": _has_type,
        "contains": _contains,
        "not_contains": _not_contains,
        "matches": _matches,
        "greater_than": _ordered("greater_than", "more than", operator.gt),
        "at_least": _ordered("at_least", "at least", operator.ge),
        "less_than": _ordered("less_than", "less than", operator.lt),
        "at_most": _ordered("at_most", "at most", operator.le),
        "close_to": _close_to,
        "length": _length,
        "throws": thrower(parse),
        "fail": _fail,
    }
    return {**own, **{alias: own[name] for name, aliases in ALIASES.items() for alias in aliases}}


def of_case(own: dict[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """Give the assertions as methods of a running test have them: `t.assert_equals(...)`."""
    bare = {name.removeprefix("is_"): judge for name, judge in own.items()}  # assert_true
    return {PREFIX + name: judge for name, judge in {**bare, **own}.items()}
