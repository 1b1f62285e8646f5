"""Values: what crosses, in which form, and what cannot."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from llmspell.spec.wire import HEADER, decode_frame, encode_frame
from llmspell_engine_python.errors import ConversionError
from llmspell_engine_python.values import Decoder, Encoder

if TYPE_CHECKING:
    from collections.abc import Callable

    Python = Callable[..., Any]

TEXTS = st.text(st.characters(codec="utf-8"))
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS | st.binary()
    | st.datetimes() | st.dates()
)  # fmt: skip
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20)


def no_object(form: str, body: Any, _fields: Any) -> Any:
    raise AssertionError(f"{form} {body}")


def crossed(value: Any) -> Any:
    """Write a value, send it through a frame, and read it."""
    encoded = Encoder(lambda _: 0)(value, "value")
    (message,) = decode_frame(encode_frame([{"t": "return", "value": encoded}])[HEADER:])
    return Decoder(no_object)(message["value"])


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return isinstance(other, dict) and one.keys() == other.keys() and all(alike(one[k], other[k]) for k in one)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(alike, one, other))
    return type(one) is type(other) and one == other


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(VALUES)
def test_every_value_comes_back_equal(value: Any) -> None:
    assert alike(value, crossed(value))


@pytest.mark.parametrize("number", [0, -1, 2**31, -(2**31) - 1, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 10**40])
def test_integers_are_exact(number: int) -> None:
    assert crossed(number) == number


def test_integers_beyond_64_bits_are_sent_as_digits() -> None:
    assert Encoder(lambda _: 0)(2**63, "value") == {"$i": str(2**63)}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_names_its_path(number: float) -> None:
    with pytest.raises(ConversionError, match=r"value\.rows\[1\]\.x is "):
        crossed({"rows": [1, {"x": number}]})


def test_a_cycle_and_a_depth_are_errors_with_their_path() -> None:
    cycle: list[Any] = []
    cycle.append({"again": cycle})
    with pytest.raises(ConversionError, match="contains itself"):
        crossed(cycle)
    deep: list[Any] = []
    for _ in range(60):
        deep = [deep]
    assert crossed(deep) == deep


def test_half_a_surrogate_pair_is_an_error() -> None:
    with pytest.raises(ConversionError, match="surrogate pair at character 3"):
        crossed(["ab\ud800"])


WRITTEN = {
    "a set": ("{3, 1, 2}", [1, 2, 3]),
    "a tuple": ("(1, (2,))", [1, [2]]),
    "an enum": ("import enum\nclass Color(enum.Enum):\n    RED = 'red'\n{'c': Color.RED}", {"c": "red"}),
    "a text enum as key": ("import enum\nclass K(enum.StrEnum):\n    A = 'a'\n{K.A: K.A}", {"a": "a"}),
    "a dataclass": (
        "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: int\n    y: list\nP(1, [2])", {"x": 1, "y": [2]},
    ),
    "a path": ("import pathlib\npathlib.PurePosixPath('a', 'b')", "a/b"),
    "a range": ("range(3)", [0, 1, 2]),
    "bytes": ("[b'\\xff', bytearray(b'\\xfe')]", [{"$b": "/w=="}, {"$b": "/g=="}]),
    "a date": ("import datetime\ndatetime.date(2026, 1, 2)", {"$d": "2026-01-02"}),
    "numbers as keys": ("{1: 'a'}", {"1": "a"}),
    "a dollar key": ("{'$h': 1}", {"$$h": 1}),
    "keys of other languages": ("{'__proto__': 1, 'constructor': 2}", {"__proto__": 1, "constructor": 2}),
    "the same list twice": ("a = [1]\n[a, a]", [[1], [1]]),
    "empty ones": ("[[], {}, ()]", [[], {}, []]),
    "a mapping": ("from collections import ChainMap\nChainMap({'a': 1})", {"a": 1}),
    "a function": ("print", {"$fn": 1}),
    "whole float and whole number": ("[1, 1.0]", [1, 1.0]),
    "NUL, emoji and a megabyte": ("['\\0', '\\U0001F600', len('x' * 1_000_000)]", ["\0", "😀", 1_000_000]),
}  # fmt: skip


@pytest.mark.parametrize(("source", "value"), WRITTEN.values(), ids=WRITTEN)
def test_what_python_values_become(python: Python, source: str, value: Any) -> None:
    assert alike(python(source), value)


def test_what_cannot_cross_is_named(python: Python) -> None:
    error = python("await Agent.execute({'a': [object()]})")
    assert (error["type"], error["code"]) == ("conversion", 4101)
    assert "Agent.execute argument 1.a[0]" in error["message"]
    assert error["where"] == "spell.py:1"


def test_too_many_values_and_too_big_a_message_are_errors_of_the_call(python: Python) -> None:
    kinds = python("""
        kinds = []
        for value in (list(range(100_001)), "x" * (17 << 20)):
            try:
                await Agent.execute(value)
            except LlmspellError as error:
                kinds.append(error.type)
        kinds
    """)
    assert kinds == ["resource_exhausted"] * 2


def test_a_map_reads_as_a_dict_and_by_attributes(python: Python) -> None:
    source = """
        r = await Agent.execute({"a": {"b": 1}, "items": 2})
        r.a.c = 3
        del r.a.b
        missing = None
        try:
            r.a.zebra
        except AttributeError as error:
            missing = str(error)
        [r["a"], r["items"], callable(r.items), "zebra" in missing, {**r} == r]
    """
    assert python(source) == [{"c": 3}, 2, True, True, True]


def test_changing_an_argument_later_changes_nothing(start: Callable[..., Any], pending: object) -> None:
    spell = start(
        """
        import asyncio
        x = [1]
        t = asyncio.ensure_future(Agent.execute(x))
        await asyncio.sleep(0)
        x.append(2)
        await t
        """,
        {"Agent.execute": lambda *_: pending},
    )
    spell.run_until_waiting()
    assert spell.calls("Agent.execute") == [[[1]]]


def test_params_and_environment(python: Python) -> None:
    source = "[params.n, params['n'], ENGINE, env.ENGINE, SANDBOX_ENABLED, __name__, __file__]"
    assert python(source, params={"n": 7}) == [7, 7, "python", "python", True, "__main__", "spell.py"]


def test_a_copy_of_an_object_is_the_object(python) -> None:
    source = """
    import copy
    agent = await Agent.new()
    [copy.copy(agent) is agent, copy.deepcopy({"agent": agent})["agent"] is agent]
    """
    assert python(source) == [True, True]
