"""Count the lines, words and characters of a text that comes in pieces of bytes."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any

from llmspell_tools_files.text.endings import EndingCounter

if TYPE_CHECKING:
    from llmspell_tools_files.text.encodings import Encoding


class TextCounter:
    """Count as `wc` does, for any encoding: words are what white space separates.

    The encoding may come from the first bytes alone, so later ones that do not fit it count as one character.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding.codec)("replace")
        self._endings = EndingCounter()
        self._skip = len(encoding.mark)
        self._words = self._characters = 0
        self._in_word = False

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Take in the next bytes; the first must hold the whole byte order mark."""
        text = self._decoder.decode(data[self._skip :], final=final)
        if data:
            self._skip = 0
        self._characters += len(text)
        self._endings.feed(text)
        words = len(text.split())
        self._words += words - (self._in_word and bool(text) and not text[0].isspace())
        self._in_word = not text[-1].isspace() if text else self._in_word

    def result(self) -> dict[str, Any]:
        """Give the counts and how lines end."""
        return {
            "lines": self._endings.lines,
            "words": self._words,
            "characters": self._characters,
            "newline": self._endings.style,
            "final_newline": self._endings.final_newline,
        }
