"""JSON that is still being written: what it says so far."""

from __future__ import annotations

import re
from typing import Final

from llmspell.runtime.output.texts import decoded

NOTHING: Final = object()
"""There is nothing to tell."""

_CLOSING = {"{": "}", "[": "]"}
_HIGH = re.compile(r"\\u[dD][89abAB]")


class PartialJson:
    """Follow the text of one object, character by character, and say at any point what it holds.

    A value counts once it is complete; a text that is a value also while it grows. What stands before the first brace
    is passed over, what stands behind the last one as well. Text that can be no JSON ends it: then nothing is told.
    """

    __slots__ = (
        "_at", "_closers", "_escape", "_in", "_key", "_mark", "_safe", "_scalar", "_tail", "_text",
        "broken", "complete",
    )  # fmt: skip

    def __init__(self) -> None:
        self._text = ""
        self._at = 0
        self._closers: list[str] = []
        self._in = False  # in a text
        self._key = False  # the text at hand, or the next one, is a key
        self._escape = 0  # characters of an escape that are still to come
        self._mark = 0  # where the text at hand is whole
        self._scalar = False  # in a number or a word
        self._safe, self._tail = 0, ""
        self.broken = False
        self.complete = False

    @property
    def length(self) -> int:
        """Give the number of characters so far."""
        return len(self._text)

    def feed(self, text: str) -> None:
        """Take more of the text."""
        self._text += text
        while self._at < len(self._text) and not (self.broken or self.complete):
            one = self._text[self._at]
            self._at += 1
            if self._in:
                self._inside(one)
            elif self._closers or one == "{":
                self._outside(one)

    def value(self) -> object:
        """Give what the text says so far, `NOTHING` when that is nothing or no JSON."""
        if self.broken or not self._safe:
            return NOTHING
        growing = self._in and not self._key
        text = self._text[: self._mark] + '"' + self._ends() if growing else self._text[: self._safe] + self._tail
        try:
            return decoded(text[text.index("{") :])
        except (ValueError, RecursionError):
            self.broken = True
            return NOTHING

    # -- inside --------------------------------------------------------------------------------------------------------

    def _inside(self, one: str) -> None:
        if self._escape:
            self._escape -= 1
            if one == "u" and self._text[self._at - 2] == "\\":
                self._escape = 4
            if not self._escape and not self._half():
                self._mark = self._at
        elif one == "\\":
            self._escape = 1
        elif one == '"':
            self._in = False
            if not self._key:
                self._whole()
        elif not self._half():
            self._mark = self._at

    def _half(self) -> bool:
        """Tell whether the text ends with the first half of a character that two escapes write."""
        return bool(_HIGH.match(self._text, max(0, self._at - 6), self._at))

    def _outside(self, one: str) -> None:
        if one == '"':
            self._in, self._mark = True, self._at
        elif one in _CLOSING:
            self._closers.append(_CLOSING[one])
            self._key = one == "{"
            self._whole()
        elif one in "}]":
            if self._closers.pop() != one:
                self.broken = True
                return
            self._scalar = False
            self._whole()
            self.complete = not self._closers
        elif one in ",: \t\r\n":
            self._between(one)
        else:
            self._scalar = True

    def _between(self, one: str) -> None:
        if self._scalar:
            self._scalar = False
            self._whole(self._at - 1)
        if one == ",":
            self._key = self._closers[-1] == "}"
        elif one == ":":
            self._key = False

    def _whole(self, at: int | None = None) -> None:
        """Remember that a value is complete here, and how the text could end."""
        self._safe = self._at if at is None else at
        self._tail = self._ends()

    def _ends(self) -> str:
        return "".join(reversed(self._closers))
