"""Frames."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from llmspell.spec.wire import (
    HEADER,
    WireError,
    check_size,
    decode_frame,
    encode_frame,
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


def test_the_wire_needs_the_standard_library_only() -> None:
    code = "import sys; before = set(sys.modules); import llmspell.spec.wire; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    outside = [name for name in done.stdout.split() if name.split(".")[0] not in sys.stdlib_module_names]
    assert outside == ["llmspell", "llmspell.spec", "llmspell.spec.wire"]


def test_the_number_of_values_is_bounded_for_each_message_and_not_for_a_frame() -> None:
    lines: Any = [{"t": "post", "op": "print", "args": ["x"]}] * 50_000
    frame = encode_frame(lines)
    assert len(decode_frame(frame[HEADER:])) == 50_000
    with pytest.raises(WireError, match="more than"):
        encode_frame([{"t": "settle", "id": 1, "value": [1000] * 150_000}])
    with pytest.raises(WireError, match="messages"):
        decode_frame(json.dumps([{"t": "x"}] * 150_000).encode())
