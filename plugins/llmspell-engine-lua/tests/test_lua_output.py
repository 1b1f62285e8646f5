"""What a script says while it runs: posts go to the machine's speaker, everything else comes out of `feed`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell_engine_lua.machine import LuaMachine

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.spec.wire import Message

    Lua = Callable[..., Any]

API = "N Agent execute\nN Log info!\nP print log info\n"


def begun(source: str, heard: Any, **limits: Any) -> LuaMachine:
    """Give a machine with a script, whose posts go to `heard`."""
    machine = LuaMachine()
    machine.speak = heard
    hello: Any = {"t": "hello", "v": 1, "api": API, "limits": limits, "name": "spell.lua", "source": source}
    assert machine.feed(hello)[0]["ok"]
    return machine


INVOKE: Message = {"t": "invoke", "id": 0, "fn": 0, "args": []}


def test_posts_are_spoken_in_order_and_the_rest_comes_out_of_feed() -> None:
    heard: list[Message] = []
    machine = begun(
        "print('a', 1) Log.info('b') info('c') log('warn', 'd', {n = 1}) return Agent.execute(2)", heard.append
    )
    out = machine.feed(INVOKE)
    assert [(one["op"], one["args"]) for one in heard] == [
        ("print", ["a\t1"]), ("Log.info", ["b"]), ("Log.info", ["c"]), ("Log.warn", ["d", {"n": 1}]),
    ]  # fmt: skip
    assert [(one["t"], one["op"]) for one in out] == [("call", "Agent.execute")]


SHOWN = {
    "{1, 'two', {c = true}, x = {}}": '{ 1, "two", { c = true }, x = {} }',
    "{[10] = 1, [2] = 2, b = 1, a = 2}": "{ [2] = 2, [10] = 1, a = 2, b = 1 }",
    "{['a b'] = 'q', [true] = 1.5, f = print}": '{ ["a b"] = "q", f = function, [true] = 1.5 }',
    "{}": "{}",
    "setmetatable({}, {__tostring = function() return 'mine' end})": "mine",
    "{true, nil, 3}": "{ true, nil, 3 }",
    "(function() local t = {1} t.self = t return t end)()": "{ 1, self = <cycle> }",
}


@pytest.mark.parametrize("value", SHOWN)
def test_print_shows_what_is_in_a_table(value: str) -> None:
    heard: list[Message] = []
    begun(f"print({value}, nil)", heard.append).feed(INVOKE)
    assert heard[0]["args"] == [SHOWN[value] + "\tnil"]


def test_print_shows_no_more_than_a_person_reads() -> None:
    heard: list[Message] = []
    bomb = "local t = {} for _ = 1, 9 do local up = {} for i = 1, 100 do up[i] = t end t = up end print(t)"
    long = "local l = {} for i = 1, 1000 do l[i] = 7 end print(l)"
    begun(f"{bomb} {long}", heard.append, cpu=5).feed(INVOKE)
    assert len(heard[0]["args"][0]) < 1_000_000
    assert heard[1]["args"][0].count("7") == 100
    assert heard[1]["args"][0].endswith(", ... 900 more }")


def test_a_script_is_heard_while_it_loops() -> None:
    heard: list[Message] = []
    machine = begun("print('before') while true do end", heard.append, cpu=0.05)
    (answer,) = machine.feed(INVOKE)
    assert [one["args"] for one in heard] == [["before"]]
    assert answer["error"]["code"] == 4004


def test_the_cap_on_output_counts_what_was_spoken() -> None:
    heard: list[Message] = []
    machine = begun("while true do print(('x'):rep(100)) end", heard.append, output=1000)
    (answer,) = machine.feed(INVOKE)
    assert answer["error"]["code"] == 4009
    assert 0 < sum(len(one["args"][0]) for one in heard) <= 1000


def test_a_listener_that_fails_ends_the_run_with_its_error() -> None:
    def broken(_: Message) -> None:
        raise BrokenPipeError("nobody reads")

    machine = begun("while true do pcall(print, 'x') end", broken)
    with pytest.raises(BrokenPipeError, match="nobody reads"):
        machine.feed(INVOKE)
    assert machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})[0]["ok"] is False


def test_a_script_that_runs_stops_when_the_host_wants_it_to() -> None:
    machine = begun("while true do pcall(function() while true do end end) end", lambda _: None, cpu=30)
    asked: list[int] = []

    def stopping() -> bool:
        asked.append(len(asked))
        return len(asked) == 2

    machine.stopping = stopping
    (answer,) = machine.feed(INVOKE)
    assert answer["error"]["type"] == "cancelled"
    assert answer["error"]["where"] == "spell.lua:1"
    assert asked == [0, 1]


def test_a_script_that_fills_its_memory_may_print_meanwhile() -> None:
    heard: list[Message] = []
    source = """
        local kept = {}
        while true do
          pcall(function() while true do kept[#kept + 1] = ('x'):rep(1e5) .. #kept end end)
          print(#kept)
        end"""
    machine = begun(source, heard.append, memory=24 << 20, cpu=5)
    (answer,) = machine.feed(INVOKE)
    assert answer["error"]["code"] in (4004, 4005)


def test_printing_near_the_memory_limit_is_safe_at_every_size() -> None:
    source = """
        local kept, size = {}, 1
        while true do
          kept[#kept + 1] = ('x'):rep(size) .. #kept
          size = size % 65536 * 2 + 1
          print(#kept)
        end"""
    machine = begun(source, lambda _: None, memory=20 << 20, output=1 << 30, cpu=10)
    (answer,) = machine.feed(INVOKE)
    assert answer["error"]["code"] in (4004, 4005)


def test_the_speaker_is_out_of_a_script_s_reach() -> None:
    source = """
        local ok, fault = pcall(print, setmetatable({}, {__tostring = function() error({}) end}))
        local found = {}
        for _, value in pairs({fault, select(2, pcall(error)), select(2, pcall(print, nil))}) do
          found[#found + 1] = type(value)
        end
        return {found, tostring(print):match("^builtin") or tostring(print):match("^function")}"""
    machine = begun(source, lambda _: None)
    (answer,) = machine.feed(INVOKE)
    kinds, name = answer["value"]
    assert "userdata" not in kinds
    assert name in ("function", "builtin")


def test_a_script_without_a_cpu_limit_stops_when_the_host_wants_it_to() -> None:
    machine = LuaMachine()
    machine.speak, machine.stopping = (lambda _: None), (lambda: True)
    hello: Any = {"t": "hello", "v": 1, "api": API, "name": "spell.lua", "source": "while true do end"}
    assert machine.feed(hello)[0]["ok"]
    (answer,) = machine.feed(INVOKE)
    assert answer["error"]["type"] == "cancelled"


def test_an_exception_that_met_the_speaker_stays_out_of_reach() -> None:
    machine = begun("while true do local ok, err = pcall(print, 'x') assert(ok, type(err)) end", lambda _: None)

    def interrupted(_: bytes) -> bool:
        raise KeyboardInterrupt

    machine._door["speaker"](interrupted)
    try:
        (answer,) = machine.feed(INVOKE)
    except KeyboardInterrupt:
        return
    assert answer["error"]["type"] == "cancelled"


def test_no_address_is_shown(lua: Lua) -> None:
    """Names are numbers in the order in which they were asked for, so that they are the same in every run."""
    source = """
        local t, f, point = {}, function() end, setmetatable({}, {__name = 'Point'})
        local own = setmetatable({}, {__tostring = function() return 'own' end})
        return {tostring(t), tostring(f), tostring(coroutine.create(f)), tostring(point), tostring(print), tostring(t),
                ('%s|%-12s|%d%%'):format(t, f, 5), tostring(own)}"""
    names = ["table: 1", "function: 2", "thread: 3", "Point: 4", "function: 5", "table: 1"]
    assert lua(source) == [*names, "table: 1|function: 2 |5%", "own"]
    assert lua(source) == [*names, "table: 1|function: 2 |5%", "own"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("string.format('%p', {})", "string.format: %p shows an address, and a spell sees none; use %s"),
        ("string.format('%d', {})", "bad argument #2 to 'format' (number expected, got table)"),
        ("string.format('%q', {})", "bad argument #2 to 'format' (value has no literal form)"),
        ("string.format('%s %s', {})", "bad argument #3 to 'format' (no value)"),
        ("tostring()", "bad argument #1 to 'tostring' (value expected)"),
    ],
)
def test_what_has_no_name_is_an_error_of_the_script(lua: Lua, call: str, message: str) -> None:
    assert (
        lua(f"local _, text = pcall(function()\n local made = {call} return made end) return text")
        == f"spell.lua:2: {message}"
    )
