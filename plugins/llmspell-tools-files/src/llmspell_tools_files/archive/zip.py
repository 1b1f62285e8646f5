"""Read a zip archive: the table of contents by the standard library, every entry by a loop that trusts nothing.

`zipfile` finds the table and its Zip64 parts; it stops reading where an entry's size says, whatever else is there, and
takes no notice of entries that share their data. Here the local header must say what the table says, the data must
lie by itself, end where it is said to end, and have the size and checksum that were announced. Source: APPNOTE 6.3.10.
"""

from __future__ import annotations

import bz2
import lzma
import stat
import struct
import zipfile
import zlib
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Literal

from llmspell_tools_files.archive.faults import Meter, broken, unsupported
from llmspell_tools_files.archive.streams import (
    FAULTS,
    FEED,
    FEED_ZSTD,
    MEMORY,
    PIECE,
    Buffering,
    Decoder,
    Plain,
    Zlib,
    Zstd,
)
from llmspell_tools_files.archive.tar import Member

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell_tools_files.archive.source import Source

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_LZMA: Final = struct.Struct("<2sHBI")
_LZMA_PROPERTIES: Final = 5
_FIELD: Final = struct.Struct("<HH")
_TIME: Final = struct.Struct("<Bi")
_END: Final = b"PK\x05\x06"
_END_SIZE: Final = 22
_ENCRYPTED: Final = 0x2041
"""Flags: encrypted, strongly encrypted, table of contents encrypted."""

_DESCRIPTOR, _UTF8 = 0x8, 0x800
_WIDE, _MANY = 0xFFFFFFFF, 0xFFFF
_UNIX: Final = (3, 19)
"""Systems (`create_system`) whose attributes hold a mode: Unix and macOS."""

UT: Final = 0x5455
"""The extra field "extended timestamp": flags, then seconds since the epoch."""

_NANO: Final = 10**9
STORED, DEFLATE, BZIP2, LZMA, ZSTD, _AES = 0, 8, 12, 14, 93, 99

_METHODS: Final = {1: "shrink", 6: "implode", 9: "deflate64", 94: "mp3", 95: "xz", 97: "wavpack", 98: "ppmd"}


class ZipReader:
    """Give the entries of a zip archive and the contents of each; to be used by one thread at a time."""

    def __init__(self, source: Source, meter: Meter, encoding: str | None) -> None:
        self._source = source
        self._meter = meter
        self._encoding = encoding
        try:
            table = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, NotImplementedError, struct.error, OSError, ValueError) as error:
            raise broken(f"its table of contents is damaged ({error})") from error
        infos = table.infolist()
        meter.expect(len(infos))
        self._check_end(table)
        self._ends = self._spans(infos, table.start_dir)
        self._infos = iter(infos)
        self._info: zipfile.ZipInfo | None = None
        self._data: Iterator[bytes] = iter(())

    def _check_end(self, table: zipfile.ZipFile) -> None:
        self._source.seek(-min(_END_SIZE + len(table.comment), self._source.size), 2)
        end = self._source.read(_END_SIZE)
        if not end.startswith(_END):
            raise broken("something follows its end")
        told = int.from_bytes(end[10:12], "little")
        if told != _MANY and told != len(table.infolist()):
            raise broken(f"its table of contents has {len(table.infolist())} entries, but {told} were announced")

    def _spans(self, infos: list[zipfile.ZipInfo], end: int) -> dict[int, int]:
        """Give, for each entry's offset, where the next one begins; two at one place share their data."""
        offsets = sorted({info.header_offset for info in infos})
        if len(offsets) < len(infos) or (offsets and offsets[0] < 0):
            raise broken("two entries lie at the same place")
        return dict(pairwise([*offsets, end]))

    def next(self) -> Member | None:
        """Give the next entry, None at the end; what was not read of the one before is not looked at."""
        self._info = info = next(self._infos, None)
        self._data = iter(())
        if info is None:
            return None
        self._meter.enter()
        name = self._name(info)
        kind = _kind(info, name)
        unix = info.create_system in _UNIX and info.external_attr >> 16
        member = Member(
            name,
            kind,
            info.file_size,
            info.compress_size,
            _modified(info),
            stat.S_IMODE(info.external_attr >> 16) if unix else None,
        )
        if kind == "directory" and info.file_size:
            raise broken("it is a folder but has contents", name)
        if kind == "file":
            self._data = self._contents(info, name)
        return member

    def read(self, size: int) -> bytes:  # noqa: ARG002 - pieces are as large as they come, at most PIECE
        """Give some bytes of the present entry, none at its end, where size and checksum are compared."""
        return next(self._data, b"")

    def _name(self, info: zipfile.ZipInfo) -> str:
        """Give the name with everything that was in it: `filename` ends at the first NUL."""
        if info.flag_bits & _UTF8:
            return info.orig_filename
        raw = info.orig_filename.encode("cp437")  # what `zipfile` made of it
        if self._encoding:
            try:
                return raw.decode(self._encoding, "surrogateescape")
            except UnicodeError as error:
                raise broken(f"its name is not {self._encoding}", info.orig_filename) from error
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return info.orig_filename

    def _contents(self, info: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
        """Yield what an entry holds, and compare at the end."""
        start = self._find(info, name)
        decoder, used = self._decoder(info, name, start)
        position, end = start + used, start + info.compress_size
        feed = FEED_ZSTD if info.compress_type == ZSTD else FEED
        total = sums = 0
        while not decoder.eof:
            data = b""
            if decoder.hungry:
                self._source.seek(position)
                data = self._source.read(min(feed, end - position))
                position += len(data)
                if not data:
                    break
            try:
                out = decoder.feed(data, PIECE)
            except FAULTS as error:
                raise broken(f"its data is damaged ({error})", name) from error
            total += len(out)
            sums = zlib.crc32(out, sums)
            self._count(info, name, total, len(out), position - start)
            if out:
                yield out
        if not decoder.eof and info.compress_type in (DEFLATE, BZIP2, ZSTD):
            raise broken("its data ends in the middle", name)
        if position < end or decoder.rest:
            raise broken("something follows its data", name)
        if total != info.file_size:
            raise broken(f"it holds {total} bytes, but {info.file_size} were announced", name)
        if sums != info.CRC:
            raise broken("its checksum is wrong", name)

    def _count(self, info: zipfile.ZipInfo, name: str, total: int, out: int, came_in: int) -> None:
        if total > info.file_size:
            raise broken(f"it holds more than the {info.file_size} bytes that were announced", name)
        # In all, headers count as what came in: thousands of tiny files are no bomb.
        self._meter.come_out(out, self._source.size)
        self._meter.ratio(total, came_in)

    def _find(self, info: zipfile.ZipInfo, name: str) -> int:
        """Give where an entry's data begins; its local header must say what the table says."""
        self._source.seek(info.header_offset)
        header = self._source.read(_LOCAL.size)
        if len(header) < _LOCAL.size:
            raise broken("the archive ends before it", name)
        magic, _, flags, method, _, _, sums, packed, size, length, extra = _LOCAL.unpack(header)
        if magic != b"PK\x03\x04":
            raise broken("there is no such entry where the table says", name)
        if (flags | info.flag_bits) & _ENCRYPTED or info.compress_type == _AES:
            raise unsupported("is encrypted", name, "Decrypt the archive first; passwords are not taken here.")
        raw = info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")
        told = (info.CRC, info.compress_size, info.file_size)
        sizes = all(one in (other, _WIDE) for one, other in zip((sums, packed, size), told, strict=True))
        if method != info.compress_type or self._source.read(length) != raw or not (sizes or flags & _DESCRIPTOR):
            raise broken("its header and the table of contents say different things", name)
        start: int = info.header_offset + _LOCAL.size + length + extra
        if start + info.compress_size > self._ends[info.header_offset]:
            raise broken("it overlaps the next entry", name)
        return start

    def _decoder(self, info: zipfile.ZipInfo, name: str, start: int) -> tuple[Decoder, int]:
        """Give what decompresses an entry, and how many bytes of its data are a header of that."""
        method = info.compress_type
        if method == STORED:
            return Plain(), 0
        if method == DEFLATE:
            return Zlib(-15), 0
        if method == BZIP2:
            return Buffering(bz2.BZ2Decompressor()), 0
        if method == ZSTD:
            return Zstd(), 0
        if method == LZMA:
            self._source.seek(start)
            return _lzma(self._source.read(_LZMA.size), name), _LZMA.size
        what = _METHODS.get(method, f"number {method}")
        raise unsupported(f"is compressed by the method {what}", name, "Make the archive anew with deflate.")


def _lzma(header: bytes, name: str) -> Decoder:
    """Make a decoder from the properties before the data (APPNOTE 5.8.8); a huge dictionary is refused."""
    if len(header) < _LZMA.size:
        raise broken("its data ends in the middle", name)
    _, size, mixed, dictionary = _LZMA.unpack(header)
    if size != _LZMA_PROPERTIES or dictionary > MEMORY:
        raise broken("it asks for more memory than decompressing is given", name)
    properties = {"lc": mixed % 9, "lp": mixed // 9 % 5, "pb": mixed // 45}
    try:
        filters = [{"id": lzma.FILTER_LZMA1, "dict_size": max(dictionary, 4096), **properties}]
        return Buffering(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters))
    except (lzma.LZMAError, ValueError) as error:
        raise broken(f"its data is damaged ({error})", name) from error


def _kind(info: zipfile.ZipInfo, name: str) -> Literal["file", "directory", "link", "other"]:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "link"
    if kind in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
        return "other"
    return "directory" if name.endswith("/") else "file"


def _modified(info: zipfile.ZipInfo) -> int | None:
    """Give nanoseconds since the epoch: of the extra field that says it in UTC, else of the clock on the wall."""
    extra = info.extra
    while len(extra) >= _FIELD.size:
        kind, length = _FIELD.unpack_from(extra)
        if kind == UT and length >= _TIME.size and extra[_FIELD.size] & 1:
            if len(extra) >= _FIELD.size + _TIME.size:
                return max(0, int(_TIME.unpack_from(extra, _FIELD.size)[1])) * _NANO
            break
        extra = extra[_FIELD.size + length :]
    try:
        return int(datetime(*info.date_time, tzinfo=UTC).timestamp()) * _NANO
    except ValueError:
        return None
