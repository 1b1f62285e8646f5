"""Files that cannot be read, are not what they seem, or go away meanwhile."""

# What the system does is asked for in the system's words.

from __future__ import annotations

import fcntl
import json
import os
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import (
    LlmspellError,
    PermissionDeniedError,
    ResourceExhaustedError,
    ResourceUnavailableError,
    ToolExecutionError,
    ValidationError,
)
from llmspell.testing import open_context
from llmspell_tools_files.plugin import llmspell_tools

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    Call = Callable[..., Awaitable[Any]]

PATH_TOOLS: dict[str, dict[str, object]] = {
    "file_reader": {},
    "file_metadata": {},
    "file_converter": {"newline": "lf"},
    "file_system": {"action": "read"},
    "file_search": {"query": "x"},
}
WRITERS: dict[str, dict[str, object]] = {
    "file_writer": {"content": "x"},
    "file_system": {"action": "write", "content": "x"},
    "file_converter": {"newline": "crlf"},
}


@pytest.mark.parametrize("tool", PATH_TOOLS)
async def test_a_missing_file(call: Call, tool: str) -> None:
    with pytest.raises(ResourceUnavailableError, match="no such file") as caught:
        await call(tool, path="missing", **PATH_TOOLS[tool])
    assert caught.value.suggestions


@pytest.mark.parametrize("tool", [*PATH_TOOLS, "directory_lister", "file_writer"])
@pytest.mark.parametrize("path", ["", "a\nb", "a\0b", "\udcff", "x" * 300])
async def test_a_path_that_is_none(call: Call, tool: str, path: str) -> None:
    with pytest.raises(ValidationError):
        await call(tool, path=path, **(PATH_TOOLS | WRITERS).get(tool, {}))


@pytest.mark.parametrize("tool", ["file_reader", "file_converter", "file_writer", "file_system"])
async def test_a_folder_where_a_file_is_expected(call: Call, tmp_path: Path, tool: str) -> None:
    (tmp_path / "d").mkdir()
    with pytest.raises(ResourceUnavailableError, match=r"folder|directory"):
        await call(tool, path="d", **(PATH_TOOLS | WRITERS).get(tool, {}))


@pytest.mark.parametrize("tool", [*PATH_TOOLS, "directory_lister"])
async def test_links_that_go_round(call: Call, tmp_path: Path, tool: str) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    if tool == "file_metadata":
        assert (await call(tool, path="a"))["broken"]
        return
    with pytest.raises(ResourceUnavailableError, match="too many links"):
        await call(tool, path="a", **PATH_TOOLS.get(tool, {}))


async def test_a_tree_with_a_link_to_itself_ends(call: Call, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/loop").symlink_to("..")
    (tmp_path / "d/a").write_text("needle")
    assert (await call("directory_lister", recursive=True))["totals"]["links"] == 1
    assert (await call("file_search", query="needle"))["total_matches"] == 1


@pytest.fixture
def foreign() -> Iterator[Path]:
    """Give a folder with a file that the system lets nobody read; root gives up its rights meanwhile."""
    # The interpreter may lie where only root can import from: what is imported late is imported now.
    for name in ("concurrent.futures.thread", *(tool.target.partition(":")[0] for tool in llmspell_tools())):
        import_module(name)
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "open").write_text("needle")
        (folder / "closed").write_text("needle")
        (folder / "d").mkdir()
        root = os.geteuid() == 0
        for one in ("closed", "d"):
            (folder / one).chmod(0o700 if root else 0)
        if root:
            os.seteuid(65534)
        yield folder
        if root:
            os.seteuid(0)
        (folder / "d").chmod(0o700)


@pytest.mark.parametrize("tool", ["file_reader", "file_metadata", "file_converter", "file_system"])
async def test_what_the_system_does_not_let_us_read(call: Call, foreign: Path, tool: str) -> None:
    grants = (f"fs.read={foreign}", f"fs.write={foreign}")
    with pytest.raises(PermissionDeniedError, match="operating system refuses"):
        await call(tool, grants, path=str(foreign / "closed"), **PATH_TOOLS[tool])


async def test_a_search_goes_on_past_what_it_cannot_read(call: Call, foreign: Path) -> None:
    found = await call("file_search", (f"fs.read={foreign}",), path=str(foreign), query="needle")
    assert [one["path"] for one in found["matches"]] == [f"{foreign}/open"]
    assert found["skipped"]["unreadable"] == 1
    assert sorted(one["path"] for one in found["unreadable"]) == [f"{foreign}/closed", f"{foreign}/d"]
    told = await call(
        "file_metadata", (f"fs.read={foreign}",), path=[f"{foreign}/closed", f"{foreign}/open"], checksums=[]
    )
    assert [one.get("error", {}).get("code") for one in told["files"]] == [PermissionDeniedError.code, None]


async def test_a_folder_is_copied_whole_or_not_at_all(call: Call, foreign: Path) -> None:
    (foreign / "closed").unlink()  # what is left is a folder that cannot be listed, beside a file that can be read
    with TemporaryDirectory() as target:
        grants = (f"fs.read={foreign}", f"fs.read={target}", f"fs.write={target}")
        words = {"path": str(foreign), "destination": f"{target}/copy", "recursive": True}
        with pytest.raises(PermissionDeniedError, match=r"cannot list .*/d'"):
            await call("file_system", grants, action="copy", **words)
        assert not os.listdir(target)


async def test_an_archive_without_what_was_named_is_an_error(call: Call, foreign: Path) -> None:
    with TemporaryDirectory() as target:
        grants = (f"fs.read={foreign}", f"fs.read={target}", f"fs.write={target}")
        make = partial(call, "file_archiver", grants, operation="create", path=f"{target}/a.zip")
        with pytest.raises(PermissionDeniedError, match="cannot open"):
            await make(source=[str(foreign / "open"), str(foreign / "closed")])
        os.mkfifo(Path(target, "pipe"))
        with pytest.raises(ResourceUnavailableError, match="is a pipe"):
            await make(source=f"{target}/pipe")
        assert os.listdir(target) == ["pipe"]
        told = await make(source=str(foreign))
    assert (told["files"], sorted(Path(one["path"]).name for one in told["skipped"])) == (1, ["closed", "d"])


async def test_a_file_that_goes_away_between_list_and_read(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"f{number:03}").write_text("needle")
    async with open_context(grants=("fs.read=.",), cwd=tmp_path) as ctx:
        # Progress is told after the first batch, when the folder has been listed.
        ctx.app.events.subscribe("progress", lambda _: (tmp_path / "f099").unlink(missing_ok=True))
        found: Any = await ctx.call("tool:file_search", {"query": "needle"})
    assert (found["files_searched"], found["skipped"]["unreadable"]) == (99, 1)
    assert "f099" in found["unreadable"][0]["reason"]


async def test_names_that_are_no_text_come_back_as_json(call: Call, tmp_path: Path) -> None:
    for name in (b"new\nline.txt", b"latin\xe9.txt", "bidi\u202etxt.exe".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("needle\n")
    results = [
        await call("directory_lister"),
        await call("directory_lister", format="tree", include_metadata=True),
        await call("file_search", query="needle"),
        await call("file_search", name="*.txt"),
        await call("file_converter", path=".", pattern="*.txt", newline="crlf"),
        await call("file_system", action="list", path="."),
    ]
    for one in results:
        assert json.loads(json.dumps(one)) == one
        json.dumps(one, ensure_ascii=False).encode()  # no half of a surrogate pair is left
    assert results[0]["total"] == 3
    assert results[2]["skipped"]["unreadable"] == 3


@pytest.mark.parametrize("tool", ["file_reader", "file_converter", "file_system"])
async def test_binary_is_no_text(call: Call, tmp_path: Path, tool: str) -> None:
    (tmp_path / "a").write_bytes(b"\x7fELF\0\0")
    with pytest.raises(ToolExecutionError, match="binary file"):
        await call(tool, path="a", **PATH_TOOLS[tool])


@pytest.mark.parametrize("tool", ["file_reader", "file_system"])
async def test_a_huge_file_is_not_read_whole(call: Call, tmp_path: Path, tool: str) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 42)
    with pytest.raises((ResourceExhaustedError, ToolExecutionError)):
        await call(tool, path="huge", **PATH_TOOLS[tool])
    with pytest.raises(ResourceExhaustedError, match="max_size"):
        await call("file_reader", path="huge", mode="binary")
    found = await call("file_search", query="x")
    assert found["skipped"]["large"] == 1


async def test_a_lock_is_advice_that_nobody_asked_for(call: Call, tmp_path: Path) -> None:
    with (tmp_path / "a").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("x\n")
        file.flush()
        assert (await call("file_reader", path="a"))["content"] == "x\n"
        await call("file_writer", path="a", content="y")
    assert (tmp_path / "a").read_text() == "y"


@pytest.mark.parametrize("tool", [*WRITERS])
async def test_a_missing_right_to_write_is_named_first(call: Call, tmp_path: Path, tool: str) -> None:
    (tmp_path / "d").mkdir()
    with pytest.raises(PermissionDeniedError) as caught:
        await call(tool, ("fs.read=d",), path="../x", **WRITERS[tool])
    assert caught.value.context["right"] == "fs.write"


@pytest.mark.parametrize("tool", [*PATH_TOOLS, "file_writer", "directory_lister"])
async def test_a_path_below_a_file(call: Call, tmp_path: Path, tool: str) -> None:
    (tmp_path / "a").write_text("x")
    with pytest.raises(LlmspellError) as caught:
        await call(tool, path="a/b", **(PATH_TOOLS | WRITERS).get(tool, {}))
    assert isinstance(caught.value, ResourceUnavailableError)


@pytest.mark.parametrize("codec", ["idna", "punycode", "undefined", "rot13", "zip", "hex", "a" * 500, "a\0b", "\udc80"])
async def test_codecs_that_are_no_text_encodings(call: Call, tmp_path: Path, codec: str) -> None:
    (tmp_path / "a").write_text("a..b\n")
    for tool, arguments in (
        ("file_reader", {"encoding": codec}),
        ("file_reader", {"encoding": codec, "mode": "lines", "errors": "replace"}),
        ("file_writer", {"encoding": codec, "content": "a..b"}),
        ("file_converter", {"from_encoding": codec}),
        ("file_converter", {"to_encoding": codec, "errors": "replace"}),
        ("file_system", {"action": "write", "encoding": codec, "content": "x"}),
        ("file_archiver", {"operation": "list", "name_encoding": codec}),
    ):
        with pytest.raises(ValidationError) as caught:
            await call(tool, path="a", **arguments)
        assert caught.value.suggestions
    assert (tmp_path / "a").read_text() == "a..b\n"


@pytest.mark.parametrize("seconds", [1 << 40, -(1 << 40), 253402300800])
async def test_times_beyond_the_calendar(call: Call, seconds: int) -> None:
    """A disk may hold years that no calendar has; ext4 does not, but memory does."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        pytest.skip("there is no file system with times of 64 bits")
    with TemporaryDirectory(dir=memory) as folder:
        path = Path(folder) / "f"
        path.write_text("x")
        os.utime(path, (seconds, seconds))
        grants = (f"fs.read={folder}", f"fs.write={folder}")
        assert (await call("file_reader", grants, path=str(path), include_metadata=True))["metadata"][
            "modified"
        ] is None
        assert (await call("file_metadata", grants, path=str(path)))["epoch"]["modified"] == seconds
        listed = await call("directory_lister", grants, path=folder, include_metadata=True)
        assert listed["entries"][0]["modified"] is None
        for ending in ("tar", "zip"):
            archive = f"{folder}/a.{ending}"
            await call("file_archiver", grants, operation="create", path=archive, source=str(path))
            told = await call("file_archiver", grants, operation="extract", path=archive, target=f"{folder}/{ending}")
            assert told["entries"] == ["f"]


async def test_a_name_that_can_only_be_a_folders(call: Call, tmp_path: Path) -> None:
    for tool, arguments in WRITERS.items():
        with pytest.raises(LlmspellError):
            await call(tool, path="new/", **arguments)
    assert not (tmp_path / "new").is_file()
