"""Whatever a tar archive or compressed file says, the target folder stays as it was."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import resource
import tarfile
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import LlmspellError, ResourceExhaustedError, ToolExecutionError, ValidationError
from llmspell.testing import open_context

if TYPE_CHECKING:
    from pathlib import Path

Call = Callable[..., Awaitable[Any]]


def tarred(*entries: tuple[str, bytes, str, bytes], kind: int = tarfile.PAX_FORMAT) -> bytes:
    """Give a tar archive of (name, type, link target, contents)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, what, target, data in entries:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = what, target, len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def plain(*names: str) -> bytes:
    return tarred(*((name, tarfile.REGTYPE, "", b"x") for name in names))


def patched(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]


def header(name: bytes, size: int, kind: bytes, data: bytes = b"") -> bytes:
    """Give a tar entry by hand, so that it can say what it likes."""
    block = bytearray(512)
    block[: len(name)] = name
    block[100:108] = b"0000644\0"
    block[124:136] = b"%011o\0" % size if 0 <= size < 8**11 else b"\xff" * 12
    block[136:148] = b"00000000000\0"
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + data + bytes(-len(data) % 512)


END = bytes(1024)


PAX_PATH = header(b"x", 17, b"x", b"17 path=../slipx\n")
ZEROS = bytes(5_000_000)

TARS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "slip": ("part '..'", lambda: plain("fine", "../slip")),
    "absolute": ("absolute path", lambda: plain("/tmp/slip")),
    "slip by pax": ("part '..'", lambda: PAX_PATH + header(b"fine", 1, b"0", b"x") + END),
    "slip by GNU long name": (
        "part '..'",
        lambda: tarred(("../" * 60 + "slip", b"0", "", b"x"), kind=tarfile.GNU_FORMAT),
    ),
    "deep": ("more than 64 folders", lambda: plain("/".join("x" * 70))),
    "control character": ("U+0007", lambda: plain("a\x07b")),
    "not UTF-8": ("U+DCFF", lambda: tarred(("a\udcff", b"0", "", b"x"), kind=tarfile.GNU_FORMAT)),
    "empty name": ("empty name", lambda: header(b"", 1, b"0", b"x") + END),
    "duplicate": ("there twice", lambda: plain("a", "a")),
    "case": ("differs only in case", lambda: plain("a", "A")),
    "link": ("is a link", lambda: tarred(("link", tarfile.SYMTYPE, "/etc/passwd", b""))),
    "link, then a file through it": (
        "is a link",
        lambda: tarred(("d", tarfile.SYMTYPE, "/tmp", b""), ("d/slip", tarfile.REGTYPE, "", b"x")),
    ),
    "hard link": ("is a link", lambda: tarred(("hard", tarfile.LNKTYPE, "../../etc/passwd", b""))),
    "empty link": ("is a link", lambda: tarred(("d", tarfile.SYMTYPE, "", b""))),
    "device": ("is a device", lambda: tarred(("null", tarfile.CHRTYPE, "", b""))),
    "pipe": ("is a device or pipe", lambda: tarred(("pipe", tarfile.FIFOTYPE, "", b""))),
    "count": ("more than 100 entries", lambda: plain(*(f"{number}" for number in range(101)))),
    "total": ("28.6 MB", lambda: tarred(("a", b"0", "", bytes(30_000_000)))),
    "GNU sparse": ("sparse", lambda: header(b"a", 512, b"S", b"x") + END),
    "pax sparse": (
        "sparse",
        lambda: header(b"x", 22, b"x", b"22 GNU.sparse.major=1\n") + header(b"a", 1, b"0", b"x") + END,
    ),
    "unknown type": ("unknown type b'Z'", lambda: header(b"a", 1, b"Z", b"x") + END),
    "negative size": ("negative", lambda: header(b"a", -1, b"0", b"x") + END),
    "huge extended header": ("4294967296 bytes", lambda: header(b"x", 1 << 32, b"x") + END),
    "endless extended header": (
        "header is damaged",
        lambda: header(b"x", 10, b"x", b"99 path=x\n") + header(b"a", 0, b"0") + END,
    ),
    "size by pax": (
        "in the middle",
        lambda: header(b"x", 14, b"x", b"14 size=99999\n") + header(b"a", 1, b"0", b"x") + END,
    ),
    "nonsense size by pax": (
        "header is damaged",
        lambda: header(b"x", 11, b"x", b"11 size=1e9\n"[:11]) + header(b"a", 1, b"0", b"x") + END,
    ),
    "time without end": (
        "its time is",
        lambda: header(b"x", 21, b"x", b"21 mtime=1e999999999\n") + header(b"a", 1, b"0", b"x") + END,
    ),
    "folder with contents": ("has contents", lambda: header(b"d", 1, b"5", b"x") + END),
    "wrong checksum": (
        "bad checksum",
        lambda: plain("a")[:0] + header(b"a", 1, b"0", b"x") + patched(header(b"b", 1, b"0", b"x"), 0, b"c") + END,
    ),
    "truncated": ("in the middle", lambda: tarred(("a", b"0", "", b"x" * 2000))[:1500]),
    "without an end": ("without the mark", lambda: header(b"a", 1, b"0", b"x")),
    "trailing garbage": ("follows the mark", lambda: plain("a") + b"garbage"),
}

GOOD = plain("a", "b")
STREAMS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "gz ratio": ("more than 100 to 1", lambda: gzip.compress(tarred(("a", b"0", "", ZEROS)))),
    "bz2 ratio": ("more than 100 to 1", lambda: bz2.compress(tarred(("a", b"0", "", ZEROS)))),
    "xz ratio": ("more than 100 to 1", lambda: lzma.compress(tarred(("a", b"0", "", ZEROS)))),
    "zst ratio": ("more than 100 to 1", lambda: zstandard.compress(tarred(("a", b"0", "", ZEROS)))),
    "gz of one file, ratio": ("more than 100 to 1", lambda: gzip.compress(ZEROS)),
    "zst of one file, ratio": ("more than 100 to 1", lambda: zstandard.compress(bytes(300_000_000))),
    "gz truncated": ("ends in the middle", lambda: gzip.compress(GOOD)[:-6]),
    "bz2 truncated": ("ends in the middle", lambda: bz2.compress(GOOD)[:-6]),
    "xz truncated": ("ends in the middle", lambda: lzma.compress(GOOD)[:-6]),
    "zst truncated": ("ends in the middle", lambda: zstandard.compress(GOOD)[:-6]),
    "gz wrong checksum": (
        "is damaged",
        lambda: patched(gzip.compress(GOOD), len(gzip.compress(GOOD)) - 8, b"\1\2\3\4"),
    ),
    "xz damaged": ("is damaged", lambda: patched(lzma.compress(GOOD), 60, b"\xff\xff")),
    "bz2 damaged": ("is damaged", lambda: patched(bz2.compress(GOOD), 40, b"\xff\xff")),
    "gz trailing garbage": ("something else follows", lambda: gzip.compress(GOOD) + b"garbage"),
    "bz2 trailing garbage": ("something else follows", lambda: bz2.compress(GOOD) + b"garbage"),
    "xz trailing garbage": ("something else follows", lambda: lzma.compress(GOOD) + b"garbage"),
    "zst trailing garbage": ("something else follows", lambda: zstandard.compress(GOOD) + b"garbage"),
    "xz that asks for much memory": (
        "Memory usage limit",
        lambda: lzma.compress(b"x" * 100, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 29}]),
    ),
    "slip in a gz": ("part '..'", lambda: gzip.compress(plain("../slip"))),
    "gz of nothing": ("ends in the middle", lambda: gzip.compress(b"")[:12]),
}


@pytest.mark.parametrize("name", TARS)
async def test_hostile(hostile: Callable[[bytes, str], Awaitable[None]], name: str) -> None:
    reason, make = TARS[name]
    await hostile(make(), reason)


@pytest.mark.parametrize("name", STREAMS)
async def test_hostile_stream(hostile: Callable[[bytes, str], Awaitable[None]], name: str) -> None:
    reason, make = STREAMS[name]
    await hostile(make(), reason)


async def test_links_and_devices_are_left_out_when_asked_for(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(
        tarred(
            ("fine", tarfile.REGTYPE, "", b"1"),
            ("soft", tarfile.SYMTYPE, "../../etc", b""),
            ("hard", tarfile.LNKTYPE, "fine", b""),
            ("pipe", tarfile.FIFOTYPE, "", b""),
        )
    )
    done = await call("file_archiver", operation="extract", path="a.tar", target="x", special="skip")
    assert os.listdir(tmp_path / "x") == ["fine"]
    assert [one["name"] for one in done["skipped"]] == ["soft", "hard", "pipe"]


async def test_a_file_below_a_link_is_refused_even_then(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(TARS["link, then a file through it"][1]())
    with pytest.raises(ToolExecutionError, match="another entry makes it a link"):
        await call("file_archiver", operation="extract", path="a.tar", target="x", special="skip")
    assert not (tmp_path / "x").exists()


async def test_large_archives_are_not_held_in_memory(call: Call, tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as file:
        file.truncate(400_000_000)
    await call("file_archiver", operation="create", path="a.tar.zst", source="big")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await call("file_archiver", operation="extract", path="a.tar.zst", target="x", max_ratio=1e9)
    await call("file_archiver", operation="create", path="a.zip", source="big", level=1)
    await call("file_archiver", operation="test", path="a.zip", max_ratio=1e9)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 150_000, f"{grown} KiB more"
    assert (tmp_path / "x/big").stat().st_size == 400_000_000


async def test_several_streams_and_padding_are_one_file(call: Call, tmp_path: Path) -> None:
    skippable = b"\x50\x2a\x4d\x18\x03\0\0\0abc"
    for name, data in {
        "a.gz": gzip.compress(b"one ") + gzip.compress(b"two") + bytes(512),
        "a.zst": zstandard.compress(b"one ") + skippable + zstandard.compress(b"two"),
    }.items():
        (tmp_path / name).write_bytes(data)
        await call("file_archiver", operation="extract", path=name, target="x", overwrite="replace")
        assert (tmp_path / "x/a").read_bytes() == b"one two"


BASES = [plain("a", "b/c"), gzip.compress(GOOD)]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    base=st.sampled_from(BASES),
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), max_size=4),
    cut=st.floats(0.02, 1),
)
async def test_any_damage_is_an_error_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, base: bytes, changes: list[tuple[float, bytes]], cut: float
) -> None:
    data = base
    for place, new in changes:
        data = patched(data, int(place * len(data)), new)
    top = tmp_path_factory.mktemp("damage")
    (top / "archive").write_bytes(data[: max(1, int(cut * len(data)))])
    async with open_context(grants=("fs.read=.", "fs.write=."), cwd=top) as ctx:
        fault = ""
        try:
            await ctx.call("tool:file_archiver", {"operation": "extract", "path": "archive", "target": "x"})
        except LlmspellError as error:
            fault = error.message
    assert not fault.startswith("tool "), "a fault that was not foreseen"
    assert sorted(os.listdir(top)) == (["archive"] if fault else ["archive", "x"])


async def test_extended_headers_cannot_fill_the_memory(call: Call, tmp_path: Path) -> None:
    headers = b"".join(
        tarfile.TarInfo.create_pax_global_header({f"key{number}": "v" * 1000, "mtime": "7"}) for number in range(15)
    )
    (tmp_path / "a.tar").write_bytes(headers + plain("x"))
    assert (await call("file_archiver", operation="test", path="a.tar"))["valid"]
    (tmp_path / "a.tar").write_bytes(headers * 2 + plain("x"))
    told = await call("file_archiver", operation="test", path="a.tar")
    assert "too many extended headers" in told["error"]["message"]


async def test_folders_in_names_count_as_entries(call: Call, tmp_path: Path) -> None:
    names = ["/".join(f"{number}-{level}" for level in range(20)) for number in range(10)]
    (tmp_path / "a.tar").write_bytes(plain(*names))
    for operation in ("extract", "list", "test"):
        arguments = {"operation": operation, "path": "a.tar", "max_entries": 199}
        if operation == "test":
            assert not (await call("file_archiver", **arguments))["valid"]
            continue
        with pytest.raises(ResourceExhaustedError, match="more than 199 entries"):
            await call("file_archiver", **arguments)
    assert os.listdir(tmp_path) == ["a.tar"]
    assert (await call("file_archiver", operation="test", path="a.tar", max_entries=200))["valid"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-be", "cp037"])
async def test_encodings_that_cannot_be_those_of_names(call: Call, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.tar").write_bytes(plain("x"))
    with pytest.raises(ValidationError, match="encoding of names"):
        await call("file_archiver", operation="list", path="a.tar", name_encoding=encoding)


async def test_what_is_extracted_is_as_private_as_new_files_are(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(plain("x"))
    old = os.umask(0o077)
    try:
        await call("file_archiver", operation="extract", path="a.tar", target="out")
    finally:
        os.umask(old)
    assert (tmp_path / "out/x").stat().st_mode & 0o777 == 0o600
