"""Content codings, undone in bounded steps: a few bytes may stand for gigabytes."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from llmspell.errors import NetworkError

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCEPTED = "gzip, deflate"
STEP = 64 * 1024


class Decoder:
    """Undo one gzip or deflate coding; pieces are at most `STEP` bytes, whatever goes in."""

    __slots__ = ("_coding", "_started", "_where", "_zlib")

    def __init__(self, coding: str, where: str) -> None:
        self._coding = coding
        self._where = where
        self._started = False
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: a gzip or a zlib header, whichever comes

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` stands for. Raises `NetworkError` when it is not of the announced coding."""
        if not self._started and data:
            self._started = True
            if self._coding == "deflate" and not _has_zlib_header(data):
                self._zlib = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers leave the zlib header out
        while True:
            try:
                piece = self._zlib.decompress(data, STEP)
            except zlib.error as error:
                message = f"the answer of {self._where} is not valid {self._coding}: {error}"
                raise NetworkError(message, retryable=False) from error
            if piece:
                yield piece
            data = self._zlib.unconsumed_tail
            if self._zlib.eof:
                data = self._next_member()
            if not data and len(piece) < STEP:  # a full step may leave more behind in the decoder
                return

    def finish(self) -> None:
        """Raise `NetworkError` when the coded body ended too early."""
        if self._started and not self._zlib.eof:
            raise NetworkError(f"the {self._coding} body from {self._where} ended before its end")

    def _next_member(self) -> bytes:
        rest = self._zlib.unused_data
        if self._coding != "gzip" or not rest.startswith(b"\x1f\x8b"):
            return b""
        self._zlib = zlib.decompressobj(zlib.MAX_WBITS | 16)  # a gzip body may be several members in a row
        return rest


def decoder_for(coding: str | None, where: str) -> Decoder | None:
    """Give a decoder for a Content-Encoding, None when there is nothing to undo.

    Raises `NetworkError` for a coding that was not asked for.
    """
    if coding is None:
        return None
    name = coding.strip().lower()
    if name in ("", "identity"):
        return None
    if name in ("gzip", "x-gzip", "deflate"):
        return Decoder(name.removeprefix("x-"), where)
    raise NetworkError(
        f"{where} answered with the content coding {coding[:40]!r}, which was not asked for", retryable=False
    )


def _has_zlib_header(data: bytes) -> bool:
    """Tell whether data starts with a zlib header (RFC 1950: method 8, and a checksum over both bytes)."""
    return data[0] & 0x0F == 8 and (len(data) < 2 or (data[0] << 8 | data[1]) % 31 == 0)  # noqa: PLR2004
