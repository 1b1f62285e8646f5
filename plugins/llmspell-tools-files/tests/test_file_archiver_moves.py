"""What goes wrong while files are put in place, or while they are read, costs nothing that was there."""

# What the system does is asked for in the system's words.

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast
from zipfile import ZipFile

import pytest

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError
from llmspell.testing import open_context
from llmspell_tools_files.archive.stage import Stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from llmspell.spec import FileSystem


class Failing:
    """A file port whose renames fail from one on, for a while: a disk that has enough."""

    def __init__(self, fs: FileSystem, first: int, count: int) -> None:
        self._fs = fs
        self._renames = 0
        self._broken = range(first, first + count)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fs, name)

    async def rename(self, source: str, target: str, *, exclusive: bool = False) -> None:
        self._renames += 1
        if self._renames in self._broken:
            message = "the disk has enough"
            raise ResourceUnavailableError(message)
        await self._fs.rename(source, target, exclusive=exclusive)


async def pieces(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def fill(stage: Stage) -> None:
    async with stage:
        for name in ("a", "b/c", "b/new", "new/deep/d", "z"):
            await stage.file(name, pieces(b"new"))
        await stage.commit()


def contents(top: Path) -> dict[str, bytes]:
    return {str(path.relative_to(top)): path.read_bytes() for path in top.rglob("*") if path.is_file()}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "t/b").mkdir(parents=True)
    for name in ("a", "b/c", "other"):
        (tmp_path / "t" / name).write_text("old")
    return tmp_path / "t"


async def test_every_move_is_taken_back(tmp_path: Path, target: Path) -> None:
    before = contents(target)
    moves = 7  # five new names, and two files that make room
    for first in range(1, 20):
        async with open_context(grants=("fs.read=.", "fs.write=."), cwd=tmp_path) as ctx:
            fs = cast("FileSystem", Failing(ctx.fs, first, 1))
            stage = Stage(fs, "t", ".stage", "replace")
            if first > moves:
                await fill(stage)
                break
            with pytest.raises(ResourceUnavailableError, match="the disk has enough"):
                await fill(stage)
        assert contents(target) == before
        assert sorted(os.listdir(target)) == ["a", "b", "other"]
    assert contents(target) == {name: b"old" if name == "other" else b"new" for name in contents(target)}
    assert len(contents(target)) == 6


async def test_what_cannot_be_taken_back_is_kept_and_named(tmp_path: Path, target: Path) -> None:
    async with open_context(grants=("fs.read=.", "fs.write=."), cwd=tmp_path) as ctx:
        fs = cast("FileSystem", Failing(ctx.fs, 2, 100))
        with pytest.raises(ResourceUnavailableError, match=r"old files are in 't/\.stage/old'"):
            await fill(Stage(fs, "t", ".stage", "replace"))
    assert (target / ".stage/old/a").read_text() == "old"


async def test_files_that_go_away_while_they_are_read_are_told(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    for name in "abc":
        (tmp_path / "d" / name).write_text(name)
    async with open_context(grants=("fs.read=.", "fs.write=."), cwd=tmp_path) as ctx:
        ctx.app.events.subscribe("progress", lambda _: (tmp_path / "d/b").unlink(missing_ok=True), mode="inline")
        arguments = {"operation": "create", "path": "o.tar", "source": "d"}
        created = cast("dict[str, Any]", await ctx.call("tool:file_archiver", arguments))
        assert created["entries"] == ["d", "d/a", "d/c"]
        assert [one["path"] for one in created["skipped"]] == ["d/b"]
        tested = cast("dict[str, Any]", await ctx.call("tool:file_archiver", {"operation": "test", "path": "o.tar"}))
        assert tested["valid"]


async def test_files_that_shrink_or_grow_while_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(os.urandom(2_000_000))

    async def create(kind: str, size: int) -> dict[str, Any]:
        async with open_context(grants=("fs.read=.", "fs.write=."), cwd=tmp_path) as ctx:
            changed = cast("FileSystem", _Changing(ctx.fs, lambda: os.truncate(tmp_path / "big", size)))
            ctx._fs = changed
            from llmspell_tools_files.archive.create import create
            from llmspell_tools_files.archive.tool import FileArchiverArgs

            return await create(FileArchiverArgs(operation="create", path=f"o.{kind}", source="big"), ctx)

    for kind in ("tar", "zip"):
        with pytest.raises(ResourceUnavailableError, match="became shorter"):
            await create(kind, 1_000_000)
        assert os.listdir(tmp_path) == ["big"]
        os.truncate(tmp_path / "big", 2_000_000)
    assert (await create("tar", 3_000_000))["changed"] == ["big"]


class _Changing:
    """A file port under which a file changes right after it was looked at for the second time."""

    def __init__(self, fs: FileSystem, change: Any) -> None:
        self._fs = fs
        self._change = change
        self._looks = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fs, name)

    async def stat(self, path: str, *, follow: bool = True) -> Any:
        info = await self._fs.stat(path, follow=follow)
        self._looks += 1
        if self._looks == 2:
            self._change()
        return info


@pytest.mark.parametrize(
    ("grants", "missing"),
    [
        (("fs.read=.",), "--allow-write=x"),
        (("fs.read=o.zip", "fs.write=."), "--allow-read=x"),
        (("fs.read=.", "fs.write=x/*"), None),
        (("fs.read=.", "fs.write=x"), None),
    ],
)
async def test_a_right_that_is_missing_is_asked_for_by_the_target(
    tmp_path: Path, grants: tuple[str, ...], missing: str | None
) -> None:
    with ZipFile(tmp_path / "o.zip", "w") as file:
        file.writestr("a", "1")
    if missing is None:
        (tmp_path / "x").mkdir()
    async with open_context(grants=grants, cwd=tmp_path) as ctx:
        extract = ctx.call("tool:file_archiver", {"operation": "extract", "path": "o.zip", "target": "x"})
        if missing is None:
            await extract
        else:
            with pytest.raises(PermissionDeniedError) as caught:
                await extract
            assert caught.value.suggestions == (f"Run again with {missing}",)
    assert contents(tmp_path / "x") == ({} if missing else {"a": b"1"})
