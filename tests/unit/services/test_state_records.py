"""What a store holds of a value, byte by byte, and what no record can say."""

from __future__ import annotations

import dataclasses

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ConversionError, ResourceExhaustedError, StorageError
from llmspell.services.state_records import MAX_VALUE, Head, decode, encode, head_of, typed

GOLDEN = b'1 12 1700000000123456\n{"a":[1,2.5,null,"\xc3\xa9"]}'

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


@attrs.frozen
class Plan:
    title: str
    steps: list[str]


@dataclasses.dataclass
class Old:
    title: str


def test_the_format_is_what_older_stores_hold() -> None:
    head = head_of("name", GOLDEN)
    assert (head.version, head.updated, decode("k", head.raw or b"")) == (
        12,
        1700000000123456,
        {"a": [1, 2.5, None, "é"]},
    )
    assert head.record() == GOLDEN
    gone = b"1 13 1700000000123457 deleted\n"
    assert head_of("name", gone).raw is None
    assert head_of("name", gone).record() == gone


@pytest.mark.parametrize("data", [b"", b"1", b"1 x 2\n1", b"1 1 2 gone\n", b"{}", b"1 1\n1", b"\x00\xff"])
def test_what_is_no_record_does_not_load(data: bytes) -> None:
    with pytest.raises(StorageError, match="the state at state shared k is no record"):
        head_of("\x1fstate\x1fshared\x1f\x1fk", data)


def test_a_newer_format_is_said_to_be_newer() -> None:
    with pytest.raises(StorageError, match="newer release"):
        head_of("name", b"2 1 1 zstd\n...")


def test_a_damaged_value_does_not_load() -> None:
    with pytest.raises(StorageError, match="damaged"):
        decode("k", b'{"a":')


@given(JSON)
def test_every_json_value_comes_back_as_it_was(value: object) -> None:
    back = decode("k", head_of("n", Head(1, 2, encode("k", value)).record()).raw or b"")
    assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], {1, 2}, object(), b"bytes", {"k": object}, "\ud800"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(ConversionError, match="'k'"):
        encode("k", value)


def test_a_list_that_holds_itself_is_refused() -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(ConversionError):
        encode("k", circle)


def test_a_value_that_belongs_into_a_file_is_refused() -> None:
    with pytest.raises(ResourceExhaustedError, match="limit"):
        encode("k", "x" * MAX_VALUE)


def test_typed_values_are_maps_and_come_back_typed() -> None:
    raw = encode("k", {"now": Plan("a", ["b"]), "old": Old("c")})
    assert decode("k", raw) == {"now": {"title": "a", "steps": ["b"]}, "old": {"title": "c"}}
    assert typed("k", {"title": "a", "steps": ["b"]}, Plan) == Plan("a", ["b"])
    with pytest.raises(ConversionError, match=r"no Plan.*\$\.steps"):
        typed("k", {"title": "a", "steps": 3}, Plan)
