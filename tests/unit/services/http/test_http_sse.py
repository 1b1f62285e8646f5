from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ResourceExhaustedError
from llmspell.services.http_sse import EVENT_BYTES, EventParser
from llmspell.spec.http import ServerEvent


def parse(stream: bytes, *cuts: int) -> list[ServerEvent]:
    at = sorted({0, *(c % (len(stream) + 1) for c in cuts), len(stream)})
    parser = EventParser()
    return [event for a, b in pairwise(at) for event in parser.feed(stream[a:b])]


def messages(*data: str) -> list[ServerEvent]:
    return [ServerEvent("message", text, "") for text in data]


@pytest.mark.parametrize("newline", [b"\n", b"\r", b"\r\n"])
def test_every_kind_of_line_end(newline: bytes) -> None:
    assert parse(b"data: a\n\ndata: b\n\n".replace(b"\n", newline)) == messages("a", "b")


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"data: one\ndata: two\n\n", messages("one\ntwo")),
        (b"data\n\n", messages("")),
        (b"data:\ndata:\n\n", messages("\n")),
        (b"data:  two spaces\n\n", messages(" two spaces")),
        (b": comment\ndata: x\n:\n\n", messages("x")),
        (b"\xef\xbb\xbfdata: x\n\n", messages("x")),
        (b"\n\ndata: x\n\n\n", messages("x")),
        (b"event: e\n\ndata: x\n\n", messages("x")),
        (b"data: never ended\n", []),
        (b"nonsense: 1\ndata: x\n\n", messages("x")),
        (b"data: \xff\n\n", messages("\N{REPLACEMENT CHARACTER}")),
        (b"data: a\x0bb\x0cc\xc2\x85d\n\n", messages("a\x0bb\x0cc\x85d")),
        (b"data:\xef\xbb\xbfx\n\n", messages("\ufeffx")),
    ],
)
def test_fields_as_the_standard_has_them(stream: bytes, events: list[ServerEvent]) -> None:
    assert parse(stream) == events


def test_the_name_is_for_one_event_and_the_id_stays() -> None:
    stream = b"event: add\nid: 7\ndata: 1\n\ndata: 2\n\nid: a\0b\ndata: 3\n\nid\ndata: 4\n\n"
    assert parse(stream) == [
        ServerEvent("add", "1", "7"),
        ServerEvent("message", "2", "7"),
        ServerEvent("message", "3", "7"),
        ServerEvent("message", "4", ""),
    ]


def test_retry_is_kept_when_it_is_a_number() -> None:
    parser = EventParser()
    parser.feed(b"retry: 1500\nretry: soon\n\n")
    assert parser.retry == 1500


def test_a_carriage_return_ends_its_event_at_once() -> None:
    parser = EventParser()
    assert parser.feed(b"data: x\r\r") == messages("x")
    assert parser.feed(b"\ndata: y\r") == []
    assert parser.feed(b"\n\r\n") == messages("y")


def test_an_endless_event_is_refused() -> None:
    parser = EventParser()
    piece = b"data: " + b"x" * (1 << 20)
    for _ in range(EVENT_BYTES // len(piece)):
        parser.feed(piece + b"\n")
    with pytest.raises(ResourceExhaustedError):
        parser.feed(piece * 2 + b"\n")


def test_an_endless_line_is_refused() -> None:
    parser = EventParser()
    parser.feed(b"x" * EVENT_BYTES)
    with pytest.raises(ResourceExhaustedError):
        parser.feed(b"x")


FIELD = st.sampled_from([b"data", b"event", b"id", b"retry", b"", b"\xef\xbb\xbfdata", b"other"])
VALUE = st.text(max_size=6).map(str.encode)
LINE = st.builds(lambda name, colon, value: name + colon + value, FIELD, st.sampled_from([b":", b": ", b""]), VALUE)
END = st.sampled_from([b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n"])
STREAM = st.lists(st.tuples(LINE, END)).map(lambda lines: b"".join(line + end for line, end in lines))


@given(STREAM, st.lists(st.integers(0, 1000)))
def test_any_chunking_gives_the_same_events(stream: bytes, cuts: list[int]) -> None:
    whole = parse(stream)
    assert parse(stream, *cuts) == whole
    assert parse(stream, *range(len(stream))) == whole
