"""The engines on both transports, and scripts that only a kill from outside can stop."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.errors import ScriptMemoryError, ScriptTimeoutError
from llmspell.runtime.host import Limits
from llmspell.testing.table_kernel import RATE_LIMIT, drive, refusing

MIB = 1 << 20
ISOLATIONS = ["inline", "process"]
OPERATIONS = {"Agent.execute": lambda value: value * 2, "Agent.new": refusing(RATE_LIMIT)}

LUA_SPELLS = {
    "value": ("return 1 + 1", 2),
    "awaited call": ("return Agent.execute(20) + 1", 41),
    "hundred calls": ("local n = 0 for i = 1, 100 do n = n + Agent.execute(i) end return n", 10100),
    "pcall": ("local ok, e = pcall(Agent.new) return {ok, e.type, e.code}", [False, "rate_limit", 7003]),
    "coroutine": ("return coroutine.wrap(function() coroutine.yield(Agent.execute(4)) end)()", 8),
    "unicode": ("return Agent.execute(1) and '\\u{1F600}\\0'", "😀\0"),
    "bytes": ("return '\\255'", {"$b": "/w=="}),
}
JAVASCRIPT_SPELLS = {
    "value": ("return 1 + 1", 2),
    "awaited call": ("return await Agent.execute(20) + 1", 41),
    "hundred calls": ("let n = 0; for (let i = 1; i <= 100; i++) n += await Agent.execute(i); return n", 10100),
    "hundred at once": (
        "return (await Promise.all(Array.from({length: 100}, (_, i) => Agent.execute(i)))).reduce((a, b) => a + b)",
        9900,
    ),
    "catch": ("try { await Agent.new() } catch (e) { return [e.type, e.code] }", ["rate_limit", 7003]),
    "generator": ("async function* g() { yield Agent.execute(4) } for await (const v of g()) return v", 8),
    "unicode": ("await Agent.execute(1); return '\\u{1F600}\\0'", "😀\0"),
    "bytes": ("return new Uint8Array([255])", {"$b": "/w=="}),
}
LUA_ENDLESS = {
    "loop": "while true do end",
    "catch-all loop": "while true do pcall(function() while true do end end) end",
    "recursive pcall": "local function f() while true do pcall(f) end end f()",
    "looping close": "local c <close> = setmetatable({}, {__close = function() while true do end end})",
    "backtracking": "local s = ('a'):rep(30) return s:find(('a?'):rep(20) .. ('a'):rep(30) .. 'b')",
    "nested wildcards": "return (('a'):rep(100000)):find('.*.*b')",
    "lazy wildcard": "return (('a'):rep(300000)):gsub('.-b', '')",
}
JAVASCRIPT_ENDLESS = {
    "loop": "for (;;);",
    "catch-all loop": "for (;;) { try { for (;;); } finally { continue } }",
    "microtasks": "(async () => { for (;;) await null })(); await Agent.execute(1)",
    "pattern": "return /^(a+)+$/.test('a'.repeat(60) + 'b')",
    "join of what is not there": "const a = [1]; a.length = 2 ** 32 - 1; return a.join(',').length",
    "native sort": "const a = []; a.length = 2 ** 32 - 1; a[1] = 1; a.indexOf(5); a.reverse(); a.fill(1)",
}
LUA_BOMBS = {
    "texts": "local t = {} while true do pcall(function() while true do t[#t + 1] = ('x'):rep(1e5) .. #t end end) end"
}
JAVASCRIPT_BOMBS = {
    "objects": "const a = []; for (;;) { try { for (;;) a.push({ x: [1, 2, 3] }) } catch {} }",
    "buffers": "const a = []; for (;;) { try { a.push(new Uint8Array(1 << 20).fill(1)) } catch {} }",
    "one huge array": "return new Array(2 ** 27).fill(0).length + new Array(2 ** 27).fill(1).length",
    "a growing buffer": "const b = new ArrayBuffer(1, { maxByteLength: 2 ** 32 }); for (let i = 1; ; i *= 2) { b.resize(i); new Uint8Array(b).fill(1) }",
    "texts": "let s = 'x'; const a = []; for (;;) { try { s += s } catch { s = 'x' } a.push(s + a.length) ; [...s.slice(0, 1e6)] }",
}

SMALL = {
    "lua": {
        "one": "return 1",
        "catching": "while true do pcall(error) end",
        "endless": "while true do end",
        "flood": "while true do print(('x'):rep(1000)) end",
        "doubled": "return Agent.execute(NUMBER)",
        "lines": "for i = 1, 30000 do print(i) end local ok, e = pcall(Agent.execute, ('x'):rep(17 * 1024 * 1024)) return e.type",
    },
    "javascript": {
        "one": "return 1",
        "catching": "for (;;) { try { null.x } catch {} }",
        "endless": "for (;;);",
        "flood": "for (;;) { try { console.log('x'.repeat(1000)) } catch {} }",
        "doubled": "return await Agent.execute(NUMBER)",
        "lines": "for (let i = 1; i <= 30000; i++) console.log(i); try { await Agent.execute('x'.repeat(17 * 1024 * 1024)) } catch (e) { return e.type }",
    },
}
"""By language: the same small script."""
CPU = {"lua": 0.25, "javascript": 0.6}
MEMORY = {"lua": 24 * MIB, "javascript": 96 * MIB}


def cases(lua: dict[str, Any], javascript: dict[str, Any]) -> Any:
    """Give the cases of both languages: `(language, case)`."""
    both = [("lua", name, case) for name, case in lua.items()]
    both += [("javascript", name, case) for name, case in javascript.items()]
    return [pytest.param(language, case, id=f"{language}: {name}") for language, name, case in both]


@pytest.fixture
def open_language(open_engine: Any) -> Any:
    """Open a channel to the engine of a language."""
    from llmspell_engine_javascript import plugin as javascript
    from llmspell_engine_lua import plugin as lua

    engines = {"lua": lua.llmspell_engines()[0], "javascript": javascript.llmspell_engines()[0]}

    async def begin(isolation: str, language: str, source: str, limits: Limits | None = None) -> Any:
        return await open_engine(isolation, engines[language], limits, source)

    return begin


@pytest.fixture(params=["lua", "javascript"])
def language(request: Any) -> str:
    """Give a language."""
    return str(request.param)


@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize(("language", "case"), cases(LUA_SPELLS, JAVASCRIPT_SPELLS))
async def test_the_same_spell_runs_on_both_transports(
    isolation: str, language: str, open_language: Any, case: tuple[str, Any]
) -> None:
    source, value = case
    channel = await open_language(isolation, language, source)
    assert (await drive(channel, OPERATIONS))["value"] == value


async def test_a_run_after_a_kill_works(language: str, open_language: Any) -> None:
    for isolation in ISOLATIONS:
        dead = await open_language(isolation, language, SMALL[language]["catching"], Limits(cpu=CPU[language] / 2))
        try:
            assert (await drive(dead, OPERATIONS))["error"]["code"] == 4004
        except ScriptTimeoutError:
            assert isolation == "process"
        channel = await open_language(isolation, language, SMALL[language]["one"])
        assert (await drive(channel, OPERATIONS))["value"] == 1


@pytest.mark.parametrize(("language", "source"), cases(LUA_ENDLESS, JAVASCRIPT_ENDLESS))
async def test_a_child_that_never_ends_is_killed(language: str, open_language: Any, source: str) -> None:
    channel = await open_language("process", language, source, Limits(cpu=CPU[language]))
    with pytest.raises((ScriptTimeoutError, ScriptMemoryError)) as caught:
        await drive(channel, OPERATIONS)
    assert language == "javascript" or (caught.type is ScriptTimeoutError and "CPU time" in str(caught.value))


@pytest.mark.parametrize(("language", "source"), cases(LUA_BOMBS, JAVASCRIPT_BOMBS))
async def test_a_memory_bomb_in_a_child_is_an_error_of_the_spell(
    language: str, open_language: Any, source: str
) -> None:
    channel = await open_language("process", language, source, Limits(memory=MEMORY[language], cpu=20))
    try:
        answer = await drive(channel, OPERATIONS)
    except ScriptMemoryError:
        return
    refused = answer["error"]["code"] == 4002 and "RangeError" in answer["error"]["message"]  # where it was asked for
    assert answer["error"]["code"] == 4005 or refused, answer


async def test_a_print_flood_in_a_child_is_cut(language: str, open_language: Any) -> None:
    channel = await open_language("process", language, SMALL[language]["flood"], Limits(output=100_000))
    assert (await drive(channel, OPERATIONS))["error"]["code"] == 4009


async def test_the_kernel_goes_on_while_a_child_burns(language: str, open_language: Any) -> None:
    burning = await open_language("process", language, SMALL[language]["endless"], Limits(cpu=5))
    await burning.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
    other = await open_language("process", language, SMALL[language]["doubled"].replace("NUMBER", "21"))
    assert (await drive(other, OPERATIONS))["value"] == 42
    burning.kill(ScriptTimeoutError("stopped by the test"))
    with pytest.raises(ScriptTimeoutError, match="stopped by the test"):
        await burning.receive()


async def test_a_run_after_a_killed_run_works(language: str, open_language: Any) -> None:
    first = await open_language("process", language, SMALL[language]["endless"])
    await first.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
    first.kill()
    second = await open_language("process", language, SMALL[language]["one"])
    assert (await drive(second, OPERATIONS))["value"] == 1


async def test_several_children_work_side_by_side(language: str, open_language: Any) -> None:
    async def one(number: int) -> Any:
        channel = await open_language("process", language, SMALL[language]["doubled"].replace("NUMBER", str(number)))
        return (await drive(channel, OPERATIONS))["value"]

    assert await asyncio.gather(*(one(number) for number in range(3))) == [0, 2, 4]


@pytest.mark.parametrize("isolation", ISOLATIONS)
async def test_many_lines_pass_and_one_message_has_a_bound(isolation: str, language: str, open_language: Any) -> None:
    channel = await open_language(isolation, language, SMALL[language]["lines"])
    assert (await drive(channel, OPERATIONS))["value"] == "resource_exhausted"


@pytest.mark.parametrize("isolation", ISOLATIONS)
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


@pytest.mark.parametrize("isolation", ISOLATIONS)
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
    assert (await drive(channel, OPERATIONS))["value"] == [[False, "resource_exhausted"]] * 3
    channel = await open_engine(isolation, lua_engine, source="local t = {} for i = 1, 60 do t = {t, t} end return t")
    assert (await drive(channel, OPERATIONS))["error"]["code"] == 4009


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
