"""What a rule of `process.exec` covers: a program, or a program with certain arguments."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Final

from llmspell.errors import ConfigError

EVERYTHING: Final = "*"
_PROGRAM: Final = re.compile(r"[\w*?\[][\w.*?+-]*", re.ASCII)
_PLAIN: Final = re.compile(r"[\w.*?+-]+")


class CommandPattern:
    """`git` (with whatever arguments), `git status` (exactly these), `git log *` (these, and any more).

    Words are split as a shell does; `*` and `?` in a word stand for any characters and for one. A target is a command
    line in the same form.
    """

    __slots__ = ("_words", "text")

    def __init__(self, text: str) -> None:
        try:
            self._words = tuple(_split(text))
        except ValueError as error:
            raise ConfigError(f"{text!r} is no command: {error}") from error
        if not self._words:
            raise ConfigError(f"{text!r} names no program")
        if not _PROGRAM.fullmatch(self._words[0]):
            raise ConfigError(
                f"{self._words[0]!r} is not the bare name of a program",
                suggestions=("Name the program without its folder: it is looked for in fixed places only.",),
            )
        self.text = " ".join(map(_quoted, self._words))

    @property
    def named(self) -> str:
        """Give the name of the program, wildcards included."""
        return self._words[0]

    def covers(self, target: str) -> bool:
        """Tell whether the pattern reaches a command line as a whole."""
        if self._words == (EVERYTHING,):
            return True
        words = _words(target)
        if not words or not _fits(self._words[0], words[0]):
            return False
        if len(self._words) == 1:
            return True
        more = self._words[-1] == EVERYTHING
        wanted = self._words[:-1] if more else self._words
        if len(words) < len(wanted) or (len(words) > len(wanted) and not more):
            return False
        return all(map(_fits, wanted, words[: len(wanted)]))

    def touches(self, target: str) -> bool:
        """Tell whether a command line holds the pattern's words in this order, whatever stands between them."""
        if target == EVERYTHING or self._words == (EVERYTHING,):
            return True
        words = _words(target)
        if not words or not _fits(self._words[0], words[0]):
            return False
        rest = iter(words[1:])
        return all(any(_fits(wanted, word) for word in rest) for wanted in self._words[1:] if wanted != EVERYTHING)


def _fits(pattern: str, word: str) -> bool:
    magic = EVERYTHING in pattern or "?" in pattern
    return pattern == word or (magic and fnmatchcase(word, pattern.replace("[", "[[]")))


def _words(target: str) -> list[str]:
    try:
        return _split(target)
    except ValueError:
        return [target]


def _split(text: str) -> list[str]:
    if _PLAIN.fullmatch(text):
        return [text]
    import shlex  # noqa: PLC0415 - most rules are one word

    return shlex.split(text)


def _quoted(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    import shlex  # noqa: PLC0415 - as above

    return shlex.quote(word)
