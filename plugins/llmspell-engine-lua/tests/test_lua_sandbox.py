"""The walls: what a script cannot reach, and scripts that do their worst."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Lua = Callable[..., Any]

FORBIDDEN = (
    "io", "package", "debug.sethook", "dofile", "loadfile", "loadstring", "python", "os.execute", "os.exit", "os.getenv", "os.remove",
    "os.rename", "os.tmpname", "os.setlocale", "string.dump", "collectgarbage('stop')", "module", "newproxy", "ffi",
)  # fmt: skip


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_forbidden_name_is_absent(lua: Lua, name: str) -> None:
    ok, kind = lua(f"local ok, v = pcall(function() return {name} end) return {{ok, type(v)}}")
    assert not ok or kind == "nil"


def test_the_environment_holds_no_userdata_and_no_real_globals(lua: Lua) -> None:
    source = """
        local seen, bad = {}, {}
        local function walk(value, path)
          if type(value) == 'userdata' or type(value) == 'thread' then bad[#bad + 1] = path end
          if type(value) ~= 'table' or seen[value] then return end
          seen[value] = true
          for k, v in next, value do walk(v, path .. '.' .. tostring(k)) end
          local mt = getmetatable(value)
          if type(mt) == 'table' then walk(mt, path .. '<mt>') end
        end
        walk(_G, '_G') walk(getmetatable(''), 'string')
        return {#bad, _G._G == _G, rawget(_G, 'debug') == nil or type(debug)}"""
    assert lua(source) == [0, True, "function"]


def test_the_string_metatable_is_closed(lua: Lua) -> None:
    assert lua("return getmetatable('')") is False
    assert lua("local ok = pcall(setmetatable, '', {}) return ok") is False


def test_a_finalizer_is_refused(lua: Lua) -> None:
    error = lua("setmetatable({}, {__gc = function() while true do end end})")
    assert (error["type"], error["code"]) == ("security", 4006)


def test_a_finalizer_added_later_never_runs(start: Callable[..., Any]) -> None:
    spell = start(
        "local mt = {} for i = 1, 100 do setmetatable({}, mt) end mt.__gc = function() print('ran') end local t = {} for i = 1, 1e5 do t = {t} end"
    )
    spell.run()
    assert spell.printed == []


@pytest.mark.parametrize(
    "source",
    [
        "return load('\\27Lua')",
        "return load(function() return nil end and '\\27Lua', 'x', 'b')",
        "local sent = false return load(function() if not sent then sent = true return '\\27Lua' end end, 'x', 'b')",
    ],
)
def test_bytecode_is_refused(lua: Lua, source: str) -> None:
    assert lua(f"local function f() {source} end return f() == nil") is True


def test_a_script_that_is_bytecode_is_refused(lua: Lua) -> None:
    assert lua("\x1bLuaT")["code"] == 4006


@pytest.mark.parametrize(
    "forge", ["coroutine.resume(main, true, 'forged')", "coroutine.close(main)", "Async.run(main)"]
)
def test_a_coroutine_of_the_engine_that_waits_is_in_nobodys_hands(lua: Lua, forge: str) -> None:
    source = f"""
        local main = coroutine.running()
        local status, ok, value
        local function branch()
          status = coroutine.status(main)
          ok, value = pcall(function() return {forge} end)
        end
        local results = Async.all({{function() return Agent.execute(7) end, branch}})
        return {{results[1], status, not ok or value == false}}"""
    assert lua(source) == [7, "normal", True]


def test_load_runs_text_in_the_same_environment(lua: Lua) -> None:
    assert lua("x = 1 local f = load('x = x + 1 return io') return {f() == nil, x}") == [True, 2]


def test_a_poisoned_library_does_not_reach_the_engine(lua: Lua) -> None:
    source = """
        for name in pairs(string) do string[name] = function() error('poison') end end
        for name in pairs(table) do table[name] = function() error('poison') end end
        math.type, next, type, pcall, select, tostring, error, setmetatable, rawget = nil
        coroutine.yield, coroutine.running, utf8.len = nil
        print('still', 'here')
        return Async.all({function() return Agent.execute({a = {1, 'x', 1.5}}) end, 2})"""
    assert lua(source) == [{"a": [1, "x", 1.5]}, 2]


def test_runs_share_nothing(lua: Lua) -> None:
    lua("string.leak = 'x' leak = 'x' getmetatable('').__index = {}")
    assert lua("return {leak == nil, string.leak == nil, ('x'):rep(2)}") == [True, True, "xx"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("return ('x'):rep(1e10)", 4009),
        ("return string.rep('x', 1e5, ('y'):rep(1e5))", 4009),
        ("return table.move({}, 1, math.maxinteger - 1, 2)", 4009),
        ("return table.unpack({}, 1, 1e9)", 4009),
        ("return table.unpack({}, '1', '1000000000')", 4009),
        ("return table.move({}, '1', '9999999999', 2)", 4009),
        ("return string.rep('x', '10000000000')", 4009),
        ("return string.rep(7, 1 << 62)", 4009),
        (
            "return table.concat(setmetatable({}, {__len = function() return 1e12 // 1 | 0 end, __index = function() return 'x' end}))",
            4009,
        ),
        ("return table.insert(setmetatable({}, {__len = function() return 1 << 50 end}), 1, 'x')", 4009),
        ("return ('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(40))", 4009),
    ],
)
def test_work_inside_c_is_bounded(lua: Lua, source: str, code: int) -> None:
    assert (
        lua("local function f() " + source + " end local v = f() return v", limits={"memory": 64 << 20})["code"] == code
    )


HOSTILE_CPU = {
    "loop": "while true do end",
    "catch-all loop": "while true do pcall(function() while true do end end) end",
    "xpcall handler loop": "while true do xpcall(function() while true do end end, function() while true do end end) end",
    "nested coroutines": "local function f() local co = coroutine.create(f) while true do coroutine.resume(co) end end f()",
    "wrap loop": "while true do pcall(coroutine.wrap(function() while true do end end)) end",
    "close loop": "do local c <close> = setmetatable({}, {__close = function() while true do end end}) end",
    "index loop": "return setmetatable({}, {__index = function() while true do end end}).x",
    "sort comparator": "table.sort({1, 2, 3}, function() while true do end end)",
    "gsub callback": "('a'):gsub('a', function() while true do end end)",
    "goto": "::again:: goto again",
    "recursive pcall": "local function f() while true do pcall(f) end end f()",
    "tostring of an error": "error(setmetatable({}, {__tostring = function() while true do end end}))",
    "async branch": "Async.all({function() while true do pcall(error) end end, function() Async.sleep(1) end})",
    "load loop": "load('while true do end')()",
    "index of an error": "error(setmetatable({}, {__index = function() while true do end end}))",
    "string building": "local s = '' while true do s = ('x'):rep(10) .. #s end",
    "coroutine.close loop": """
        local co = coroutine.create(function()
          local c <close> = setmetatable({}, {__close = function() while true do end end}) coroutine.yield() end)
        coroutine.resume(co) coroutine.close(co)""",
}


@pytest.mark.parametrize("source", HOSTILE_CPU.values(), ids=HOSTILE_CPU)
def test_a_script_that_never_ends_is_stopped(start: Callable[..., Any], source: str) -> None:
    spell = start(source, limits={"cpu": 0.1})
    error = spell.run()
    assert (error["type"], error["code"]) == ("timeout", 4004)
    assert spell.printed == []
    assert spell.machine.feed({"t": "invoke", "id": 9, "fn": 1, "args": []})[0]["ok"] is False


def test_a_callback_that_never_ends_is_stopped_and_ends_the_run(start: Callable[..., Any]) -> None:
    spell = start(
        "Events.subscribe('e', function() while true do pcall(error) end end) Agent.list()", limits={"cpu": 0.1}
    )
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert spell.invoke(1)["error"]["code"] == 4004
    assert spell.result()["code"] == 4004


def test_time_spent_waiting_is_not_cpu_time(start: Callable[..., Any]) -> None:
    spell = start("for i = 1, 50 do Async.sleep(1000) end return 'fine'", limits={"cpu": 0.5})
    assert spell.run() == "fine"


HOSTILE_MEMORY = {
    "table": "local t = {} while true do t[#t + 1] = {} end",
    "strings": "local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end",
    "doubling": "local s = 'x' while true do s = s .. s end",
    "caught": "local t = {} while true do pcall(function() while true do t[#t + 1] = ('x'):rep(1e5) .. #t end end) end",
    "caught by a coroutine": "local t = {} while true do coroutine.resume(coroutine.create(function() while true do t[#t + 1] = {t} end end)) end",
    "kept in a global": "t = {} while true do t[#t + 1] = ('x'):rep(1e5) .. #t end",
    "closures": "local t = {} while true do t[#t + 1] = function() return t end end",
    "concat": "local t = {} for i = 1, 100 do t[i] = ('x'):rep(1e6) end return table.concat(t, ',')",
    "json": "local t = {} for i = 1, 100000 do t[i] = ('x'):rep(300) end return JSON.encode({t, t, t})",
    "result": "local t = {} for i = 1, 30 do t[i] = ('x'):rep(1e6) end return {t, t, t}",
}


@pytest.mark.parametrize("source", HOSTILE_MEMORY.values(), ids=HOSTILE_MEMORY)
def test_a_script_that_eats_memory_is_stopped(start: Callable[..., Any], source: str) -> None:
    error = start(source, limits={"memory": 24 << 20, "cpu": 10}).run()
    assert error["code"] == 4005 or (error["code"] == 4009 and "string" in error["message"])


def test_a_large_answer_to_a_full_script_does_not_abort(start: Callable[..., Any]) -> None:
    source = (
        "local t = {} for i = 1, 19 do t[i] = ('x'):rep(1e6) .. i end while true do t[#t + 1] = Agent.execute(1) end"
    )
    spell = start(source, {"Agent.execute": lambda _: "y" * 1_000_000}, limits={"memory": 20 << 20})
    assert spell.run()["code"] == 4005


def test_a_print_flood_is_cut(start: Callable[..., Any]) -> None:
    spell = start("while true do pcall(print, ('x'):rep(1000)) end", limits={"output": 100_000, "cpu": 10})
    assert spell.run()["code"] == 4009
    assert sum(map(len, spell.printed)) <= 100_000


@pytest.mark.parametrize("post", ["log.info(m)", "Log.print(m)", "info(m)", "Log.debug(m)"])
def test_a_log_flood_is_cut(start: Callable[..., Any], post: str) -> None:
    spell = start(f"local m = ('x'):rep(1000) while true do {post} end", limits={"output": 100_000, "cpu": 10})
    assert spell.run()["code"] == 4009


def test_deep_recursion_is_an_error(lua: Lua) -> None:
    assert "stack overflow" in lua("local function f() return 1 + f() end return f()")["message"]
    assert (
        "stack overflow"
        in lua("local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k) return t[k] end return t.x")[
            "message"
        ]
    )


def test_pcall_nests_to_a_bound(lua: Lua) -> None:
    source = """
        local depth, message = 0
        local function f() depth = depth + 1 local ok, e = pcall(f) message = message or e end
        f() return {depth, message}"""
    assert lua(source) == [151, "pcall is nested deeper than 150 levels"]


def test_nothing_repeated_is_nothing_at_once(lua: Lua) -> None:
    assert lua("return {('') : rep(1 << 62), string.rep('', '9e15', ''), ('ab'):rep(2, '-'), ('x'):rep(0)}") == [
        "", "", "ab-ab", "",
    ]  # fmt: skip
