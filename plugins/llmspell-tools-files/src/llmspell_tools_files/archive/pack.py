"""Write archives: entries go in piece by piece, what is packed comes out to be written."""

from __future__ import annotations

import bz2
import lzma
import struct
import tarfile
import zipfile
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from llmspell_tools_files.archive.kinds import BLOCK, compression
from llmspell_tools_files.archive.zip import UT

if TYPE_CHECKING:
    from typing import IO

_NANO: Final = 10**9
_NEEDS_ZIP64: Final = 1 << 30
"""Bytes from which an entry gets Zip64 fields: below, not even deflate's own overhead can pass 2 GiB."""
_EARLIEST, _LATEST = 315532800, 4354819198
"""1980 and 2107, between which the clock of zip runs."""


class Item(NamedTuple):
    """What is to be packed: its name in the archive, whether it is a folder, bytes, nanoseconds, permission bits."""

    name: str
    folder: bool
    size: int
    modified_ns: int
    mode: int


class Packer(Protocol):
    """Pack entries one after another; each method gives bytes to write, maybe none."""

    def begin(self, item: Item) -> bytes:
        """Begin an entry."""
        ...

    def data(self, data: bytes) -> bytes:
        """Add contents."""
        ...

    def end(self) -> bytes:
        """End the entry."""
        ...

    def finish(self) -> bytes:
        """End the archive."""
        ...


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


class _None:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


def packer(kind: str, level: int) -> Packer:
    """Give what packs a format."""
    if kind == "zip":
        return _Zip(level)
    inner = _compressor(compression(kind), level)
    return _Tar(inner) if kind.startswith("tar") else _Single(inner)


def _compressor(kind: str, level: int) -> _Compressor:
    if kind == "gz":
        return zlib.compressobj(level, zlib.DEFLATED, 31)  # a gzip header without time and name: the same every time
    if kind == "bz2":
        return bz2.BZ2Compressor(level)
    if kind == "xz":
        return lzma.LZMACompressor(lzma.FORMAT_XZ, preset=level)
    if kind == "zst":
        import zstandard  # noqa: PLC0415 - only archives of this kind pay for it

        return zstandard.ZstdCompressor(level=level, write_checksum=True).compressobj()
    return _None()


class _Single:
    """One file, compressed."""

    def __init__(self, inner: _Compressor) -> None:
        self._inner = inner

    def begin(self, item: Item) -> bytes:  # noqa: ARG002 - nothing is said of the file
        return b""

    def data(self, data: bytes) -> bytes:
        return self._inner.compress(data)

    def end(self) -> bytes:
        return b""

    def finish(self) -> bytes:
        return self._inner.flush()


class _Tar:
    """POSIX.1-2001 (pax), owned by nobody in particular."""

    def __init__(self, inner: _Compressor) -> None:
        self._inner = inner
        self._written = 0
        self._size = 0

    def begin(self, item: Item) -> bytes:
        info = tarfile.TarInfo(item.name)
        info.type = tarfile.DIRTYPE if item.folder else tarfile.REGTYPE
        info.size = self._size = 0 if item.folder else item.size
        info.mtime = max(0, item.modified_ns // _NANO)
        info.mode = item.mode
        return self._pack(info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape"))

    def data(self, data: bytes) -> bytes:
        return self._pack(data)

    def end(self) -> bytes:
        return self._pack(bytes(-self._size % BLOCK))

    def finish(self) -> bytes:
        end = 2 * BLOCK
        return self._pack(bytes(end + -(self._written + end) % tarfile.RECORDSIZE)) + self._inner.flush()

    def _pack(self, data: bytes) -> bytes:
        self._written += len(data)
        return self._inner.compress(data)


class _Sink:
    """What `zipfile` writes to: a file that cannot seek, so sizes and checksums follow the data."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: `take` empties it."""

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


class _Zip:
    """Deflate, UTF-8 names, times also in UTC."""

    def __init__(self, level: int) -> None:
        self._level = level
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]  # it only writes
        self._entry: IO[bytes] | None = None

    def begin(self, item: Item) -> bytes:
        seconds = item.modified_ns // _NANO
        day = datetime.fromtimestamp(min(max(seconds, _EARLIEST), _LATEST), UTC)
        info = zipfile.ZipInfo(item.name + "/" if item.folder else item.name, day.timetuple()[:6])
        info.create_system = 3  # Unix, wherever this runs: the mode counts, and archives are the same everywhere
        info.external_attr = (item.mode | (0o040000 if item.folder else 0o100000)) << 16
        if 0 <= seconds < 1 << 31:
            info.extra = struct.pack("<HHBi", UT, 5, 1, seconds)
        if item.folder:
            info.external_attr |= 0x10  # a folder in MS-DOS
            self._zip.writestr(info, b"")
        else:
            info.compress_type = zipfile.ZIP_DEFLATED
            info._compresslevel = self._level  # type: ignore[attr-defined]  # noqa: SLF001 - public only from 3.13 on
            self._entry = self._zip.open(info, "w", force_zip64=item.size >= _NEEDS_ZIP64)
        return self._sink.take()

    def data(self, data: bytes) -> bytes:
        assert self._entry is not None  # noqa: S101 - only files have contents
        self._entry.write(data)
        return self._sink.take()

    def end(self) -> bytes:
        if self._entry is not None:
            self._entry.close()
            self._entry = None
        return self._sink.take()

    def finish(self) -> bytes:
        self._zip.close()
        return self._sink.take()
