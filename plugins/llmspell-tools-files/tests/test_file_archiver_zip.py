"""Whatever a zip archive says, the target folder stays as it was and the error says what is wrong."""

from __future__ import annotations

import io
import os
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import LlmspellError, ToolExecutionError
from llmspell.testing import open_context

if TYPE_CHECKING:
    from pathlib import Path

Call = Callable[..., Awaitable[Any]]


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Give a zip archive whatever the names are: `writestr` would mend some."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            info = zipfile.ZipInfo("x" * len(name.encode()))
            info.compress_type = method
            info.filename = name
            archive.NameToInfo.clear()  # it would warn of a name that is there twice
            archive.writestr(info, data)
    return out.getvalue()


def with_mode(mode: int, name: str = "special", data: bytes = b"target") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, mode << 16
        archive.writestr(info, data)
    return out.getvalue()


def patched(data: bytes, place: int, new: bytes) -> bytes:
    return data[:place] + new + data[place + len(new) :]


def central(data: bytes) -> int:
    """Give where the first entry of a zip's table of contents begins."""
    return data.index(b"PK\x01\x02")


def overlapping(count: int = 20) -> bytes:
    """Give a zip whose entries quote one another's headers and share one kernel of data ("a better zip bomb")."""
    kernel = zlib.compress(bytes(100_000), 9)[2:-4]
    parts, table, offset = [], [], 0
    for number in range(count):
        name = b"%04d" % number
        entry = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, 0, len(kernel), 100_000, len(name), 0) + name
        rest = 34 * (count - number - 1) + len(kernel)  # this entry's data runs over all that follow
        about = struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 33, 0, rest, 100_000, 4, 0, 0, 0, 0, 0, offset)
        table.append(about + name)
        parts.append(patched(entry, 18, struct.pack("<I", rest)))
        offset += len(entry)
    body = b"".join(parts) + kernel
    listing = b"".join(table)
    return body + listing + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(listing), len(body), 0)


def sharing() -> bytes:
    """Give a zip with two names for one place."""
    data = zipped(("a", b"1"), ("b", b"1"))
    second = data.index(b"PK\x01\x02", central(data) + 1)
    return patched(data, second + 42, struct.pack("<I", 0))


def encrypted() -> bytes:
    data = zipped(("a", b"1"))
    return patched(patched(data, 6, b"\1"), central(data) + 8, b"\1")


def method(number: int) -> bytes:
    data = zipped(("a", b"1"))
    return patched(patched(data, 8, struct.pack("<H", number)), central(data) + 10, struct.pack("<H", number))


def lying(size: int) -> bytes:
    """Give a zip that says its one entry of 6 bytes has another size."""
    data = zipped(("a", b"secret"))
    return patched(patched(data, 22, struct.pack("<I", size)), central(data) + 24, struct.pack("<I", size))


def huge_dictionary() -> bytes:
    data = zipped(("a", b"x" * 100), method=zipfile.ZIP_LZMA)
    return patched(data, 30 + 1 + 5, b"\xff\xff\xff\xff")


ZEROS = bytes(5_000_000)
DECOMPOSED = unicodedata.normalize("NFD", "é")

ZIPS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "slip": ("part '..'", lambda: zipped(("fine", b"1"), ("../slip", b"x"))),
    "slip in the middle": ("part '..'", lambda: zipped(("a/../../slip", b"x"))),
    "absolute": ("absolute path", lambda: zipped(("/tmp/slip", b"x"))),
    "drive": ("drive letter", lambda: zipped(("C:/slip", b"x"))),
    "backslash": ("backslash", lambda: zipped(("..\\slip", b"x"))),
    "empty part": ("part ''", lambda: zipped(("a//b", b"x"))),
    "dot part": ("part '.'", lambda: zipped(("a/./b", b"x"))),
    "control character": ("U+001B", lambda: zipped(("a\x1b[2Jb", b"x"))),
    "NUL": ("U+0000", lambda: zipped(("a\0.txt", b"x"))),
    "reordering character": ("U+202E", lambda: zipped(("a\u202egpj.exe", b"x"))),
    "long name": ("more than 255 bytes", lambda: zipped(("x" * 256, b"x"))),
    "long path": ("more than 1024 characters", lambda: zipped(("/".join(["abcd"] * 300), b"x"))),
    "deep": ("more than 64 folders", lambda: zipped(("/".join("x" * 70), b"x"))),
    "duplicate": ("there twice", lambda: zipped(("a", b"1"), ("b", b"1"), ("a", b"2"))),
    "case": ("differs only in case", lambda: zipped(("readme", b"1"), ("README", b"2"))),
    "case of a folder": ("differs only in case", lambda: zipped(("Docs/a", b"1"), ("docs/b", b"2"))),
    "form of letters": ("differs only in case", lambda: zipped(("é", b"1"), (DECOMPOSED, b"2"))),
    "file and folder": ("another entry makes it a file", lambda: zipped(("a", b"1"), ("a/b", b"2"))),
    "folder and file": ("another entry makes it a directory", lambda: zipped(("a/b", b"1"), ("a", b"2"))),
    "link": ("is a link", lambda: with_mode(0o120777)),
    "device": ("is a device", lambda: with_mode(0o060666)),
    "pipe": ("is a device or pipe", lambda: with_mode(0o010666)),
    "ratio": ("more than 100 to 1", lambda: zipped(("a", ZEROS))),
    "ratio in all": ("more than 100 to 1", lambda: zipped(*((f"{number}", bytes(900_000)) for number in range(5)))),
    "count": ("more than 100 entries", lambda: zipped(*((f"{number}", b"") for number in range(101)))),
    "overlapping": ("overlaps the next", overlapping),
    "sharing": ("at the same place", sharing),
    "encrypted": ("is encrypted", encrypted),
    "deflate64": ("deflate64", lambda: method(9)),
    "unknown method": ("number 77", lambda: method(77)),
    "says less": ("more than the 3 bytes", lambda: lying(3)),
    "says more": ("6 bytes, but 60", lambda: lying(60)),
    "says far more": ("4 GB", lambda: lying(0xFFFFFFF0)),
    "wrong checksum": ("checksum is wrong", lambda: patched(zipped(("a", b"stored data"), method=0), 33, b"X")),
    "damaged data": ("data is damaged", lambda: patched(zipped(("a", bytes(range(256)) * 50)), 60, b"\xff" * 40)),
    "other name in the header": ("different things", lambda: patched(zipped(("name", b"1")), 30, b"evil")),
    "other size in the header": ("different things", lambda: patched(zipped(("name", b"1")), 22, b"\7")),
    "other method in the header": ("different things", lambda: patched(zipped(("name", b"1")), 8, b"\0")),
    "stored with two sizes": (
        "different things",
        lambda: patched(zipped(("a", b"123"), method=0), central(zipped(("a", b"123"), method=0)) + 24, b"\2"),
    ),
    "truncated": ("damaged", lambda: zipped(("a", b"1" * 1000))[:-30]),
    "truncated in the data": ("damaged", lambda: zipped(("a", b"1" * 1000))[:40]),
    "table elsewhere": (
        "same place",
        lambda: patched(zipped(("a", b"1")), len(zipped(("a", b"1"))) - 6, b"\xff\xff\xff\0"),
    ),
    "trailing garbage": ("follows its end", lambda: zipped(("a", b"1")) + b"garbage"),
    "huge dictionary": ("more memory", huge_dictionary),
    "folder with contents": ("has contents", lambda: zipped(("d/", b"contents"))),
}


@pytest.mark.parametrize("name", ZIPS)
async def test_hostile(hostile: Callable[[bytes, str], Awaitable[None]], name: str) -> None:
    reason, make = ZIPS[name]
    await hostile(make(), reason)


async def test_caps_can_be_raised(call: Call, tmp_path: Path) -> None:
    raised: dict[str, dict[str, object]] = {
        "ratio": {"max_ratio": 10_000},
        "count": {"max_entries": 200},
        "deep": {"max_depth": 100},
        "case": {"case_sensitive": True},
    }
    for name, more in raised.items():
        (tmp_path / "archive").write_bytes(ZIPS[name][1]())
        await call("file_archiver", operation="extract", path="archive", target=f"x/{name}", **more)


async def test_a_quoted_bomb_of_many_entries_costs_nothing(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(overlapping(5000))
    with pytest.raises(ToolExecutionError, match="overlaps"):
        await call("file_archiver", operation="extract", path="a.zip", target="x")


async def test_a_table_larger_than_the_entries_need_is_not_read(call: Call, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in range(20):
            info = zipfile.ZipInfo(str(number))
            info.comment = b"x" * 60_000
            archive.writestr(info, b"")
    (tmp_path / "a.zip").write_bytes(out.getvalue())
    with pytest.raises(ToolExecutionError, match="table of contents is larger"):
        await call("file_archiver", operation="list", path="a.zip", max_entries=20)


BASE = zipped(("a", b"one"), ("b/c", b"two" * 100))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)), max_size=4),
    cut=st.floats(0.02, 1),
)
async def test_any_damage_is_an_error_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[float, bytes]], cut: float
) -> None:
    data = BASE
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


@pytest.mark.parametrize("length", [("extra field", 30), ("comment", 32)], ids=lambda one: one[0])
async def test_an_entry_hidden_from_the_table(call: Call, tmp_path: Path, length: tuple[str, int]) -> None:
    """A length that swallows the entries after it: other programs would see them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("seen", b"1")
        archive.writestr("hidden", b"2")
    data = bytearray(out.getvalue())
    second = data.rfind(b"PK\1\2")
    place = data.find(b"PK\1\2") + length[1]
    data[place : place + 2] = (data.find(b"PK\5\6") - second).to_bytes(2, "little")
    (tmp_path / "a.zip").write_bytes(data)
    told = await call("file_archiver", operation="test", path="a.zip")
    assert "its table of contents" in told["error"]["message"]
