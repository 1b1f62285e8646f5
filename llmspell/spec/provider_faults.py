"""What providers have in common when a service does not answer: pauses, pages, limits."""

from __future__ import annotations

import html
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from llmspell.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWER_BYTES = 64 << 20
"""No model's answer is longer; a server that sends more never ends."""

SHOWN = 500
"""How many letters of what a service says an error repeats."""


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Give the seconds a server asks to wait: `retry-after-ms`, else `retry-after`, a number or a date (RFC 9110).

    `now` is in seconds since the epoch; header names are lower case. What is neither is None.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or not text:
        return seconds
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    if when.tzinfo is None:  # the form of asctime, which an HTTP date may have, names no zone: all are in UTC
        when = when.replace(tzinfo=UTC)
    return max(0.0, when.timestamp() - now)


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text.strip()) else None


def readable(body: bytes) -> str:
    """Give the beginning of a body that is no JSON: the title or the text of a page, else the text itself."""
    text = body[: 64 * SHOWN].decode("utf-8", "replace")
    if re.match(r"\s*<(!doctype|html|head|body|\?xml)", text, re.IGNORECASE):
        title = re.search(r"<title[^>]*>([^<]+)", text, re.IGNORECASE)
        text = html.unescape(title[1] if title else re.sub(r"<[^>]*>", " ", text))
    return " ".join(text.split())[:SHOWN]


def is_page(headers: Mapping[str, str]) -> bool:
    """Tell whether an answer is a page for people."""
    return headers.get("content-type", "").lower().startswith(("text/html", "application/xhtml"))


def page_error(host: str, body: bytes, section: str) -> ProviderError:
    """Say that a page came where an answer was due: a proxy, a portal, a wrong address. `section` is its config."""
    return ProviderError(
        f"{host} answered with a web page instead of a model's answer: {readable(body) or 'it is empty'}",
        suggestions=[f"check base_url in [{section}]", "look for a proxy or a login page in between"],
        retryable=False,
    )


def endless_error(host: str) -> ProviderError:
    """Say that an answer does not end."""
    return ProviderError(
        f"{host} sent more than {ANSWER_BYTES >> 20} MiB and did not end its answer",
        suggestions=["ask for a shorter answer with max_tokens", "check what answers there"],
        retryable=False,
    )


def text_of(value: object) -> str | None:
    """Give a text of an answer, None for none. Raises `TypeError` for what is no text."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    return value


def number_of(counts: Mapping[str, object], name: str) -> int:
    """Give a count of an answer, 0 where it is missing. Raises `TypeError` for what is no count."""
    value = counts.get(name)
    if value is None:
        return 0
    if type(value) is not int or value < 0:
        raise TypeError(f"{name} is {str(value)[:40]!r}, which is no count")
    return value
