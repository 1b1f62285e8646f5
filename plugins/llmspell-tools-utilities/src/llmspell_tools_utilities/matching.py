"""Match two sequences as `difflib` does, but no longer than a budget allows: what repeats much takes cubic time."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final

from llmspell.errors import ResourceExhaustedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BUDGET: Final = 5_000_000
"""Pairs of equal items looked at: a second or two. Texts of different lines need as many as lines."""


class Matcher(difflib.SequenceMatcher[Any]):
    """A `SequenceMatcher` that raises `ResourceExhaustedError` instead of going on for minutes."""

    def __init__(
        self,
        old: Sequence[Any],
        new: Sequence[Any],
        *,
        junk: Callable[[Any], bool] | None = None,
        autojunk: bool = True,
    ) -> None:
        self._left = BUDGET
        self._old = old
        super().__init__(junk, old, new, autojunk)

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> difflib.Match:
        """Find the longest match as the base does, after paying for the pairs that it will look at."""
        places: dict[Any, list[int]] = self.b2j  # type: ignore[attr-defined]  # the stubs do not know it
        for at in range(alo, len(self._old) if ahi is None else ahi):
            self._left -= len(places.get(self._old[at], ()))
        if self._left < 0:
            raise ResourceExhaustedError(
                "the two repeat so much that comparing them would take too long",
                suggestions=["compare by lines (unified), or smaller parts"],
            )
        return super().find_longest_match(alo, ahi, blo, bhi)
