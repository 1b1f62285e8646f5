"""The forms in which a secret may show up in a text, and a function that masks them all in one pass."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

MIN_LENGTH = 6
"""Shorter values occur in any text by chance; masking them would spoil it and hide nothing."""


def masker(values: Mapping[str, str]) -> Callable[[str], str]:
    """Make a function that replaces every form of every value by `<secret NAME>`."""
    owners = owned(values)
    if not owners:
        return str
    longest_first = sorted(owners, key=len, reverse=True)
    expression = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: expression.sub(lambda found: f"<secret {owners[found.group()]}>", text)


def owned(values: Mapping[str, str]) -> dict[str, str]:
    """Give every form of every value that is long enough to be masked, with the name of its secret."""
    owners: dict[str, str] = {}
    for name, value in values.items():
        if len(value) >= MIN_LENGTH:
            for form in forms(value):
                if len(form) >= MIN_LENGTH:
                    owners.setdefault(form, name)
    return owners


def begun(text: str, known: Iterable[str]) -> int:
    """Count the characters at the end of a text with which one of the known forms may begin."""
    longest = 0
    for form in known:
        for length in range(min(len(form) - 1, len(text)), longest, -1):
            if text.endswith(form[:length]):
                longest = length
                break
    return longest


def forms(value: str) -> Iterator[str]:
    """Yield a value raw, as JSON text, URL-quoted, in hexadecimal, and in base64 at any place of a longer text."""
    data = value.encode("utf-8", "surrogatepass")
    yield value
    once = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    yield from once
    yield from (json.dumps(text)[1:-1] for text in once)  # JSON within JSON
    for quoted in (quote(data, safe=""), quote(data), quote_plus(data)):
        yield quoted
        yield re.sub(r"%[0-9A-F]{2}", lambda found: found.group().lower(), quoted)
    yield data.hex()
    yield data.hex().upper()
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(data).decode("ascii").rstrip("=")
        for before in range(3):
            yield _inner_base64(data, before, encode)


def _inner_base64(data: bytes, before: int, encode: Callable[[bytes], bytes]) -> str:
    """Give the characters that depend on `data` alone when `before` (modulo 3) bytes precede it and others follow."""
    first = (0, 2, 3)[before]  # characters touched by the bytes before
    whole = (before + len(data)) * 8 // 6  # characters that no later byte touches
    return encode(b"\0" * before + data).decode("ascii")[first:whole]
