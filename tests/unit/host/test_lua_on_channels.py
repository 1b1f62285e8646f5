"""The Lua engine on both transports, and scripts that only a kill from outside can stop."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.errors import ScriptMemoryError, ScriptTimeoutError
from llmspell.runtime.host import Limits

MIB = 1 << 20

SPELLS = {
    "value": ("return 1 + 1", 2),
    "awaited call": ("return Agent.execute(20) + 1", 41),
    "hundred calls": ("local n = 0 for i = 1, 100 do n = n + Agent.execute(i) end return n", 10100),
    "pcall": ("local ok, e = pcall(Agent.new) return {ok, e.type, e.code}", [False, "rate_limit", 7003]),
    "coroutine": ("return coroutine.wrap(function() coroutine.yield(Agent.execute(4)) end)()", 8),
    "unicode": ("return Agent.execute(1) and '\\u{1F600}\\0'", "😀\0"),
    "bytes": ("return '\\255'", {"$b": "/w=="}),
}


async def drive(channel: Any) -> Any:
    """Run the main chunk: `Agent.execute` doubles its argument, everything else is refused. Give the return message."""
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
    while True:
        for message in await channel.receive():
            if message["t"] == "return":
                return message
            if message["t"] == "call" and message["op"] == "Agent.execute":
                await channel.send([{"t": "settle", "id": message["id"], "ok": True, "value": message["args"][0] * 2}])
            elif message["t"] == "call":
                error = {"type": "rate_limit", "code": 7003, "message": "slow down"}
                await channel.send([{"t": "settle", "id": message["id"], "ok": False, "error": error}])


@pytest.mark.parametrize("isolation", ["inline", "process"])
@pytest.mark.parametrize(("source", "value"), SPELLS.values(), ids=SPELLS)
async def test_the_same_spell_runs_on_both_transports(
    isolation: str, lua_engine: Any, open_engine: Any, source: str, value: Any
) -> None:
    channel = await open_engine(isolation, lua_engine, source=source)
    assert (await drive(channel))["value"] == value


async def test_a_run_after_a_kill_works(lua_engine: Any, open_engine: Any) -> None:
    for isolation in ("inline", "process"):
        dead = await open_engine(isolation, lua_engine, Limits(cpu=0.1), "while true do pcall(error) end")
        try:
            assert (await drive(dead))["error"]["code"] == 4004
        except ScriptTimeoutError:
            assert isolation == "process"
        channel = await open_engine(isolation, lua_engine, source="return 1")
        assert (await drive(channel))["value"] == 1


ENDLESS = {
    "loop": "while true do end",
    "catch-all loop": "while true do pcall(function() while true do end end) end",
    "recursive pcall": "local function f() while true do pcall(f) end end f()",
    "looping close": "local c <close> = setmetatable({}, {__close = function() while true do end end})",
    "backtracking": "local s = ('a'):rep(30) return s:find(('a?'):rep(20) .. ('a'):rep(30) .. 'b')",
    "nested wildcards": "return (('a'):rep(100000)):find('.*.*b')",
    "lazy wildcard": "return (('a'):rep(300000)):gsub('.-b', '')",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
async def test_a_child_that_never_ends_is_killed(lua_engine: Any, open_engine: Any, source: str) -> None:
    channel = await open_engine("process", lua_engine, Limits(cpu=0.25), source)
    with pytest.raises(ScriptTimeoutError, match="CPU time"):
        await drive(channel)


async def test_a_memory_bomb_in_a_child_is_an_error_of_the_spell(lua_engine: Any, open_engine: Any) -> None:
    source = "local t = {} while true do pcall(function() while true do t[#t + 1] = ('x'):rep(1e5) .. #t end end) end"
    channel = await open_engine("process", lua_engine, Limits(memory=24 * MIB), source)
    try:
        answer = await drive(channel)
    except ScriptMemoryError:
        return
    assert answer["error"]["code"] == 4005


async def test_a_print_flood_in_a_child_is_cut(lua_engine: Any, open_engine: Any) -> None:
    channel = await open_engine(
        "process", lua_engine, Limits(output=100_000), "while true do print(('x'):rep(1000)) end"
    )
    assert (await drive(channel))["error"]["code"] == 4009


async def test_the_kernel_goes_on_while_a_child_burns(lua_engine: Any, open_engine: Any) -> None:
    burning = await open_engine("process", lua_engine, Limits(cpu=5), "while true do end")
    await burning.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
    other = await open_engine("process", lua_engine, source="return Agent.execute(21)")
    assert (await drive(other))["value"] == 42
    burning.kill(ScriptTimeoutError("stopped by the test"))
    with pytest.raises(ScriptTimeoutError, match="stopped by the test"):
        await burning.receive()


async def test_a_run_after_a_killed_run_works(lua_engine: Any, open_engine: Any) -> None:
    first = await open_engine("process", lua_engine, source="while true do end")
    await first.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
    first.kill()
    second = await open_engine("process", lua_engine, source="return 'alive'")
    assert (await drive(second))["value"] == "alive"


async def test_several_children_work_side_by_side(lua_engine: Any, open_engine: Any) -> None:
    async def one(number: int) -> Any:
        channel = await open_engine("process", lua_engine, source=f"return Agent.execute({number})")
        return (await drive(channel))["value"]

    assert await asyncio.gather(*(one(number) for number in range(4))) == [0, 2, 4, 6]


@pytest.mark.parametrize("isolation", ["inline", "process"])
async def test_many_lines_pass_and_one_message_has_a_bound(isolation: str, lua_engine: Any, open_engine: Any) -> None:
    source = """
        for i = 1, 30000 do print(i) end
        local ok, e = pcall(Agent.execute, ('x'):rep(17 * 1024 * 1024))
        return {ok, e.type}"""
    channel = await open_engine(isolation, lua_engine, source=source)
    assert (await drive(channel))["value"] == [False, "resource_exhausted"]


@pytest.mark.parametrize("isolation", ["inline", "process"])
async def test_messages_that_share_no_frame_pass_one_by_one(isolation: str, lua_engine: Any, open_engine: Any) -> None:
    source = """
        local function ask() return Agent.execute(('x'):rep(9 * 1024 * 1024)) end
        Async.all({ask, ask})"""
    channel = await open_engine(isolation, lua_engine, source=source)
    await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
    sizes: list[int] = []
    while len(sizes) < 2:
        sizes += [len(one["args"][0]) for one in await channel.receive()]
    assert sizes == [9 * MIB, 9 * MIB]


@pytest.mark.parametrize("isolation", ["inline", "process"])
async def test_a_value_with_too_many_parts_is_refused_where_it_is_sent(
    isolation: str, lua_engine: Any, open_engine: Any
) -> None:
    source = """
        local t, flat = {}, {}
        for i = 1, 60 do t = {t, t} end
        for i = 1, 200000 do flat[i] = i end
        local function sent(value) local ok, e = pcall(Agent.execute, value) return {ok, e.type} end
        return {sent(t), sent(flat), sent({flat})}"""
    channel = await open_engine(isolation, lua_engine, source=source)
    assert (await drive(channel))["value"] == [[False, "resource_exhausted"]] * 3
    channel = await open_engine(isolation, lua_engine, source="local t = {} for i = 1, 60 do t = {t, t} end return t")
    assert (await drive(channel))["error"]["code"] == 4009


async def test_a_script_that_always_calls_leaves_others_their_turns(lua_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("inline", lua_engine, source="while Agent.execute(1) do end")
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    channel.write([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
    calls = 0
    while turns < 3 and calls < 1_000_000:
        (call,) = await channel.receive()
        channel.write([{"t": "settle", "id": call["id"], "ok": True, "value": True}])
        calls += 1
    beside.cancel()
    assert calls < 1_000_000
