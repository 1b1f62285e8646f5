"""Values that cross as tables say exactly what the same values say that cross as JSON."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell_engine_lua.machine import LuaMachine
from llmspell_engine_lua.plain import NotPlain, as_plain

API = "N Storage get\nN JSON encode= decode=\nP print log\n"
SOURCE = "local v = Storage.get('a') while true do v = Storage.get(v) end"
UNWRAPPED = "local v = Storage.get('a') Storage.get(v.value)"
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = (
    st.none()
    | st.booleans()
    | TEXT
    | st.integers(-(1 << 63), (1 << 63) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXT.filter(lambda t: t[:1] != "$"), inner)
)


def begun(source: str = SOURCE) -> LuaMachine:
    machine = LuaMachine()
    hello: Any = {"t": "hello", "v": 1, "api": API, "name": "s.lua", "source": source}
    assert machine.feed(hello)[0]["ok"]
    machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    return machine


def said(value: object, source: str = SOURCE) -> object:
    """Give what a script has of a value, as it says it again."""
    machine = begun(source)
    (call,) = machine.feed({"t": "settle", "id": 1, "ok": True, "value": value})
    machine.close()
    return call["args"]


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES) | st.dictionaries(TEXT.filter(lambda t: t[:1] != "$"), VALUES))
def test_a_script_has_the_same_value_whichever_way_it_came(value: object):
    beside_an_empty_list = {"value": value, "other": []}  # the whole is decoded by Lua
    assert repr(said(value)) == repr(said(beside_an_empty_list, UNWRAPPED))


@pytest.mark.parametrize(
    "value",
    [
        [], {"a": []}, [math.nan], {"a": math.inf}, [None], [1, None, 2], {"$h": ["agent", 1]},
        {"a": [{"$fn": 1}]}, {"a$b": 1}, {1: 2}, {None: 1},
        ["\ud800"], {"\udfff": 1}, {"a": ("tuple",)}, 7, "text", None,
    ],
)  # fmt: skip
def test_what_a_table_would_not_say_is_left_to_lua(value: object):
    with pytest.raises(NotPlain):
        as_plain(value)


def test_what_lies_too_deep_is_left_to_lua():
    value: object = [1]
    for _ in range(64):
        value = [value]
    with pytest.raises(NotPlain):
        as_plain(value)


def test_a_part_that_is_there_twice_is_copied_twice():
    shared = [1, 2]
    assert said({"a": [shared, shared], "b": shared}) == [{"a": [[1, 2], [1, 2]], "b": [1, 2]}]


def test_an_integer_beyond_64_bits_is_an_error_of_the_call():
    machine = begun()
    assert machine._table({"n": 1 << 64}) is None
    (answer,) = machine.feed({"t": "settle", "id": 1, "ok": True, "value": {"n": 1 << 64}})
    assert (answer["t"], answer["ok"]) == ("return", False)
    assert "64 bits" in answer["error"]["message"]


@pytest.mark.parametrize(
    "value", [[True] * 5000, [{"a": 1}] * 3000, {str(n): {} for n in range(3000)}, ["x" * 100] * 2000, {"k" * 90: 1}]
)
def test_no_value_takes_more_room_than_was_counted(value: object):
    machine = begun()
    runtime: Any = machine._runtime
    runtime.gccollect()
    before = runtime.get_memory_used()
    held = machine._table(value)
    assert held is not None
    assert runtime.get_memory_used() - before <= as_plain(value)[1] * 2 // 3  # a table is copied when it grows


def test_a_value_for_which_there_is_no_room_is_an_error_as_before():
    machine = LuaMachine()
    hello: Any = {"t": "hello", "v": 1, "api": API, "name": "s.lua", "source": SOURCE, "limits": {"memory": 1 << 20}}
    machine.feed(hello)
    machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    answers = machine.feed({"t": "settle", "id": 1, "ok": True, "value": [[True] * 100] * 40000})
    assert answers[-1]["error"]["type"] == "memory_limit"
