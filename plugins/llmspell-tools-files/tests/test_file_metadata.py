from __future__ import annotations

import hashlib
import os
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ValidationError
from llmspell_tools_files.digests import ALGORITHMS
from llmspell_tools_files.text.counting import TextCounter
from llmspell_tools_files.text.encodings import Encoding

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]


async def test_what_the_system_tells(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "Data.JSON"
    file.write_text('{"é": 1}')
    file.chmod(0o4750)
    os.utime(file, (1_600_000_000.5, 1_500_000_000))
    told = await call("file_metadata", path="Data.JSON")
    assert (told["name"], told["extension"], told["kind"], told["size"]) == ("Data.JSON", "json", "file", 9)
    assert (told["mode"], told["permissions"]) == ("4750", "rwsr-x---")
    assert (told["modified"], told["accessed"]) == ("2017-07-14T02:40:00+00:00", "2020-09-13T12:26:40.500000+00:00")
    assert told["epoch"]["modified"] == 1_500_000_000
    assert (told["uid"], told["inode"], told["links"]) == (os.getuid(), file.stat().st_ino, 1)
    assert (told["media_type"], told["encoding"], told["bom"], told["binary"]) == (
        "application/json",
        "utf-8",
        False,
        False,
    )
    assert told["checksums"] == {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}


async def test_every_checksum_in_one_reading(call: Call, tmp_path: Path) -> None:
    pytest.importorskip("blake3", reason="one of the checksums is an extra: llmspell[blake3]")
    data = os.urandom(3_000_000)
    (tmp_path / "a").write_bytes(data)
    found = (await call("file_metadata", path="a", checksums=list(ALGORITHMS)))["checksums"]
    assert list(found) == list(ALGORITHMS)
    assert found.pop("crc32") == f"{zlib.crc32(data):08x}"
    assert len(found.pop("blake3")) == 64
    assert found == {name: hashlib.new(name, data).hexdigest() for name in found}
    with pytest.raises(ValidationError, match="checksums"):
        await call("file_metadata", path="a", checksums=["rot13"])


async def test_without_checksums_a_file_is_not_read_through(call: Call, tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 42)  # four terabytes of nothing
    told = await call("file_metadata", path="huge", checksums=[])
    assert (told["size_text"], told["binary"]) == ("4 TB", True)
    assert "checksums" not in told


async def test_text_is_counted(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("one  two\r\nthrée".encode("utf-16"))
    told = await call("file_metadata", path="a", count_text=True)
    assert told["text"] == {"lines": 2, "words": 3, "characters": 15, "newline": "crlf", "final_newline": False}
    assert (told["encoding"], told["bom"]) == ("utf-16-le", True)
    (tmp_path / "b").write_bytes(b"\0\1")
    assert (await call("file_metadata", path="b", count_text=True))["text"] is None
    (tmp_path / "c").write_bytes(b"")
    told = await call("file_metadata", path="c", count_text=True)
    assert (told["text"]["lines"], told["encoding"]) == (0, "utf-8")


@given(st.text(st.sampled_from("ab é \r\n\t😀")), st.lists(st.integers(0, 60)), st.sampled_from(["utf-8", "utf-16-le"]))
def test_counts_do_not_depend_on_where_bytes_are_cut(text: str, cuts: list[int], codec: str) -> None:
    data = text.encode(codec)
    counter = TextCounter(Encoding(codec))
    places = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    for start, stop in pairwise(places):
        counter.feed(data[start:stop])
    counter.feed(b"", final=True)
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    told = counter.result()
    assert told["characters"] == len(text)
    assert told["words"] == len(text.split())
    assert told["lines"] == lines.count("\n") + (not lines.endswith("\n") and lines != "")
    assert told["final_newline"] == lines.endswith("\n")


async def test_links(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    for name, target in {"good": "a", "broken": "gone", "loop": "loop", "out": "/etc/passwd"}.items():
        (tmp_path / name).symlink_to(target)
    told = await call("file_metadata", path="good")
    assert (told["kind"], told["link_target"], told["size"]) == ("file", "a", 1)
    assert (await call("file_metadata", path="good", follow_links=False))["kind"] == "link"
    for name in ("broken", "loop"):
        told = await call("file_metadata", path=name)
        assert (told["kind"], told["broken"]) == ("link", True)
    with pytest.raises(PermissionDeniedError):
        await call("file_metadata", path="out")
    assert (await call("file_metadata", path="out", follow_links=False))["link_target"] == "/etc/passwd"


async def test_a_folder(call: Call, tmp_path: Path) -> None:
    (tmp_path / "d/x").mkdir(parents=True)
    told = await call("file_metadata", path="d")
    assert (told["kind"], told["entries"]) == ("directory", 1)
    assert "checksums" not in told


async def test_same_content(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 2_000_000)
    (tmp_path / "same").write_bytes(b"x" * 2_000_000)
    (tmp_path / "late").write_bytes(b"x" * 1_999_999 + b"y")
    (tmp_path / "short").write_bytes(b"x")
    os.link(tmp_path / "a", tmp_path / "link")
    answers = {}
    for name in ("same", "late", "short", "link"):
        answers[name] = (await call("file_metadata", path="a", compare_with=name, checksums=[]))["same_content"]
    assert answers == {"same": True, "late": False, "short": False, "link": True}
    with pytest.raises(ResourceUnavailableError, match=r"cannot compare '\.'"):
        await call("file_metadata", path="a", compare_with=".")


async def test_what_is_not_there(call: Call, tmp_path: Path) -> None:
    with pytest.raises(ResourceUnavailableError, match="no such file"):
        await call("file_metadata", path="missing")
    (tmp_path / "a").write_text("x")
    (tmp_path / "loop").symlink_to("loop")
    told = await call("file_metadata", path=["a", "missing", "a/b"])
    assert (told["count"], told["failed"]) == (3, 2)
    codes = [one.get("error", {}).get("code") for one in told["files"]]
    assert codes == [None, ResourceUnavailableError.code, ResourceUnavailableError.code]
    with pytest.raises(PermissionDeniedError):
        await call("file_metadata", path=["a", "../x"])
    for nothing in ("", [""], list[str]()):
        with pytest.raises(ValidationError, match="empty"):
            await call("file_metadata", path=nothing)
