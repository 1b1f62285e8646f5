"""JSON of servers reads the same whoever decodes it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import msgspec.json
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.spec.http import read_json

if TYPE_CHECKING:
    from collections.abc import Callable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
ODD = [
    "NaN", "-Infinity", "1e400", '"\\ud83d"', '"\\ud83d\\ude00"', '{"a": 1, "a": 2}', "123456789012345678901234567890",
    "", "[1,]", "01", '"\t"', "\ufeff1", "nul", "{", "[" * 100_000, b"\xff", b'"\xc3"', b'"\xc3\xbc"', '"\ud800"',
]  # fmt: skip


def outcome(read: Callable[[str | bytes], object], text: str | bytes) -> str:
    try:
        return repr(read(text))
    except (ValueError, RecursionError) as error:
        return type(error).__name__


@given(VALUES)
def test_values_come_back(value: object) -> None:
    text = json.dumps(value)
    assert repr(read_json(text)) == repr(read_json(text.encode())) == repr(json.loads(text))


@pytest.mark.parametrize("text", ODD, ids=lambda text: repr(text)[:20])
def test_odd_texts_mean_what_they_mean_to_the_standard_library(text: str | bytes) -> None:
    assert outcome(read_json, text) == outcome(json.loads, text)


def test_without_msgspec_the_standard_library_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    assert msgspec.json.decode(b"1") == 1
    monkeypatch.delitem(sys.modules, "msgspec.json")
    assert read_json('{"a": NaN}')["a"] != 1
