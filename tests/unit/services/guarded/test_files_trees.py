# What the system does is asked for in the system's words.

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import (
    PermissionDeniedError,
    ResourceUnavailableError,
    ValidationError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from llmspell.spec.files import FileSystem

    Granted = Callable[..., FileSystem]


async def test_list_shows_paths_as_the_caller_writes_them(fs: FileSystem, tmp_path: Path) -> None:
    await fs.mkdir("d")
    await fs.write("d/a", b"")
    assert [one.path for one in await fs.list("d")] == ["d/a"]
    assert [one.path for one in await fs.list("d/")] == ["d/a"]
    assert [one.path for one in await fs.list(f"{tmp_path}/d")] == [f"{tmp_path}/d/a"]


async def test_a_name_that_is_not_utf_8_is_shown_with_escapes(fs: FileSystem, tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"bad\xff\n")).touch()
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    assert [one.path for one in await fs.list()] == [r"bad\udcff\n"]


async def test_walk_is_deterministic_and_does_not_follow_links(fs: FileSystem, tmp_path: Path) -> None:
    for name in ("b/2", "b/1", "a/x/deep", "c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    os.symlink("..", tmp_path / "a" / "up")
    assert [one.path async for one in fs.walk()] == ["a", "a/up", "a/x", "a/x/deep", "b", "b/1", "b/2", "c"]
    assert [one.path async for one in fs.walk("a", depth=1)] == ["a/up", "a/x"]
    assert [one.path async for one in fs.walk(depth=2)] == ["a", "a/up", "a/x", "b", "b/1", "b/2", "c"]


async def test_walk_of_a_tree_deeper_than_a_process_has_descriptors(fs: FileSystem) -> None:
    deep = "/".join(["d"] * 300)
    await fs.mkdir(deep)
    assert len([one async for one in fs.walk()]) == 300
    before = os.listdir("/dev/fd")
    assert len([one async for one in fs.walk(depth=299)]) == 299
    assert len(os.listdir("/dev/fd")) == len(before)


async def test_a_walk_that_is_left_early_closes_its_folder(fs: FileSystem) -> None:
    for number in range(600):
        await fs.write(f"f{number:03}", b"", atomic=False)
    before = len(os.listdir("/dev/fd"))
    walk = fs.walk()
    async for one in walk:
        assert one.path == "f000"
        break
    await walk.aclose()
    assert len(os.listdir("/dev/fd")) == before


async def test_mkdir(fs: FileSystem, tmp_path: Path) -> None:
    await fs.mkdir("a/b/c")
    await fs.mkdir("a/b/c")
    assert (tmp_path / "a/b/c").is_dir()
    with pytest.raises(ResourceUnavailableError, match="exists"):
        await fs.mkdir("a/b", parents=False)
    with pytest.raises(ResourceUnavailableError, match="no such file"):
        await fs.mkdir("x/y", parents=False)
    await fs.write("file", b"")
    with pytest.raises(ResourceUnavailableError, match="exists"):
        await fs.mkdir("file")


async def test_a_granted_folder_that_is_not_there_yet_can_be_made(tmp_path: Path, granted: Granted) -> None:
    fs = granted("fs.read=build/out", "fs.write=build/out")
    assert not await fs.exists("build/out/report.md")
    await fs.mkdir("build/out/deep")
    await fs.write("build/out/deep/report.md", b"x")
    assert await fs.read("build/out/deep/report.md") == b"x"
    with pytest.raises(PermissionDeniedError):
        await fs.mkdir("build/other")


async def test_a_grant_of_one_file_is_no_grant_of_its_folder(tmp_path: Path, granted: Granted) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    fs = granted("fs.read=a", "fs.write=new")
    assert await fs.read("a") == b"1"
    with pytest.raises(PermissionDeniedError):
        await fs.read("b")
    with pytest.raises(PermissionDeniedError):
        await fs.list()
    await fs.write("new", b"3")
    assert (tmp_path / "new").read_text() == "3"


async def test_remove(fs: FileSystem, tmp_path: Path) -> None:
    await fs.mkdir("d/e")
    await fs.write("d/e/f", b"")
    with pytest.raises(ResourceUnavailableError, match="not empty"):
        await fs.remove("d")
    await fs.remove("d/e/f")
    await fs.remove("d/e")
    await fs.write("d/g", b"")
    await fs.remove("d", recursive=True)
    assert os.listdir(tmp_path) == []
    with pytest.raises(ResourceUnavailableError, match="no such file"):
        await fs.remove("d")
    with pytest.raises(ResourceUnavailableError, match="granted folder itself"):
        await fs.remove(".", recursive=True)


async def test_remove_takes_the_link_and_leaves_what_it_names(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "kept").touch()
    os.symlink("d", tmp_path / "link")
    await fs.remove("link", recursive=True)
    assert (tmp_path / "d" / "kept").exists()
    assert not os.path.lexists(tmp_path / "link")


async def test_rename_and_copy(fs: FileSystem, tmp_path: Path) -> None:
    await fs.write("a", b"1")
    (tmp_path / "a").chmod(0o640)
    await fs.copy("a", "b")
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o640
    await fs.rename("b", "c")
    assert sorted(os.listdir(tmp_path)) == ["a", "c"]
    await fs.mkdir("d")
    await fs.rename("d", "e")
    with pytest.raises(ResourceUnavailableError, match="folder"):
        await fs.copy("e", "f")


async def test_what_is_wrong_with_the_second_path_is_said_of_it(fs: FileSystem) -> None:
    await fs.write("a", b"1")
    for act in (fs.copy("a", "missing/b"), fs.rename("a", "missing/b")):
        with pytest.raises(ResourceUnavailableError, match="cannot write 'missing/b'"):
            await act


async def test_rename_does_not_make_readable_what_is_not(tmp_path: Path, granted: Granted) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "secret").touch()
    (tmp_path / "open").mkdir()
    fs = granted("fs.write=.", "fs.read=open")
    with pytest.raises(PermissionDeniedError):
        await fs.rename("drop/secret", "open/secret")
    await fs.rename("drop/secret", "drop/other")


async def test_a_denied_part_of_a_granted_tree(tmp_path: Path, granted: Granted) -> None:
    (tmp_path / "d" / "keep").mkdir(parents=True)
    (tmp_path / "d" / "keep" / "a").touch()
    fs = granted("fs.read=.", "fs.write=.", "!fs.write=d/keep", "!fs.read=d/keep")
    assert [one.path async for one in fs.walk()] == ["d"]
    for act in (fs.remove("d", recursive=True), fs.rename("d", "e"), fs.write("d/keep/a", b""), fs.read("d/keep/a")):
        with pytest.raises(PermissionDeniedError, match="keep"):
            await act
    assert (tmp_path / "d" / "keep" / "a").exists()


async def test_nothing_is_moved_to_where_it_may_not_be_written(tmp_path: Path, granted: Granted) -> None:
    (tmp_path / "d/keep").mkdir(parents=True)
    (tmp_path / "d/keep/a").touch()
    fs = granted("fs.read=.", "fs.write=.", "!fs.write=e/keep")
    with pytest.raises(PermissionDeniedError, match="keep"):
        await fs.rename("d", "e")
    assert (tmp_path / "d/keep/a").exists()
    await fs.rename("./d", "f/../f")
    assert (tmp_path / "f/keep/a").exists()


async def test_hash(fs: FileSystem) -> None:
    await fs.write("a", b"abc")
    assert await fs.hash("a", "MD5") == hashlib.md5(b"abc").hexdigest()
    assert await fs.hash("a", "sha-512") == hashlib.sha512(b"abc").hexdigest()
    assert await fs.hash("a", "sha3-256") == hashlib.sha3_256(b"abc").hexdigest()
    with pytest.raises(ValidationError, match="no digest") as caught:
        await fs.hash("a", "crc7")
    assert "sha256" in caught.value.suggestions[0]


async def test_hash_with_blake3(fs: FileSystem) -> None:
    blake3 = pytest.importorskip("blake3")
    await fs.write("a", b"abc")
    assert await fs.hash("a", "blake3") == blake3.blake3(b"abc").hexdigest()


async def test_temp_goes_away_and_belongs_to_its_port_alone(tmp_path: Path, granted: Granted) -> None:
    fs = granted("fs.write=.")
    other = granted("fs.write=.")
    async with fs.temp() as folder:
        await fs.write(f"{folder}/deep.txt", b"1")
        assert await fs.read(f"{folder}/deep.txt") == b"1"
        await fs.remove(f"{folder}/deep.txt")
        await fs.mkdir(f"{folder}/d")
        await fs.remove(f"{folder}/d", recursive=True)
        with pytest.raises(PermissionDeniedError):
            await other.list(folder)
    assert not os.path.exists(folder)
    with pytest.raises(PermissionDeniedError):
        await fs.exists(folder)
    with pytest.raises(PermissionDeniedError):
        async with granted("fs.read=.").temp():
            pass


async def test_a_missing_file_is_named_with_the_nearest_names(fs: FileSystem, tmp_path: Path) -> None:
    (tmp_path / "report.md").touch()
    with pytest.raises(ResourceUnavailableError, match="no such file") as caught:
        await fs.read("reprot.md")
    assert caught.value.suggestions == ("Did you mean 'report.md'?",)


async def test_a_folder_is_not_a_file_and_a_file_not_a_folder(fs: FileSystem) -> None:
    await fs.mkdir("d")
    await fs.write("f", b"")
    with pytest.raises(ResourceUnavailableError, match="it is a folder, not a file"):
        await fs.read("d")
    with pytest.raises(ResourceUnavailableError, match="it is a folder, not a file"):
        await fs.write("d", b"")
    with pytest.raises(ResourceUnavailableError, match="it is a file, not a folder"):
        await fs.list("f")
    with pytest.raises(ResourceUnavailableError, match="Not a directory"):
        await fs.read("f/x")
    with pytest.raises(ResourceUnavailableError, match="folder"):
        await fs.write(".", b"")


async def test_pipes_and_devices_are_refused_without_waiting(fs: FileSystem, tmp_path: Path, granted: Granted) -> None:
    os.mkfifo(tmp_path / "pipe")
    for act in (fs.read("pipe"), fs.write("pipe", b""), fs.write("pipe", b"", append=True), fs.copy("pipe", "x")):
        with pytest.raises(ResourceUnavailableError, match="a pipe, socket or device"):
            await act
    everything = granted("fs.read=/dev/zero")
    with pytest.raises(ResourceUnavailableError, match="a pipe, socket or device"):
        await everything.read("/dev/zero")


async def test_a_grant_of_everything_is_no_grant_of_the_machine(tmp_path: Path, granted: Granted) -> None:
    fs = granted("fs.read=/", "fs.write=/")
    for path in ("/proc/self/environ", "/dev/null", "/sys/kernel", "/proc"):
        with pytest.raises(PermissionDeniedError, match="granted by name"):
            await fs.stat(path)
    if sys.platform == "linux":
        assert b"Linux" in await granted("fs.read=/proc/version").read("/proc/version")


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[Path]:
    """Give a folder holding a file and a folder that the system lets nobody read; root gives up its rights."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "mine").write_text("1")
        (folder / "d").mkdir()
        (folder / "d" / "deep").touch()
        for one in (folder / "mine", folder / "d"):
            one.chmod(0o700 if os.geteuid() == 0 else 0)
        with as_nobody():
            yield folder
        (folder / "d").chmod(0o700)


async def test_what_the_operating_system_refuses(foreign: Path, granted: Granted) -> None:
    fs = granted(f"fs.read={foreign}", f"fs.write={foreign}")
    for act in (fs.read(f"{foreign}/mine"), fs.list(f"{foreign}/d"), fs.write(f"{foreign}/mine", b"")):
        with pytest.raises(PermissionDeniedError, match="operating system refuses"):
            await act


async def test_a_walk_goes_on_past_what_it_may_not_list(
    foreign: Path, granted: Granted, caplog: pytest.LogCaptureFixture
) -> None:
    fs = granted(f"fs.read={foreign}")
    assert [one.path async for one in fs.walk(str(foreign))] == [f"{foreign}/d", f"{foreign}/mine"]
    assert f"cannot list {foreign}/d: Permission denied" in caplog.text


def as_nobody() -> AbstractContextManager[None]:
    """Give up root's rights for a block (root may read everything)."""
    from contextlib import contextmanager

    @contextmanager
    def block() -> Iterator[None]:
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            yield
        finally:
            if root:
                os.seteuid(0)

    return block()


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    program = f"""
import resource, signal
from types import SimpleNamespace
from llmspell.services.files_guard import Guard
from llmspell.services.files_errors import explained
from llmspell.services.files_write import write_file
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
grants = SimpleNamespace(require=lambda *_, **__: None, roots=lambda _: ({str(tmp_path)!r},))
guard = Guard(grants, {str(tmp_path)!r}, "")
with explained(guard, "a", "write"):
    write_file(guard, "a", bytes(1_000_000), atomic=True, append=False, exclusive=False)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "ResourceExhaustedError: cannot write 'a': File too large" in done.stderr
    assert os.listdir(tmp_path) == ["a"]
    assert (tmp_path / "a").read_text() == "old"
