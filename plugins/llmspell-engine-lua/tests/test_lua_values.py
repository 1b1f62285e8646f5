"""Values: what crosses, how it looks on the other side, and what is refused with its path."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    Lua = Callable[..., Any]

INT64 = 1 << 63

scalars = (
    st.booleans()
    | st.integers(-INT64, INT64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.text(alphabet='$\0"\\\n\x7f\u2028😀a')
)
keys = st.text() | st.text(alphabet="$hfnsbdi", min_size=1)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner | st.none(), max_size=6) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=40,
)


def encode_value(value: Any) -> Any:
    """Write plain data as the wire has it: in a map with a key that starts with `$`, every such key has one more."""
    if isinstance(value, list):
        return [encode_value(one) for one in value]
    if isinstance(value, dict):
        return {"$" + key if key.startswith("$") else key: encode_value(one) for key, one in value.items()}
    return value


def decode_value(value: Any) -> Any:
    """Read plain data back."""
    if isinstance(value, list):
        return [decode_value(one) for one in value]
    if isinstance(value, dict):
        return {key.removeprefix("$"): decode_value(one) for key, one in value.items()}
    return value


def same(left: Any, right: Any) -> bool:
    """Compare like ==, but tell 1 from 1.0 and True from 1."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


@pytest.fixture(scope="module")
def echo() -> Callable[[Any], Any]:
    """Give a function that sends a value through a script and back: as the result of a call, then as an argument."""
    from llmspell_engine_lua.machine import LuaMachine

    machine = LuaMachine()
    source = "local v = Box.get() while true do v = Box.get(v) end"
    machine.feed({"t": "hello", "v": 1, "api": "N Box get\n", "name": "e.lua", "source": source})
    machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    last = [0]

    def send(value: Any) -> Any:
        last[0] += 1
        (out,) = machine.feed({"t": "settle", "id": last[0], "ok": True, "value": value})
        assert out["t"] == "call", out
        return out["args"][0]

    return send


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=values)
def test_any_value_comes_back_as_it_went(echo: Callable[[Any], Any], value: Any) -> None:
    sent = json.loads(json.dumps(encode_value(value)))
    assert same(decode_value(echo(sent)), value)


def test_numbers_at_the_edges_are_exact(echo: Callable[[Any], Any]) -> None:
    for number in (0, -1, 2**31, -(2**31) - 1, 2**53, 2**53 + 1, INT64 - 1, -INT64, 1.0, -0.5, 1e300, 5e-324):
        assert same(echo(number), number)
        assert same(echo([number]), [number])


def test_a_number_beyond_64_bits_is_a_clear_error(start: Callable[..., Any]) -> None:
    for value in (INT64, {"$i": str(INT64)}, [-INT64 - 1]):
        spell = start("return {pcall(Agent.execute)}", {"Agent.execute": lambda value=value: value})
        ok, error = spell.run()
        assert ok is False
        assert error["type"] == "conversion"
        assert "does not fit in 64 bits" in error["message"]


def test_an_integer_form_within_64_bits_is_exact(lua: Lua) -> None:
    assert lua("return Agent.execute({1})", {"Agent.execute": lambda _: {"$i": "9007199254740993"}}) == 9007199254740993


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("return {a = {b = {1, 0/0}}}", "return value.a.b[2]: NaN"),
        ("return {1/0}", "return value[1]: infinity"),
        ("local t = {x = {}} t.x.y = t return t", "return value.x.y: a table contains itself"),
        ("Agent.new({deep = coroutine.create(print)})", "Agent.new argument 1.deep: a thread"),
        ("Agent.execute(1, {[1.5] = 2})", "Agent.execute argument 2: a number cannot be the key"),
        ("Agent.execute({[true] = 2})", "Agent.execute argument 1: a boolean cannot be the key"),
        ("Agent.execute({1, 2, name = 3})", "Agent.execute argument 1: a table has both list items and named keys"),
        ("Agent.execute({['\\255'] = 1})", "Agent.execute argument 1: a key that is not valid UTF-8"),
        ("local t = {} for i = 1, 70 do t = {t} end return t", "nested deeper than 64"),
    ],
)
def test_what_cannot_cross_is_refused_with_its_path(lua: Lua, source: str, path: str) -> None:
    error = lua(source)
    assert (error["type"], error["code"]) == ("conversion", 4101)
    assert path in error["message"]


def test_a_table_that_appears_twice_crosses_twice(lua: Lua) -> None:
    assert lua("local a = {1} return {a, a}") == [[1], [1]]


def test_sixty_levels_cross(lua: Lua) -> None:
    value = lua("local t = 1 for i = 1, 60 do t = {t} end return t")
    for _ in range(60):
        (value,) = value
    assert value == 1


def test_empty_tables_are_maps_and_empty_lists_stay_lists(lua: Lua) -> None:
    assert lua("return {a = {}, b = JSON.array(), c = Agent.execute(1), d = JSON.decode('[]')}", {"Agent.execute": lambda _: []}) == {
        "a": {}, "b": [], "c": [], "d": [],
    }  # fmt: skip


def test_lists_with_holes_keep_their_places(lua: Lua) -> None:
    assert lua("return {1, nil, 3}") == [1, None, 3]
    source = "local v = Agent.execute(1) return {#v, v[2] == JSON.null, tostring(v[2]), v}"
    assert lua(source, {"Agent.execute": lambda _: [1, None, 3]}) == [3, True, "null", [1, None, 3]]


def test_null_in_a_map_is_absent(lua: Lua) -> None:
    assert lua("return Agent.execute(1).x == nil", {"Agent.execute": lambda _: {"x": None}}) is True


def test_sparse_integer_keys_become_named_keys(lua: Lua) -> None:
    assert lua("return {[100] = 'a', [200] = 'b'}") == {"100": "a", "200": "b"}


@pytest.mark.parametrize("key", ["1", "__proto__", "constructor", "schlüssel", "", "$h", "$$x", "a b"])
def test_any_text_can_be_a_key(lua: Lua, key: str) -> None:
    sent = encode_value({key: 1})
    assert decode_value(lua("return Agent.execute(1)", {"Agent.execute": lambda _: sent})) == {key: 1}


def test_text_with_nul_emoji_and_a_megabyte(echo: Callable[[Any], Any]) -> None:
    for text in ("a\0b", "😀", "x" * 1_000_000, '"\\\n\t\x01\x7f'):
        assert echo(text) == text
        assert echo([text]) == [text]


def test_a_string_that_is_not_utf8_crosses_as_bytes_and_bytes_arrive_as_a_string(lua: Lua) -> None:
    assert lua("return '\\255\\0a'") == {"$b": "/wBh"}
    assert lua("local s = Agent.execute(1) return {type(s), #s, s:byte(1, 3)}", {"Agent.execute": lambda _: {"$b": "/wBh"}}) == [
        "string", 3, 255, 0, 97,
    ]  # fmt: skip


def test_a_lone_surrogate_has_a_defined_result(lua: Lua) -> None:
    assert lua("return Agent.execute(1)", {"Agent.execute": lambda _: ["\ud800"]}) == ["?"]


def test_a_date_arrives_as_text(lua: Lua) -> None:
    assert (
        lua("return Agent.execute(1)", {"Agent.execute": lambda _: {"$d": "2026-01-02T03:04:05"}})
        == "2026-01-02T03:04:05"
    )


def test_changing_an_argument_after_the_call_changes_nothing(start: Callable[..., Any]) -> None:
    spell = start("local t = {a = 1} Agent.execute(t) t.a = 2")
    spell.run()
    assert spell.calls("Agent.execute") == [[{"a": 1}]]


def test_a_result_that_is_no_json_is_an_error_of_that_call(lua: Lua) -> None:
    ok, error = lua("return {pcall(Agent.execute)}", {"Agent.execute": lambda: [math.nan]})
    assert (ok, error["type"]) == (False, "conversion")


def test_a_large_payload_crosses_both_ways(echo: Callable[[Any], Any]) -> None:
    data = [{"id": i, "name": f"name {i}", "value": i * 1.5, "ok": True} for i in range(1000)]
    assert echo(data) == data


# -- JSON, the script's own -----------------------------------------------------------------------------------------------


def test_json_encode_and_stringify(lua: Lua) -> None:
    assert lua("return JSON.encode({b = 1, a = {1, 2.5, true, 'x'}})") == '{"a":[1,2.5,true,"x"],"b":1}'
    assert lua("return JSON.stringify({a = {}, b = {1, {c = 'x, [y]: \\\"'}}}, nil, 2)") == json.dumps(
        {"a": {}, "b": [1, {"c": 'x, [y]: "'}]}, indent=2
    )


@settings(max_examples=100, deadline=None)
@given(value=values.filter(lambda one: one is not None))
def test_json_decode_reads_what_python_writes(value: Any) -> None:
    from llmspell_engine_lua.machine import LuaMachine

    machine = LuaMachine()
    source = "return JSON.decode(params.text)"
    machine.feed(
        {
            "t": "hello",
            "v": 1,
            "api": "N JSON decode=\n",
            "name": "e.lua",
            "source": source,
            "params": {"text": json.dumps(value)},
        }
    )
    (out,) = machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    assert same(decode_value(out["value"]), value)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1,]", '{"a" 1}', "01", "1.", "nul", '"\\x"', '"open', "[1] 2", "{1:2}", "+1", "--1", "1e", "[" * 600],
)
def test_json_decode_names_the_place_of_a_fault(lua: Lua, text: str) -> None:
    error = lua("local v = JSON.decode(params.text) return v", params={"text": text})
    assert error["type"] == "validation"
    assert error["message"].startswith("JSON: ")
    assert error["where"] == "spell.lua:1"


def test_json_refuses_functions_and_handles(lua: Lua) -> None:
    assert lua("return JSON.encode({f = print})")["message"] == "value.f: a function cannot cross out of a script"
    assert lua("return JSON.encode({Agent.new{}})")["message"] == "value[1]: a handle has no JSON form"


@pytest.mark.parametrize("text", ['"\\ud800"', '["a\\udc00b"]', '{"\\ud83dx": 1}', '"\\ud83d\\ud83d"'])
def test_json_decode_refuses_half_a_surrogate_pair(lua: Lua, text: str) -> None:
    error = lua("local v = JSON.decode(params.text) return v", params={"text": text})
    assert error["type"] == "validation"
    assert "half a surrogate pair" in error["message"]
    assert lua("return JSON.decode(params.text)", params={"text": '"\\ud83d\\ude00"'}) == "😀"
