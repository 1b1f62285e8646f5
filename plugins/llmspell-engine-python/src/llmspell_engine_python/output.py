"""Standard output and error of a script: text that becomes posts, line by line."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Poster(io.TextIOBase):
    """Hand over text whenever a write ends a line; what `print` writes is one piece, however many lines it has."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._parts: list[str] = []

    def write(self, text: str) -> int:
        """Take text."""
        self._parts.append(text)
        if text.endswith("\n"):
            self.finish()
        return len(text)

    def finish(self) -> None:
        """Hand over what is there, though its line has not ended."""
        if self._parts:
            text = "".join(self._parts)
            self._parts.clear()
            self._say(text.removesuffix("\n"))

    def writable(self) -> bool:
        """Tell that it can be written to."""
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]  # a constant here
        """Give the encoding, which is that of the wire."""
        return "utf-8"
