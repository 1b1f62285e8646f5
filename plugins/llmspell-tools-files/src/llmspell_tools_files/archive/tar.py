"""Read a tar archive entry by entry, in one pass and in bounded memory.

Single headers are parsed by the standard library; the loop is ours, because `tarfile` reads extended headers of any
size into memory, goes on after damage, and calls an archive whole that ends anywhere. Formats: POSIX.1-1988 (ustar),
POSIX.1-2001 (pax), GNU long names. Sparse files are refused.
"""

from __future__ import annotations

import re
import tarfile
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from llmspell_tools_files.archive.faults import Meter, broken, unsupported
from llmspell_tools_files.archive.kinds import BLOCK

if TYPE_CHECKING:
    from llmspell_tools_files.archive.streams import Input

_LARGEST_EXTENSION: Final = 1 << 20
_MOST_EXTENSIONS: Final = 16
"""Extended headers before one entry; honest archives have up to three."""

_SPARSE: Final = "GNU.sparse."
_USED: Final = frozenset({"path", "linkpath", "size", "mtime"})
"""Keys of extended headers that are kept; of the others a hostile archive could have any number."""

_SKIP: Final = 1 << 16
_FILES: Final = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_KINDS: Final[dict[bytes, Literal["directory", "link", "other"]]] = {
    tarfile.DIRTYPE: "directory",
    tarfile.SYMTYPE: "link",
    tarfile.LNKTYPE: "link",
    tarfile.CHRTYPE: "other",
    tarfile.BLKTYPE: "other",
    tarfile.FIFOTYPE: "other",
}
_LENGTH = re.compile(rb"([1-9][0-9]{0,6}) ")
_SECONDS = re.compile(r"(-?)(\d{1,20})(?:\.(\d{1,30}))?")
_WHOLE = re.compile(r"\d{1,18}")
_NANO: Final = 10**9
_LATEST: Final = 1 << 34
"""Seconds since the epoch that every file system can hold: year 2514."""


class Member(NamedTuple):
    """An entry: its name as it stands in the archive, and what is said of it.

    size, packed   bytes outside and inside the archive, None where they are not known before it is read
    modified_ns    nanoseconds since the epoch
    mode           permission bits, with whatever else was in them
    target         what a link names
    """

    name: str
    kind: Literal["file", "directory", "link", "other"]
    size: int | None = 0
    packed: int | None = None
    modified_ns: int | None = None
    mode: int | None = None
    target: str = ""


class TarReader:
    """Give the entries of a tar archive and the contents of each; to be used by one thread at a time."""

    def __init__(self, stream: Input, meter: Meter, encoding: str) -> None:
        self._stream = stream
        self._meter = meter
        self._encoding = encoding
        self._common: dict[str, str] = {}
        self._name = ""
        self._left = 0
        self._padding = 0

    def next(self) -> Member | None:
        """Give the next entry, passing over what was not read of the one before; None at the end."""
        while self.read(_SKIP):
            continue
        self._exactly(self._padding)
        self._padding = 0
        own: dict[str, str] = {}
        awaited = False
        for _ in range(_MOST_EXTENSIONS):
            block = self._stream.read(BLOCK)
            if len(block) < BLOCK:
                raise broken("it ends in the middle, without the mark of its end")
            if not any(block):
                if awaited:
                    raise broken("an extended header stands at its end, without the entry that it is of")
                self._finish()
                return None
            info = self._header(block)
            if info.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE):
                own |= self._records(info)
                awaited = True
            elif info.type == tarfile.XGLTYPE:
                self._common |= self._records(info)
            elif info.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK):
                key = "path" if info.type == tarfile.GNUTYPE_LONGNAME else "linkpath"
                own.setdefault(key, self._text(self._extension(info).rstrip(b"\0")))
                awaited = True
            else:
                self._meter.enter()
                return self._member(info, self._common | own)
        raise broken("an entry has too many extended headers")

    def read(self, size: int) -> bytes:
        """Give at most `size` bytes of the present entry, none at its end."""
        data = self._stream.read(min(size, self._left))
        if len(data) < min(size, self._left):
            raise broken("the archive ends in the middle of it", self._name)
        self._left -= len(data)
        return data

    def _header(self, block: bytes) -> tarfile.TarInfo:
        try:
            info = tarfile.TarInfo.frombuf(block, self._encoding, "surrogateescape")
        except (tarfile.HeaderError, ValueError) as error:
            raise broken(f"a header is damaged ({error})") from error
        if info.size < 0:
            raise broken("its size is negative", info.name)
        return info

    def _member(self, info: tarfile.TarInfo, more: dict[str, str]) -> Member:
        name = more.get("path", info.name)
        if info.type == tarfile.GNUTYPE_SPARSE or _SPARSE in more:
            raise unsupported("is a sparse file", name, "Make the archive without `--sparse`.")
        size = _whole(more["size"], name) if "size" in more else info.size
        if info.type in _FILES:
            # A directory of the oldest format is a file whose name ends with a slash.
            kind: Literal["file", "directory", "link", "other"] = "directory" if name.endswith("/") else "file"
        elif info.type in _KINDS:
            kind = _KINDS[info.type]
        else:
            raise unsupported(f"has the unknown type {info.type!r}", name, "Make the archive anew with plain files.")
        if kind != "file" and size:
            raise broken(f"it is a {kind} but has contents", name)
        self._begin(name, size)
        modified = _nanoseconds(more["mtime"], name) if "mtime" in more else int(info.mtime) * _NANO
        return Member(
            name,
            kind,
            size,
            size,
            modified if 0 <= modified < _LATEST * _NANO else None,
            info.mode,
            more.get("linkpath", info.linkname) if kind == "link" else "",
        )

    def _begin(self, name: str, size: int) -> None:
        self._name = name
        self._left = size
        self._padding = -size % BLOCK

    def _extension(self, info: tarfile.TarInfo) -> bytes:
        if info.size > _LARGEST_EXTENSION:
            raise broken(f"an extended header has {info.size} bytes")
        data = self._exactly(info.size)
        self._exactly(-info.size % BLOCK)
        return data

    def _records(self, info: tarfile.TarInfo) -> dict[str, str]:
        """Parse an extended header (POSIX.1-2001, pax): records of a length, `key=value` and a line feed."""
        data = self._extension(info)
        found: dict[str, str] = {}
        position = 0
        while position < len(data) and data[position]:
            match = _LENGTH.match(data, position)
            end = position + int(match[1]) if match else 0
            if match is None or not match.end() < end <= len(data) or data[end - 1 : end] != b"\n":
                raise broken("an extended header is damaged")
            key, equals, value = data[match.end() : end - 1].partition(b"=")
            if not equals:
                raise broken("an extended header is damaged")
            name = key.decode("utf-8", "replace")
            if name in _USED:
                found[name] = value.decode("utf-8", "surrogateescape")
            elif name.startswith(_SPARSE):
                found[_SPARSE] = ""
            position = end
        return found

    def _text(self, data: bytes) -> str:
        try:
            return data.decode(self._encoding, "surrogateescape")
        except UnicodeError as error:
            raise broken(f"a name is not {self._encoding}") from error

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size) if size else b""
        if len(data) < size:
            raise broken("it ends in the middle")
        return data

    def _finish(self) -> None:
        """Read to the end: a compressed stream is verified there, and nothing but zeros may follow."""
        while data := self._stream.read(1 << 16):
            if data.strip(b"\0"):
                raise broken("something follows the mark of its end")


def _whole(text: str, name: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise broken(f"its size is {text[:40]!r}", name)
    return int(text)


def _nanoseconds(text: str, name: str) -> int:
    match = _SECONDS.fullmatch(text)
    if match is None:
        raise broken(f"its time is {text[:40]!r}", name)
    nanoseconds = int(match[2]) * _NANO + int((match[3] or "0")[:9].ljust(9, "0"))
    return -nanoseconds if match[1] else nanoseconds


class SingleReader:
    """A compressed file as an archive of the one file in it."""

    def __init__(self, stream: Input, meter: Meter, name: str, packed: int) -> None:
        self._stream = stream
        self._meter = meter
        self._name = name
        self._member: Member | None = Member(name, "file", None, packed)

    def next(self) -> Member | None:
        """Give the one entry, then None."""
        member, self._member = self._member, None
        if member is None:
            while self.read(1 << 16):
                continue
        else:
            self._meter.enter()
        return member

    def read(self, size: int) -> bytes:
        """Give at most `size` bytes, none at the end."""
        return self._stream.read(size)
