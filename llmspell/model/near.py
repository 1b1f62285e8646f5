"""Known names that are like one that is not known, for the advice in an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 200
"""Characters above which nothing is looked for: no name of ours is so long, and the search keeps every character."""


def near_words(word: str, known: Iterable[str], n: int = 3, cutoff: float = 0.6) -> list[str]:
    """Give up to `n` of the known names that are at least so much like `word` (0 to 1), the nearest first."""
    if len(word) > LONGEST:
        return []
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    return get_close_matches(word, list(known), n=n, cutoff=cutoff)
