"""Outcomes of tests as lines for people: what failed, the difference, and where in the user's own file."""

from __future__ import annotations

from difflib import ndiff
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from llmspell.bridge.suites import Outcome
    from llmspell.errors import LlmspellError

WORDS = {"passed": "ok", "failed": "FAIL", "error": "ERROR", "skipped": "skip"}
COLUMN = 7
MAX_LINES = 60
"""Lines of a difference that are shown."""


def outcome_lines(outcome: Outcome, source: Callable[[str], str | None] = lambda _: None) -> Iterator[str]:
    """Yield one line for a test, and below it what a failure has to say; `source` gives the line of a place."""
    seconds = f" ({outcome.seconds * 1000:.0f} ms)" if outcome.status != "skipped" else ""
    reason = f": {outcome.reason}" if outcome.reason not in ("", "skipped") else ""
    yield f"{WORDS[outcome.status].ljust(COLUMN)}{outcome.name}{seconds}{reason}"
    if outcome.error is not None:
        yield from ("    " + line for line in failure_lines(outcome.error, source))


def failure_lines(error: LlmspellError, source: Callable[[str], str | None] = lambda _: None) -> Iterator[str]:
    """Yield what an error says: its message, the difference of an assertion, its places and what to do next."""
    coded = "" if error.type == "assertion" else f"{error.type}: "
    first, *more = error.message.splitlines() or [""]
    yield f"{coded}{first}"
    yield from more
    yield from difference(error)
    places = error.stack.splitlines() if error.stack else [error.where] if error.where else []
    line = source(places[0]) if places else None
    if line:
        yield f"> {line}"
    yield from (f"at {place}" for place in places)
    yield from (f"next: {one}" for one in error.suggestions)


def difference(error: LlmspellError) -> Iterator[str]:
    """Yield the lines in which two long values differ; nothing for short ones, which the message shows whole."""
    expected, actual = error.context.get("expected"), error.context.get("actual")
    if not isinstance(expected, str) or not isinstance(actual, str) or "\n" not in expected + actual:
        return
    yield "- expected, + actual:"
    lines = [line for line in ndiff(expected.splitlines(), actual.splitlines()) if not line.startswith("?")]
    yield from (f"  {line}".rstrip() for line in lines[:MAX_LINES])
    if len(lines) > MAX_LINES:
        yield f"  ... and {len(lines) - MAX_LINES} more lines"


def summary_line(counts: Mapping[str, int]) -> str:
    """Count in words: `3 passed, 1 failed`."""
    words = {"passed": "passed", "failed": "failed", "error": "with errors", "skipped": "skipped"}
    told = [f"{counts[status]} {word}" for status, word in words.items() if counts[status]]
    return ", ".join(told) or "no tests"
