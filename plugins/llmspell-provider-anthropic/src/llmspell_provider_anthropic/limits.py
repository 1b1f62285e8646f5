"""What Anthropic says it still allows (https://platform.claude.com/docs/en/api/rate-limits, "Response headers")."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS = {"requests": "requests", "tokens": "tokens", "input-tokens": "input_tokens", "output-tokens": "output_tokens"}


def read_limits(headers: Mapping[str, str], now: float) -> dict[str, dict[str, float]] | None:
    """Give limit, rest and seconds until it is full, for requests and tokens; None when the server says nothing.

    `now` is in seconds since the epoch; the service tells times as RFC 3339 writes them.
    """
    found: dict[str, dict[str, float]] = {}
    for name, kind in KINDS.items():
        for field in ("limit", "remaining", "reset"):
            text = headers.get(f"anthropic-ratelimit-{name}-{field}")
            number = None if text is None else _seconds(text, now) if field == "reset" else _count(text)
            if number is not None:
                found.setdefault(kind, {})[field] = number
    return found or None


def _count(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,15}", text) else None


def _seconds(text: str, now: float) -> float | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return max(0.0, when.timestamp() - now) if when.tzinfo is not None else None
