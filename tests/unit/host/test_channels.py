"""Channels: the same messages inline and in a child; limits, deaths and what a child can see."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from llmspell.errors import (
    ScriptError,
    ScriptMemoryError,
    ScriptResourceError,
    ScriptTimeoutError,
    UsageError,
)
from llmspell.runtime.host import Limits, open_channel
from llmspell.runtime.host.death import explain

BOTH = pytest.mark.parametrize("isolation", ["inline", "process"])
MIB = 1 << 20


@BOTH
async def test_values_go_there_and_back(isolation: str, small_engine: Any, open_engine: Any, call: Any) -> None:
    channel = await open_engine(isolation, small_engine)
    value: Any = {"text": "ü\0😀", "list": [1, 1.5, None, {"deep": [[]]}]}
    assert await call(channel, "echo", value) == value
    assert channel.isolation == isolation


@BOTH
async def test_several_messages_are_answered_in_order(isolation: str, small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine(isolation, small_engine)
    await channel.send([{"t": "invoke", "id": number, "fn": 0, "args": ["echo", number]} for number in range(50)])
    answers: list[Any] = []
    while len(answers) < 50:
        answers += await channel.receive()
    assert [one["value"] for one in answers] == list(range(50))


@BOTH
async def test_a_receiver_waits_until_something_comes(isolation: str, small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine(isolation, small_engine)
    receiver = asyncio.create_task(channel.receive())
    await channel.send(
        [{"t": "settle", "id": 1, "ok": True}, {"t": "invoke", "id": 2, "fn": 0, "args": ["echo", "late"]}]
    )
    assert (await receiver)[0]["value"] == "late"


@BOTH
async def test_kill_wakes_the_receiver_with_its_cause(isolation: str, small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine(isolation, small_engine)
    receiver = asyncio.create_task(channel.receive())
    await asyncio.sleep(0)
    channel.kill(ScriptResourceError("enough"))
    channel.kill(ScriptError("the second cause is not the cause"))
    with pytest.raises(ScriptResourceError, match="enough"):
        await receiver
    with pytest.raises(ScriptResourceError, match="enough"):
        await channel.send([{"t": "settle", "id": 1, "ok": True}])


@BOTH
async def test_a_closed_channel_says_so(isolation: str, small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine(isolation, small_engine)
    await channel.aclose()
    await channel.aclose()
    with pytest.raises(ScriptError, match="the spell has ended"):
        await channel.receive()


@BOTH
async def test_the_wall_clock_ends_a_waiting_spell(isolation: str, small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine(isolation, small_engine, Limits(wall=0.2))
    with pytest.raises(ScriptTimeoutError, match=r"longer than 0\.2 s"):
        await channel.receive()


@BOTH
async def test_a_cancelled_receive_loses_nothing(isolation: str, small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine(isolation, small_engine)
    receiver = asyncio.create_task(channel.receive())
    await asyncio.sleep(0)
    receiver.cancel()
    with pytest.raises(asyncio.CancelledError):
        await receiver
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": ["echo", "kept"]}])
    assert (await channel.receive())[0]["value"] == "kept"


async def test_an_unknown_isolation_is_a_usage_error(small_engine: Any) -> None:
    with pytest.raises(UsageError, match="'cloud'"):
        await open_channel("cloud", small_engine)


# -- the child
# --------------------------------------------------------------------------------------------------------------


async def test_the_child_sees_nothing_of_ours(
    small_engine: Any, open_engine: Any, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret")
    extra = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(extra, True)
    channel = await open_engine("process", small_engine)
    seen = await call(channel, "look")
    os.close(extra)
    assert seen["pid"] != os.getpid()
    assert set(seen["env"]) <= {"LC_ALL", "LC_CTYPE"}
    assert seen["cwd"] == []
    assert seen["session"] is True
    assert len(seen["fds"]) == 5  # the standard three, the pipe, and the listing itself


async def test_the_child_imports_the_wire_and_nothing_else_of_llmspell(
    small_engine: Any, open_engine: Any, call: Any
) -> None:
    channel = await open_engine("process", small_engine)
    modules = (await call(channel, "look"))["modules"]
    ours = [name for name in modules if name.startswith("llmspell")]
    walls = ["llmspell.spec.engine_landlock", "llmspell.spec.engine_seccomp"]
    assert ours == ["llmspell", "llmspell.spec", "llmspell.spec.engine_child", *walls, "llmspell.spec.wire"]
    assert not {"asyncio", "typing", "pluggy", "attrs", "attr", "httpx", "socket", "subprocess"} & set(modules)


async def test_the_child_reports_its_walls(small_engine: Any) -> None:
    channel = await open_channel("process", small_engine)
    try:
        await channel.send([{"t": "hello", "v": 1}])
        (hello,) = await channel.receive()
        assert set(hello["walls"]) - {"landlock", "seccomp"} == {
            "files_closed", "no_new_privs", "parent_death", "own_session", "clean_environment", "no_core",
            "no_file_writes",
            "open_files", "memory", "cpu",
        }  # fmt: skip
    finally:
        await channel.aclose()


async def test_the_child_s_limits_are_in_force(small_engine: Any, open_engine: Any, call: Any) -> None:
    channel = await open_engine("process", small_engine, Limits(memory=100 * MIB, cpu=3))
    seen = await call(channel, "status")
    assert seen["no_new_privs"] == "1"
    assert seen["limits"]["RLIMIT_CORE"] == 0
    assert seen["limits"]["RLIMIT_FSIZE"] == 0
    assert seen["limits"]["RLIMIT_NOFILE"] == 16
    assert seen["limits"]["RLIMIT_CPU"] == 5
    assert 100 * MIB < seen["limits"]["RLIMIT_DATA"] < 300 * MIB


async def test_the_child_cannot_write_a_file(small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("process", small_engine)
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": ["write"]}])
    with pytest.raises(ScriptError):
        await channel.receive()


async def test_a_burning_child_is_killed_at_its_cpu_limit(small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("process", small_engine, Limits(cpu=0.2))
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": ["burn"]}])
    with pytest.raises(ScriptTimeoutError, match="CPU time") as caught:
        await channel.receive()
    assert caught.value.context["limit"] == "cpu"


async def test_a_stuck_child_is_killed(small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("process", small_engine, Limits(stall=0.2))
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": ["hang"]}])
    with pytest.raises(ScriptTimeoutError, match="neither answered nor worked"):
        await channel.receive()


async def test_a_child_that_has_nothing_to_answer_is_not_stuck(small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("process", small_engine, Limits(stall=0.05, wall=0.3))
    with pytest.raises(ScriptTimeoutError) as caught:
        await channel.receive()
    assert caught.value.context["limit"] == "wall"


async def test_a_child_that_fills_memory_ends_with_a_memory_error(small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("process", small_engine, Limits(memory=20 * MIB))
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": ["fill", 200 * MIB]}])
    with pytest.raises(ScriptMemoryError):
        await channel.receive()


async def test_a_child_that_prints_too_much_is_killed(small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("process", small_engine, Limits(output=1000))
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": ["flood", 2000]}])
    await channel.receive()
    with pytest.raises(ScriptResourceError, match="1000 bytes"):
        await channel.receive()


async def test_a_message_that_is_too_big_is_a_resource_error(small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("process", small_engine)
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": ["flood", 17 * MIB]}])
    with pytest.raises(ScriptResourceError, match="passes the limit"):
        await channel.receive()


async def test_many_messages_come_in_several_frames(small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("process", small_engine)
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": ["many", 400, 50_000]}])
    got: list[Any] = []
    while len(got) < 400:
        got += await channel.receive()
    assert {one["op"] for one in got} == {"Log.info"}


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGKILL"])
async def test_the_death_of_a_child_names_the_signal(small_engine: Any, open_engine: Any, name: str) -> None:
    channel = await open_engine("process", small_engine)
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": ["die", name]}])
    with pytest.raises(ScriptError, match=name) as caught:
        await channel.receive()
    assert caught.value.context["signal"] == name


async def test_the_death_of_a_child_tells_its_status_and_stderr(small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("process", small_engine)
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": ["leave", 9, "last words"]}])
    with pytest.raises(ScriptError, match="status 9") as caught:
        await channel.receive()
    assert caught.value.context == {"status": 9, "stderr": "last words"}


async def test_a_broken_machine_ends_the_child_with_its_trace_on_stderr(small_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("process", small_engine)
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": ["broken"]}])
    with pytest.raises(ScriptError, match="status 1") as caught:
        await channel.receive()
    assert "the machine is broken" in str(caught.value.context["stderr"])


async def test_aclose_reaps_the_child_and_removes_its_folder(small_engine: Any) -> None:
    channel: Any = await open_channel("process", small_engine)
    folder = Path(f"/proc/{channel.pid}/cwd").readlink()
    await channel.aclose()
    assert not Path(f"/proc/{channel.pid}").exists()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("status", "stderr", "kind"),
    [
        (-signal.SIGXCPU, "", ScriptTimeoutError),
        (-signal.SIGABRT, "PANIC: unprotected error in call to Lua API (not enough memory)", ScriptMemoryError),
        (1, "MemoryError", ScriptMemoryError),
        (3, "a message of 9 bytes passes the limit", ScriptResourceError),
        (-signal.SIGSEGV, "", ScriptError),
    ],
)
def test_each_way_to_die_has_its_error(status: int, stderr: str, kind: type[ScriptError]) -> None:
    error = explain(status, stderr, Limits())
    assert type(error) is kind
