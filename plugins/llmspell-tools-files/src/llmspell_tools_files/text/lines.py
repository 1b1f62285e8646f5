"""Read a range of lines from a file of any size, holding no more than the range."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import ResourceExhaustedError
from llmspell_tools_files.text.encodings import misfit

if TYPE_CHECKING:
    from llmspell.spec.files import OpenFile
    from llmspell_tools_files.text.encodings import Encoding

CHUNK = 1 << 18


class Range(NamedTuple):
    """Lines `first` to `last` (from 1, both included; None is the end), and at most `cap` characters of them."""

    first: int
    last: int | None
    cap: int


class Lines(NamedTuple):
    """The lines, each with its ending; `total` is None when the file was not read to its end."""

    lines: list[str]
    total: int | None
    truncated: bool


async def read_lines(file: OpenFile, encoding: Encoding, wanted: Range, *, errors: str, path: str) -> Lines:
    """Read lines; stops after the last one wanted. A line longer than the cap is a `ResourceExhaustedError`."""
    await file.seek(len(encoding.mark))
    decoder = codecs.getincrementaldecoder(encoding.codec)(errors)
    taker = _Taker(wanted, path)
    position = len(encoding.mark)
    while not taker.done:
        data = await file.read(CHUNK)
        waiting = len(decoder.getstate()[0])
        try:
            text = decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            raise misfit(path, encoding.codec, position - waiting + error.start) from error
        position += len(data)
        taker.feed(text)
        if not data:
            taker.end()
            return Lines(taker.lines, taker.number, taker.truncated)
    return Lines(taker.lines, None, taker.truncated)


class _Taker:
    """Cut text into lines and keep those that are wanted."""

    def __init__(self, wanted: Range, path: str) -> None:
        self.lines: list[str] = []
        self.number = 0
        self.truncated = False
        self.done = False
        self._wanted = wanted
        self._path = path
        self._left = wanted.cap
        self._rest = ""

    def feed(self, text: str) -> None:
        """Take in more text."""
        pieces = (self._rest + text).split("\n")
        self._rest = pieces.pop()
        if len(self._rest) > self._wanted.cap:
            raise ResourceExhaustedError(
                f"line {self.number + 1} of {self._path!r} is longer than {self._wanted.cap} characters",
                suggestions=["Raise max_size, or read the file by bytes with offset and limit."],
                context={"path": self._path, "line": self.number + 1},
            )
        for piece in pieces:
            self._line(piece + "\n")
            if self.done:
                return

    def end(self) -> None:
        """Take what comes after the last line ending as a line."""
        if self._rest:
            self._line(self._rest)

    def _line(self, line: str) -> None:
        self.number += 1
        if self.number < self._wanted.first:
            return
        if len(line) > self._left:
            self.truncated = self.done = True
            return
        self.lines.append(line)
        self._left -= len(line)
        self.done = self.number == self._wanted.last
