"""Waiting: what awaits through what, and Async.*."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Lua = Callable[..., Any]

AWAITS_THROUGH = {
    "nested function": "local function f() return Agent.execute('x') end return (function() return f() end)()",
    "method of a class": "local C = {} C.__index = C function C:go() return Agent.execute('x') end return setmetatable({}, C):go()",
    "pcall": "local ok, v = pcall(Agent.execute, 'x') return v",
    "catch branch": "local ok = pcall(error, 'no') return Agent.execute('x')",
    "xpcall": "local ok, v = xpcall(function() return Agent.execute('x') end, print) return v",
    "close variable": "local r do local c <close> = setmetatable({}, {__close = function() r = Agent.execute('x') end}) end return r",
    "iterator body": "local r for v in function(_, c) if not c then return Agent.execute('x') end end do r = v end return r",
    "index metamethod": "return setmetatable({}, {__index = function() return Agent.execute('x') end}).y",
    "add metamethod": "return setmetatable({}, {__add = function() return Agent.execute('x') end}) + 1",
    "concat metamethod": "return setmetatable({}, {__concat = function() return Agent.execute('x') end}) .. 'y'",
    "call metamethod": "return setmetatable({}, {__call = function() return Agent.execute('x') end})()",
    "eq metamethod": "local r local mt = {__eq = function() r = Agent.execute('x') return true end} local _ = setmetatable({}, mt) == setmetatable({}, mt) return r",
    "wrap as iterator": "local r for v in coroutine.wrap(function() coroutine.yield(Agent.execute('x')) end) do r = v end return r",
    "gsub callback": "return (('a'):gsub('a', function() return Agent.execute('x') end))",
    "gsub table": "return (('a'):gsub('a', setmetatable({}, {__index = function() return Agent.execute('x') end})))",
    "three coroutines deep": """
        local function deep(n) if n == 0 then return Agent.execute('x') end
          local co = coroutine.create(deep) local ok, v = coroutine.resume(co, n - 1) assert(ok, v) return v end
        return deep(3)""",
}


@pytest.mark.parametrize("source", AWAITS_THROUGH.values(), ids=AWAITS_THROUGH)
def test_a_call_awaits_through(lua: Lua, source: str) -> None:
    assert lua(source) == "x"


def test_an_awaited_call_gives_its_value(lua: Lua) -> None:
    assert lua("return Agent.execute(42)") == 42


def test_a_hundred_calls_in_a_row(lua: Lua) -> None:
    assert lua("local sum = 0 for i = 1, 100 do sum = sum + Agent.execute(i) end return sum") == 5050


def test_a_sort_comparator_may_wait(lua: Lua) -> None:
    source = "local t = {3, 1, 2} table.sort(t, function(a, b) return Agent.execute(a) < Agent.execute(b) end) return t"
    assert lua(source) == [1, 2, 3]


@pytest.mark.parametrize(
    "source",
    [
        "return tostring(setmetatable({}, {__tostring = function() return Agent.execute('x') end}))",
        "return table.concat({setmetatable({}, {__concat = print}), 'y'})",
        "return string.format('%s', setmetatable({}, {__tostring = function() return Agent.execute('x') end}))",
        "return tostring(setmetatable({}, {__tostring = coroutine.wrap(function() return Agent.execute('x') end)}))",
    ],
)
def test_a_place_that_cannot_wait_is_named(lua: Lua, source: str) -> None:
    error = lua(source)
    assert error["type"] == "runtime"
    assert "table.concat" in error["message"] or "invalid value" in error["message"]


def test_the_spell_goes_on_after_a_refused_wait_inside_a_coroutine(start: Callable[..., Any]) -> None:
    source = """
        local t = setmetatable({}, {__tostring = function() return coroutine.wrap(function() return Agent.execute('x') end)() end})
        local ok, err = pcall(tostring, t)
        return {ok, Agent.execute('after')}"""
    assert start(source).run() == [False, "after"]


def test_async_run_drives_a_coroutine_that_yields_results(lua: Lua) -> None:
    source = """
        local co = coroutine.create(function()
          local one = coroutine.yield(Agent.execute('a'))
          coroutine.yield()
          return one .. coroutine.yield(Agent.execute('b'))
        end)
        return Async.run(co)"""
    assert lua(source) == "ab"


def test_a_bare_yield_is_a_turn_of_the_loop(start: Callable[..., Any]) -> None:
    spell = start("local a = coroutine.yield() local b, c = coroutine.yield(1, 2) return {a == nil, b, c}")
    assert spell.run() == [True, 1, 2]
    assert spell.calls("Async.sleep") == [[0]]


def test_a_user_coroutine_still_yields_to_its_resumer(lua: Lua) -> None:
    source = """
        local co = coroutine.create(function(a) local b = coroutine.yield(a + Agent.execute(1)) return b * 2 end)
        local _, x = coroutine.resume(co, 10) local _, y = coroutine.resume(co, 5)
        return {x, y, coroutine.status(co)}"""
    assert lua(source) == [11, 10, "dead"]


def test_close_of_a_suspended_coroutine_runs_its_close_variable(lua: Lua) -> None:
    source = """
        local closed = false
        local co = coroutine.create(function()
          local c <close> = setmetatable({}, {__close = function() closed = true end})
          Agent.execute(1) coroutine.yield() end)
        coroutine.resume(co) coroutine.close(co) return {closed, coroutine.status(co)}"""
    assert lua(source) == [True, "dead"]


def test_a_script_cannot_forge_an_await(lua: Lua) -> None:
    source = """
        local equal = setmetatable({}, {__eq = function() return true end})
        local co = coroutine.create(function() coroutine.yield(equal) return 7 end)
        local ok, first = coroutine.resume(co) local _, second = coroutine.resume(co)
        return {ok, first == equal, second}"""
    assert lua(source) == [True, True, 7]


def test_a_coroutine_that_waits_looks_busy_to_others(lua: Lua) -> None:
    source = """
        local co = coroutine.create(function() Async.sleep(10) return 'done' end)
        local seen = Async.all({
          function() return select(2, coroutine.resume(co)) end,
          function() local ok, err = coroutine.resume(co) return {coroutine.status(co), ok, err} end })
        return seen"""
    assert lua(source) == ["done", ["normal", False, "cannot resume a coroutine that waits for a call"]]


def test_a_call_in_what_close_runs_names_the_place(lua: Lua) -> None:
    source = """
        local co = coroutine.create(function()
          local c <close> = setmetatable({}, {__close = function() Agent.execute('closed') end})
          coroutine.yield()
        end)
        coroutine.resume(co)
        local ok, fault = coroutine.close(co)
        return {ok, fault.message}"""
    ok, message = lua(source)
    assert not ok
    assert "coroutine.close" in message


def test_all_runs_branches_side_by_side_and_keeps_order(start: Callable[..., Any]) -> None:
    spell = start("""
        local jobs = {} for i = 1, 100 do jobs[i] = function() Async.sleep(100 - i) return i end end
        return Async.all(jobs)""")
    assert spell.run() == list(range(1, 101))
    assert spell.now == 99


def test_all_takes_functions_coroutines_and_values(lua: Lua) -> None:
    source = "return Async.all({function() return 1 end, coroutine.create(function() return Agent.execute(2) end), 3})"
    assert lua(source) == [1, 2, 3]


def test_all_of_nothing_is_an_empty_list(lua: Lua) -> None:
    assert lua("return Async.all({})") == []


def test_all_raises_the_first_error_and_cancels_the_rest(start: Callable[..., Any]) -> None:
    spell = start("""
        local ok, err = pcall(Async.all, {
          function() Async.sleep(1000) print('never') end,
          function() Async.sleep(10) error({type = 'mine', message = 'bad'}) end })
        return {ok, err.message}""")
    assert spell.run() == [False, "bad"]
    assert spell.printed == []
    assert [one["id"] for one in spell.log if one["t"] == "cancel"] == [1]


def test_race_gives_the_first_and_cancels_the_loser(start: Callable[..., Any]) -> None:
    spell = start("""
        return Async.race({ function() Async.sleep(50) print('late') return 'slow' end,
                            function() Async.sleep(5) return 'fast' end })""")
    assert spell.run() == "fast"
    assert spell.printed == []
    assert spell.now == 5


@pytest.mark.parametrize("name", ["all_settled", "allSettled"])
def test_all_settled_reports_each(lua: Lua, name: str) -> None:
    source = f"return Async.{name}({{ function() return 1 end, function() error('no', 0) end, 3 }})"
    assert lua(source) == [
        {"status": "fulfilled", "value": 1},
        {"status": "rejected", "reason": "no"},
        {"status": "fulfilled", "value": 3},
    ]


@pytest.mark.parametrize("name", ["timeout", "with_timeout", "withTimeout"])
def test_timeout_raises_type_timeout_and_cancels_the_call(start: Callable[..., Any], name: str) -> None:
    spell = start(f"""
        local ok, err = pcall(Async.{name}, function() return Agent.list() end, 20)
        return {{ok, err.type, err.code, err.recoverable}}""")
    assert spell.run() == [False, "timeout", 4004, True]
    assert [one["id"] for one in spell.log if one["t"] == "cancel"] == [1]


def test_timeout_gives_the_result_in_time(lua: Lua) -> None:
    assert lua("return Async.timeout(function() return Agent.execute('x') end, 20)") == "x"


def test_a_cancelled_branch_runs_its_close_variables_and_cannot_catch_the_cancel(start: Callable[..., Any]) -> None:
    spell = start("""
        local seen = {}
        pcall(Async.timeout, function()
          local c <close> = setmetatable({}, {__close = function() seen[1] = Agent.execute('closed') end})
          local ok = pcall(Agent.list)
          seen[2] = 'caught'
        end, 5)
        return seen""")
    assert spell.run() == ["closed"]


def test_retry_counts_attempts_and_gives_the_number(lua: Lua) -> None:
    source = """
        local seen = {}
        local v = Async.retry(function(n) seen[n] = n if n < 3 then error('again') end return 'ok' end, {attempts = 5, delay = 10})
        return {v, #seen}"""
    assert lua(source) == ["ok", 3]


def test_retry_waits_longer_each_time_up_to_a_bound(start: Callable[..., Any]) -> None:
    spell = start(
        "pcall(Async.retry, function() error('x') end, {attempts = 5, delay = 10, backoff = 3, max_delay = 50})"
    )
    spell.run()
    assert spell.calls("Async.sleep") == [[10], [30], [50], [50]]


def test_retry_raises_the_last_error(lua: Lua) -> None:
    assert lua("return Async.retry(function(n) error('try ' .. n, 0) end, 2)")["message"] == "try 2"


def test_retry_asks_whether_to_go_on(lua: Lua) -> None:
    source = "Async.retry(function(n) error('try ' .. n, 0) end, {attempts = 9, should_retry = function(e, n) return n < 2 end})"
    assert lua(source)["message"] == "try 2"


def test_with_retry_counts_after_the_first(start: Callable[..., Any]) -> None:
    spell = start("local n = 0 pcall(Async.with_retry, function() n = n + 1 error('x') end, 2) return n")
    assert spell.run() == 3


def test_with_resource_releases_whatever_happens(lua: Lua) -> None:
    source = """
        local log = {}
        local resource = { acquire = function(self) log[#log + 1] = 'open' return 'held' end,
                           release = function() log[#log + 1] = 'closed' end }
        local v = Async.with_resource(resource, function(r) log[#log + 1] = r return Agent.execute('result') end)
        pcall(Async.withResource, resource, function() error('x') end)
        log[#log + 1] = v
        return log"""
    assert lua(source) == ["open", "held", "closed", "open", "closed", "result"]


def test_yield_for_and_yield_until(start: Callable[..., Any]) -> None:
    spell = start("""
        local n = 0
        Async.yield_for(7) Async.yield()
        Async.yieldUntil(function() n = n + 1 return n == 3 end, {interval = 10})
        return n""")
    assert spell.run() == 3
    assert spell.calls("Async.sleep") == [[7], [0], [10], [10]]


def test_schedule_fires_while_the_spell_runs(lua: Lua) -> None:
    assert lua("local v = 0 Async.schedule(10, function() v = 5 end) Async.sleep(20) return v") == 5


def test_schedule_is_cancelled_at_the_end_of_the_run(start: Callable[..., Any]) -> None:
    spell = start("Async.schedule(1000, function() print('never') end) Async.sleep(1) return 'end'")
    assert spell.run() == "end"
    assert spell.printed == []
    assert spell.now == 1
    assert spell.log[-2:] == [
        {"t": "cancel", "id": 2},
        {"t": "return", "id": 1, "ok": True, "value": "end"},
    ]


def test_a_scheduled_function_that_runs_is_waited_for(start: Callable[..., Any]) -> None:
    spell = start("Async.schedule(5, function() Async.sleep(50) print('ran') end) Async.sleep(10) return 'end'")
    assert spell.run() == "end"
    assert spell.printed == ["ran"]


def test_a_scheduled_function_can_be_cancelled(start: Callable[..., Any]) -> None:
    spell = start("local t = Async.schedule(5, function() print('no') end) t.cancel() Async.sleep(10)")
    spell.run()
    assert spell.printed == []


def test_a_scheduled_function_that_fails_is_logged(start: Callable[..., Any]) -> None:
    spell = start("Async.schedule(1, function() error('oops') end) Async.sleep(5)")
    spell.run()
    assert spell.posts("Log.error") == [
        ["a scheduled function failed: oops", {"type": "runtime", "where": "spell.lua:1"}]
    ]


def test_too_many_outstanding_calls_are_refused(start: Callable[..., Any]) -> None:
    spell = start(
        "local jobs = {} for i = 1, 11 do jobs[i] = function() return Agent.list() end end Async.all(jobs)",
        limits={"calls": 10},
    )
    assert spell.run()["code"] == 4009


def test_cancel_of_the_main_invoke_ends_the_run(start: Callable[..., Any]) -> None:
    spell = start("Async.schedule(9, print) pcall(Agent.list) print('caught')")
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    spell.feed({"t": "cancel", "id": 1})
    assert spell.result()["type"] == "cancelled"
    assert spell.printed == []


def test_two_invokes_interleave_and_finish_in_reverse(start: Callable[..., Any]) -> None:
    spell = start("Events.subscribe('e', function(ms) Async.sleep(ms) return ms end) Agent.list()")
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    spell.feed({"t": "invoke", "id": 2, "fn": 1, "args": [50]})
    spell.feed({"t": "invoke", "id": 3, "fn": 1, "args": [5]})
    spell.advance()
    assert list(spell.returns) == [3, 2]
