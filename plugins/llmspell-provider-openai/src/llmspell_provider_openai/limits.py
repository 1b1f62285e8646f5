"""What a server says it still allows (OpenAI's `x-ratelimit-*` headers, sent by Groq, Together and others, too)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|[dhms]))+")


def read_limits(headers: Mapping[str, str]) -> dict[str, dict[str, float]] | None:
    """Give limit, rest and seconds until it is full, for requests and tokens; None when the server says nothing."""
    found: dict[str, dict[str, float]] = {}
    for what in ("requests", "tokens"):
        for field in ("limit", "remaining", "reset"):
            number = _number(headers.get(f"x-ratelimit-{field}-{what}"), duration=field == "reset")
            if number is not None:
                found.setdefault(what, {})[field] = number
    return found or None


def _number(text: str | None, *, duration: bool) -> float | None:
    if not text:
        return None
    if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text):
        return float(text)
    if duration and _DURATION.fullmatch(text):  # written as Go does: 6m0s, 1m30.5s, 20ms
        return sum(float(n) * _SECONDS[unit] for n, unit in re.findall(r"(\d+(?:\.\d+)?)(ms|[dhms])", text))
    return None
