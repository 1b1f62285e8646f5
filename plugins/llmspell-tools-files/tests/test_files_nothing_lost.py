"""Somebody else writes at the wrong moment: nothing that was written is lost."""

# What is on the disk is asked for in the system's words.

from __future__ import annotations

import os
import resource
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ResourceExhaustedError, ResourceUnavailableError
from llmspell.testing import open_context
from llmspell_tools_files.convert.tool import FileConverter, FileConverterArgs
from llmspell_tools_files.system import moving
from llmspell_tools_files.system.confined import Confined

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from llmspell.spec.files import FileSystem

    Call = Callable[..., Awaitable[Any]]


class Crowded:
    """Files of a machine that others use too: something happens after the first copy, or when a file is begun."""

    def __init__(self, fs: FileSystem, happens: Callable[[], object]) -> None:
        self._fs = fs
        self._happens = happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fs, name)

    def _happen(self) -> None:
        self._happens()
        self._happens = bool

    async def rename(self, source: str, target: str, *, exclusive: bool = False) -> None:
        raise ResourceUnavailableError("another file system", context={"errno": "EXDEV"})

    async def copy(self, source: str, target: str, *, exclusive: bool = False) -> None:
        await self._fs.copy(source, target, exclusive=exclusive)
        self._happen()

    def atomic(self, path: str, *, exclusive: bool = False) -> Any:
        self._happen()
        return self._fs.atomic(path, exclusive=exclusive)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Confined]:
    (tmp_path / "d/sub").mkdir(parents=True)
    (tmp_path / "d/a").write_text("a\n")
    (tmp_path / "d/sub/b").write_text("b\n")
    async with open_context(grants=("fs.read=.", "fs.write=."), cwd=tmp_path) as ctx:
        yield Confined(ctx, None)


def meanwhile(here: Confined, happens: Callable[[], object]) -> Confined:
    here.fs = Crowded(here.fs, happens)
    return here


async def test_move_keeps_times_and_modes(here: Confined, tmp_path: Path) -> None:
    os.utime(tmp_path / "d/sub/b", ns=(5 * 10**9, 7 * 10**9))
    (tmp_path / "d/sub").chmod(0o700)
    os.utime(tmp_path / "d/sub", ns=(5 * 10**9, 9 * 10**9))
    told = await moving.move(moving.Job("d", "e", overwrite=False), meanwhile(here, bool))
    assert told["copied"]
    assert not (tmp_path / "d").exists()
    assert (tmp_path / "e/sub/b").stat().st_mtime_ns == 7 * 10**9
    assert (tmp_path / "e/sub").stat().st_mtime_ns == 9 * 10**9
    assert (tmp_path / "e/sub").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("source", ["d", "d/a"])
async def test_move_of_what_changes_leaves_it(here: Confined, tmp_path: Path, source: str) -> None:
    crowded = meanwhile(here, lambda: (tmp_path / "d/a").write_text("changed by somebody"))
    with pytest.raises(ResourceUnavailableError, match="changed while it was moved") as caught:
        await moving.move(moving.Job(source, "e", overwrite=False), crowded)
    assert caught.value.suggestions
    assert (tmp_path / "d/a").read_text() == "changed by somebody"
    assert (tmp_path / "d/sub/b").exists()
    assert (tmp_path / "e").exists() == (source == "d/a")


async def test_move_leaves_what_came_meanwhile(here: Confined, tmp_path: Path) -> None:
    crowded = meanwhile(here, lambda: (tmp_path / "d/new").write_text("new"))
    with pytest.raises(ResourceUnavailableError, match="new files came into it"):
        await moving.move(moving.Job("d", "e", overwrite=False), crowded)
    assert [one.name for one in (tmp_path / "d").iterdir()] == ["new"]
    assert (tmp_path / "e/sub/b").read_text() == "b\n"


async def test_two_names_shown_alike_are_not_copied(here: Confined, tmp_path: Path) -> None:
    (tmp_path / "d/x\\ny").write_text("a name with a backslash")
    Path(os.path.join(tmp_path, "d/x\ny")).write_text("a name with a line feed")
    with pytest.raises(ResourceUnavailableError, match="both shown as"):
        await moving.move(moving.Job("d", "e", overwrite=True), meanwhile(here, bool))
    assert len(os.listdir(tmp_path / "d")) == 4


async def test_a_private_folder_stays_private(call: Call, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir(mode=0o700)
    (tmp_path / "d/a").write_text("a")
    await call("file_system", action="copy", path="d", destination="e", recursive=True)
    assert (tmp_path / "e").stat().st_mode & 0o777 == 0o700


async def test_what_is_written_while_it_is_converted_stays(here: Confined, tmp_path: Path) -> None:
    crowded = meanwhile(here, lambda: (tmp_path / "d/a").write_text("a\nmore\n"))
    with pytest.raises(ResourceUnavailableError, match="changed while it was converted") as caught:
        await FileConverter().run(FileConverterArgs(path="d/a", newline="crlf"), crowded)
    assert caught.value.suggestions
    assert (tmp_path / "d/a").read_text() == "a\nmore\n"
    assert sorted(os.listdir(tmp_path / "d")) == ["a", "sub"]


@pytest.mark.parametrize("keep", [1, 2, 3])
async def test_a_backup_that_has_no_room_costs_none_of_the_old(call: Call, tmp_path: Path, keep: int) -> None:
    before = {"f": "x" * 3000, "f.bak": "newest", "f.bak.1": "older", "f.bak.2": "oldest"}
    for name, text in before.items():
        (tmp_path / name).write_text(text)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 10, old[1]))
    try:
        with pytest.raises(ResourceExhaustedError):
            await call("file_writer", path="f", content="y", create_backup=True, max_backups=keep)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == before
