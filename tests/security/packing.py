"""Build archives of any shape from data: every field of every header can be made to lie.

Formats: APPNOTE 6.3.10 for zip; POSIX.1-1988 (ustar), POSIX.1-2001 (pax) and GNU long names for tar.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BLOCK = 512
UNIX = 3
KINDS = {"file": b"0", "hard": b"1", "link": b"2", "char": b"3", "block": b"4", "folder": b"5", "pipe": b"6"}
MODES = {"link": 0o120777, "char": 0o020666, "block": 0o060666, "pipe": 0o010666, "socket": 0o140666}


def _zstd(data: bytes) -> bytes:
    import zstandard  # which the tool brings

    made: bytes = zstandard.ZstdCompressor().compress(data)
    return made


WRAPPED: Mapping[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gz": lambda data: gzip.compress(data, 1, mtime=0),
    "bz2": lambda data: bz2.compress(data, 1),
    "xz": lambda data: lzma.compress(data, preset=0),
    "zst": _zstd,
}


def packed(about: Mapping[str, Any], written: Callable[[str], str]) -> bytes:
    """Make the archive that a case describes; `written` puts places into names."""
    if "raw" in about:
        data = written(about["raw"]).encode("latin-1")
    elif about["format"] == "zip":
        data = _zip(about.get("entries", ()), about, written)
    else:
        data = _tar(about.get("entries", ()), about, written)
    for _ in range(about.get("times", 1) - 1):
        data += data[: about.get("again", len(data))]
    data = WRAPPED[about["format"].removeprefix("tar").removeprefix(".").removeprefix("zip")](data)
    data = about.get("before", "").encode() + data + about.get("after", "").encode()
    cut: bytes = data[: about.get("cut", len(data))]
    return cut


def _content(entry: Mapping[str, Any]) -> bytes:
    if "zeros" in entry:
        return bytes(entry["zeros"])
    return str(entry.get("text", "x" if entry.get("kind", "file") == "file" else "")).encode()


def _name(entry: Mapping[str, Any], written: Callable[[str], str]) -> bytes:
    return (
        bytes(entry["bytes"]) if "bytes" in entry else written(entry.get("name", "")).encode("utf-8", "surrogatepass")
    )


def _expanded(entries: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Repeat entries that say so; `{}` in their names is their number."""
    found: list[Mapping[str, Any]] = []
    for entry in entries:
        many = entry.get("many", 1)
        found += [{**entry, "name": entry.get("name", "").replace("{n}", str(number))} for number in range(many)]
    return found


def _zip(entries: Sequence[Mapping[str, Any]], about: Mapping[str, Any], written: Callable[[str], str]) -> bytes:
    body, table = b"", b""
    listed = _expanded(entries)
    for entry in listed:
        name, content = _name(entry, written), _content(entry)
        if entry.get("kind") in ("link", "hard"):
            content = written(entry.get("to", "")).encode()
        method = entry.get("method", 0 if len(content) < BLOCK else 8)
        data = zlib.compress(content, 9)[2:-4] if method == 8 else content
        crc = entry.get("crc", zlib.crc32(content))
        flags = entry.get("flags", 0x800)
        sizes = (entry.get("packed", len(data)), entry.get("size", len(content)))
        local: bytes = entry["local"].encode() if "local" in entry else name
        mode = MODES.get(entry.get("kind", ""), 0o100000 | entry.get("mode", 0o644))
        offset = entry.get("offset", len(body))
        body += struct.pack("<4s5H3I2H", b"PK\3\4", 20, flags, method, 0, 33, crc, *sizes, len(local), 0) + local + data
        table += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", UNIX << 8 | 20, 20, flags, method, 0, 33, crc, *sizes, len(name), 0, 0, 0, 0,
            mode << 16, offset,
        ) + name  # fmt: skip
    count = about.get("count", len(listed)) & 0xFFFF
    comment = about.get("comment", "").encode()
    start = about.get("table", len(body))
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(table), start, len(comment)) + comment
    archive: bytes = body + table + end
    return archive


def _tar(entries: Sequence[Mapping[str, Any]], about: Mapping[str, Any], written: Callable[[str], str]) -> bytes:
    body = b""
    for entry in _expanded(entries):
        for key in ("pax", "global"):
            if key in entry:
                records = b"".join(_record(name, written(value)) for name, value in entry[key].items())
                records = entry["records"].encode() if "records" in entry else records
                body += _header(b"pax", b"x" if key == "pax" else b"g", len(records), {}) + _padded(records)
        for kind, key in ((b"L", "long"), (b"K", "long_link")):
            if key in entry:
                text = written(entry[key]).encode() + b"\0"
                body += _header(b"././@LongLink", kind, len(text), {}) + _padded(text)
        content = _content(entry)
        kind = entry["type"].encode() if "type" in entry else KINDS[entry.get("kind", "file")]
        to = written(entry.get("to", "")).encode()
        body += _header(_name(entry, written), kind, entry.get("size", len(content)), {**entry, "to": to})
        body += _padded(content)
    return body + bytes(BLOCK * about.get("ends", 2))


def _record(name: str, value: str) -> bytes:
    """Write one record of an extended header; its length counts itself."""
    rest = f" {name}={value}\n".encode()
    length = len(rest)
    while length != len(rest) + len(str(length)):
        length = len(rest) + len(str(length))
    return str(length).encode() + rest


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)


def _header(name: bytes, kind: bytes, size: int, about: Mapping[str, Any]) -> bytes:
    number = b"%011o\0" % size if 0 <= size < 1 << 33 else (size & (1 << 96) - 1 | 0x80 << 88).to_bytes(12, "big")
    fields = (
        name[:100], b"%07o\0" % about.get("mode", 0o644), b"0000000\0", b"0000000\0", number, b"%011o\0" % 10**9,
        b" " * 8, kind, about.get("to", b"")[:100], b"ustar\0", b"00", b"", b"", b"0000000\0", b"0000000\0",
        about.get("prefix", "").encode(),
    )  # fmt: skip
    block = struct.pack("100s8s8s8s12s12s8sc100s6s2s32s32s8s8s155s12x", *fields)
    total = about.get("checksum", sum(block))
    summed: bytes = block[:148] + b"%06o\0 " % total + block[156:]
    return summed
