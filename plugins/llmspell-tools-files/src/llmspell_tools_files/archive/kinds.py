"""Which format an archive has: by its first bytes when it is read, by its name when it is written."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import ToolExecutionError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS = ("zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst", "gz", "bz2", "xz", "zst")

_ENDINGS = {
    ".tar.gz": "tar.gz",
    ".tar.bz2": "tar.bz2",
    ".tar.xz": "tar.xz",
    ".tar.zst": "tar.zst",
    ".tgz": "tar.gz",
    ".tbz2": "tar.bz2",
    ".tbz": "tar.bz2",
    ".txz": "tar.xz",
    ".tzst": "tar.zst",
    ".tar": "tar",
    ".zip": "zip",
    ".gz": "gz",
    ".bz2": "bz2",
    ".xz": "xz",
    ".zst": "zst",
}

MAGIC = {"gz": b"\x1f\x8b\x08", "bz2": b"BZh", "xz": b"\xfd7zXZ\0", "zst": b"\x28\xb5\x2f\xfd"}
"""First bytes of compressed streams: RFC 1952, bzip2, the .xz file format, RFC 8878."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
BLOCK = tarfile.BLOCKSIZE


class Levels(NamedTuple):
    """The compression levels of a format: lowest, highest, and the one taken when none is given."""

    lowest: int
    highest: int
    usual: int


_LEVELS: Mapping[str, Levels] = {
    "zip": Levels(0, 9, 6),
    "gz": Levels(0, 9, 6),
    "bz2": Levels(1, 9, 9),
    "xz": Levels(0, 9, 6),
    "zst": Levels(1, 22, 3),
}


def by_name(path: str) -> str:
    """Give the format that a file's name says, or raise `ValidationError`."""
    name = path.rpartition("/")[2].lower()
    for ending, kind in _ENDINGS.items():
        if name.endswith(ending) and name != ending:
            return kind
    raise ValidationError(
        f"the name {path!r} does not say which format the archive is to have",
        suggestions=["Use an ending such as .zip or .tar.gz, or give `format`."],
    )


def without_ending(path: str) -> str:
    """Give the name of a compressed file as it was before it was compressed."""
    name = path.rpartition("/")[2]
    stem, dot, ending = name.rpartition(".")
    return stem if dot and stem and ending.lower() in MAGIC else f"{name}.out"


def by_head(path: str, head: bytes) -> str:
    """Give the format that the first bytes say: `zip`, `tar` or that of a compressed stream."""
    if head.startswith(_ZIP):
        return "zip"
    for kind, magic in MAGIC.items():
        if head.startswith(magic):
            return kind
    if is_tar(head):
        return "tar"
    raise ToolExecutionError(
        f"{path!r} is no archive that is known here: its first bytes are {head[:8].hex(' ') or 'missing'}",
        suggestions=[f"Known are {', '.join(FORMATS)}."],
        context={"path": path},
    )


def is_tar(head: bytes) -> bool:
    """Tell whether a block is the header of a tar entry, or the end of a tar archive that has none."""
    if len(head) < BLOCK:
        return False
    block = head[:BLOCK]
    if not any(block):
        return True
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        return False
    return True


def compression(kind: str) -> str:
    """Give the compression of a format: `gz`, `bz2`, `xz`, `zst`, or nothing for plain tar."""
    return "" if kind == "tar" else kind.removeprefix("tar.")


def check_level(kind: str, level: int | None) -> int:
    """Give the compression level to use, or raise `ValidationError` for one that the format does not have."""
    levels = _LEVELS.get(compression(kind))
    if levels is None:
        if level:
            raise ValidationError("plain tar does not compress", suggestions=["Use tar.gz, or leave out `level`."])
        return 0
    if level is None:
        return levels.usual
    if not levels.lowest <= level <= levels.highest:
        raise ValidationError(
            f"{kind} has the levels {levels.lowest} to {levels.highest}, not {level}",
            suggestions=[f"Leave `level` out for the usual one, {levels.usual}."],
        )
    return level
