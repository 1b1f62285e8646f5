# What the system does is asked for in the system's words.
# ruff: noqa: ASYNC110

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ToolTimeoutError, ValidationError
from llmspell.services.process import find_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.spec.process import Processes

    Programs = Callable[..., Processes]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs of these tests are POSIX's")


async def test_a_program_runs_with_its_input_and_arguments(programs: Programs) -> None:
    done = await programs("process.exec=cat").run(["cat", "-"], input=b"hello")
    assert done == (0, b"hello", b"", False, (0,))


async def test_status_and_both_streams(programs: Programs) -> None:
    done = await programs("process.exec=sh").run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert done == (3, b"out\n", b"err\n", False, (3,))
    assert (await programs("process.exec=sh").run(["sh", "-c", "kill -9 $$"])).status == -9


async def test_arguments_are_no_shell(programs: Programs) -> None:
    done = await programs("process.exec=echo").run(["echo", "$HOME; ls | cat `id`"])
    assert done.stdout == b"$HOME; ls | cat `id`\n"


async def test_a_program_without_the_right_is_refused(programs: Programs) -> None:
    with pytest.raises(PermissionDeniedError, match="cat"):
        await programs("process.exec=echo").run(["cat"])


@pytest.mark.parametrize(
    "argv", [[], [""], ["/bin/echo"], ["./echo"], ["../echo"], [".."], "echo", ["echo", "a\0"], ["echo", 1]]
)
async def test_what_is_no_command(programs: Programs, argv: list[str]) -> None:
    with pytest.raises(ValidationError):
        await programs("process.exec=echo").run(argv)


async def test_a_program_that_is_not_there(programs: Programs) -> None:
    with pytest.raises(ResourceUnavailableError, match="no program 'no-such'"):
        await programs("process.exec=no-such").run(["no-such"])


def test_programs_are_looked_for_in_fixed_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "cat"
    fake.write_text("#!/bin/sh\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Path(find_program("cat")).parent != tmp_path
    assert find_program("cat", [str(tmp_path)]) == str(fake)
    fake.chmod(0o644)
    with pytest.raises(ResourceUnavailableError):
        find_program("cat", [str(tmp_path)])


async def test_the_environment_holds_nothing_of_ours(programs: Programs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    done = await programs("process.exec=env").run(["env"], env={"TZ": "UTC"})
    seen = dict(line.split("=", 1) for line in done.stdout.decode().splitlines())
    assert set(seen) == {"PATH", "HOME", "TMPDIR", "LANG", "TZ"}
    assert not os.path.exists(seen["HOME"])


@pytest.mark.parametrize(
    "name", ["PATH", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "PYTHONPATH", "BASH_ENV", "GIT_SSH_COMMAND"]
)
async def test_variables_that_load_programs_are_refused(programs: Programs, name: str) -> None:
    with pytest.raises(PermissionDeniedError, match=name):
        await programs("process.exec=env").run(["env"], env={name: "x"})


@pytest.mark.parametrize("env", [{"": "x"}, {"A=B": "x"}, {"A": "\0"}])
async def test_what_is_no_variable(programs: Programs, env: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        await programs("process.exec=env").run(["env"], env=env)


async def test_where_it_starts(programs: Programs, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "file").touch()
    port = programs("process.exec=pwd", "fs.read=.")
    assert (await port.run(["pwd", "-P"])).stdout.decode().strip() == str(tmp_path.resolve())
    assert (await port.run(["pwd", "-P"], cwd="d")).stdout.decode().strip() == str((tmp_path / "d").resolve())
    with pytest.raises(ResourceUnavailableError, match="not a folder"):
        await port.run(["pwd"], cwd="file")
    with pytest.raises(ResourceUnavailableError, match="no such"):
        await port.run(["pwd"], cwd="missing")
    with pytest.raises(PermissionDeniedError):
        await port.run(["pwd"], cwd="..")
    with pytest.raises(PermissionDeniedError):
        await programs("process.exec=pwd").run(["pwd"], cwd="d")


async def test_output_is_cut_at_the_limit_and_the_program_still_ends(programs: Programs) -> None:
    port = programs("process.exec=sh")
    done = await port.run(["sh", "-c", "head -c 3000000 /dev/zero; echo end >&2"], limit=1000)
    assert done.truncated
    assert done.status == 0
    assert len(done.stdout) + len(done.stderr) == 1000
    assert not (await port.run(["sh", "-c", "printf 12345"], limit=5)).truncated


async def test_input_that_nobody_reads(programs: Programs) -> None:
    assert (await programs("process.exec=true").run(["true"], input=bytes(1 << 20))).status == 0


async def test_a_timeout_kills_the_whole_group(programs: Programs, tmp_path: Path) -> None:
    script = "sleep 1000 & echo $! > pid; echo $$ >> pid; wait"
    with pytest.raises(ToolTimeoutError, match=r"within 0\.3 seconds"):
        await programs("process.exec=sh").run(["sh", "-c", script], timeout=0.3)
    await gone(tmp_path / "pid")


async def test_what_a_program_leaves_behind_ends_with_it(programs: Programs, tmp_path: Path) -> None:
    script = "sleep 1000 & echo $! > pid; echo $$ >> pid; echo done"
    done = await programs("process.exec=sh").run(["sh", "-c", script], timeout=30)
    assert done.stdout == b"done\n"
    await gone(tmp_path / "pid")


async def test_cancelling_kills_and_collects(programs: Programs, tmp_path: Path) -> None:
    script = "sleep 1000 & echo $! > pid.new; echo $$ >> pid.new; mv pid.new pid; wait"
    task = asyncio.create_task(programs("process.exec=sh").run(["sh", "-c", script]))
    while not (tmp_path / "pid").exists():
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gone(tmp_path / "pid")


@pytest.mark.skipif(sys.platform != "linux", reason="orphans come to their keeper on Linux only")
async def test_what_left_its_session_ends_all_the_same(programs: Programs, tmp_path: Path) -> None:
    script = "setsid sh -c 'echo $$ > pid.new; mv pid.new pid; sleep 1000' & while [ ! -e pid ]; do :; done"
    assert (await programs("process.exec=sh").run(["sh", "-c", script], timeout=30)).status == 0
    assert not running(int((tmp_path / "pid").read_text()))


KERNEL = """
import asyncio, sys
from llmspell.services.permissions import Grants
from llmspell.services.process import ProcessService
port = ProcessService().port(Grants.parse(["process.exec=sh"]), sys.argv[1])
script = "setsid sleep 1000 & echo $! > pid.new; echo $$ >> pid.new; mv pid.new pid; wait"
asyncio.run(port.run(["sh", "-c", script], timeout=1000))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the keeper hears of the kernel's death on Linux only")
async def test_what_a_killed_kernel_had_started_ends_with_it(tmp_path: Path) -> None:
    kernel = await asyncio.create_subprocess_exec(sys.executable, "-c", KERNEL, str(tmp_path))
    while not (tmp_path / "pid").exists():
        await asyncio.sleep(0)
    kernel.kill()
    await kernel.wait()
    await gone(tmp_path / "pid")


async def test_programs_joined_by_pipes(programs: Programs) -> None:
    port = programs("process.exec=sh", "process.exec=cat", "process.exec=yes", "process.exec=head")
    done = await port.pipe([["cat", "-"], ["sh", "-c", "cat; echo more; exit 3"], ["cat"]], input=b"first\n")
    assert (done.stdout, done.status, done.statuses) == (b"first\nmore\n", 3, (0, 3, 0))
    done = await port.pipe([["yes"], ["head", "-n", "1"]])
    assert (done.stdout, done.status) == (b"y\n", 0)  # who is no longer read has not failed


async def gone(pids: Path) -> None:
    """Wait until no process of the file runs any more (a killed one is there until somebody collects it)."""
    for pid in map(int, pids.read_text().split()):
        while running(pid):
            await asyncio.sleep(0)


def running(pid: int) -> bool:
    """Tell whether the process is there and not only waiting to be collected; it may go between any two questions."""
    try:
        os.kill(pid, 0)
        if sys.platform != "linux":
            return True
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
