"""A value of the kernel goes into a script and comes back: equal, or as the policy says (docs/adr/0006)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.bridge.values import Crossing, decode, encode
from llmspell_engine_javascript.machine import JavaScriptMachine
from llmspell_engine_lua.machine import LuaMachine
from llmspell_engine_python.machine import PythonMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INT64 = 1 << 63
ENGINES: dict[str, tuple[Any, str]] = {
    "lua": (LuaMachine, "local v = Box.get() while true do v = Box.get(v) end"),
    "javascript": (JavaScriptMachine, "let v = await Box.get(); while (true) v = await Box.get(v)"),
    "python": (PythonMachine, "v = await Box.get()\nwhile True: v = await Box.get(v)"),
}
TEXT = st.text(st.characters(codec="utf-8"))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-INT64, INT64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
    | st.text('$hfsbdi\0"\\', max_size=3)
    | st.binary()
    | TEXT.map(str.encode)
)
KEYS = TEXT | st.text("$hfsbdi", min_size=1, max_size=3)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=6) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=30
)


def refuse(*_: object) -> Any:
    raise AssertionError("plain values have no objects in them")


def policy(language: str, value: Any) -> Any:
    """Give what should come back."""
    if isinstance(value, list):
        return [policy(language, one) for one in value]
    if isinstance(value, dict):
        kept = {
            key: one for key, one in value.items() if one is not None or language != "lua"
        }  # nil is no item of a map
        return {key: policy(language, one) for key, one in kept.items()}
    if isinstance(value, bytes) and language == "lua":  # a string is a string: text when it can be
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value
    return value


def same(language: str, left: Any, right: Any) -> bool:
    """Compare like ==, but tell True from 1, and 1 from 1.0 where the language does."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(language, *pair) for pair in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(language, left[key], right[key]) for key in left)
    numbers = {type(left), type(right)} == {int, float} and language == "javascript"
    return (type(left) is type(right) or numbers) and bool(left == right)


@pytest.fixture(scope="module", params=ENGINES)
def through(request: pytest.FixtureRequest) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Give a language and a function that sends a value through its script: as an answer, then as an argument."""
    make, source = ENGINES[request.param]
    machine = make()
    machine.feed({"t": "hello", "v": 1, "api": "N Box get\n", "name": "echo", "source": source, "seed": "c2VlZA=="})
    machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
    crossing = Crossing(refuse, refuse, refuse, refuse, refuse, request.param != "javascript")
    calls = 0

    def send(value: Any) -> Any:
        nonlocal calls
        calls += 1
        sent = json.loads(json.dumps(encode(value, crossing)))
        (call,) = machine.feed({"t": "settle", "id": calls, "ok": True, "value": sent})
        return decode(json.loads(json.dumps(call["args"][0])), crossing)

    yield request.param, send
    machine.close()


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=VALUES)
def test_every_value_comes_back(through: tuple[str, Callable[[Any], Any]], value: Any) -> None:
    language, send = through
    found = send(value)
    assert same(language, found, policy(language, value))
