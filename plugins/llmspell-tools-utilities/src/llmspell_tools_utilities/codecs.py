"""Bytes as text and back: base64 and its relatives, for the encoder and the text manipulator."""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import json
import re
import urllib.parse
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SPACE = re.compile(r"\s+")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"\\([4-7][0-7]{2}|.)", re.DOTALL)
_KNOWN_ESCAPES = frozenset("\n\\'\"abfnrtv01234567xuUN")


class Codec(NamedTuple):
    """One encoding. `block` is the length that padding fills up to, 0 without padding; `spaces` may be dropped."""

    name: str
    encode: Callable[[bytes], str]
    decode: Callable[[str], bytes]
    alphabet: str = ""
    block: int = 0
    spaces: bool = True

    def text(self, data: bytes) -> str:
        """Read decoded bytes as UTF-8. Raises `ValidationError` when they are not."""
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            message = f"the decoded bytes are not UTF-8 text (byte {error.start} is 0x{data[error.start]:02x})"
            raise ValidationError(message, suggestions=["ask for the output as base64 or hex"]) from error


def encode(name: str, data: bytes, *, padding: bool = True) -> str:
    """Encode bytes; without padding the trailing `=` are left away."""
    text = CODECS[name].encode(data)
    return text if padding or not CODECS[name].block else text.rstrip("=")


def decode(name: str, text: str, *, strict: bool = True) -> bytes:
    """Decode text. Not strict forgives white space and missing padding, never wrong characters.

    Raises `ValidationError` that says what is wrong and where.
    """
    codec = CODECS[name]
    if not strict and codec.spaces:
        text = _SPACE.sub("", text)
    if codec.block and not strict:
        text = text.rstrip("=")
        text += "=" * (-len(text) % codec.block)
    wrong = next((index for index, char in enumerate(text) if codec.alphabet and char not in codec.alphabet), None)
    if wrong is not None:
        raise _invalid(name, f"the character {text[wrong]!r} at position {wrong} does not belong to it")
    if codec.block and len(text) % codec.block:
        raise _invalid(
            name, f"its length {len(text)} is not a multiple of {codec.block}: padding is missing", "pass strict=false"
        )
    try:
        return codec.decode(text)
    except (ValueError, binascii.Error) as error:
        raise _invalid(name, str(error)) from error


def _invalid(
    name: str, why: str, advice: str = "check that the text is complete and of this encoding"
) -> ValidationError:
    message = f"the text is not valid {name}: {why}"
    return ValidationError(message, suggestions=[advice], context={"faults": [{"path": "input", "message": why}]})


def _unquote(text: str) -> bytes:
    bad = _PERCENT.search(text)
    if bad is not None:
        raise ValueError(f"the % at position {bad.start()} is not followed by two hexadecimal digits")
    return urllib.parse.unquote_to_bytes(text)


def _unescape(text: str) -> bytes:
    """Refuse escapes that mean nothing, which Python leaves as they are with a warning."""
    bad = next((one for one in _ESCAPE.finditer(text) if one[1] not in _KNOWN_ESCAPES), None)
    if bad is not None:
        raise ValueError(f"{bad[0]!r} at position {bad.start()} is no escape sequence")
    return text.encode("latin-1", "backslashreplace").decode("unicode_escape").encode()


def _groups_of_five(function: Callable[[str], bytes], whole: str) -> Callable[[str], bytes]:
    """Refuse a last group of one character, which Python drops in silence; the letter `whole` is a group alone."""

    def decoded(text: str) -> bytes:
        letters = [one for one in text if one != whole and not one.isspace()]
        if len(letters) % 5 == 1:
            raise ValueError("its last character stands alone")
        return function(text)

    return decoded


def _json_text(text: str) -> bytes:
    value = json.loads(text)
    if not isinstance(value, str):
        raise ValueError("it is JSON, but not a string")  # noqa: TRY004 - a wrong value, reported with the others
    return value.encode()


def _by_text(function: Callable[[str], str]) -> Callable[[bytes], str]:
    return lambda data: function(CODECS["html"].text(data))


def _rot13(text: str) -> str:
    return codecs.encode(text, "rot13")


_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CODECS: Mapping[str, Codec] = {
    codec.name: codec
    for codec in (
        Codec(
            "base64",
            lambda d: base64.b64encode(d).decode(),
            lambda t: base64.b64decode(t, validate=True),
            f"{_BASE64}+/=",
            4,
        ),
        Codec(
            "base64url", lambda d: base64.urlsafe_b64encode(d).decode(), base64.urlsafe_b64decode, f"{_BASE64}-_=", 4
        ),
        Codec(
            "base32",
            lambda d: base64.b32encode(d).decode(),
            lambda t: base64.b32decode(t, casefold=True),
            f"{_BASE32}{_BASE32.lower()}=",
            8,
        ),
        Codec(
            "base32hex",
            lambda d: base64.b32hexencode(d).decode(),
            lambda t: base64.b32hexdecode(t, casefold=True),
            "",
            8,
        ),
        Codec("hex", bytes.hex, bytes.fromhex),
        Codec("base85", lambda d: base64.b85encode(d).decode(), _groups_of_five(base64.b85decode, "")),
        Codec("ascii85", lambda d: base64.a85encode(d).decode(), _groups_of_five(base64.a85decode, "z")),
        Codec("url", lambda d: urllib.parse.quote(d, safe=""), _unquote, spaces=False),
        Codec(
            "url_form",
            lambda d: urllib.parse.quote_plus(d, safe=""),
            lambda t: _unquote(t.replace("+", " ")),
            spaces=False,
        ),
        Codec("html", _by_text(html.escape), lambda t: html.unescape(t).encode(), spaces=False),
        Codec("json", _by_text(lambda t: json.dumps(t, ensure_ascii=False)), _json_text, spaces=False),
        Codec("rot13", _by_text(_rot13), lambda t: _rot13(t).encode(), spaces=False),
        Codec(
            "unicode_escape",
            _by_text(lambda t: t.encode("unicode_escape").decode("ascii")),
            _unescape,
            spaces=False,
        ),
    )
}
