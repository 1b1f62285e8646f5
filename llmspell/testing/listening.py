"""What a program says that a test has started: waited for, and read to its end, so that a full pipe never stops it."""

from __future__ import annotations

from collections import deque
from threading import Thread
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Listening:
    """Read the lines of a program from now on, on a thread of its own once it has said what was waited for."""

    def __init__(self, lines: IO[str]) -> None:
        self._lines = lines
        self._reader: Thread | None = None

    def until(self, words: str) -> None:
        """Wait for a line with these words; raises `RuntimeError` with all that was said when the program ends."""
        said: list[str] = []
        for line in _from(self._lines):
            said.append(line)
            if words in line:
                self._reader = Thread(target=deque, args=(_from(self._lines), 0), daemon=True)
                self._reader.start()
                return
        raise RuntimeError("the program ended before it was ready:\n" + "".join(said))

    def close(self) -> None:
        """Close the pipe of a program that has ended."""
        if self._reader is not None:
            self._reader.join()
        self._lines.close()


def _from(lines: IO[str]) -> Iterator[str]:
    return iter(lines.readline, "")
