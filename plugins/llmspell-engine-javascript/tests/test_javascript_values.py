"""Values: what crosses, how it looks on the other side, and what is refused with its path."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell_engine_javascript.machine import JavaScriptMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Js = Callable[..., Any]

EXACT = 1 << 53

scalars = (
    st.booleans()
    | st.integers(-EXACT, EXACT)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"))
    | st.text(alphabet='$\0"\\\n\x7f\u2028😀a')
)
keys = st.text(st.characters(codec="utf-8")) | st.text(alphabet="$hfnsbdi", min_size=1)
values = st.recursive(
    scalars | st.none(),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=40,
)


def encode_value(value: Any) -> Any:
    """Write plain data as the wire has it: a key that starts with `$` has one more."""
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
    """Compare like ==, but tell True from 1."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


@pytest.fixture(scope="module")
def echo() -> Iterator[Callable[[Any], Any]]:
    """Give a function that sends a value through a script and back: as the result of a call, then as an argument."""
    machine = JavaScriptMachine()
    source = "let v = await Box.get(); while (true) v = await Box.get(v)"
    machine.feed({"t": "hello", "v": 1, "api": "N Box get\n", "name": "e.js", "source": source})
    machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    last = [0]

    def send(value: Any) -> Any:
        last[0] += 1
        (out,) = machine.feed({"t": "settle", "id": last[0], "ok": True, "value": value})
        assert out["t"] == "call", out
        return out["args"][0]

    yield send
    machine.close()


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=values)
def test_any_value_comes_back_as_it_went(echo: Callable[[Any], Any], value: Any) -> None:
    sent = json.loads(json.dumps(encode_value(value)))
    assert same(decode_value(echo(sent)), value)


@pytest.mark.parametrize("key", ["\n", "\x17", '"', "\x7f", "$", "$h"])
def test_a_key_that_is_escaped_is_not_taken_for_the_one_before(echo: Callable[[Any], Any], key: str) -> None:
    """V8 14.4 reads `{"\\n": 1}` as `{"\\\\": 1}` when it has just read the latter."""
    for value in ({"\\": 1}, {key: 2}, {"a": {"\\": 1}}, {"a": {key: [{key: 3, "\\": ',"\n":'}]}, key: None}):
        assert decode_value(echo(json.loads(json.dumps(encode_value(value))))) == value


def test_numbers_at_the_edges_are_exact(echo: Callable[[Any], Any]) -> None:
    for number in (0, -1, 2**31, -(2**31) - 1, 2**53, -(2**53), -0.5, 1e300, 5e-324, 1e20, float(2**60), 1e21):
        assert echo(number) == number
        assert echo([number]) == [number]
    assert math.copysign(1, echo(-0.0)) == -1


def test_a_large_float_stays_a_float(echo: Callable[[Any], Any]) -> None:
    """Written out in digits it would be another integer than the number is."""
    assert isinstance(echo(float(2**60)), float)


@pytest.mark.parametrize("number", [2**53 + 1, -(2**63), 2**64, 10**40])
def test_a_big_integer_is_a_bigint_and_comes_back_exact(js: Js, number: int) -> None:
    form = {"$i": str(number)}
    source = "const v = await Agent.execute(1); return [typeof v, v, v + 1n]"
    kind, back, more = js(source, {"Agent.execute": lambda _: form})
    assert (kind, back, more) == ("bigint", form, {"$i": str(number + 1)})


def test_a_small_bigint_crosses_as_an_integer(js: Js) -> None:
    assert js("return [5n, -5n, 2n ** 53n]") == [5, -5, 2**53]


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("return {a: {b: [1, 0/0]}}", "return value.a.b[1]: NaN"),
        ("return [1/0]", "return value[0]: infinity"),
        ("const t = {x: {}}; t.x.y = t; return t", "return value.x.y: a value contains itself"),
        ("await Agent.new({deep: Symbol('s')})", "Agent.new argument 1.deep: a symbol"),
        ("await Agent.execute(1, [Promise.resolve(1)])", "Agent.execute argument 2[0]: a promise cannot cross"),
        ("await Agent.execute({x: /a/})", "Agent.execute argument 1.x: a regular expression"),
        ("await Agent.execute({x: new Date(NaN)})", "Agent.execute argument 1.x: an invalid Date"),
        ("await Agent.execute(new Map([[{}, 1]]))", "Agent.execute argument 1: a Map crosses when its keys are texts"),
        ("await Agent.execute(['\\ud800'])", "Agent.execute argument 1[0]: half a surrogate pair"),
        ("await Agent.execute({'\\udc00': 1})", "half a surrogate pair"),
        ("let t = []; for (let i = 0; i < 70; i++) t = [t]; return t", "nested deeper than 64"),
    ],
)
def test_what_cannot_cross_is_refused_with_its_path(js: Js, source: str, path: str) -> None:
    error = js(source)
    assert (error["type"], error["code"]) == ("conversion", 4101)
    assert path in error["message"]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("const a = [1]; return [a, a]", [[1], [1]]),
        ("return [[], {}, [[]]]", [[], {}, [[]]]),
        ("return [1, , 3, undefined, null]", [1, None, 3, None, None]),
        ("return {a: undefined, b: null}", {"b": None}),
        ("return undefined", None),
        ("return new Map([['a', 1], [2, new Map()]])", {"a": 1, "2": {}}),
        ("return new Set([1, 'x', new Set()])", [1, "x", []]),
        ("return new Uint8Array([255, 0, 97])", {"$b": "/wBh"}),
        ("return new Uint8Array([255, 0, 97]).buffer", {"$b": "/wBh"}),
        ("return new DataView(new Uint8Array([255, 0, 97]).buffer, 1)", {"$b": "AGE="}),
        ("return new Date(0)", {"$d": "1970-01-01T00:00:00.000Z"}),
        ("return {toJSON() { return {a: 1} }}", {"a": 1}),
        ("class P { constructor() { this.x = 1 } toJSON() { return [this.x] } } return new P()", [1]),
        ("class P { x = 1; #hidden = 2; method() {} } return new P()", {"x": 1}),
        ("return Object.create(null)", {}),
        ("return {['__proto__']: 1, constructor: 2}", {"__proto__": 1, "constructor": 2}),
        ("return {$h: 1, a: {$$x: 2}}", {"$$h": 1, "a": {"$$$x": 2}}),
    ],
)
def test_what_crosses(js: Js, source: str, value: Any) -> None:
    assert js(source) == value


def test_an_error_as_a_value_keeps_its_fields(js: Js) -> None:
    told = js("try { await Agent.find() } catch (error) { return error }")
    assert (told["type"], told["code"], told["message"]) == ("rate_limit", 7003, "too many requests")
    assert js("return [new TypeError('no')]")[0]["message"] == "TypeError: no"


@pytest.mark.parametrize("key", ["1", "__proto__", "constructor", "schlüssel", "", "$h", "$$x", "a b", "then"])
def test_any_text_can_be_a_key(js: Js, key: str) -> None:
    sent = encode_value({key: 1})
    assert decode_value(js("return await Agent.execute(1)", {"Agent.execute": lambda _: sent})) == {key: 1}


def test_bytes_arrive_as_uint8array(js: Js) -> None:
    source = "const v = await Agent.execute(1); return [v instanceof Uint8Array, [...v]]"
    assert js(source, {"Agent.execute": lambda _: {"$b": "/wBh"}}) == [True, [255, 0, 97]]


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05.123456+02:00", "2026-01-02T03:04:05", "2026-01-02"])
def test_a_date_goes_back_as_it_came(js: Js, text: str) -> None:
    source = "const d = await Agent.execute(1); return [d instanceof Date, d, d.toISOString().slice(0, 4)]"
    assert js(source, {"Agent.execute": lambda _: {"$d": text}}) == [True, {"$d": text}, "2026"]


def test_a_date_that_was_changed_goes_back_changed(js: Js) -> None:
    source = "const d = await Agent.execute(1); d.setTime(0); return d"
    date = js(source, {"Agent.execute": lambda _: {"$d": "2026-01-02T03:04:05.123456+00:00"}})
    assert date == {"$d": "1970-01-01T00:00:00.000Z"}


def test_text_with_nul_emoji_and_a_megabyte(echo: Callable[[Any], Any]) -> None:
    for text in ("a\0b", "😀", "x" * 1_000_000, '"\\\n\t\x01\x7f\u2028'):
        assert echo(text) == text
        assert echo([text]) == [text]


def test_half_a_surrogate_pair_of_the_host_has_a_defined_result(js: Js) -> None:
    assert js("return await Agent.execute(1)", {"Agent.execute": lambda _: ["\ud800"]}) == ["?"]


def test_changing_an_argument_after_the_call_changes_nothing(start: Callable[..., Any]) -> None:
    spell = start("const t = {a: 1}; const p = Agent.execute(t); t.a = 2; await p")
    spell.run()
    assert spell.calls("Agent.execute") == [[{"a": 1}]]


def test_changing_an_argument_that_waits_for_an_object_changes_nothing(start: Callable[..., Any]) -> None:
    spell = start("const t = {a: 1, tool: new HttpTool()}; const p = Agent.execute(t); t.a = 2; await p")
    spell.run()
    assert spell.calls("Agent.execute") == [[{"a": 1, "tool": {"$h": ["tool", 9]}}]]


def test_a_result_that_is_no_json_is_an_error_of_that_call(js: Js) -> None:
    source = "try { await Agent.execute() } catch (error) { return error.type }"
    assert js(source, {"Agent.execute": lambda: [math.nan]}) == "conversion"


def test_a_large_payload_crosses_both_ways(echo: Callable[[Any], Any]) -> None:
    data = [{"id": i, "name": f"name {i}", "value": i * 1.5, "ok": True} for i in range(1000)]
    assert echo(data) == data


# -- JSON, the script's own -----------------------------------------------------------------------------------------------


def test_json_encode_is_stringify_with_places(js: Js) -> None:
    assert js("return JSON.encode({b: 1, a: [1, 2.5, true, 'x']})") == '{"b":1,"a":[1,2.5,true,"x"]}'
    pretty = js("return [JSON.encode({a: [1]}, {pretty: true}), JSON.encode({a: 1}, null, 4), JSON.encode([1], true)]")
    assert pretty == ['{\n  "a": [\n    1\n  ]\n}', '{\n    "a": 1\n}', "[\n  1\n]"]
    assert js("return JSON.encode({x: [0/0]})")["message"] == "value.x[0]: NaN has no JSON form"
    assert js("return JSON.encode({f() {}})")["message"] == "value.f: a function cannot cross out of a script"
    assert js("return JSON.encode([await Agent.new({})])")["message"] == "value[0]: a handle has no JSON form"


def test_json_decode_reads_and_names_faults(js: Js) -> None:
    assert js("return JSON.decode('[1, {\"a\": null}]')") == [1, {"a": None}]
    error = js("return JSON.decode('[1,')")
    assert (error["type"], error["where"]) == ("validation", "spell.js:1")
    assert error["message"].startswith("JSON: ")


def test_the_languages_own_json_stays(js: Js) -> None:
    assert js("return [JSON.stringify({a: [1]}, null, 1), JSON.parse('{\"b\":2}', (k, v) => k ? v + 1 : v)]") == [
        '{\n "a": [\n  1\n ]\n}', {"b": 3},
    ]  # fmt: skip
