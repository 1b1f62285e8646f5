"""The script API: namespaces, handles, callbacks, streams, modules, print and log."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Lua = Callable[..., Any]


def test_both_spellings_of_a_function_send_the_same_operation(start: Callable[..., Any]) -> None:
    spell = start("return {Tools.getByCategory('web'), Tools.get_by_category('data')}")
    assert spell.run() == ["web", "data"]
    assert spell.calls("Tools.get_by_category") == [["web"], ["data"]]


def test_both_spellings_of_a_method_send_the_same_operation(start: Callable[..., Any]) -> None:
    spell = start("local a = Agent.new{} pcall(a.getConfig, a) pcall(a.get_config, a)")
    spell.run()
    assert spell.calls("agent.get_config") == [[{"$h": ["agent", 3]}]] * 2


def test_an_unknown_function_is_nil(lua: Lua) -> None:
    assert lua("return {Agent.nonsense == nil, Agent.new{}.nonsense == nil}") == [True, True]


def test_an_unknown_name_of_a_wildcard_namespace_is_asked_for_once(start: Callable[..., Any]) -> None:
    spell = start("return {Tools.webSearch.name, Tools.webSearch.name}")
    assert spell.run() == ["webSearch", "webSearch"]
    assert spell.calls("Tools.@get") == [["webSearch"]]


def test_a_name_with_the_suffix_is_a_constructor(lua: Lua) -> None:
    source = "return {HttpTool.new{url = 'u'}, Nothing == nil, Tool == nil, myTool == nil}"
    assert lua(source, api="N Tools get *\nG *Tool Tools tool\n") == [["HttpTool", {"url": "u"}], True, True, True]


def test_each_ending_has_the_namespace_that_builds_it(start: Callable[..., Any]) -> None:
    source = "return {PoetAgent.new{name = 'ada'}, HttpTool.new{}}"
    api = "N Tools get *\nN Agent new\nG *Agent Agent agent\nG *Tool Tools tool\n"
    spell = start(source, {"Agent.@construct": lambda name, options: [name, options]}, api=api)
    assert spell.run() == [["PoetAgent", {"name": "ada"}], ["HttpTool", {}]]


def test_a_dotted_method_knows_its_object(start: Callable[..., Any]) -> None:
    source = "local a = Agent.new{} return {a.make(1), a:make(1), a.make(), a:make()}"
    api = "N Agent new\nH agent chat make.\n"
    spell = start(source, {"agent.make": lambda agent, value=0: [agent["$h"][0], value]}, api=api)
    assert spell.run() == [["agent", 1], ["agent", 1], ["agent", 0], ["agent", 0]]


def test_a_handle_has_fields_methods_and_no_address(lua: Lua) -> None:
    source = """
        local a = Agent.new{}
        local fields = {} for k in pairs(a) do fields[#fields + 1] = k end table.sort(fields)
        return {a.name, a:chat('hi'), tostring(a), fields, getmetatable(a)}"""
    assert lua(source) == ["ada", "you said hi", "agent#3", ["model", "name"], False]


def test_the_same_handle_is_the_same_table(lua: Lua) -> None:
    assert lua("return rawequal(Agent.new{}, Agent.new{})") is True


def test_a_handle_crosses_as_itself(start: Callable[..., Any]) -> None:
    spell = start("Agent.execute({agent = Agent.new{}})")
    spell.run()
    assert spell.calls("Agent.execute") == [[{"agent": {"$h": ["agent", 3]}}]]


def test_a_handle_cannot_be_changed(lua: Lua) -> None:
    assert lua("local a = Agent.new{} a.name = 'x'")["message"] == "a agent cannot be changed from a script"


def test_a_function_keeps_its_number_and_is_freed_by_release(start: Callable[..., Any]) -> None:
    spell = start("""
        local function f() return 'f' end
        Events.subscribe('a', f) Events.subscribe('b', f) Events.subscribe('c', function() return 'g' end) Async.sleep(9)""")
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert [args[1]["$fn"] for args in spell.calls("Events.subscribe")] == [1, 1, 2]
    spell.feed({"t": "release", "fn": [1]})
    assert spell.machine.feed({"t": "invoke", "id": 7, "fn": 1, "args": []})[0]["value"] == "f"
    spell.feed({"t": "release", "fn": [1, 2, 99]})
    assert spell.machine.feed({"t": "invoke", "id": 8, "fn": 1, "args": []})[0]["ok"] is False


def test_a_function_the_kernel_sends_back_is_the_function(lua: Lua) -> None:
    assert lua("local function f() end return rawequal(Agent.execute(f), f)") is True


def test_a_thousand_callbacks_leave_nothing_behind(start: Callable[..., Any]) -> None:
    spell = start("for round = 1, 1000 do Agent.execute(function() end) end collectgarbage() return 1")
    spell.ops["Agent.execute"] = lambda fn: spell.feed({"t": "release", "fn": [fn["$fn"]]}) and None
    assert spell.run() == 1
    assert spell.machine.feed({"t": "release", "fn": [1000]}) == []


def test_a_callback_gets_its_arguments_and_may_wait(start: Callable[..., Any]) -> None:
    spell = start(
        "Events.subscribe('e', function(a, b, c, d) return {a, b, c, d, Agent.execute('in')} end) Agent.list()"
    )
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert spell.invoke(1, 1, "two", None, {"k": [4]})["value"] == [1, "two", None, {"k": [4]}, "in"]
    assert spell.invoke(1, 1, None, 3.5, True, number=51)["value"] == [1, None, 3.5, True, "in"]


def test_a_callback_runs_while_a_call_of_the_spell_is_outstanding(start: Callable[..., Any]) -> None:
    spell = start("Events.subscribe('e', function() return Agent.new{}:chat('again') end) return Agent.list()")
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert spell.invoke(1)["value"] == "you said again"
    assert 1 not in spell.returns


def test_a_coroutine_a_callback_returns_is_driven(start: Callable[..., Any]) -> None:
    source = """
        Events.subscribe('e', function()
          return coroutine.create(function() coroutine.yield(Async.sleep(30)) return 'retry' end) end)
        Agent.list()"""
    spell = start(source)
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert spell.invoke(1)["value"] == "retry"


def test_a_callback_still_answers_after_the_main_chunk(start: Callable[..., Any]) -> None:
    """The host decides when a run is over: handlers may have to see what was emitted before the last line."""
    spell = start("local n = 0 Events.subscribe('e', function() n = n + 1 return n end)")
    spell.run()
    assert [spell.invoke(1)["value"], spell.invoke(1)["value"]] == [1, 2]


def test_an_answer_nobody_waits_for_is_dropped(start: Callable[..., Any]) -> None:
    spell = start("return 1")
    spell.run()
    assert spell.feed({"t": "settle", "id": 99, "ok": True, "value": 1}) == []


# -- streams ---------------------------------------------------------------------------------------------------------------

STREAM = {"agent.stream": lambda *_: {"$s": 4}}


def items(spell: Any, *values: Any) -> None:
    for value in values:
        spell.feed({"t": "item", "s": 4, "value": value})


def test_a_for_loop_reads_a_stream_to_its_end(start: Callable[..., Any]) -> None:
    spell = start(
        "local out = {} for part in Agent.new{}:stream('x') do out[#out + 1] = part.text end return out", STREAM
    )
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    items(spell, {"text": "a"}, {"text": "b"})
    spell.feed({"t": "item", "s": 4, "done": True})
    assert spell.result() == ["a", "b"]
    assert next(one["n"] for one in spell.log if one["t"] == "credit") == 8


def test_credit_follows_what_the_script_has_read(start: Callable[..., Any]) -> None:
    spell = start("for part in Agent.new{}:stream('x') do end", STREAM)
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    items(spell, *range(20))
    given = sum(one["n"] for one in spell.log if one["t"] == "credit")
    assert 20 < given <= 20 + 8


def test_leaving_the_loop_closes_the_stream(start: Callable[..., Any]) -> None:
    spell = start("for part in Agent.new{}:stream('x') do break end return 'left'", STREAM)
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    items(spell, 1, 2)
    assert spell.result() == "left"
    assert [one["s"] for one in spell.log if one["t"] == "release"] == [[4]]


def test_an_error_mid_stream_is_raised_at_the_loop(start: Callable[..., Any]) -> None:
    spell = start(
        "local n = 0 local ok, e = pcall(function() for p in Agent.new{}:stream('x') do n = n + 1 end end) return {n, e.type}",
        STREAM,
    )
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    items(spell, 1)
    spell.feed({"t": "item", "s": 4, "error": {"type": "stream_interrupted", "message": "cut"}})
    assert spell.result() == [1, "stream_interrupted"]


def test_a_stream_has_next_and_close(start: Callable[..., Any]) -> None:
    spell = start(
        "local s = Agent.new{}:stream('x') local a = s:next() s:close() return {a, s:next() == nil, tostring(s)}",
        STREAM,
    )
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    items(spell, "one", "two")
    assert spell.result() == ["one", True, "stream#4"]


# -- modules ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["llmspell.agent", "llmspell.Agent", "rs-llmspell.agent", "@llmspell/agent"])
def test_a_namespace_can_be_required(lua: Lua, name: str) -> None:
    assert lua(f"return require('{name}') == Agent") is True


@pytest.mark.parametrize(
    ("name", "space"), [("error_handler", "ErrorHandler"), ("errors", "ErrorHandler"), ("async", "Async")]
)
def test_a_namespace_has_other_names(lua: Lua, name: str, space: str) -> None:
    assert lua(f"return require('llmspell.{name}') == {space}") is True


def test_the_whole_api_can_be_required(lua: Lua) -> None:
    assert lua("local s = require('llmspell') return s.Agent == Agent and s.Tools == Tools") is True


def modules(**sources: str) -> dict[str, Any]:
    return {"Module.load": lambda name: {"name": f"{name}.lua", "source": sources[name]}}


def test_a_module_is_loaded_once_and_shares_globals(start: Callable[..., Any]) -> None:
    spell = start(
        "return {require('m').n, require('m').n, made}",
        modules(m="made = (made or 0) + 1 return {n = Agent.execute(5)}"),
    )
    assert spell.run() == [5, 5, 1]
    assert len(spell.calls("Module.load")) == 1


def test_a_module_two_branches_need_is_loaded_once(start: Callable[..., Any]) -> None:
    source = "local function f() return require('m') end return Async.all({f, f})"
    assert start(source, modules(m="Async.sleep(5) n = (n or 0) + 1 return n")).run() == [1, 1]


def test_a_cycle_of_modules_is_a_clear_error(lua: Lua) -> None:
    error = lua("require('a')", modules(a="require('b')", b="require('a')"))
    assert error["message"] == "module 'a' requires itself, directly or through another module"
    assert error["where"] == "b.lua:1"


def test_an_error_in_a_module_names_the_module(lua: Lua) -> None:
    assert lua("require('m')", modules(m="\nerror('bad')"))["where"] == "m.lua:2"
    assert lua("require('m')", modules(m="local = 5"))["where"] == "m.lua:1"


def test_a_module_that_failed_can_be_tried_again(lua: Lua) -> None:
    assert lua("local ok = pcall(require, 'm') tried = true return {ok, require('m')}", modules(m="if not tried then error('x') end return 1")) == [
        False, 1,
    ]  # fmt: skip


def test_a_module_that_is_bytecode_is_refused(lua: Lua) -> None:
    assert lua("require('m')", modules(m="\x1bLua"))["code"] == 4006


# -- environment, output ---------------------------------------------------------------------------------------------------


def test_params_and_environment_values_are_globals(lua: Lua) -> None:
    source = "return {params.name, params.n + 1, math.type(params.n), ENGINE, SANDBOX_ENABLED, _VERSION}"
    assert lua(source, params={"name": "Ada", "n": 4}) == ["Ada", 5, "integer", "lua", True, "Lua 5.4"]


def test_print_joins_with_tabs(start: Callable[..., Any]) -> None:
    spell = start("print(1, nil, 'x', 2.0, true) print()")
    spell.run()
    assert spell.printed == ["1\tnil\tx\t2.0\ttrue", ""]


def test_log_in_all_its_forms(start: Callable[..., Any]) -> None:
    spell = start(
        "log('info', 'one', {a = 1}) log.warn('two') info('three') debug('four') trace('five') Log.error('six') log.error('seven')"
    )
    spell.run()
    assert [(one["op"], one["args"]) for one in spell.log if one["t"] == "post"] == [
        ("Log.info", ["one", {"a": 1}]), ("Log.warn", ["two"]), ("Log.info", ["three"]), ("Log.debug", ["four"]),
        ("Log.trace", ["five"]), ("Log.error", ["six"]), ("Log.error", ["seven"]),
    ]  # fmt: skip


def test_an_unknown_log_level_is_an_error(lua: Lua) -> None:
    assert lua("log('loud', 'x')")["type"] == "validation"


def test_the_global_error_is_lua_s(lua: Lua) -> None:
    assert lua("return {pcall(error, 'x')}") == [False, "x"]


def test_a_local_function_this_engine_lacks_fails_the_hello() -> None:
    from llmspell_engine_lua.machine import LuaMachine

    (out,) = LuaMachine().feed({"t": "hello", "v": 1, "api": "N Async nonsense=\n", "name": "x.lua", "source": ""})
    assert out["ok"] is False
    assert "Async.nonsense" in out["error"]["message"]


def test_safe_os_functions_work(lua: Lua) -> None:
    assert lua("return {type(os.time()), os.date('!%Y', 0), type(os.clock()), os.difftime(3, 1)}") == [
        "number",
        "1970",
        "number",
        2.0,
    ]


def test_a_call_names_the_function_it_was_made_in(start: Callable[..., Any]) -> None:
    source = """
        Events.subscribe('e', function()
          Agent.execute('direct')
          Async.all({function() Agent.execute('branch') end})
          coroutine.wrap(function() Agent.execute('coroutine') end)()
          Async.schedule(5, function() Agent.execute('timer') end)
        end)
        Agent.execute('main')"""
    spell = start(source)
    spell.run()
    spell.invoke(1, number=7)
    calls = {one["args"][0]: one.get("in") for one in spell.log if one.get("op") == "Agent.execute"}
    assert calls == {"main": None, "direct": 7, "branch": 7, "coroutine": 7, "timer": 7}
