"""Trees deeper than the system's longest path, and files larger than anybody has time for."""

# What is on the disk is asked for in the system's words.

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import ResourceUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.spec.files import FileSystem

LEVELS = 1100
"""More than a function may call itself, and than files may be open; 11 000 bytes of path."""

HUGE = 1 << 42


def make_deep(folder: Path, levels: int = LEVELS) -> None:
    """Make folders within folders and a file in the last, one name at a time: no path may be so long."""
    fd = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("level-down", dir_fd=fd)
        below = os.open("level-down", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    os.close(os.open("leaf", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
    os.close(fd)


async def test_a_deep_tree_is_walked_to_its_end_and_removed(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "top").mkdir()
    make_deep(tmp_path / "top")
    found = [one async for one in fs.walk("top")]
    assert len(found) == LEVELS + 1
    assert found[-1].path.endswith("level-down/leaf")
    assert (await fs.stat(found[-1].path)).kind == "file"
    await fs.remove("top", recursive=True)
    assert os.listdir(tmp_path) == []


async def test_a_temporary_folder_goes_away_however_deep(fs: FileSystem, tmp_path: Path) -> None:
    async with fs.temp() as folder:
        make_deep(type(tmp_path)(folder))
    assert not os.path.exists(folder)


async def test_removing_a_tree_follows_no_link(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("kept")
    (tmp_path / "tree/sub").mkdir(parents=True)
    (tmp_path / "tree/link").symlink_to(tmp_path / "kept")
    (tmp_path / "tree/sub/broken").symlink_to("nowhere")
    os.mkfifo(tmp_path / "tree/sub/pipe")
    await fs.remove("tree", recursive=True)
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["file", "kept"]


@pytest.mark.parametrize("verb", ["hash", "copy"])
async def test_a_cancelled_caller_does_not_wait_for_a_huge_file(fs: FileSystem, tmp_path: Path, verb: str) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(HUGE)
    task = asyncio.ensure_future(fs.hash("huge") if verb == "hash" else fs.copy("huge", "copy"))
    while not task.done():
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()
    assert os.listdir(tmp_path) == ["huge"]


async def test_folders_are_made_however_many_are_missing(fs: FileSystem, tmp_path: Path) -> None:
    await fs.mkdir("/".join("d" * LEVELS))
    assert len([one async for one in fs.walk(".")]) == LEVELS
    await fs.remove("d", recursive=True)


async def test_no_folder_is_made_below_a_link_to_nowhere(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("missing/folder")
    with pytest.raises(ResourceUnavailableError):
        await fs.mkdir("link/below")
    assert os.listdir(tmp_path) == ["link"]
