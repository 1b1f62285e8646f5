# What the system does is asked for in the system's words.

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import (
    LlmspellError,
    PermissionDeniedError,
    ResourceExhaustedError,
    ResourceUnavailableError,
    ValidationError,
)
from llmspell.testing import full_disk, open_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]

ALL = ("fs.read=.", "fs.write=.")


@pytest.fixture
def fs(call: Call) -> Call:
    """Give `await fs("read", path="a")`."""

    async def run(action: str, /, **arguments: object) -> Any:
        return await call("file_system", action=action, **arguments)

    return run


@pytest.fixture
def bounded(tmp_path: Path) -> Call:
    """Give `await bounded({"base_path": "d"}, "read", path="a")`: a variant made with options."""

    async def run(options: dict[str, object], action: str, /, grants: Sequence[str] = ALL, **arguments: object) -> Any:
        async with open_context(grants=grants, cwd=tmp_path) as ctx:
            tool = await ctx.app.tools.bind("file_system", options)
            return (await ctx.app.tools.execute(ctx, tool, {"action": action, **arguments})).result

    return run


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {"d/a.txt": "aa", "d/sub/b.txt": "b", "d/sub/deep/c": "ccc", "other": "o"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def below(folder: Path) -> dict[str, str]:
    return {str(one.relative_to(folder)): one.read_text() for one in sorted(folder.rglob("*")) if one.is_file()}


async def test_read_gives_the_text(fs: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("é", encoding="utf-16")
    assert await fs("read", path="a") == "é"
    assert await fs("read", path="a", encoding="base64") == "//7pAA=="
    with pytest.raises(ResourceExhaustedError, match="max_size"):
        await fs("read", path="a", max_size=1)


async def test_write_and_append(fs: Call, tmp_path: Path) -> None:
    assert (await fs("write", path="x/a", content="one\n"))["created"]
    assert await fs("append", path="x/a", content=["two"]) == {
        "path": "x/a",
        "bytes_written": 4,
        "size": 8,
        "created": False,
    }
    assert (tmp_path / "x/a").read_text() == "one\ntwo\n"
    with pytest.raises(ResourceUnavailableError, match="exists already"):
        await fs("write", path="x/a", content="", overwrite=False)
    await fs("write", path="x/a", content="")
    assert (tmp_path / "x/a").read_bytes() == b""


async def test_list(fs: Call, tree: Path) -> None:
    (tree / "d/.hidden").touch()
    assert [one["name"] for one in await fs("list", path="d")] == [".hidden", "a.txt", "sub"]
    found = await fs("list", path="d", recursive=True, pattern="*.txt")
    assert [(one["path"], one["size"]) for one in found] == [("d/a.txt", 2), ("d/sub/b.txt", 1)]


async def test_exists_stat_and_mkdir(fs: Call, tree: Path) -> None:
    assert await fs("exists", path="d/a.txt") is True
    assert await fs("exists", path="d/a.txt/x") is False
    told = await fs("stat", path="d/a.txt")
    assert (told["name"], told["kind"], told["size"], told["mode"]) == ("a.txt", "file", 2, "0644")
    assert await fs("info", path="d/a.txt") == told
    assert [await fs("mkdir", path="n/m") for _ in range(2)] == [
        {"path": "n/m", "created": True},
        {"path": "n/m", "created": False},
    ]


async def test_delete(fs: Call, tree: Path) -> None:
    assert await fs("delete", path="d/a.txt") == {"path": "d/a.txt", "deleted": True}
    with pytest.raises(ResourceUnavailableError, match="not empty"):
        await fs("delete", path="d")
    await fs("delete", path="d", recursive=True)
    assert below(tree) == {"other": "o"}
    with pytest.raises(ResourceUnavailableError, match="no such file"):
        await fs("delete", path="d")


@pytest.mark.parametrize("path", [".", "d/..", "d/../", "./."])
async def test_the_base_is_never_deleted(fs: Call, tree: Path, path: str) -> None:
    with pytest.raises(ValidationError, match="is not deleted"):
        await fs("delete", path=path, recursive=True)
    assert len(below(tree)) == 4


async def test_a_granted_folder_is_never_deleted(call: Call, tree: Path) -> None:
    for path in ("d/sub", "d"):
        with pytest.raises(ValidationError, match="is not deleted"):
            await call("file_system", (*ALL, "fs.write=d/sub"), action="delete", path=path, recursive=True)
    assert len(below(tree)) == 4


async def test_delete_takes_the_link_and_leaves_what_it_names(fs: Call, tree: Path) -> None:
    (tree / "link").symlink_to("d")
    await fs("delete", path="link", recursive=True)
    assert len(below(tree)) == 4


async def test_copy(fs: Call, tree: Path) -> None:
    (tree / "d/a.txt").chmod(0o640)
    told = await fs("copy", path="d/a.txt", destination="b")
    assert told == {"path": "d/a.txt", "destination": "b", "files": 1, "bytes": 2, "skipped": []}
    assert (tree / "b").stat().st_mode & 0o777 == 0o640
    with pytest.raises(ResourceUnavailableError, match="'other': File exists"):
        await fs("copy", path="d/a.txt", destination="other")
    await fs("copy", path="d/a.txt", destination="other", overwrite=True)
    assert (tree / "other").read_text() == "aa"


async def test_folders_above_a_destination_are_made(fs: Call, tree: Path) -> None:
    await fs("copy", path="other", destination="x/y/copy")
    await fs("move", path="d/sub", destination="m/n/sub")
    with pytest.raises(ResourceUnavailableError, match="no such file"):
        await fs("move", path="missing", destination="never/made")
    assert below(tree) == {
        "d/a.txt": "aa",
        "m/n/sub/b.txt": "b",
        "m/n/sub/deep/c": "ccc",
        "other": "o",
        "x/y/copy": "o",
    }
    assert not (tree / "never").exists()


async def test_copy_a_folder(fs: Call, tree: Path) -> None:
    (tree / "d/link").symlink_to("a.txt")
    with pytest.raises(ValidationError, match="is a folder"):
        await fs("copy", path="d", destination="e")
    told = await fs("copy", path="./d/", destination="new/e", recursive=True)
    assert (told["files"], told["bytes"], told["skipped"]) == (3, 6, [{"path": "link", "reason": "is a link"}])
    assert below(tree / "new/e") == {"a.txt": "aa", "sub/b.txt": "b", "sub/deep/c": "ccc"}
    (tree / "new/e/a.txt").write_text("old")
    (tree / "new/e/kept").write_text("k")
    with pytest.raises(ResourceUnavailableError, match="exists already"):
        await fs("copy", path="d", destination="new/e", recursive=True)
    await fs("copy", path="d", destination="new/e", recursive=True, overwrite=True)
    assert below(tree / "new/e") == {"a.txt": "aa", "kept": "k", "sub/b.txt": "b", "sub/deep/c": "ccc"}


async def test_nothing_is_put_into_itself(fs: Call, tree: Path) -> None:
    for action in ("copy", "move"):
        with pytest.raises(ValidationError, match="into itself"):
            await fs(action, path="d", destination="d/sub/x", recursive=True)
        with pytest.raises(ValidationError, match="the same place"):
            await fs(action, path="d/a.txt", destination="./d/a.txt", overwrite=True)
    (tree / "alias").symlink_to("d")
    await fs("copy", path="d", destination="alias/x", recursive=True)  # ends, because it looks before it copies
    assert below(tree / "d/x") == {"a.txt": "aa", "sub/b.txt": "b", "sub/deep/c": "ccc"}


async def test_move(fs: Call, tree: Path) -> None:
    told = await fs("move", path="d", destination="e")
    assert told == {"path": "d", "destination": "e", "moved": True, "copied": False}
    with pytest.raises(ResourceUnavailableError, match="'other': File exists"):
        await fs("move", path="e/a.txt", destination="other")
    with pytest.raises(ResourceUnavailableError, match="File exists"):
        await fs("move", path="e", destination="other")
    await fs("move", path="e/a.txt", destination="other", overwrite=True)
    assert below(tree) == {"e/sub/b.txt": "b", "e/sub/deep/c": "ccc", "other": "aa"}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on another file system."""
    shm = type(tmp_path)("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system to move to")
    folder = shm / f"llmspell-test-{os.getpid()}"
    folder.mkdir()
    yield folder
    for one in sorted(folder.rglob("*"), reverse=True):
        one.rmdir() if one.is_dir() and not one.is_symlink() else one.unlink()
    folder.rmdir()


async def test_move_to_another_file_system(call: Call, tree: Path, elsewhere: Path) -> None:
    grants = (*ALL, f"fs.read={elsewhere}", f"fs.write={elsewhere}")
    for source in ("other", "d"):
        told = await call("file_system", grants, action="move", path=source, destination=str(elsewhere / source))
        assert told["copied"]
    assert below(elsewhere) == {"d/a.txt": "aa", "d/sub/b.txt": "b", "d/sub/deep/c": "ccc", "other": "o"}
    assert os.listdir(tree) == []


async def test_a_link_is_not_lost_between_file_systems(call: Call, tree: Path, elsewhere: Path) -> None:
    grants = (*ALL, f"fs.read={elsewhere}", f"fs.write={elsewhere}")
    (tree / "d/link").symlink_to("a.txt")
    for source in ("d", "d/link"):
        with pytest.raises(ResourceUnavailableError, match="which cannot be copied"):
            await call("file_system", grants, action="move", path=source, destination=str(elsewhere / "x"))
    assert (tree / "d/link").is_symlink()
    assert os.listdir(elsewhere) == []


@pytest.mark.parametrize("across", [False, True])
async def test_a_full_disk_leaves_the_source_and_no_half(call: Call, tree: Path, elsewhere: Path, across: bool) -> None:
    (tree / "d/zz").write_bytes(b"x" * 5000)
    target = elsewhere / "copy" if across else tree / "copy"
    grants = (*ALL, f"fs.read={elsewhere}", f"fs.write={elsewhere}")
    before = below(tree)
    arguments = {"action": "move"} if across else {"action": "copy", "recursive": True}
    with full_disk(1 << 10), pytest.raises(ResourceExhaustedError, match="too large"):
        await call("file_system", grants, path="d", destination=str(target), **arguments)
    (tree / "a").write_text("old")
    with full_disk(1 << 10), pytest.raises(ResourceExhaustedError):
        await call("file_system", grants, action="write", path="a", content="y" * 5000)
    assert below(tree) == before | {"a": "old"}
    assert not target.exists()
    assert sorted(os.listdir(tree)) == ["a", "d", "other"]


async def test_base_path(bounded: Call, tree: Path) -> None:
    for base in ("d", "./d", str(tree / "d")):
        assert await bounded({"base_path": base}, "read", path="a.txt") == "aa"
    assert await bounded({"base_path": "d"}, "read", path=str(tree / "d/a.txt")) == "aa"
    assert [one["path"] for one in await bounded({"basePath": "d"}, "list", path=".")] == ["a.txt", "sub"]
    await bounded({"base_path": "d"}, "write", path="sub/../w", content="w")
    assert (tree / "d/w").read_text() == "w"


@pytest.mark.parametrize("path", ["../other", "leak", "up/other", "/etc/passwd", "sub/../../other"])
async def test_nothing_leads_out_of_the_base(bounded: Call, tree: Path, path: str) -> None:
    (tree / "d/leak").symlink_to("../other")
    (tree / "d/up").symlink_to("..")
    attempts: list[dict[str, object]] = [
        {"action": "read", "path": path},
        {"action": "write", "path": path, "content": "x"},
        {"action": "copy", "path": path, "destination": "mine"},
        {"action": "copy", "path": "a.txt", "destination": path, "overwrite": True},
        {"action": "stat", "path": path},
    ]
    for arguments in attempts:
        with pytest.raises(PermissionDeniedError):
            await bounded({"base_path": "d"}, str(arguments.pop("action")), **arguments)
    for action in ("delete", "move") if path != "leak" else ():  # the link itself lies in the base
        with pytest.raises(PermissionDeniedError):
            await bounded({"base_path": "d"}, action, path=path, destination="moved", recursive=True)
    assert (tree / "other").read_text() == "o"
    assert not (tree / "d/mine").exists()


async def test_the_base_stays_whatever_way_leads_to_it(bounded: Call, tree: Path) -> None:
    (tree / "d/up").symlink_to("..")
    for path in (".", "up/d", "sub/.."):
        with pytest.raises(LlmspellError):
            await bounded({"base_path": "d"}, "delete", path=path, recursive=True)
    assert (tree / "d/a.txt").exists()


async def test_readonly(bounded: Call, tree: Path) -> None:
    before = below(tree)
    assert await bounded({"readonly": True}, "read", path="other") == "o"
    for action in ("write", "append", "delete", "copy", "move", "mkdir"):
        with pytest.raises(PermissionDeniedError, match="read-only"):
            await bounded({"readonly": True}, action, path="other", content="x", destination="y")
    assert below(tree) == before


@pytest.mark.parametrize(
    ("right", "arguments"),
    [
        ("fs.read", {"action": "read", "path": "other"}),
        ("fs.read", {"action": "list", "path": "."}),
        ("fs.read", {"action": "stat", "path": "other"}),
        ("fs.write", {"action": "write", "path": "other", "content": ""}),
        ("fs.write", {"action": "append", "path": "other", "content": ""}),
        ("fs.write", {"action": "delete", "path": "other"}),
        ("fs.write", {"action": "mkdir", "path": "x"}),
        ("fs.write", {"action": "move", "path": "other", "destination": "x"}),
        ("fs.read", {"action": "copy", "path": "other", "destination": "x"}),
    ],
)
async def test_a_missing_right_is_the_one_the_action_needs(
    call: Call, tree: Path, right: str, arguments: dict[str, object]
) -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        await call("file_system", (), **arguments)
    assert caught.value.context["right"] == right


async def test_both_names_of_the_action(call: Call, tree: Path) -> None:
    assert await call("file_system", operation="read", path="other") == "o"
    assert await call("file_system", action="read", operation="read", path="other") == "o"
    for arguments, reason in (
        ({"action": "read", "operation": "write"}, "action is"),
        ({}, "no action"),
        ({"action": "copy"}, "needs a destination"),
        ({"action": "write"}, "needs content"),
        ({"action": "chmod"}, "action"),
    ):
        with pytest.raises(ValidationError, match=reason):
            await call("file_system", path="other", **arguments)


async def test_unknown_options(bounded: Call) -> None:
    with pytest.raises(ValidationError, match="read_only"):
        await bounded({"read_only": True}, "read", path="a")
    with pytest.raises(ValidationError, match="wildcard"):
        await bounded({"base_path": "d*"}, "read", path="a")
