"""Times and modes are set within the grant, and never more than reading, writing and running."""

# What the system does is asked for in the system's words.

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmspell.spec.files import FileSystem


@pytest.mark.parametrize("name", ["file", "folder"])
async def test_times_and_mode(fs: FileSystem, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("1")
    (tmp_path / "folder").mkdir()
    await fs.stamp(name, modified_ns=1_600_000_000_123_456_789, mode=0o750)
    info = (tmp_path / name).stat()
    assert (info.st_mtime_ns, stat.S_IMODE(info.st_mode)) == (1_600_000_000_123_456_789, 0o750)
    await fs.stamp(name, modified_ns=0)
    info = (tmp_path / name).stat()
    assert (info.st_mtime_ns, stat.S_IMODE(info.st_mode)) == (0, 0o750)


@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o1777, 0o100644, -1])
async def test_no_more_than_reading_writing_and_running(fs: FileSystem, tmp_path: Path, mode: int) -> None:
    (tmp_path / "a").touch(0o644)
    with pytest.raises(ValidationError):
        await fs.stamp("a", mode=mode)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o644


async def test_only_what_may_be_written(tmp_path: Path, granted: Callable[..., FileSystem]) -> None:
    for folder in ("in", "out"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a").touch(0o644)
    os.symlink("../out/a", tmp_path / "in/link")
    fs = granted("fs.read=.", "fs.write=in")
    for path in ("out/a", "in/link", "in/../out/a"):
        with pytest.raises(PermissionDeniedError):
            await fs.stamp(path, mode=0o777)
    assert stat.S_IMODE((tmp_path / "out/a").stat().st_mode) == 0o644


async def test_what_is_no_file_or_folder(fs: FileSystem, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ResourceUnavailableError, match="a pipe, socket or device"):
        await fs.stamp("pipe", mode=0o600)
    with pytest.raises(ResourceUnavailableError, match="no such"):
        await fs.stamp("missing", mode=0o600)
