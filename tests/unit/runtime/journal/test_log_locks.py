"""Two processes on one run: one has it, the other is told who, and a lock ends with its process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from io import FileIO
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import JournalBusyError, JournalError
from llmspell.runtime.journal.log import RunLog
from llmspell.runtime.journal.opening import _locked, is_locked, open_to_read
from llmspell.runtime.journal.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOLD = """
import asyncio, sys
from pathlib import Path
from llmspell.runtime.journal.log import RunLog

async def main():
    log = RunLog.open(Path(sys.argv[1]))
    log.append({"k": "resumed"})
    await log.commit()
    print("held", flush=True)
    sys.stdin.read()
    await log.aclose()

asyncio.run(main())
"""
COUNT = """
import asyncio, sys
from pathlib import Path
from llmspell.runtime.journal.log import RunLog

async def main():
    log = RunLog.open(Path(sys.argv[1]), sync="MODE")
    while True:
        n = log.append({"k": "x", "v": "y" * 1000})
        await log.commit()
        print(n, flush=True)

asyncio.run(main())
"""
RACE = """
import sys
from pathlib import Path
from llmspell.errors import JournalBusyError
from llmspell.runtime.journal.log import RunLog

print("ready", flush=True)
sys.stdin.readline()
try:
    log = RunLog.open(Path(sys.argv[1]))
except JournalBusyError:
    print("busy", flush=True)
else:
    print("mine", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    running: list[subprocess.Popen[str]] = []

    def begin(script: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", script, str(tmp_path / "a.jsonl")]
        running.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    log = RunLog.create(tmp_path / "a.jsonl", {})
    await log.aclose()
    return log.path


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def locked(path: Path) -> bool:
    with open_to_read(path) as file:
        return is_locked(file)


async def test_a_second_process_is_told_which_one_has_the_run(
    path: Path, start: Callable[[str], subprocess.Popen[str]]
) -> None:
    other = start(HOLD)
    assert line(other) == "held"
    assert locked(path)
    with pytest.raises(JournalBusyError, match="under way") as caught:
        RunLog.open(path)
    if sys.platform == "linux":
        assert f"process {other.pid}" in caught.value.message
        assert caught.value.context["process"] == str(other.pid)
    assert [record["k"] for record in read(path)] == ["run", "resumed"]


async def test_kill_9_ends_the_lock_and_loses_nothing(
    path: Path, start: Callable[[str], subprocess.Popen[str]]
) -> None:
    other = start(HOLD)
    assert line(other) == "held"
    other.kill()
    other.wait()
    assert not locked(path)
    log = RunLog.open(path)
    assert [record["k"] for record in log.records] == ["run", "resumed"]
    await log.aclose()


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("after", [1, 7, 40])
def test_what_was_committed_before_kill_9_is_there(
    path: Path, start: Callable[[str], subprocess.Popen[str]], mode: str, after: int
) -> None:
    other = start(COUNT.replace("MODE", mode))
    told = [int(line(other)) for _ in range(after)][-1]
    other.kill()
    other.wait()
    assert [record["n"] for record in read(path)][: told + 1] == list(range(told + 1))


def test_one_of_many_gets_the_run(path: Path, start: Callable[[str], subprocess.Popen[str]]) -> None:
    many = [start(RACE) for _ in range(4)]
    assert {line(one) for one in many} == {"ready"}
    for one in many:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    assert sorted(line(one) for one in many) == ["busy", "busy", "busy", "mine"]


async def test_this_process_has_it_once(path: Path) -> None:
    log = RunLog.open(path)
    with pytest.raises(JournalBusyError, match="in this process") as caught:
        RunLog.open(path)
    assert caught.value.context["process"] == str(os.getpid())
    await log.aclose()
    await RunLog.open(path).aclose()


async def test_who_only_looks_keeps_nobody_out(path: Path) -> None:
    """A lister holds a lock for an instant: who opens the run meanwhile tries again."""
    with open_to_read(path) as looking:
        assert not is_locked(looking)
        opening = asyncio.create_task(asyncio.to_thread(RunLog.open, path))
        await asyncio.sleep(0)
    await (await opening).aclose()


def test_a_run_that_is_removed_before_the_lock_is_ours_is_gone(path: Path) -> None:
    file = FileIO(path, "r+b")
    path.unlink()
    with pytest.raises(JournalError, match="there is no journal"):
        _locked(path, file)
    assert file.closed


async def test_a_run_that_was_made_anew_meanwhile_is_another(path: Path) -> None:
    file = FileIO(path, "r+b")
    path.unlink()
    await RunLog.create(path, {}).aclose()
    with pytest.raises(JournalError, match="there is no journal"):
        _locked(path, file)


async def test_a_run_that_was_removed_is_not_gone_on_with(path: Path) -> None:
    path.unlink()
    with pytest.raises(JournalError, match="there is no journal"):
        RunLog.open(path)


async def test_children_do_not_inherit_the_lock(path: Path, start: Callable[[str], subprocess.Popen[str]]) -> None:
    log = RunLog.open(path)
    child = start("print('here', flush=True); input()")
    assert line(child) == "here"
    await log.aclose()
    assert not locked(path)
