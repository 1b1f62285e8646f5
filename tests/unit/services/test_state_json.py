"""Values are written as the standard library would: what it writes is read the same, what it refuses is refused."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import enum
import functools
import json
import uuid
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.services.state_json import write


class Color(enum.Enum):
    RED = 1


class Size(enum.IntEnum):
    BIG = 2


class Text(str):
    __slots__ = ()


@attrs.frozen
class Turn:
    role: str
    content: Any = ""


@attrs.frozen
class Hidden:
    _token: int = 1
    shown: int = 2


@attrs.frozen
class Bare:
    pass


class Pair(NamedTuple):
    a: int
    b: int


@attrs.define(slots=False)
class Loose:
    name: str = "x"


@attrs.define
class Computed:
    name: str = "x"

    @functools.cached_property
    def length(self) -> int:
        return len(self.name)


@attrs.define
class Wider(Computed):
    more: int = 2


def with_more(value: Any) -> Any:
    """Give an instance that holds more than its fields."""
    if isinstance(value, Loose):
        value.extra = 1  # type: ignore[attr-defined]  # that is the point
    else:
        assert value.length == 1
    return value


@dataclasses.dataclass
class Usage:
    LIMIT: ClassVar[int] = 5
    tokens: Any = 0
    seconds: float = 0.5


class Plan(msgspec.Struct):
    title: str
    steps: Any = ()


class Tagged(msgspec.Struct, tag=True, rename="camel", omit_defaults=True):
    long_name: str = "x"


class Listed(msgspec.Struct, array_like=True):
    name: str = "x"


ODD = [
    b"bytes", bytearray(b"x"), {1, 2}, frozenset([1]), dt.datetime(2026, 1, 2, tzinfo=dt.UTC), dt.date(2026, 1, 2),
    dt.timedelta(1), uuid.UUID(int=1), Decimal(1), Color.RED, float("nan"), float("inf"), "\ud800", object(), range(3),
    1j, Text("text"), Size.BIG, collections.OrderedDict(a=1), collections.deque([1]), (1, (2,)), 2**64, -(2**63) - 1,
    10**400, {1: 2}, {1.5: 2}, {True: 1}, {None: 1}, {(1, 2): 3}, {Color.RED: 1}, {Size.BIG: 1}, {Text("k"): 1},
    {"\udfff": 1}, {float("nan"): 1}, Hidden(), Bare(), Turn("user", {1}), Turn("user", float("nan")), Usage(b"x"),
    Plan("a", [dt.date(2026, 1, 2)]), Tagged(), Listed(), with_more(Loose()), with_more(Computed()), with_more(Wider()),
    Turn, Pair(1, 2),
]  # fmt: skip
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
)
typed = st.builds(Turn, st.text(), plain) | st.builds(Usage, plain) | st.builds(Plan, st.text(), plain)
values = st.recursive(
    plain | typed | st.sampled_from(ODD),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=6,
)


def fields(value: Any) -> dict[str, Any]:
    kind = type(value)
    if attrs.has(kind):
        return {one.name: getattr(value, one.name) for one in attrs.fields(kind)}
    if dataclasses.is_dataclass(kind):
        return {one.name: getattr(value, one.name) for one in dataclasses.fields(kind)}
    if issubclass(kind, msgspec.Struct):
        return {name: getattr(value, name) for name in kind.__struct_fields__}
    raise TypeError(kind)


def in_order(data: bytes) -> str:
    return json.dumps(json.loads(data), sort_keys=True)


def expected(value: object) -> object:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=fields)
        return in_order(text.encode())
    except (TypeError, ValueError) as error:
        return TypeError if isinstance(error, TypeError) else ValueError


def written(value: object) -> object:
    try:
        return in_order(write(value))
    except (TypeError, ValueError) as error:
        return TypeError if isinstance(error, TypeError) else ValueError


@given(values)
def test_what_is_written_is_what_the_standard_library_writes(value: object) -> None:
    assert written(value) == expected(value)


@pytest.mark.parametrize("value", ODD, ids=ascii)
def test_odd_values_are_written_or_refused_wherever_they_are(value: object) -> None:
    for one in (value, [value], {"k": [value]}, Turn("user", value), Usage(value), Plan("plan", value)):
        assert written(one) == expected(one)


def test_what_is_nested_deeply_is_written_as_long_as_it_can_be_read() -> None:
    deep: list[Any] = []
    for _ in range(150):
        deep = [deep]
    assert json.loads(write(deep)) == deep
    for _ in range(200_000):
        deep = [deep]
    with pytest.raises(RecursionError):
        write(deep)


def test_an_instance_without_one_of_its_fields_is_refused() -> None:
    broken = Turn.__new__(Turn)
    with pytest.raises(AttributeError):
        write(broken)
