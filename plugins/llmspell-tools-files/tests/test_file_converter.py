# What the system does is asked for in the system's words.

from __future__ import annotations

import codecs
import os
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import (
    PermissionDeniedError,
    ResourceExhaustedError,
    ResourceUnavailableError,
    ToolExecutionError,
    ValidationError,
)
from llmspell.testing import full_disk
from llmspell_tools_files.convert import changing
from llmspell_tools_files.convert.changing import Change, TextChanger
from llmspell_tools_files.convert.recoding import Recoder
from llmspell_tools_files.text.encodings import Encoding, mark_of
from llmspell_tools_files.text.endings import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]
    Final = Literal["keep", "add", "remove"]

UNICODE = ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-7", "gb18030"]
TEXTS = st.text(st.sampled_from("ab é\t\r\n 😀e\u0301ß\u2028"), max_size=40) | st.text(
    st.characters(codec="utf-8"), max_size=40
)
CUTS = st.lists(st.integers(0, 160), max_size=6)


def recode(data: bytes, source: Encoding, target: Encoding, change: Change, cuts: Sequence[int]) -> bytes:
    """Convert bytes that come in pieces; the first holds the byte order mark, as the tool's do."""
    least = len(source.mark)
    places = [0, *sorted({cut for cut in cuts if least < cut < len(data)}), len(data)]
    recoder = Recoder(source, target, "strict", TextChanger(change), "x")
    pieces = [recoder.feed(data[a:b]) for a, b in pairwise(places)]
    return b"".join([*pieces, recoder.feed(b"", final=True)])


def plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(TEXTS, st.sampled_from(UNICODE), st.sampled_from(UNICODE), st.booleans(), CUTS)
def test_there_and_back(text: str, first: str, second: str, marked: bool, cuts: list[int]) -> None:
    one = Encoding(first, mark_of(first) if marked else b"")
    two = Encoding(second, mark_of(second) if marked else b"")
    data = one.mark + text.encode(first)
    there = recode(data, one, two, Change(), cuts)
    assert there.startswith(two.mark)
    assert there.removeprefix(two.mark).decode(second) == text
    back = recode(there, two, one, Change(), cuts)
    assert back.removeprefix(one.mark).decode(first) == text
    if "utf-7" not in (first, second):  # which has several ways to write a text
        assert back == data


@given(TEXTS, st.sampled_from(sorted(ENDINGS)), CUTS)
def test_every_line_gets_the_ending(text: str, name: str, cuts: list[int]) -> None:
    utf8 = Encoding("utf-8")
    new = recode(text.encode(), utf8, utf8, Change(newline=name), cuts).decode()
    assert new == plain(text).replace("\n", ENDINGS[name])
    assert plain(new) == plain(text)
    assert recode(new.encode(), utf8, utf8, Change(newline=name), ()).decode() == new


@given(TEXTS, st.sampled_from(["keep", "add", "remove"]), st.booleans(), st.none() | st.just("NFC"), CUTS)
def test_changes_do_not_depend_on_where_bytes_are_cut(
    text: str, final: Final, trim: bool, form: Literal["NFC"] | None, cuts: list[int]
) -> None:
    utf8 = Encoding("utf-8")
    change = Change(final=final, trim=trim, form=form, indent="spaces")
    whole = recode(text.encode(), utf8, utf8, change, ()).decode()
    assert recode(text.encode(), utf8, utf8, change, cuts).decode() == whole
    lines = [line.rstrip(" \t") if trim else line for line in plain(whole).split("\n")]
    assert lines == plain(whole).split("\n")
    assert "\t" not in whole
    if form is not None:
        assert unicodedata.is_normalized(form, whole)
    if whole and final != "keep":
        assert whole.endswith(("\n", "\r")) == (final == "add")


@pytest.mark.parametrize(
    ("change", "before", "after", "lines"),
    [
        (Change(indent="spaces", tab_width=4), "\ta\tb\n  \tc\n", "    a   b\n    c\n", 2),
        (Change(indent="tabs", tab_width=4), "        a  b\n      c\n\t  d\n", "\t\ta  b\n\t  c\n\t  d\n", 2),
        (Change(trim=True), "a \t\r\n b\n  \n", "a\r\n b\n\n", 2),
        (Change(form="NFD"), "é\n", "e\u0301\n", 1),
        (Change(form="NFKC"), "ﬁ\n", "fi\n", 1),
        (Change(final="add"), "a\r\nb", "a\r\nb\r\n", 0),
        (Change(final="add"), "", "", 0),
        (Change(final="add", newline="cr"), "a\nb", "a\rb\r", 0),
        (Change(final="remove"), "a\n\n\r\n", "a", 0),
    ],
)
def test_each_change(change: Change, before: str, after: str, lines: int) -> None:
    changer = TextChanger(change)
    assert changer.feed(before) + changer.feed("", final=True) == after
    assert changer.lines_changed == lines


async def test_encoding(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("straße\r\n".encode("cp1252"))
    told = await call("file_converter", path="a", from_encoding="cp1252", to_encoding="utf-16")
    assert (told["from_encoding"], told["to_encoding"], told["bom_after"]) == ("cp1252", "utf-16-le", True)
    assert (tmp_path / "a").read_bytes() == codecs.BOM_UTF16_LE + "straße\r\n".encode("utf-16-le")
    told = await call("file_converter", path="a", to_encoding="utf-8", bom="remove", newline="lf")
    assert (told["from_encoding"], told["bom_before"], told["bom_after"]) == ("utf-16-le", True, False)
    assert (tmp_path / "a").read_bytes() == "straße\n".encode()


async def test_byte_order_marks(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    for options, written in (
        ({"bom": "add"}, b"\xef\xbb\xbfx"),
        ({}, b"\xef\xbb\xbfx"),
        ({"bom": "remove"}, b"x"),
        ({"to_encoding": "utf-8-sig"}, b"\xef\xbb\xbfx"),
        ({"from_encoding": "utf-8", "to_encoding": "latin-1"}, b"x"),
    ):
        await call("file_converter", path="a", **options)
        assert (tmp_path / "a").read_bytes() == written
    with pytest.raises(ValidationError, match="no byte order mark"):
        await call("file_converter", path="a", to_encoding="cp1252", bom="add")


async def test_native_is_what_most_lines_have(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\nb\r\nc\r\nd\r")
    told = await call("file_converter", path="a", newline="native")
    assert (told["newline_before"], told["newline_after"], told["changes"]["endings"]) == ("mixed", "crlf", 2)
    assert (tmp_path / "a").read_bytes() == b"a\r\nb\r\nc\r\nd\r\n"


async def test_what_the_encoding_does_not_have(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\ntwo € 漢漢\n", encoding="utf-8", newline="")
    with pytest.raises(ToolExecutionError, match=r"line 2, column 7") as caught:
        await call("file_converter", path="a", to_encoding="cp1252")
    assert caught.value.context["character"] == "漢"
    assert (tmp_path / "a").read_text(encoding="utf-8") == "one\ntwo € 漢漢\n"
    for errors, written in (
        ("replace", b"one\ntwo \x80 ??\n"),
        ("ignore", b"one\ntwo \x80 \n"),
        ("backslashreplace", b"one\ntwo \x80 \\u6f22\\u6f22\n"),
    ):
        told = await call("file_converter", path="a", output="b", overwrite=True, to_encoding="cp1252", errors=errors)
        assert told["changes"]["replaced"] == 2
        assert (tmp_path / "b").read_bytes() == written


async def test_the_place_is_right_far_into_a_large_file(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 99 + b"\r\n" + ("é" * 300_000 + "\n").encode() * 2 + "ab漢".encode())
    with pytest.raises(ToolExecutionError, match=r"line 4, column 3"):
        await call("file_converter", path="a", to_encoding="latin-1")
    (tmp_path / "b").write_bytes(("é" * 300_000).encode() + b"\xff")
    with pytest.raises(ToolExecutionError, match=r"byte 600000 does not fit"):
        await call("file_converter", path="b", to_encoding="utf-16")


async def test_a_file_that_stays_the_same_is_not_written(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\n")
    before = (tmp_path / "a").stat()
    told = await call("file_converter", path="a", newline="lf", to_encoding="utf-8", create_backup=True)
    assert (told["changed"], told["backup"]) == (False, None)
    assert (tmp_path / "a").stat().st_ino == before.st_ino
    await call("file_converter", path="a", output="x", newline="lf")  # but a copy is made when it is asked for
    assert (tmp_path / "x").read_bytes() == b"a\n"


async def test_dry_run(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a  \r\nb\n")
    told = await call(
        "file_converter", ("fs.read=.",), path="a", newline="lf", trim_trailing=True, bom="add", dry_run=True
    )
    assert (told["changed"], told["changes"]) == (True, {"lines": 1, "endings": 1, "replaced": 0})
    assert (told["bytes_before"], told["bytes_after"]) == (7, 7)
    assert (tmp_path / "a").read_bytes() == b"a  \r\nb\n"


async def test_backup_mode_and_output(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\r\n")
    (tmp_path / "a").chmod(0o750)
    told = await call("file_converter", path="a", newline="lf", create_backup=True, backup_suffix=".old")
    assert told["backup"] == "a.old"
    assert (tmp_path / "a.old").read_bytes() == b"a\r\n"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o750
    with pytest.raises(ResourceUnavailableError, match="exists"):
        await call("file_converter", path="a", output="a.old", newline="cr")
    assert (tmp_path / "a.old").read_bytes() == b"a\r\n"
    assert sorted(os.listdir(tmp_path)) == ["a", "a.old"]


async def test_several_files(call: Call, tmp_path: Path) -> None:
    for name, data in {"a.txt": b"a\r\n", "d/b.txt": b"b\n", "c.txt": b"\0\1", "e.md": b"e\r\n"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    told = await call("file_converter", path=".", pattern="*.txt", newline="lf")
    assert (told["count"], told["changed"], told["failed"]) == (3, 1, 1)
    assert [one["path"] for one in told["files"]] == ["a.txt", "c.txt", "d/b.txt"]
    assert "binary" in told["files"][1]["error"]["message"]
    assert (tmp_path / "a.txt").read_bytes() == b"a\n"
    assert (tmp_path / "e.md").read_bytes() == b"e\r\n"
    with pytest.raises(ValidationError, match="more than 2 files"):
        await call("file_converter", path=".", pattern="*.txt", max_files=2)
    with pytest.raises(ValidationError, match="one output"):
        await call("file_converter", path=".", pattern="*.txt", output="x")


async def test_what_cannot_be_converted(call: Call, tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"\x89PNG\0")
    with pytest.raises(ToolExecutionError, match="binary file"):
        await call("file_converter", path="b", to_encoding="utf-8")
    with pytest.raises(ValidationError, match="not a text encoding"):
        await call("file_converter", path="b", to_encoding="rot13", from_encoding="utf-8")
    with pytest.raises(ResourceUnavailableError, match="a folder, not a file"):
        await call("file_converter", path=".", newline="lf")
    for grants, right in ((("fs.read=.",), "fs.write"), (("fs.write=.",), "fs.read")):
        with pytest.raises(PermissionDeniedError) as caught:
            await call("file_converter", grants, path="b", newline="lf")
        assert caught.value.context["right"] == right


async def test_a_line_too_long_to_hold(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * (changing.LONGEST_LINE + (1 << 18)))
    with pytest.raises(ResourceExhaustedError, match="longer than"):
        await call("file_converter", path="a", trim_trailing=True)
    assert (await call("file_converter", path="a", newline="lf"))["changed"] is False


async def test_a_full_disk_leaves_the_old_file(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a\n" * 1000)
    with full_disk(1 << 10), pytest.raises(ResourceExhaustedError, match="too large"):
        await call("file_converter", path="a", newline="crlf")
    assert (tmp_path / "a").read_bytes() == b"a\n" * 1000
    assert os.listdir(tmp_path) == ["a"]


async def test_utf_16_without_a_mark_gets_none(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("one\n".encode("utf-16-le"))
    told = await call("file_converter", path="a", from_encoding="utf-16", newline="crlf")
    assert (told["to_encoding"], told["bom_after"]) == ("utf-16-le", False)
    assert (tmp_path / "a").read_bytes() == "one\r\n".encode("utf-16-le")


def test_line_endings_held_back() -> None:
    changer = TextChanger(Change(final="remove"))
    pieces = ["a\n", "\n", "\r", "\n", "b", "\n\n", "\n"]
    told = "".join(changer.feed(one) for one in pieces) + changer.feed("", final=True)
    assert told == "a\n\n\r\nb"


def test_too_many_line_endings_to_hold_back() -> None:
    changer = TextChanger(Change(final="remove"), "a file")
    piece = "\n" * (changing.LONGEST_LINE // 4)
    for _ in range(4):
        assert changer.feed(piece) == ""
    with pytest.raises(ResourceExhaustedError, match="line endings in a row"):
        changer.feed(piece)


@pytest.mark.parametrize("trim", [False, True])
@pytest.mark.parametrize("pieces", [["a\r", "\nb"], ["a", "\r", "", "\n", "b"], ["a\r", "", "\nb", ""]])
def test_a_line_ending_cut_in_two_is_one(pieces: list[str], trim: bool) -> None:
    changer = TextChanger(Change(newline="lf", trim=trim))
    assert "".join(changer.feed(one) for one in pieces) + changer.feed("", final=True) == "a\nb"
    assert (changer.before.total, changer.after.total) == (1, 1)
