"""Errors: what scripts see, what leaves a script, and that nothing of Python shows."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Lua = Callable[..., Any]


def test_a_kernel_error_has_its_fields(lua: Lua) -> None:
    source = """
        local ok, e = pcall(Agent.find, {})
        return {ok, tostring(e), e.message, e.code, e.type, e.recoverable, e.suggestions, e.trace_id, e.retry_after, e.where}"""
    message = "too many requests"
    assert lua(source) == [False, message, message, 7003, "rate_limit", True, ["wait"], "abc123", 30, "spell.lua:2"]


def test_a_kernel_error_keeps_its_fields_after_a_rethrow(lua: Lua) -> None:
    error = lua("local ok, e = pcall(Agent.find, {}) error(e)")
    assert (error["type"], error["code"], error["trace_id"], error["suggestions"]) == (
        "rate_limit",
        7003,
        "abc123",
        ["wait"],
    )


def test_an_error_joins_to_text(lua: Lua) -> None:
    assert lua("local ok, e = pcall(Agent.find, {}) return 'failed: ' .. e") == "failed: too many requests"


def test_an_uncaught_error_names_file_line_and_stack(lua: Lua) -> None:
    error = lua("local function inner()\n  error('boom')\nend\ninner()")
    assert error["message"] == "boom"
    assert error["where"] == "spell.lua:2"
    assert error["stack"].splitlines() == ["spell.lua:2: in inner", "spell.lua:4: in main chunk"]
    assert (error["type"], error["code"]) == ("runtime", 4002)


def test_an_error_in_a_table_keeps_its_fields(lua: Lua) -> None:
    error = lua("error({type = 'my_error', message = 'no', code = 17, recoverable = true, detail = {1, 2}})")
    assert (error["type"], error["message"], error["code"], error["recoverable"]) == ("my", "no", 17, True)
    assert error["value"]["detail"] == [1, 2]
    assert error["where"] == "spell.lua:1"


@pytest.mark.parametrize(
    ("thrown", "message"), [("nil", "the script raised nil"), ("42", "42"), ("true", "true"), ("'text'", "text")]
)
def test_any_value_can_be_thrown(lua: Lua, thrown: str, message: str) -> None:
    assert lua(f"error({thrown}, 0)")["message"] == message


def test_a_string_thrown_stays_a_string(lua: Lua) -> None:
    assert lua("local ok, e = pcall(error, 'plain', 0) return {type(e), e}") == ["string", "plain"]


@pytest.mark.parametrize(
    ("source", "line", "hint"),
    [
        ("local x = = 2", 1, ""),
        ('local t = {\n  "A": "B" }', 2, "Lua tables"),
        ("local a = 1\nreturn yield Agent.execute('a')", 2, "coroutine.yield"),
        ("local a = 1\nyield Agent.execute('a')", 2, "coroutine.yield"),
        ("x = 1\nx += 1", 2, "+="),
        ("#!/usr/bin/env llmspell-lua\nlocal x = = 2", 2, ""),
    ],
)
def test_a_syntax_error_names_file_and_line(lua: Lua, source: str, line: int, hint: str) -> None:
    error = lua(source)
    assert (error["type"], error["code"], error["where"]) == ("syntax", 4001, f"spell.lua:{line}")
    assert hint in " ".join(error["suggestions"])


def test_a_bare_yield_that_parses_is_refused_when_it_runs(lua: Lua) -> None:
    error = lua("local r = yield Agent.execute('a')")
    assert (error["type"], error["code"], error["where"]) == ("syntax", 4001, "spell.lua:1")


def test_a_shebang_does_not_shift_lines(lua: Lua) -> None:
    assert lua("#!/usr/bin/env llmspell-lua\n\nerror('x')")["where"] == "spell.lua:3"


def test_an_error_in_an_error_handler_ends_cleanly(lua: Lua) -> None:
    ok, message = lua("return {xpcall(error, function() error('again') end, 'first')}")
    assert ok is False
    assert message == "error in error handling: again"


def test_xpcall_gives_the_handlers_value(lua: Lua) -> None:
    assert lua("return {xpcall(error, function(e) return 'handled ' .. e end, 'x')}") == [False, "handled x"]


@pytest.mark.parametrize(
    "value",
    [
        "nil",
        "42",
        "true",
        "print",
        "{}",
        "coroutine.create(print)",
        "setmetatable({}, {__index = function() error('no') end})",
        "setmetatable({}, {__tostring = function() error('no') end})",
        "setmetatable({}, {__tostring = function() return 5 end})",
        "'spell.lua:3: message'",
        "{type = 5, message = {}, code = {}, suggestions = 'x', recoverable = 'yes'}",
    ],
)
@pytest.mark.parametrize("name", ["parse", "parse_error", "parseError"])
def test_parse_never_raises(lua: Lua, name: str, value: str) -> None:
    kinds = lua(
        f"local e = ErrorHandler.{name}({value}) return {{type(e.type), type(e.message), type(e.recoverable), type(e.suggestions)}}"
    )
    assert kinds == ["string", "string", "boolean", "table"]


def test_parse_of_a_string_splits_off_the_place(lua: Lua) -> None:
    source = "local ok, e = pcall(function() error('broken') end) local p = ErrorHandler.parse_error(e) return {p.message, p.where, p.code}"
    assert lua(source) == ["broken", "spell.lua:1", 4002]


def test_parse_drops_the_error_suffix(lua: Lua) -> None:
    assert lua("return ErrorHandler.parse({type = 'validation_error', message = 'm'}).type") == "validation"


def test_an_error_in_a_callback_goes_to_its_caller(start: Callable[..., Any]) -> None:
    spell = start("Events.subscribe('e', function() error('in the handler') end) Async.sleep(5) return 'fine'")
    spell.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    answer = spell.invoke(1)
    assert answer["error"]["message"] == "in the handler"
    assert spell.result() == "fine"


@pytest.mark.parametrize(
    "source",
    [
        "error('x')",
        "Agent.execute(function() end, coroutine.create(print))",
        "return 0/0",
        "local t = {} t.t = t return t",
        "('x'):rep(1e9, 'y')",
        "return #5",
        "setmetatable({}, {__gc = print})",
        "JSON.decode('{')",
        "Async.all(5)",
        "require('a')",
        "string.rep()",
        "local a = Agent.new{} a.chat('x')",
        "local a = Agent.new{} a.name = 1",
    ],
)
def test_no_python_and_no_prelude_shows_in_an_error(lua: Lua, source: str) -> None:
    text = str(lua(source))
    for word in ("[llmspell]", ".py", "Traceback", "lupa", "userdata", "0x"):
        assert word not in text


def test_calling_a_method_with_a_dot_is_explained(lua: Lua) -> None:
    error = lua("local a = Agent.new{} a.chat('x')")
    assert "agent:chat was called without its object" in error["message"]
    assert error["suggestions"] == ["write a colon: agent:chat(...)"]
    assert error["where"] == "spell.lua:1"


@pytest.mark.parametrize(("call", "op"), [("Agent:new({})", "Agent.new"), ("Tools:get('x')", "Tools.get")])
def test_a_function_called_as_a_method_says_so(lua: Lua, call: str, op: str) -> None:
    error = lua("\n" + call)
    assert (error["message"], error["where"]) == (f"{op} was called with a colon", "spell.lua:2")
    assert error["suggestions"] == [f"write a dot: {op}(...)"]
