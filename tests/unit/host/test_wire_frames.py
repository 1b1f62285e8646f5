"""Frames and value forms."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from typing import Any

import pytest

from llmspell.spec.wire import (
    HEADER,
    CallbackRef,
    Handle,
    StreamRef,
    WireError,
    check_size,
    decode_frame,
    decode_value,
    encode_frame,
    encode_value,
    frame_size,
)


def test_a_frame_is_a_length_and_a_list_of_messages() -> None:
    frame = encode_frame([{"t": "invoke", "id": 1, "fn": 0, "args": ["ü", 1.0]}])
    assert frame_size(frame[:HEADER]) == len(frame) - HEADER
    assert decode_frame(frame[HEADER:]) == [{"t": "invoke", "id": 1, "fn": 0, "args": ["ü", 1.0]}]
    assert b"1.0" in frame


def test_frames_have_a_cap_in_both_directions() -> None:
    with pytest.raises(WireError, match="limit of 10 bytes"):
        encode_frame([{"t": "post", "args": ["x" * 100]}], cap=10)
    with pytest.raises(WireError, match="limit of 10 bytes"):
        frame_size((11).to_bytes(4, "big"), cap=10)


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b"{}", b'[{"id": 1}]', b'[{"t": 1}]', b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_list_of_messages_is_refused(body: bytes) -> None:
    with pytest.raises(WireError):
        decode_frame(body)


def test_depth_and_number_of_values_are_bounded() -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    with pytest.raises(WireError, match="deeper"):
        decode_frame(json.dumps([{"t": "post", "args": deep}]).encode())
    with pytest.raises(WireError, match="more than"):
        decode_frame(json.dumps([{"t": "post", "args": [0] * 150_000}]).encode())
    check_size([[[1]]], depth=3)
    with pytest.raises(WireError):
        check_size([[[1]]], depth=2)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        (Handle("agent", 3), {"$h": ["agent", 3]}),
        (Handle("tool", 5, {"name": "x", "$a": 1}), {"$h": ["tool", 5], "$v": {"name": "x", "$$a": 1}}),
        (CallbackRef(4), {"$fn": 4}),
        (StreamRef(9), {"$s": 9}),
        (b"\xff\x00", {"$b": "/wA="}),
        (dt.datetime(2026, 1, 2, 3, tzinfo=dt.UTC), {"$d": "2026-01-02T03:00:00+00:00"}),
        (1 << 64, {"$i": "18446744073709551616"}),
        ({"$h": 1, "a": {"$$": 2}}, {"$$h": 1, "a": {"$$$": 2}}),
        ([1, 1.0, None, True, "x"], [1, 1.0, None, True, "x"]),
    ],
)
def test_each_value_has_its_form(value: Any, form: Any) -> None:
    assert encode_value(value) == form
    assert decode_value(form) == value


def test_an_integer_beyond_doubles_is_spelled_out_for_guests_without_int64() -> None:
    assert encode_value((1 << 53) + 1, int64=False) == {"$i": str((1 << 53) + 1)}
    assert encode_value((1 << 53) + 1) == (1 << 53) + 1


def test_tuples_and_enums_cross_as_plain_values() -> None:
    from enum import IntEnum, StrEnum

    class Colour(StrEnum):
        RED = "red"

    class Level(IntEnum):
        HIGH = 3

    assert encode_value((Colour.RED, Level.HIGH)) == ["red", 3]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, float("nan")]}, "$.a[1]: NaN"),
        ([float("inf")], "$[0]: NaN and infinities"),
        ({"a": {1: 2}}, "$.a: a map key is int"),
        ({"x": object()}, "$.x: a object has no form"),
        ({"x": "\ud800"}, "$.x: the text has half"),
    ],
)
def test_what_has_no_form_is_refused_with_its_path(value: Any, text: str) -> None:
    with pytest.raises(WireError) as caught:
        encode_value(value)
    assert str(caught.value).startswith(text)


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(WireError, match="contains itself"):
        encode_value(value)


@pytest.mark.parametrize("form", [{"$h": 1}, {"$h": [1, 2]}, {"$b": "!"}, {"$d": "x"}, {"$i": "1.5"}, {"$fn": "x"}])
def test_a_malformed_form_is_refused_with_its_path(form: Any) -> None:
    with pytest.raises(WireError, match=r"\$\.a"):
        decode_value({"a": form})


def test_the_wire_needs_the_standard_library_only() -> None:
    code = "import sys; before = set(sys.modules); import llmspell.spec.wire; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    outside = [name for name in done.stdout.split() if name.split(".")[0] not in sys.stdlib_module_names]
    assert outside == ["llmspell", "llmspell.spec", "llmspell.spec.values", "llmspell.spec.wire"]
