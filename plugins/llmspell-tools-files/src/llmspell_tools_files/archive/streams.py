"""Decompress piece by piece: never more at once than asked for, damage and what follows the end are errors."""

from __future__ import annotations

import bz2
import lzma
import zlib
from typing import TYPE_CHECKING, Final, Protocol

from llmspell_tools_files.archive.faults import Meter, broken
from llmspell_tools_files.archive.kinds import MAGIC

if TYPE_CHECKING:
    from collections.abc import Callable

PIECE: Final = 1 << 18
FEED: Final = 1 << 14
FEED_ZSTD: Final = 512
"""Zstandard gives all that comes of its input at once: 4 bytes may be 128 KiB, so it gets little."""

MEMORY: Final = 1 << 28
"""Bytes a decompressor may take for its window; the largest usual one, of `xz -9`, is 64 MiB."""

_ZSTD_WINDOW: Final = 1 << 27
_SKIPPABLE: Final = b"\x2a\x4d\x18"
"""Bytes 2 to 4 of a frame that holds no data (RFC 8878, 3.1.2)."""


class Input(Protocol):
    """A blocking file to read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Read `size` bytes, fewer only at the end."""
        ...


class Decoder(Protocol):
    """One compressed stream; `rest` is what follows its end."""

    eof: bool
    rest: bytes

    def feed(self, data: bytes, limit: int) -> bytes:
        """Give at most about `limit` bytes; `data` is empty while `hungry` is false."""
        ...

    @property
    def hungry(self) -> bool:
        """Tell whether it needs more input to go on."""
        ...


class Zlib:
    """Deflate: with the header and checksum of gzip, or bare as in zip."""

    def __init__(self, window: int) -> None:
        self._inner = zlib.decompressobj(window)
        self.eof = False
        self.rest = b""

    def feed(self, data: bytes, limit: int) -> bytes:
        """Decompress."""
        out = self._inner.decompress(self._inner.unconsumed_tail + data, limit)
        self.eof, self.rest = self._inner.eof, self._inner.unused_data
        return out

    @property
    def hungry(self) -> bool:
        """Tell whether all input is used up."""
        return not self._inner.unconsumed_tail


class Buffering:
    """bzip2 and LZMA of the standard library, which keep the input they have not used yet."""

    def __init__(self, inner: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._inner = inner
        self.eof = False
        self.rest = b""

    def feed(self, data: bytes, limit: int) -> bytes:
        """Decompress."""
        out = self._inner.decompress(data, limit)
        self.eof, self.rest = self._inner.eof, self._inner.unused_data
        return out

    @property
    def hungry(self) -> bool:
        """Tell whether all input is used up."""
        return self._inner.needs_input


class Zstd:
    """One frame of Zstandard."""

    hungry = True

    def __init__(self) -> None:
        import zstandard  # noqa: PLC0415 - only archives of this kind pay for it

        self._inner = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        self._fault = zstandard.ZstdError
        self.eof = False
        self.rest = b""

    def feed(self, data: bytes, limit: int) -> bytes:  # noqa: ARG002 - it cannot stop half-way: see FEED_ZSTD
        """Decompress."""
        try:
            out = self._inner.decompress(data)
        except self._fault as error:
            raise zlib.error(str(error)) from error
        self.eof, self.rest = self._inner.eof, self._inner.unused_data
        return out


class Plain:
    """Data that is not compressed; whoever reads it knows where it ends."""

    hungry = True
    eof = False
    rest = b""

    def feed(self, data: bytes, limit: int) -> bytes:  # noqa: ARG002 - no more comes out than went in
        """Give the data back."""
        return data


FAULTS: Final = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)
"""What the decoders raise when the data is damaged."""

_DECODERS: Final[dict[str, Callable[[], Decoder]]] = {
    "gz": lambda: Zlib(31),
    "bz2": lambda: Buffering(bz2.BZ2Decompressor()),
    "xz": lambda: Buffering(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY)),
    "zst": Zstd,
}


class Unpacked:
    """The contents of a compressed file as a blocking file: all its streams, one after another."""

    def __init__(self, source: Input, kind: str, meter: Meter) -> None:
        self._source = source
        self._kind = kind
        self._meter = meter
        self._feed = FEED_ZSTD if kind == "zst" else FEED
        self._decoder: Decoder | None = None
        self._began = False
        self._waiting = b""
        self._came_in = 0
        self._out = b""

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, fewer only at the end of the last stream; a negative size is not for hostile data."""
        parts: list[bytes] = []
        while size > 0:
            if not self._out:
                self._out = self._more()
                if not self._out:
                    break
            part, self._out = self._out[:size], self._out[size:]
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _more(self) -> bytes:
        """Give the next bytes, none at the end."""
        while self._decoder is not None or self._begin():
            decoder = self._decoder
            assert decoder is not None  # noqa: S101 - _begin says so
            data = self._input() if decoder.hungry else b""
            if decoder.hungry and not data:
                raise broken("it ends in the middle")
            try:
                out = decoder.feed(data, PIECE)
            except FAULTS as error:
                raise broken(f"the compressed data is damaged ({error})") from error
            if decoder.eof:
                self._waiting = decoder.rest + self._waiting
                self._came_in -= len(decoder.rest)
                self._decoder = None
            if out:
                self._meter.come_out(len(out), self._came_in)
                return out
        return b""

    def _input(self) -> bytes:
        data, self._waiting = self._waiting[: self._feed], self._waiting[self._feed :]
        data = data or self._source.read(self._feed)
        self._came_in += len(data)
        return data

    def _begin(self) -> bool:
        """Begin the next stream and tell whether there is one; zeros may fill the file up."""
        head = self._waiting + self._source.read(FEED - len(self._waiting))
        while self._began and head and not head.strip(b"\0"):
            head = self._source.read(FEED)
        if not head and self._began:
            return False
        head = head.lstrip(b"\0") if self._began else head
        if not self._starts(head):
            raise broken("something else follows the compressed data" if self._began else f"it is not {self._kind}")
        self._waiting = head
        self._decoder = _DECODERS[self._kind]()
        self._began = True
        return True

    def _starts(self, head: bytes) -> bool:
        skippable = self._kind == "zst" and head[1:4] == _SKIPPABLE
        return skippable or head.startswith(MAGIC[self._kind])


class Counted:
    """A file that is not compressed, with what is read of it counted."""

    def __init__(self, source: Input, meter: Meter) -> None:
        self._source = source
        self._meter = meter

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, fewer only at the end."""
        data = self._source.read(size)
        self._meter.come_out(len(data), self._meter.total + len(data))
        return data
