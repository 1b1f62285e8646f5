"""Sizes and durations as people write them: `"10MB"`, `"1h30m"`, or plain numbers."""

from __future__ import annotations

import re

from llmspell.errors import ValidationError

_KILO = 1024
_SIZES = {"": 1, "b": 1, "k": _KILO, "m": _KILO**2, "g": _KILO**3, "t": _KILO**4, "p": _KILO**5}
_SIZE = r"(?i)\s*(\d+(?:\.\d+)?)\s*(?:([kmgtp])(?:i?b)?|b|bytes?)?\s*\Z"  # text: most runs have no use for it compiled
_SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "w": 604800.0,
    "week": 604800.0,
}
_DURATION = r"(?i)(\d+(?:\.\d+)?)\s*([a-zµ]+)\s*"


def parse_size(value: float | str) -> int:
    """Give bytes from `1500`, `"1500"`, `"10MB"`, `"1.5 GiB"`.

    A kilobyte has 1024 bytes whether written `KB` or `KiB`: limits are set in memory's terms, and one word for two
    sizes helps nobody. Raises `ValidationError` for negative numbers, fractions of a byte and anything else.
    """
    if isinstance(value, str):
        match = re.match(_SIZE, value)
        if match is None:
            raise _fault(value, "size", '"10MB", "512 KiB" or a number of bytes')
        return int(float(match[1]) * _SIZES[(match[2] or "").lower()]) if "." in match[1] else _whole(match)
    if isinstance(value, bool) or not 0 <= value < float("inf") or value != int(value):
        raise _fault(value, "size", '"10MB", "512 KiB" or a number of bytes')
    return int(value)


def format_size(count: int) -> str:
    """Give a size for people: `"10 MB"`, `"1.5 KB"`."""
    size = float(count)
    for unit in ("bytes", "KB", "MB", "GB", "TB"):
        if size < _KILO or unit == "TB":
            break
        size /= _KILO
    return f"{size:.1f}".removesuffix(".0") + " " + unit


def parse_duration(value: float | str, *, bare: str = "s") -> float:
    """Give seconds from `2.5`, `"500ms"`, `"1h30m"`, `"2 days"`.

    `bare` is the unit of a plain number: `s`, or `ms` where milliseconds are the custom. Raises `ValidationError` for a
    negative number, NaN, infinity, an unknown unit and anything else.
    """
    if not isinstance(value, str):
        if isinstance(value, bool) or not 0 <= value < float("inf"):
            raise _fault(value, "duration", '"500ms", "1h30m" or a number of seconds')
        return value * _SECONDS[bare]
    text = value.strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text) * _SECONDS[bare]
    total, position = 0.0, 0
    for match in re.finditer(_DURATION, text):
        unit = match[2].lower()
        seconds = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s"))
        if match.start() != position or seconds is None:
            break
        total += float(match[1]) * seconds
        position = match.end()
    if not text or position != len(text):
        raise _fault(value, "duration", '"500ms", "1h30m" or a number of seconds')
    return total


def _whole(match: re.Match[str]) -> int:
    # Integers stay exact: a float would round sizes above 2**53.
    return int(match[1]) * _SIZES[(match[2] or "").lower()]


def _fault(value: object, what: str, forms: str) -> ValidationError:
    return ValidationError(f"{value!r} is not a {what}", suggestions=[f"Write {forms}."], context={"value": str(value)})
