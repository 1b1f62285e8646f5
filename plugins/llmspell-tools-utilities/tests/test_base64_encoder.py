from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import ValidationError
from llmspell_tools_utilities.codecs import CODECS, decode, encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Call = Callable[..., Awaitable[Any]]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("base64", "w7zDv8O+Pz4="),
        ("urlsafe", "w7zDv8O-Pz4="),
        ("base32", "YO6MHP6DXY7T4==="),
        ("base16", "c3bcc3bfc3be3f3e"),
        ("url", "%C3%BC%C3%BF%C3%BE%3F%3E"),
        ("html", "üÿþ?&gt;"),
    ],
)
async def test_encodings_both_ways(call: Call, encoding: str, text: str) -> None:
    assert (await call("base64_encoder", input="üÿþ?>", encoding=encoding))["text"] == text
    assert (await call("base64_encoder", operation="decode", input=text, encoding=encoding))["text"] == "üÿþ?>"


async def test_options(call: Call) -> None:
    assert (await call("base64_encoder", input="a", padding=False))["text"] == "YQ"
    assert (await call("base64_encoder", input="a b", encoding="url_form"))["text"] == "a+b"
    assert (await call("base64_encoder", data="/wA=", encoding="hex"))["text"] == "ff00"
    assert (await call("base64_encoder", input="a" * 6, line_length=4))["text"] == "YWFh\nYWFh"
    assert (await call("base64_encoder", operation="decode", input="YWFh\nYWFh", strict=False))["text"] == "a" * 6
    assert (await call("base64_encoder", operation="decode", input="/wA=", output="base64"))["text"] == "/wA="


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"input": "YQ"}, "padding"),
        ({"input": "Y Q="}, "' ' at position 1"),
        ({"input": "Y-Q="}, "'-' at position 1"),
        ({"input": "/w=="}, "not UTF-8"),
        ({"input": "=a=="}, "base64"),
        ({"input": "a", "encoding": "base32"}, "padding"),
        ({"input": "0g", "encoding": "hex"}, "hex"),
        ({"input": "100%", "encoding": "url"}, "position 3"),
        ({}, "either"),
        ({"input": "a", "data": "YQ=="}, "either"),
    ],
)
async def test_wrong_input_is_told_with_its_place(call: Call, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        await call("base64_encoder", operation="decode", **arguments)


_BINARY = ["base64", "base64url", "base32", "base32hex", "hex", "base85", "ascii85", "url", "url_form"]


@given(st.binary(), st.sampled_from(_BINARY), st.booleans())
def test_every_binary_encoding_is_reversible(data: bytes, name: str, padding: bool) -> None:
    text = encode(name, data, padding=padding)
    assert decode(name, text, strict=padding) == data


@pytest.mark.parametrize("text", ["\\8", "a\\qb", "\\477", "\\\\\\d"])
def test_an_unknown_escape_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="is no escape sequence"):
        decode("unicode_escape", text)


@pytest.mark.parametrize(("text", "meant"), [("\\\\d", "\\d"), ("\\101\\x41\\u00e9é\\n", "AAéé\n"), ("\\377", "ÿ")])
def test_known_escapes_are_read(text: str, meant: str) -> None:
    assert decode("unicode_escape", text) == meant.encode()


@given(st.text(max_size=30), st.sampled_from(sorted(CODECS)), st.booleans())
def test_any_text_decodes_or_is_a_validation_error(text: str, name: str, strict: bool) -> None:
    try:
        decoded: object = decode(name, text, strict=strict)
    except ValidationError as error:
        decoded = error.context["faults"]
    assert decoded or (decoded == b"" and not text.strip().strip("="))
