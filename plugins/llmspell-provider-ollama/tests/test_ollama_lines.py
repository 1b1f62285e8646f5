from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ResourceExhaustedError
from llmspell_provider_ollama.lines import LINE_BYTES, Lines, LineSplitter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

BODY = b'\xef\xbb\xbf{"a": 1}\r\n\n  \n{"b": "\xf0\x9f\x8c\x8d"}\n{"c": 3}'
LINES = [b'{"a": 1}', b'{"b": "\xf0\x9f\x8c\x8d"}', b'{"c": 3}']


def split(*pieces: bytes) -> list[bytes]:
    splitter = LineSplitter()
    lines = [line for piece in pieces for line in splitter.feed(piece)]
    return [*lines, *filter(None, [splitter.rest()])]


@given(st.lists(st.integers(0, len(BODY))))
def test_any_chunking_gives_the_same_lines(cuts: list[int]) -> None:
    at = sorted({0, *cuts, len(BODY)})
    assert split(*(BODY[a:b] for a, b in pairwise(at))) == LINES


def test_every_byte_alone_gives_the_same_lines() -> None:
    assert split(*(bytes([byte]) for byte in BODY)) == LINES


@given(st.lists(st.binary(min_size=1).filter(lambda line: line.strip() and b"\n" not in line)), st.booleans())
def test_what_was_joined_is_split(lines: list[bytes], ended: bool) -> None:
    body = b"\n".join(lines) + b"\n" * ended
    if not body.startswith(b"\xef"):
        assert split(body) == [line.strip() for line in lines]


@pytest.mark.parametrize("body", [b"", b"\xef", b"\xef\xbb\xbf", b"\n\r\n"])
def test_nothing_is_no_line(body: bytes) -> None:
    assert split(*(bytes([byte]) for byte in body)) == ([b"\xef"] if body == b"\xef" else [])


def test_a_line_has_a_limit() -> None:
    splitter = LineSplitter()
    splitter.feed(b"x" * LINE_BYTES)
    with pytest.raises(ResourceExhaustedError, match="longer than 8 MiB"):
        splitter.feed(b"x")


async def test_the_last_line_needs_no_end() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for piece in (BODY[:5], BODY[5:20], BODY[20:]):
            yield piece

    assert [line async for line in Lines(chunks())] == LINES
