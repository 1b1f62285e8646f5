# What the system does is asked for in the system's words.

from __future__ import annotations

import asyncio
import os
import stat
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import PermissionDeniedError, ResourceExhaustedError, ResourceUnavailableError, ValidationError
from llmspell.testing import full_disk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmspell.spec.files import FileSystem

    Granted = Callable[..., FileSystem]


async def test_atomic_takes_its_place_at_the_end(fs: FileSystem, tmp_path: Path) -> None:
    file = tmp_path / "run.sh"
    file.write_bytes(b"old")
    file.chmod(0o741)
    async with fs.atomic("run.sh") as new:
        await new.write(b"one ")
        assert file.read_bytes() == b"old"
        await new.write(b"two")
    assert file.read_bytes() == b"one two"
    assert stat.S_IMODE(file.stat().st_mode) == 0o741
    assert os.listdir(tmp_path) == ["run.sh"]


async def test_atomic_leaves_the_old_file_when_the_block_fails(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")

    async def fail() -> None:
        async with fs.atomic("a") as new:
            await new.write(b"new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


async def test_atomic_leaves_nothing_when_cancelled(fs: FileSystem, tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def write() -> None:
        async with fs.atomic("a") as new:
            await new.write(b"new")
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert os.listdir(tmp_path) == []


async def test_atomic_on_a_full_disk(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    with full_disk(1 << 16), pytest.raises(ResourceExhaustedError):
        async with fs.atomic("a") as new:
            await new.write(b"x" * ((1 << 16) + 1))
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


async def test_atomic_exclusive(fs: FileSystem, tmp_path: Path) -> None:
    async with fs.atomic("a", exclusive=True) as new:
        await new.write(b"1")
    with pytest.raises(ResourceUnavailableError, match="exists"):
        async with fs.atomic("a", exclusive=True):
            pass
    with pytest.raises(ResourceUnavailableError, match="exists"):  # taken while the block runs
        async with fs.atomic("b", exclusive=True) as new:
            (tmp_path / "b").write_bytes(b"mine")
    assert (tmp_path / "b").read_bytes() == b"mine"
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


async def test_atomic_wants_a_file_and_the_right(fs: FileSystem, granted: Granted, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    for path in ("d", "."):
        with pytest.raises(ResourceUnavailableError, match="a folder, not a file"):
            async with fs.atomic(path):
                pass
    with pytest.raises(PermissionDeniedError, match=r"fs\.write"):
        async with granted("fs.read=.").atomic("a"):
            pass
    assert os.listdir(tmp_path) == ["d"]


async def test_links_are_told_apart_and_read(fs: FileSystem, granted: Granted, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("a")
    assert (await fs.stat("link")).kind == "file"
    assert (await fs.stat("link", follow=False)).kind == "link"
    assert await fs.read_link("link") == "a"
    with pytest.raises(ResourceUnavailableError, match="a file, not a link"):
        await fs.read_link("a")
    with pytest.raises(PermissionDeniedError):
        await granted("fs.read=elsewhere").read_link("link")


async def test_stat_tells_what_identifies_a_file(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    os.link(tmp_path / "a", tmp_path / "b")
    real = (tmp_path / "a").stat()
    for info in (await fs.stat("a"), (await fs.list())[1]):
        assert (info.inode, info.device, info.links) == (real.st_ino, real.st_dev, 2)
        assert (info.modified_ns, info.changed_ns) == (real.st_mtime_ns, real.st_ctime_ns)
        assert (info.uid, info.gid) == (real.st_uid, real.st_gid)


async def test_exclusive_copy_and_rename(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "taken").write_bytes(b"mine")
    (tmp_path / "d").mkdir()
    for verb in (fs.copy, fs.rename):
        with pytest.raises(ResourceUnavailableError, match="taken"):
            await verb("a", "taken", exclusive=True)
    with pytest.raises(ResourceUnavailableError, match="taken"):
        await fs.rename("d", "taken", exclusive=True)
    assert (tmp_path / "taken").read_bytes() == b"mine"
    await fs.copy("a", "b", exclusive=True)
    await fs.rename("a", "c", exclusive=True)
    await fs.rename("d", "e", exclusive=True)
    assert sorted(os.listdir(tmp_path)) == ["b", "c", "e", "taken"]


async def test_require_asks_before_work_begins(granted: Granted) -> None:
    reads = granted("fs.read=.")
    await reads.require("a", "fs.read")
    with pytest.raises(PermissionDeniedError, match=r"fs\.write is not granted for a"):
        await reads.require("a", "fs.read", "fs.write")
    with pytest.raises(PermissionDeniedError, match=r"fs\.read"):
        await reads.require("../a", "fs.read")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    for name in ("base/in.txt", "out.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "base/leak").symlink_to("../out.txt")
    (tmp_path / "base/near").symlink_to("in.txt")
    (tmp_path / "alias").symlink_to("base")
    return tmp_path


@pytest.mark.parametrize("base", ["base", "alias", "./x/../base"])
async def test_within_a_folder(fs: FileSystem, house: Path, base: str) -> None:
    inside = fs.within(base)
    assert await inside.read("in.txt") == await inside.read("near") == b"x"
    assert await inside.read(str(house / "base/in.txt")) == b"x"
    for path in ("../out.txt", "leak", str(house / "out.txt"), "x/../../out.txt"):
        with pytest.raises(PermissionDeniedError, match=r"is not granted"):
            await inside.read(path)
        with pytest.raises(PermissionDeniedError):
            await inside.write(path, b"y")
    assert (house / "out.txt").read_bytes() == b"x"


async def test_within_never_widens(granted: Granted, house: Path) -> None:
    reads = granted("fs.read=base/in.txt").within("base")
    assert await reads.read("in.txt") == b"x"
    for attempt in (reads.write("in.txt", b""), reads.list(), granted("fs.read=base").within("/").read("etc/hosts")):
        with pytest.raises(PermissionDeniedError):
            await attempt
    with pytest.raises(ValidationError, match="wildcard"):
        granted("fs.read=.").within("b*")


async def test_a_folder_that_was_granted_stays(fs: FileSystem, granted: Granted, house: Path) -> None:
    (house / "base/up").symlink_to("..")
    inside = fs.within("base")
    nested = granted("fs.write=.", "fs.write=base", "fs.read=.")
    for port, path in ((inside, "."), (inside, "up/base"), (inside, str(house / "base")), (nested, "base")):
        with pytest.raises(ResourceUnavailableError, match="the granted folder itself"):
            await port.remove(path, recursive=True)
        with pytest.raises(ResourceUnavailableError, match="the granted folder itself"):
            await port.rename(path, "new")
    assert (house / "base/in.txt").exists()
    await granted("fs.write=base/in.txt", "fs.read=.").remove("base/in.txt")
