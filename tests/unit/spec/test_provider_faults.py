from __future__ import annotations

import time

import pytest

from llmspell.spec.provider_faults import is_page, number_of, page_error, readable, retry_after, text_of


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 60.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:10 GMT"}, 0.0),
        ({"retry-after": "Thursday, 01-Jan-70 00:01:40 GMT"}, 60.0),
        ({"retry-after": "Thu Jan  1 00:01:40 1970"}, 60.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 -0000"}, 60.0),
        ({"retry-after": "Thu, 99 Jan 1970 00:01:40 GMT"}, None),
        ({"retry-after": "\u0667"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_how_long_to_wait(
    headers: dict[str, str], seconds: float | None, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert retry_after(headers, 40.0) == seconds
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"plain  words\n", "plain words"),
        (b"<html><head><title>Sign\n in</title></head><body>x</body></html>", "Sign in"),
        (b"<!DOCTYPE html><p>Caf&eacute; <b>closed</b></p>", "Caf\xe9 closed"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"", ""),
        (b"a < b and <c>", "a < b and <c>"),
    ],
)
def test_what_a_person_would_read(body: bytes, text: str) -> None:
    assert readable(body) == text


def test_a_long_body_is_cut() -> None:
    assert len(readable(b"x" * 10_000)) == 500


@pytest.mark.parametrize(
    ("kind", "page"), [("text/html", True), ("Text/HTML; charset=x", True), ("application/json", False), ("", False)]
)
def test_a_page_is_known_by_its_type(kind: str, page: bool) -> None:
    assert is_page({"content-type": kind}) is page


def test_a_page_says_where_to_look() -> None:
    error = page_error("host", b"", "providers.x")
    assert "it is empty" in error.message
    assert "[providers.x]" in error.suggestions[0]
    assert not error.retryable


def test_text_is_text() -> None:
    assert (text_of("x"), text_of(""), text_of(None)) == ("x", "", None)
    for value in (7, b"x", ["x"], False):
        with pytest.raises(TypeError, match="is no text"):
            text_of(value)


def test_a_count_is_a_count() -> None:
    assert (number_of({"a": 7}, "a"), number_of({"a": None}, "a"), number_of({}, "a")) == (7, 0, 0)
    for value in (-1, 1.5, True, "7", [7]):
        with pytest.raises(TypeError, match="is no count"):
            number_of({"a": value}, "a")
