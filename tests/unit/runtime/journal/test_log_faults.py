"""Disks that are full, cannot be written or fail: a typed error says what is kept, and nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from io import FileIO
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import JournalError, JournalWriteError, ValidationError
from llmspell.runtime.journal.log import RunLog
from llmspell.runtime.journal.reading import head, read, tail
from llmspell.runtime.journal.writing import LogFile, Syncer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOM = 16 * 1024

pytestmark = pytest.mark.usefixtures("disk")


@contextmanager
def small_files() -> Iterator[None]:
    """Let no file of this process grow beyond `ROOM`: the system writes a part of a line, then says EFBIG."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of 64 KiB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or subprocess.call(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]) != 0:
        pytest.skip("only root may mount a small disk, and not everywhere")
    yield place
    subprocess.check_call(["umount", "--lazy", str(place)])


async def fill(log: RunLog) -> tuple[int, JournalWriteError]:
    """Append and commit until it fails; gives how many records were committed, and the failure."""
    committed = 1
    try:
        for _ in range(1000):
            for _ in range(3):
                log.append({"k": "x", "v": "y" * 300})
            await log.commit()
            committed += 3
    except JournalWriteError as error:
        return committed, error
    pytest.fail("there was room for everything")


async def is_broken(log: RunLog, first: JournalWriteError) -> None:
    """Check that everything later says the same."""
    for _ in range(2):
        with pytest.raises(JournalWriteError) as appended:
            log.append({"k": "x"})
        with pytest.raises(JournalWriteError) as committed:
            await log.commit()
        with pytest.raises(JournalWriteError) as flushed:
            await log.flush()
        assert {str(one.value) for one in (appended, committed, flushed)} == {str(first)}
    await log.aclose()


@pytest.mark.parametrize("mode", ["sync", "async"])
class TestNoRoom:
    async def test_a_file_that_may_not_grow(self, tmp_path: Path, mode: Any) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {}, sync=mode)
        with small_files():
            committed, error = await fill(log)
            await is_broken(log, error)
        assert error.context["errno"] == "EFBIG"
        await self.goes_on(log, committed, error)

    async def test_a_disk_that_is_full(self, small_disk: Path, mode: Any) -> None:
        ballast = small_disk / "ballast"
        ballast.write_bytes(bytes(30_000))
        log = RunLog.create(small_disk / "a.jsonl", {}, sync=mode)
        committed, error = await fill(log)
        await is_broken(log, error)
        assert error.context["errno"] == "ENOSPC"
        assert "make room" in error.suggestions[0]
        ballast.unlink()
        await self.goes_on(log, committed, error)

    async def goes_on(self, log: RunLog, committed: int, error: JournalWriteError) -> None:
        """Find what the error says is safe, at least what was committed, and a file without a torn line."""
        kept = list(read(log.path))
        assert len(kept) == error.context["safe"]
        assert len(kept) >= committed
        assert log.path.read_bytes().endswith(b"\n")
        again = RunLog.open(log.path)
        assert (len(again.records), again.cut) == (len(kept), 0)
        again.append({"k": "resumed"})
        await again.commit()
        await again.aclose()
        assert [record["n"] for record in read(log.path)] == list(range(len(kept) + 1))


async def test_everybody_who_waits_is_told(tmp_path: Path) -> None:
    log = RunLog.create(tmp_path / "a.jsonl", {})

    async def one() -> None:
        log.append({"k": "x", "v": "y" * 1000})
        await log.commit()

    with small_files():
        outcomes = await asyncio.gather(*(one() for _ in range(100)), return_exceptions=True)
        await log.aclose()
    assert {type(outcome) for outcome in outcomes} == {JournalWriteError}


@pytest.mark.parametrize("mode", ["sync", "async", "exit"])
async def test_closing_tells_what_nobody_was_told(tmp_path: Path, mode: Any) -> None:
    log = RunLog.create(tmp_path / "a.jsonl", {}, sync=mode)
    for _ in range(100):
        log.append({"k": "x", "v": "y" * 1000})
    with small_files(), pytest.raises(JournalWriteError) as caught:
        await log.aclose()
    assert caught.value.context["safe"] == len(list(read(log.path))) < 100
    await log.aclose()
    RunLog.open(log.path)._file.close()  # the lock is free


async def test_a_new_run_on_a_full_disk_leaves_nothing(small_disk: Path) -> None:
    with (small_disk / "ballast").open("wb", buffering=0) as ballast, pytest.raises(OSError, match="No space"):
        ballast.writelines(repeat(bytes(4096)))
    with pytest.raises(JournalWriteError) as caught:
        RunLog.create(small_disk / "a.jsonl", {})
    assert caught.value.context["safe"] == 0
    assert not (small_disk / "a.jsonl").exists()


def test_a_folder_that_is_read_only(small_disk: Path) -> None:
    path = small_disk / "a.jsonl"
    asyncio.run(RunLog.create(path, {}).aclose())
    subprocess.check_call(["mount", "-o", "remount,ro", str(small_disk)])
    with pytest.raises(JournalWriteError, match="cannot be written") as caught:
        RunLog.create(small_disk / "b.jsonl", {})
    assert caught.value.suggestions
    with pytest.raises(JournalError, match="cannot be read"):
        RunLog.open(path)
    assert [record["k"] for record in read(path)] == ["run"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
async def test_a_folder_that_this_user_may_not_write(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(JournalWriteError, match="cannot be written"):
            RunLog.create(tmp_path / "a.jsonl", {})
    finally:
        tmp_path.chmod(0o700)


async def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("no folder")
    with pytest.raises(JournalWriteError, match="cannot be written"):
        RunLog.create(tmp_path / "runs" / "a.jsonl", {})


async def test_an_fsync_that_failed_is_never_tried_again(tmp_path: Path) -> None:
    """Put a pipe, which takes what is written and refuses the fsync, in the place of the file; then the file again."""
    log = RunLog.create(tmp_path / "a.jsonl", {})
    log.append({"k": "x"})
    await log.commit()
    place = log._file._file.fileno()
    file = os.dup(place)
    ends = os.pipe()
    os.dup2(ends[1], place)
    log.append({"k": "lost"})
    with pytest.raises(JournalWriteError) as caught:
        await log.commit()
    assert caught.value.context["safe"] == 2
    os.dup2(file, place)
    await is_broken(log, caught.value)
    for one in (file, *ends):
        os.close(one)
    assert [record["k"] for record in read(log.path)] == ["run", "x"]


async def test_a_device_that_takes_only_a_part_is_told(tmp_path: Path) -> None:
    log = RunLog.create(tmp_path / "a.jsonl", {}, sync="async")
    place = log._file._file.fileno()
    ends = os.pipe()
    os.set_blocking(ends[1], False)
    os.dup2(ends[1], place)
    for _ in range(3):
        log.append({"k": "x", "v": "y" * 40_000})
    with pytest.raises(JournalWriteError) as caught:
        await log.commit()
    assert caught.value.context["safe"] == 2  # the header, and the one line that went in whole
    await is_broken(log, caught.value)
    for one in ends:
        os.close(one)


async def test_after_a_failure_nothing_more_is_written(tmp_path: Path) -> None:
    """Hand over a batch that fails and one that would not: the second would stand behind a gap."""
    path = tmp_path / "a.jsonl"
    opened = FileIO(path, "xb")
    file, ends = os.dup(opened.fileno()), os.pipe()
    heard: asyncio.Queue[tuple[Exception | None, bool]] = asyncio.Queue()
    syncer = Syncer(LogFile(opened), asyncio.get_running_loop(), lambda *told: heard.put_nowait(told))
    os.dup2(ends[1], opened.fileno())
    syncer.put([b"lost\n"])
    failure, _ = await heard.get()
    assert isinstance(failure, OSError)
    os.dup2(file, opened.fileno())
    syncer.put([b"behind a gap\n"])
    syncer.stop()
    assert await heard.get() == (None, True)
    assert path.read_bytes() == b""
    for one in (file, *ends):
        os.close(one)


async def test_nobody_is_woken_before_the_disk_has_it(tmp_path: Path) -> None:
    log = RunLog.create(tmp_path / "a.jsonl", {})
    waiting = asyncio.create_task(log.commit())
    await asyncio.sleep(0)
    ((number, waiter),) = log._waiters
    log._report(None, False)  # of an earlier batch
    assert not waiter.done() or log._file.safe >= number
    await waiting
    assert log._file.safe == number == 1
    await log.aclose()


async def test_a_mode_there_is_not_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="'fsync'") as caught:
        RunLog.create(tmp_path / "a.jsonl", {}, sync="fsync")  # type: ignore[arg-type]
    assert caught.value.suggestions == ("choose one of: sync, async, exit",)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has a file that says EIO")
@pytest.mark.parametrize("use", [lambda path: list(read(path)), head, tail, RunLog.open])
def test_a_disk_that_fails_while_it_is_read_is_told(use: Callable[[Path], object]) -> None:
    with pytest.raises(JournalError, match="cannot be read: "):
        use(Path("/proc/self/mem"))
