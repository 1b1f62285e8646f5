"""Change a text that comes piece by piece: Unicode form, indentation, trailing spaces, line endings, last line."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

from llmspell.errors import ResourceExhaustedError
from llmspell_tools_files.text.endings import ENDINGS, EndingCounter

LONGEST_LINE = 1 << 24
"""Characters of a line that is changed as a line; without such changes a line may have any length."""

_ENDING = re.compile(r"(\r\n|\n|\r)")


class Change(NamedTuple):
    """What to change; the defaults change nothing.

    newline   the name of the line ending that every line gets
    final     whether the text ends with one
    form      a Unicode normal form
    """

    newline: str | None = None
    final: Literal["keep", "add", "remove"] = "keep"
    indent: Literal["keep", "spaces", "tabs"] = "keep"
    tab_width: int = 4
    trim: bool = False
    form: Literal["NFC", "NFD", "NFKC", "NFKD"] | None = None

    @property
    def by_line(self) -> bool:
        """Tell whether whole lines are needed."""
        return self.trim or self.form is not None or self.indent != "keep"


class TextChanger:
    """Change a text; `before` and `after` count its line endings, `lines_changed` lines changed but for these."""

    def __init__(self, change: Change, path: str = "") -> None:
        self.before = EndingCounter()
        self.after = EndingCounter()
        self.lines_changed = 0
        self._change = change
        self._path = path
        self._rest = ""
        self._held: list[str] = []
        self._held_length = 0

    def feed(self, text: str, *, final: bool = False) -> str:
        """Take in the next piece and give what is settled; the last piece may be empty."""
        self.before.feed(text)
        text = self._rest + text
        cut = len(text) if final else self._cut(text)
        text, self._rest = text[:cut], text[cut:]
        if len(self._rest) > LONGEST_LINE:
            raise ResourceExhaustedError(
                f"a line of {self._path!r} is longer than {LONGEST_LINE} characters",
                suggestions=["Change encoding and line endings alone: they do not need whole lines."],
                context={"path": self._path, "line": self.before.lines},
            )
        if self._change.by_line:
            text = self._lines(text)
        if self._change.newline is not None:
            text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", ENDINGS[self._change.newline])
        text = self._end(text, final=final)
        self.after.feed(text)
        return text

    def _cut(self, text: str) -> int:
        """Find how much of a text can be changed now: whole lines if needed, and no half of a line ending."""
        stop = len(text) - text.endswith("\r")
        return max(text.rfind("\n", 0, stop), text.rfind("\r", 0, stop)) + 1 if self._change.by_line else stop

    def _lines(self, text: str) -> str:
        pieces = _ENDING.split(text)
        for at in range(0, len(pieces), 2):
            line = self._line(pieces[at])
            if line != pieces[at]:
                self.lines_changed += 1
                pieces[at] = line
        return "".join(pieces)

    def _line(self, line: str) -> str:
        change = self._change
        if change.form is not None:
            line = unicodedata.normalize(change.form, line)
        if change.indent == "spaces":
            line = line.expandtabs(change.tab_width)
        elif change.indent == "tabs":
            bare = line.lstrip(" \t")
            width = len(line[: len(line) - len(bare)].expandtabs(change.tab_width))
            line = "\t" * (width // change.tab_width) + " " * (width % change.tab_width) + bare
        return line.rstrip(" \t") if change.trim else line

    def _end(self, text: str, *, final: bool) -> str:
        """See to the end of the text: line endings are held back until something follows them, or none is there."""
        if self._change.final == "remove":
            return self._without_end(text)
        if self._change.final == "add" and final:
            last = text[-1:] or self.after.last
            if last not in ("", "\n", "\r"):
                text += ENDINGS[self._change.newline or self.before.most_used or "lf"]
        return text

    def _without_end(self, text: str) -> str:
        """Hold line endings back until something follows them; gathered in a list, for there may be millions."""
        kept = len(text.rstrip("\r\n"))
        held, rest = self._held, text[kept:]
        if kept:
            self._held, self._held_length = [], 0
        self._held_length += len(rest)
        if self._held_length > LONGEST_LINE:
            raise ResourceExhaustedError(
                f"{self._path!r} has more than {LONGEST_LINE} line endings in a row, too many to hold back",
                suggestions=["Leave final_newline out for this file."],
                context={"path": self._path, "line": self.before.lines},
            )
        if rest:
            self._held.append(rest)
        return "".join((*held, text[:kept])) if kept else ""
