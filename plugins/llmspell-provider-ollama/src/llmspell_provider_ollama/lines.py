"""JSON lines (`application/x-ndjson`) from any chunking of their bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ResourceExhaustedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LINE_BYTES = 8 << 20
_BOM = b"\xef\xbb\xbf"


class LineSplitter:
    """Take bytes with `feed`, give whole lines without their ends; empty ones are no lines. `rest` is the last one."""

    __slots__ = ("_pieces", "_size", "_start")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []  # of the unfinished line
        self._size = 0
        self._start = True  # nothing consumed yet: a BOM may come

    def feed(self, chunk: bytes) -> list[bytes]:
        """Give the lines that end in this chunk. Raises `ResourceExhaustedError` for a line over 8 MiB."""
        if self._start:
            chunk = b"".join((*self._pieces, chunk))
            self._pieces, self._size = [], 0
            if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
                self._keep(chunk)
                return []
            self._start = False
            chunk = chunk.removeprefix(_BOM)
        first, *others = chunk.split(b"\n")
        if not others:
            self._keep(first)
            return []
        lines = [b"".join((*self._pieces, first)), *others]
        self._pieces, self._size = [], 0
        self._keep(lines.pop())
        return [line for one in lines if (line := one.strip())]

    def rest(self) -> bytes:
        """Give what came after the last line end."""
        return b"".join(self._pieces).strip()

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._size += len(piece)
            if self._size > LINE_BYTES:
                raise ResourceExhaustedError(f"one line of the answer is longer than {LINE_BYTES >> 20} MiB")
            self._pieces.append(piece)


class Lines:
    """Iterate over the lines of a body. A class, not an async generator: one that is left early needs no finalizer."""

    __slots__ = ("_chunks", "_ended", "_ready", "_splitter")

    def __init__(self, chunks: AsyncIterator[bytes]) -> None:
        self._chunks = chunks
        self._splitter = LineSplitter()
        self._ready: list[bytes] = []
        self._ended = False

    def __aiter__(self) -> Lines:
        return self

    async def __anext__(self) -> bytes:
        while not self._ready:
            if self._ended:
                raise StopAsyncIteration
            try:
                self._ready = self._splitter.feed(await anext(self._chunks))
            except StopAsyncIteration:
                self._ended = True
                rest = self._splitter.rest()
                self._ready = [rest] if rest else []
            self._ready.reverse()
        return self._ready.pop()
