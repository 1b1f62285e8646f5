"""The forms in which a secret may show up in a text, and a function that masks them all in one pass."""

from __future__ import annotations

import base64
import html
import json
import re
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from llmspell.services.secret_written import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

MIN_LENGTH = 6
"""Shorter values occur in any text by chance; masking them would spoil it and hide nothing."""

_RUN = re.compile(r"[A-Za-z0-9]*")
"""Letters and digits, which no form but the encoded ones changes."""


def masker(values: Mapping[str, str]) -> Callable[[str], str]:
    """Make a function that replaces every form of every value by `<secret NAME>`; of two that fit, the longer one."""
    found = [_Hidden(name, value) for name, value in values.items() if len(value) >= MIN_LENGTH]
    if not found:
        return str
    found.sort(key=lambda one: -len(one.value))

    def mask(text: str) -> str:
        for one in found:
            if one.may_be_in(text):
                text = one.expression.sub(one.label, text)
        return text

    return mask


class _Hidden:
    """One value, with what tells at once that it is not in a text: most texts hold none, and pay for no expression."""

    def __init__(self, name: str, value: str) -> None:
        self.value = value
        self._name = name
        self._signs = (max(_RUN.findall(value), key=len), *(one for one in _encoded(value) if len(one) >= MIN_LENGTH))

    def may_be_in(self, text: str) -> bool:
        """Tell whether a part that every form has is in a text."""
        return any(one in text for one in self._signs)

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """Give what finds the value: escaped any number of times, or encoded."""
        encoded = sorted(map(re.escape, self._signs[1:]), key=len, reverse=True)
        return re.compile("|".join([written(self.value), *encoded]))

    def label(self, _: re.Match[str]) -> str:
        """Give what takes its place."""
        return f"<secret {self._name}>"


def owned(values: Mapping[str, str]) -> dict[str, str]:
    """Give every form of every value that is long enough to be masked, with the name of its secret."""
    owners: dict[str, str] = {}
    for name, value in values.items():
        if len(value) >= MIN_LENGTH:
            for form in forms(value):
                if len(form) >= MIN_LENGTH:
                    owners.setdefault(form, name)
    return owners


def begun(text: str, known: Sequence[str]) -> int:
    """Count the characters at the end of a text with which one of the known forms, which are sorted, may begin."""
    longest = max(map(len, known), default=0)
    for length in range(min(longest - 1, len(text)), 0, -1):
        end = text[-length:]
        place = bisect_left(known, end)
        if place < len(known) and known[place].startswith(end) and (known[place] != end or place + 1 < len(known)):
            following = known[place] if known[place] != end else known[place + 1]
            if following.startswith(end):
                return length
    return 0


def forms(value: str) -> Iterator[str]:
    """Yield a value raw, as JSON text, URL-quoted, for HTML, in hexadecimal, and in base64 and base32 at any place."""
    data = value.encode("utf-8", "surrogatepass")
    yield value
    once = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    yield from once
    yield from (json.dumps(text)[1:-1] for text in once)  # JSON within JSON
    for quoted in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield quoted
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found.group().lower(), quoted)
    yield html.escape(value)
    yield html.escape(value, quote=False)
    yield html.escape(value).replace("&#x27;", "&#39;")
    yield value.encode("ascii", "xmlcharrefreplace").decode()
    yield from _encoded(value)


def _encoded(value: str) -> Iterator[str]:
    """Yield a value in hexadecimal, and in base64 and base32 at any place of a longer text."""
    data = value.encode("utf-8", "surrogatepass")
    yield data.hex()
    yield data.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(data).decode("ascii").rstrip("=")
        for before in range(3):
            yield _inner(data, before, encode, 6, 3)
    for before in range(5):
        yield _inner(data, before, base64.b32encode, 5, 5)


def _inner(data: bytes, before: int, encode: Callable[[bytes], bytes], bits: int, block: int) -> str:
    """Give the characters, of so many bits, that depend on `data` alone when `before` bytes precede it, others follow.

    Bytes are encoded in blocks of `block`, so `before` counts modulo that.
    """
    first = -(-before * 8 // bits)  # characters touched by the bytes before
    whole = (before % block + len(data)) * 8 // bits  # characters that no later byte touches
    return encode(b"\0" * before + data).decode("ascii")[first:whole]
