# What the system does is asked for in the system's words.

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, Any, cast

import pytest

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ValidationError
from llmspell.testing.context import open_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]


async def test_overwrite(call: Call, tmp_path: Path) -> None:
    first = await call("file_writer", path="a", content="one")
    second = await call("file_writer", path="a", content="two é")
    assert (first["created"], second["created"]) == (True, False)
    assert second["sha256"] == hashlib.sha256("two é".encode()).hexdigest()
    assert (tmp_path / "a").read_text() == "two é"
    assert os.listdir(tmp_path) == ["a"]


async def test_create_never_overwrites(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    for dry_run in (True, False):
        with pytest.raises(ResourceUnavailableError, match="exists already"):
            await call("file_writer", path="a", content="x", mode="create", dry_run=dry_run)
    assert (tmp_path / "a").read_text() == "mine"


async def test_append(call: Call, tmp_path: Path) -> None:
    for atomic in (True, False):
        await call("file_writer", path="log", content="x\n", mode="append", atomic_write=atomic)
    assert (tmp_path / "log").read_text() == "x\nx\n"


async def test_a_byte_order_mark_is_written_once(call: Call, tmp_path: Path) -> None:
    for _ in range(2):
        await call("file_writer", path="a", content="é", mode="append", encoding="utf-16")
    assert (tmp_path / "a").read_text("utf-16") == "éé"


@pytest.mark.parametrize(
    ("newline", "written"),
    [("keep", b"a\r\nb\nc\r"), ("lf", b"a\nb\nc\n"), ("crlf", b"a\r\nb\r\nc\r\n"), ("cr", b"a\rb\rc\r")],
)
async def test_line_endings(call: Call, tmp_path: Path, newline: str, written: bytes) -> None:
    await call("file_writer", path="a", content="a\r\nb\nc\r", newline=newline)
    assert (tmp_path / "a").read_bytes() == written


@pytest.mark.parametrize("data", [b"plain\r\ntext", b"\xef\xbb\xbfmarked", "Ünï".encode("utf-16"), os.urandom(500)])
async def test_what_was_read_can_be_written(call: Call, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    mode = "binary" if len(data) == 500 else "text"
    await call("file_writer", path="b", content=await call("file_reader", path="a", mode=mode))
    assert (tmp_path / "b").read_bytes() == data


async def test_lines_that_were_read_can_be_written(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1\n2\n")
    await call("file_writer", path="b", content=await call("file_reader", path="a", mode="lines"))
    assert (tmp_path / "b").read_text() == "1\n2\n"


async def test_backups_rotate(call: Call, tmp_path: Path) -> None:
    for number in range(6):
        written = await call("file_writer", path="a", content=str(number), create_backup=True, max_backups=3)
    assert written["backup"] == "a.bak"
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {
        "a": "5",
        "a.bak": "4",
        "a.bak.1": "3",
        "a.bak.2": "2",
    }


async def test_one_backup_by_default_and_none_of_nothing(call: Call, tmp_path: Path) -> None:
    backups = [(await call("file_writer", path="a", content=str(n), create_backup=True))["backup"] for n in range(3)]
    assert backups == [None, "a.bak", "a.bak"]
    assert sorted(os.listdir(tmp_path)) == ["a", "a.bak"]
    assert (tmp_path / "a.bak").read_text() == "1"
    await call("file_writer", path="a", content="9", create_backup=True, backup_suffix="~old")
    assert (tmp_path / "a~old").read_text() == "2"


@pytest.mark.parametrize("suffix", ["/../x", "..", " ", "\\x"])
async def test_what_is_no_suffix(call: Call, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "a").write_text("old")
    with pytest.raises(ValidationError, match="no suffix"):
        await call("file_writer", path="a", content="", create_backup=True, backup_suffix=suffix)
    assert (tmp_path / "a").read_text() == "old"


async def test_folders_are_made_on_demand(call: Call, tmp_path: Path) -> None:
    await call("file_writer", path="x/y/a", content="1")
    assert (tmp_path / "x/y/a").read_text() == "1"
    with pytest.raises(ResourceUnavailableError, match="no such"):
        await call("file_writer", path="z/a", content="1", create_directories=False)
    assert not (tmp_path / "z").exists()


async def test_a_grant_of_the_file_alone_is_enough(call: Call, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    written = await call("file_writer", grants=["fs.write=d/a"], path="d/a", content="1")
    assert written["created"]
    with pytest.raises(PermissionDeniedError):
        await call("file_writer", grants=["fs.write=d/a"], path="d/b", content="1")
    with pytest.raises(PermissionDeniedError):
        await call("file_writer", grants=["fs.read=."], path="a", content="1")
    assert sorted(os.listdir(tmp_path / "d")) == ["a"]


async def test_a_dry_run_writes_nothing(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    told = await call("file_writer", path="a", content="newer", create_backup=True, dry_run=True)
    assert (told["dry_run"], told["bytes_written"], told["backup"]) == (True, 5, "a.bak")
    await call("file_writer", path="x/y", content="", dry_run=True)
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"content": "é", "encoding": "ascii"}, "ascii has no"),
        ({"content": "%", "encoding": "base64"}, "not base64"),
        ({"content": "x", "encoding": "nonsense"}, "not a text encoding"),
        ({"content": {"text": "x"}}, "without a text"),
        ({"content": {"content": ["x", 1]}}, "not a text"),
        ({"content": 5}, "content"),
    ],
)
async def test_wrong_contents(call: Call, tmp_path: Path, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        await call("file_writer", path="a", **arguments)
    assert os.listdir(tmp_path) == []


async def test_a_folder_is_not_overwritten(call: Call, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    with pytest.raises(ResourceUnavailableError, match="not a file"):
        await call("file_writer", path="d", content="")


async def test_the_right_to_write_alone_is_enough_to_overwrite(tmp_path: Path) -> None:
    (tmp_path / "kept.txt").write_text("old", encoding="utf-8")
    async with open_context(grants=["fs.write=kept.txt"], cwd=tmp_path, component="tool:file_writer") as ctx:
        written = await ctx.app.tools.execute(ctx, "file_writer", {"path": "kept.txt", "content": "new"})
        appended = await ctx.app.tools.execute(
            ctx, "file_writer", {"path": "kept.txt", "content": "!", "mode": "append"}
        )
    assert (tmp_path / "kept.txt").read_text(encoding="utf-8") == "new!"
    sizes = [cast("dict[str, object]", output.result)["size"] for output in (written, appended)]
    assert sizes == [3, None]


async def test_base64_in_any_case(call: Call, tmp_path: Path) -> None:
    await call("file_writer", path="a", content="AAEC", encoding="BASE64")
    await call("file_system", action="append", path="a", content="AAEC", encoding="Base64")
    assert (tmp_path / "a").read_bytes() == b"\0\1\2" * 2
