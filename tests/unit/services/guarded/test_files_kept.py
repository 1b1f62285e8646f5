"""What a changed file keeps, what a name may be, and what errors say."""

# What is on the disk is asked for in the system's words.

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import LlmspellError, ResourceUnavailableError, ValidationError
from llmspell.services.files_errors import explain
from llmspell.services.files_guard import Guard
from llmspell.services.files_replace import take_free_name
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmspell.spec.files import FileSystem

    Granted = Callable[..., FileSystem]

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
as_user = pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")


@as_root
async def test_a_replaced_file_keeps_its_owner(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    os.chown(tmp_path / "a", 12345, 23456)
    (tmp_path / "a").chmod(0o640)
    await fs.write("a", b"new")
    info = (tmp_path / "a").stat()
    assert (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) == (12345, 23456, 0o640)
    assert (tmp_path / "a").read_bytes() == b"new"


async def test_new_contents_are_not_setuid(fs: FileSystem, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
        (tmp_path / name).chmod(0o4755)
    await fs.write("a", b"new")
    await fs.copy("b", "c")
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ac"] == [0o755, 0o755]


@as_user
async def test_a_folder_that_cannot_be_listed_is_written_to(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "box").mkdir(mode=0o300)
    await fs.write("box/letter", b"x")
    (tmp_path / "box").chmod(0o700)
    assert (tmp_path / "box/letter").read_bytes() == b"x"


def test_a_free_name_without_hard_links(tmp_path: Path) -> None:
    """Linux makes none of folders, as FAT makes none at all."""
    (tmp_path / "a").mkdir()
    (tmp_path / "taken").mkdir()
    fd = os.open(tmp_path, os.O_RDONLY)
    try:
        with pytest.raises(FileExistsError):
            take_free_name(fd, "a", fd, "taken")
        take_free_name(fd, "a", fd, "free")
    finally:
        os.close(fd)
    assert sorted(os.listdir(tmp_path)) == ["free", "taken"]


async def test_a_name_with_a_slash_is_no_file(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for action in (
        fs.write("new/", b""),
        fs.write("new/.", b""),
        fs.read("file/"),
        fs.copy("file", "copy/"),
        fs.rename("file", "moved/"),
        fs.hash("file/"),
    ):
        with pytest.raises(ValidationError, match="as only a folder's path does") as caught:
            await action
        assert caught.value.suggestions
    assert os.listdir(tmp_path) == ["file"]


async def test_a_suggestion_hides_what_a_rule_hides(granted: Granted, tmp_path: Path) -> None:
    (tmp_path / "secrets.txt").write_text("x")
    for rule, told in (("!fs.read=nothing", True), ("!fs.read=secrets.txt", False)):
        with pytest.raises(ResourceUnavailableError) as caught:
            await granted("fs.read=.", rule).read("secret.txt")
        assert any("secrets.txt" in one for one in caught.value.suggestions) == told


async def test_what_is_wrong_with_the_new_name_is_said_of_it(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "full/of").mkdir(parents=True)
    with pytest.raises(ResourceUnavailableError, match="'full'"):
        await fs.rename("a", "full")


@pytest.mark.parametrize("code", sorted(errno.errorcode))
def test_every_error_says_what_to_do(tmp_path: Path, code: int) -> None:
    guard = Guard(Grants.parse(["fs.read=."], cwd=tmp_path), tmp_path, "a test")
    told = explain(guard, "x" * 5000, "read", OSError(code, os.strerror(code)))
    assert isinstance(told, LlmspellError)
    assert told.suggestions
