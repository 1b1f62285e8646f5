r"""Line endings, counted and changed in texts that come piece by piece: a `\r\n` may be cut in two."""

from __future__ import annotations

ENDINGS = {"lf": "\n", "crlf": "\r\n", "cr": "\r"}


class EndingCounter:
    """Count the line endings of a text that comes in pieces."""

    __slots__ = ("_cut", "_last", "cr", "crlf", "lf")

    def __init__(self) -> None:
        self.lf = self.crlf = self.cr = 0
        self._cut = False
        self._last = ""

    def feed(self, text: str) -> None:
        """Take in the next piece."""
        if not text:
            return
        if self._cut and text[0] == "\n":  # what was counted as `cr` was the first half of a `crlf`
            self.cr -= 1
            self.crlf += 1
            self.lf -= 1
        pairs = text.count("\r\n")
        self.crlf += pairs
        self.lf += text.count("\n") - pairs
        self.cr += text.count("\r") - pairs
        self._cut = text[-1] == "\r"
        self._last = text[-1]

    @property
    def last(self) -> str:
        """Give the last character, empty before the first."""
        return self._last

    @property
    def total(self) -> int:
        """Count the line endings."""
        return self.lf + self.crlf + self.cr

    @property
    def lines(self) -> int:
        """Count the lines; what comes after the last ending is one."""
        return self.total + (self._last not in ("", "\n", "\r"))

    @property
    def final_newline(self) -> bool:
        """Tell whether the text ends with a line ending."""
        return self._last in ("\n", "\r") and self._last != ""

    @property
    def style(self) -> str | None:
        """Name the line ending: `lf`, `crlf`, `cr`, `mixed`, or None without any."""
        used = [name for name in ENDINGS if getattr(self, name)]
        return used[0] if len(used) == 1 else ("mixed" if used else None)

    @property
    def most_used(self) -> str | None:
        """Name the ending that most lines have, None without any."""
        name = max(ENDINGS, key=lambda one: getattr(self, one))
        return name if getattr(self, name) else None
