"""Memory and processor time of programs: kept by the system, told when passed, refused where nobody keeps them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import ConfigError, ResourceExhaustedError, ResourceUnavailableError
from llmspell.services.config import Config
from llmspell.services.permissions import Grants
from llmspell.services.process import ProcessService
from llmspell.services.process_grammar import read_grammar
from llmspell.services.process_limits import ProgramLimits, require_kept, strictest
from llmspell.spec import Context, tool
from llmspell.testing import open_context

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.spec.process import Processes

LOOP = ["sh", "-c", "while :; do :; done"]
GROW = ["sh", "-c", "x=aaaaaaaa; while :; do x=$x$x; done"]
MIB = 1 << 20

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems bound no memory")
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds nothing of this")


def service(folder: Path, limits: ProgramLimits, grammar: dict[str, object] | None = None) -> Processes:
    described = {"sh": read_grammar({"free": True, **grammar}, "sh")} if grammar else {}
    made = ProcessService(grammar=described.get, limits=limits)
    return made.port(Grants.parse(["process.exec=sh", "process.exec=cat", "process.exec=echo"]), folder, "a test")


@posix
@pytest.mark.parametrize(("own", "grammar"), [(1.0, {}), (None, {"max_cpu_time": "1s"}), (60.0, {"max_cpu_time": 0.5})])
async def test_a_program_that_has_had_its_time_is_stopped(tmp_path, own, grammar):
    port = service(tmp_path, ProgramLimits(cpu=own), grammar)
    with pytest.raises(ResourceExhaustedError, match="sh was stopped: it used more than 1 s of processor time"):
        await port.run(LOOP)


@linux
@pytest.mark.parametrize(
    "script",
    [
        "trap '' XCPU; while :; do :; done",
        "for n in 1 2 3; do (while :; do :; done) & done; wait",
        "while :; do sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'; done",
        "trap '' CHLD; while :; do sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done'; done",
        "(setsid sh -c 'while :; do :; done' &) ; (setsid sh -c 'while :; do :; done' &); sleep 30",
        "(sh -c 'while :; do :; done') ; (sh -c 'while :; do :; done')",
    ],
)
async def test_what_a_program_starts_has_its_time_together_with_it(tmp_path, script):
    port = service(tmp_path, ProgramLimits(cpu=1.0))
    with pytest.raises(ResourceExhaustedError, match="its processes together used more than 1 s of processor time"):
        await port.run(["sh", "-c", script], timeout=20)


@linux
async def test_the_programs_of_a_pipeline_have_their_time_together(tmp_path):
    port = service(tmp_path, ProgramLimits(cpu=1.0))
    with pytest.raises(ResourceExhaustedError, match=r"sh \| sh was stopped: its processes together"):
        await port.pipe([LOOP, LOOP])


@linux
async def test_programs_within_their_time_are_left_alone(tmp_path):
    port = service(tmp_path, ProgramLimits(cpu=5.0))
    done = await port.run(
        [
            "sh",
            "-c",
            "for n in 1 2 3; do (echo $n) & done; wait; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo end",
        ]
    )
    assert sorted(done.stdout.split()) == [b"1", b"2", b"3", b"end"]


@posix
async def test_every_program_of_a_pipeline_and_what_it_starts_is_bounded(tmp_path):
    port = service(tmp_path, ProgramLimits(cpu=1.0))
    with pytest.raises(ResourceExhaustedError):
        await port.pipe([["echo", "x"], LOOP, ["cat"]])
    done = await port.run(["sh", "-c", "(while :; do :; done) & wait $!; echo $?"])
    assert int(done.stdout) > 128  # a signal ended it, as shells tell that


@linux
async def test_a_program_gets_no_more_memory_than_that(tmp_path):
    done = await service(tmp_path, ProgramLimits(memory=64 * MIB)).run(GROW)
    assert done.status != 0
    done = await service(tmp_path, ProgramLimits(), {"max_memory": "64MB"}).run(GROW)
    assert done.status != 0


@posix
async def test_a_program_has_the_limits_and_not_more(tmp_path):
    limits = "ulimit -t; ulimit -Ht; ulimit -d; ulimit -Hd"
    free = (await service(tmp_path, ProgramLimits()).run(["sh", "-c", limits])).stdout.split()
    bound = ProgramLimits(128 * MIB if sys.platform == "linux" else None, 6.5)
    done = await service(tmp_path, bound).run(["sh", "-c", f"{limits}; ulimit -t unlimited"])
    memory = [b"131072"] * 2 if bound.memory else free[2:]
    assert done.stdout.split() == [b"7", b"8", *memory]
    assert done.status != 0


def test_the_strictest_holds():
    assert strictest(ProgramLimits(5, None), ProgramLimits(3, 2.0), ProgramLimits(None, 9.0)) == ProgramLimits(3, 2.0)
    assert strictest() == ProgramLimits()


@pytest.mark.parametrize(
    ("limits", "platform", "said"),
    [
        (ProgramLimits(memory=1), "darwin", "on Linux only"),
        (ProgramLimits(memory=1), "win32", "on Linux only"),
        (ProgramLimits(cpu=1.0), "win32", "cannot be bounded on Windows"),
    ],
)
def test_a_limit_that_nobody_keeps_is_refused(limits, platform, said):
    with pytest.raises(ResourceUnavailableError, match=said):
        require_kept(limits, platform)
    require_kept(limits, "linux")
    require_kept(ProgramLimits(), platform)


@pytest.mark.parametrize("value", ["much", 0, True, -1, [1]])
@pytest.mark.parametrize("key", ["max_memory", "max_cpu_time"])
def test_a_wrong_limit_of_a_grammar_is_told(key, value):
    with pytest.raises(ConfigError, match=key):
        read_grammar({key: value}, "sh")


@linux
@pytest.mark.parametrize(("key", "value"), [("max_memory", "1MB"), ("max_cpu_time", 0), ("max_cpu_time", "soon")])
def test_a_wrong_limit_of_the_configuration_is_told(tmp_path, key, value):
    flags = {f"processes.{key}": value}
    with pytest.raises(ConfigError, match=f"processes.{key}"):
        Config.load(flags=flags, environment={}, working=tmp_path, user_folder=tmp_path)


async def runs(ctx: Context) -> str:
    return (await ctx.process.run(["sh", "-c", "ulimit -t"])).stdout.decode()


@posix
@pytest.mark.parametrize("section", ["processes", "resources.tool"])
async def test_the_configuration_bounds_what_components_run(section):
    pytest.importorskip("llmspell_resources", reason="it brings [resources.tool]")
    config = {f"{section}.max_cpu_time": 7.0}
    async with open_context(grants=["process.exec=sh"], config=config) as ctx:
        described = tool("runs", "tests:runs", "Run it.", category="system", needs=("process.exec",))
        ctx.app.catalog.register(described, runs, owner=ctx.scope.run_id)
        assert await ctx.call("runs", {}) == "7\n"
