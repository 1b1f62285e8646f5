"""What a right path does not say: other names of a file, file systems of the kernel, and the way to a grant."""

# What is on the disk is made in the system's words.

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError
from llmspell.services.files_machine import shows_the_machine

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmspell.spec.files import FileSystem

    Granted = Callable[..., FileSystem]

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows itself as files")


@pytest.fixture
def twice(tmp_path: Path) -> Path:
    """Give a file outside, which has a second name inside."""
    (tmp_path / "in").mkdir()
    (tmp_path / "file").write_bytes(b"old")
    os.link(tmp_path / "file", tmp_path / "in/name")
    return tmp_path / "file"


async def test_a_file_with_another_name_is_not_changed_in_place(twice: Path, granted: Granted) -> None:
    fs = granted("fs.read=in", "fs.write=in")
    for change in (
        fs.write("in/name", b"x", append=True),
        fs.write("in/name", b"x", atomic=False),
        fs.stamp("in/name", mode=0o600),
    ):
        with pytest.raises(ResourceUnavailableError, match="2 names"):
            await change
    for mode in ("w", "a", "r+"):
        with pytest.raises(ResourceUnavailableError, match="2 names"):
            async with fs.open("in/name", mode):
                pass
    assert twice.read_bytes() == b"old"


async def test_a_file_with_another_name_is_written_anew(twice: Path, granted: Granted) -> None:
    fs = granted("fs.read=in", "fs.write=in")
    await fs.write("in/name", b"new")
    assert (await fs.read("in/name"), twice.read_bytes()) == (b"new", b"old")
    await fs.write("in/name", b"er", append=True)
    assert await fs.read("in/name") == b"newer"


@on_linux
def test_file_systems_of_the_kernel_are_known_by_their_devices(tmp_path: Path) -> None:
    assert all(shows_the_machine(os.stat(path).st_dev) for path in ("/proc", "/proc/self", "/sys"))
    assert not shows_the_machine(tmp_path.stat().st_dev)
    assert not shows_the_machine(os.makedev(0, 4095)), "a device that nobody mounted"


@on_linux
async def test_a_walk_of_everything_passes_the_machine_over(granted: Granted) -> None:
    fs = granted("fs.read")
    found = {one.path async for one in fs.walk("/", depth=2)}
    assert "/etc/passwd" in found
    assert not any(path.startswith(("/proc/", "/sys/")) for path in found)


async def test_no_link_becomes_the_way_to_a_granted_file(tmp_path: Path, granted: Granted) -> None:
    (tmp_path / "in/way").mkdir(parents=True)
    (tmp_path / "in/way/file").write_bytes(b"fine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/file").write_bytes(b"secret")
    os.symlink("../out", tmp_path / "in/link")
    fs = granted("fs.write=in", "fs.read=in/way/file")
    await fs.rename("in/way", "in/old")
    with pytest.raises(ResourceUnavailableError, match="the way to a granted path"):
        await fs.rename("in/link", "in/way")
    await fs.rename("in/link", "in/other")
    await fs.mkdir("in/way")
    await fs.write("in/way/file", b"fine")
    assert await fs.read("in/way/file") == b"fine"


async def test_a_folder_does_not_take_a_denied_file_to_where_it_could_be_read(tmp_path: Path, granted: Granted) -> None:
    (tmp_path / "in/sub").mkdir(parents=True)
    (tmp_path / "in/sub/key").write_bytes(b"secret")
    fs = granted("fs.read=in", "fs.write=in", "!fs.read=in/sub/key")
    with pytest.raises(PermissionDeniedError):
        await fs.rename("in/sub", "in/free")
    assert (tmp_path / "in/sub/key").read_bytes() == b"secret"
