# What the system does is asked for in the system's words.

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import (
    ResourceExhaustedError,
    ResourceUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmspell.spec.files import FileSystem

    Granted = Callable[..., FileSystem]


async def test_write_then_read(fs: FileSystem, tmp_path: Path) -> None:
    await fs.write("a.txt", b"one")
    assert await fs.read("a.txt") == b"one"
    assert await fs.read(str(tmp_path / "a.txt")) == b"one"
    assert await fs.read("./x/../a.txt") == b"one"


async def test_write_replaces_whole_and_leaves_no_temporary_file(fs: FileSystem, tmp_path: Path) -> None:
    await fs.write("a.txt", b"long old contents")
    await fs.write("a.txt", b"new")
    assert (tmp_path / "a.txt").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("atomic", [True, False])
async def test_write_keeps_the_mode(fs: FileSystem, tmp_path: Path, atomic: bool) -> None:
    file = tmp_path / "run.sh"
    file.write_bytes(b"old")
    file.chmod(0o741)
    await fs.write("run.sh", b"new", atomic=atomic)
    assert stat.S_IMODE(file.stat().st_mode) == 0o741


async def test_atomic_write_is_a_new_file_and_a_plain_one_is_not(fs: FileSystem, tmp_path: Path) -> None:
    await fs.write("a", b"1")
    first = (tmp_path / "a").stat().st_ino
    await fs.write("a", b"2", atomic=False)
    assert (tmp_path / "a").stat().st_ino == first
    os.link(tmp_path / "a", tmp_path / "old")
    await fs.write("a", b"3")
    assert (tmp_path / "old").read_bytes() == b"2"


async def test_append(fs: FileSystem) -> None:
    await fs.write("log", b"1", append=True)
    await fs.write("log", b"2", append=True, atomic=False)
    assert await fs.read("log") == b"12"


@pytest.mark.parametrize("atomic", [True, False])
async def test_exclusive_refuses_a_taken_name(fs: FileSystem, atomic: bool) -> None:
    await fs.write("a", b"1", exclusive=True, atomic=atomic)
    with pytest.raises(ResourceUnavailableError, match="exists"):
        await fs.write("a", b"2", exclusive=True, atomic=atomic)
    assert await fs.read("a") == b"1"


async def test_read_limit(fs: FileSystem) -> None:
    await fs.write("a", b"12345")
    assert await fs.read("a", limit=5) == b"12345"
    with pytest.raises(ResourceExhaustedError, match="5 bytes, the limit is 4"):
        await fs.read("a", limit=4)


async def test_read_more_than_a_page_cache_read(fs: FileSystem) -> None:
    data = os.urandom(3_000_001)
    await fs.write("big", data)
    assert await fs.read("big") == data
    assert await fs.hash("big") == hashlib.sha256(data).hexdigest()


async def test_open_reads_seeks_and_writes(fs: FileSystem) -> None:
    async with fs.open("a", "w") as file:
        assert await file.write(b"hello world") == 11
        assert await file.write(bytes(100_000)) == 100_000
    async with fs.open("a") as file:
        assert await file.read(5) == b"hello"
        assert await file.seek(6) == 6
        assert await file.read(5) == b"world"
        assert await file.seek(-2) == 100_009
        assert await file.read() == b"\0\0"
        assert await file.read() == b""
    async with fs.open("a", "r+") as file:
        await file.write(b"J")
    assert (await fs.read("a"))[:5] == b"Jello"
    with pytest.raises(ResourceUnavailableError, match="exists"):
        async with fs.open("a", "x"):
            pass


async def test_stat_and_exists(fs: FileSystem, tmp_path: Path) -> None:
    await fs.write("a", b"123")
    info = await fs.stat("a")
    assert (info.path, info.kind, info.size) == ("a", "file", 3)
    assert info.modified == pytest.approx((tmp_path / "a").stat().st_mtime)
    assert (await fs.stat(".")).kind == "directory"
    assert await fs.exists("a")
    assert not await fs.exists("b")
    assert not await fs.exists("a/b")
    os.symlink("nowhere", tmp_path / "broken")
    assert not await fs.exists("broken")


async def test_list_is_in_name_order_and_shows_hidden_and_unicode_names(fs: FileSystem, tmp_path: Path) -> None:
    for name in ("b", ".hidden", "ä 🐍.txt", "a"):
        (tmp_path / name).touch()
    os.symlink("a", tmp_path / "link")
    assert [one.path for one in await fs.list()] == [".hidden", "a", "b", "link", "ä 🐍.txt"]
    assert [one.kind for one in await fs.list()][3] == "link"
    assert await fs.read("ä 🐍.txt") == b""
