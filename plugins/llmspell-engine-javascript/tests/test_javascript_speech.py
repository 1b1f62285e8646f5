"""What a script says while it runs."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell_engine_javascript.machine import JavaScriptMachine
from llmspell_engine_javascript.speech import Speech

if TYPE_CHECKING:
    from llmspell.spec.wire import Message

LOOPS = ["while (true);", "(async () => { while (true) await null })()"]


@pytest.fixture
def run():
    """Give a function that runs a script with a listener and gives what it said and what came out of `feed`."""

    def begin(source: str, **limits: Any) -> tuple[list[Message], list[Message]]:
        machine = JavaScriptMachine()
        said: list[Message] = []
        machine.speak = said.append
        api = "P print log"
        hello: Message = {"t": "hello", "v": 1, "api": api, "limits": limits, "name": "s.js", "source": source}
        assert machine.feed(hello)[0]["ok"]
        out = machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
        machine.close()
        return said, out

    return begin


def test_a_listener_gets_prints_and_logs_and_feed_does_not(run):
    said, out = run('print("one"); log.warn("two", { n: 1 }); console.log("three"); return 4')
    assert [(one["op"], one["args"]) for one in said] == [
        ("print", ["one"]),
        ("Log.warn", ["two", {"n": 1}]),
        ("print", ["three"]),
    ]
    assert [(one["t"], one["value"]) for one in out] == [("return", 4)]


@pytest.mark.parametrize("loop", LOOPS)
def test_a_script_that_is_stopped_was_heard(run, loop):
    said, out = run(f'print("one"); print("two"); {loop}', cpu=0.3)
    assert [one["args"] for one in said] == [["one"], ["two"]]
    assert out[0]["error"]["code"] == 4004


def test_a_flood_of_prints_arrives_whole_and_in_order(run):
    said, _ = run("for (let i = 0; i < 20000; i++) print(`${i} \U0001f40d`)")
    assert [one["args"] for one in said] == [[f"{i} \U0001f40d"] for i in range(20000)]


def test_a_text_that_passes_the_shared_memory_arrives_whole(run):
    said, _ = run('print("\U0001f40d".repeat(100001)); print("end")')
    assert [one["args"] for one in said] == [["\U0001f40d" * 100001], ["end"]]


def test_a_script_that_writes_too_much_is_stopped_after_what_was_allowed(run):
    said, out = run('for (;;) { try { print("x".repeat(60)) } catch {} }', output=1000)
    assert 0 < len(said) <= 10
    assert out[0]["error"]["code"] == 4009


def test_a_script_finds_nothing_of_the_shared_memory(run):
    _, out = run("return [typeof SharedArrayBuffer, typeof Atomics, Object.getOwnPropertyNames(globalThis).length > 9]")
    assert out[0]["value"] == ["undefined", "undefined", True]


def test_prototypes_that_a_script_changes_do_not_reach_what_it_says(run):
    source = """
        Object.defineProperty(Object.prototype, "0", { set() { throw new Error("seen") }, configurable: true });
        Object.getPrototypeOf(Uint16Array.prototype).set = () => { throw new Error("seen") };
        String.prototype.charCodeAt = () => 7;
        print("plain");
    """
    assert [one["args"] for one in run(source)[0]] == [["plain"]]


def speech_of(memory: bytearray) -> Speech:
    return Speech(ctypes.addressof(ctypes.c_char.from_buffer(memory)), len(memory))


@given(
    st.lists(st.text(st.characters(exclude_characters="\n") | st.sampled_from("\ud83d\udc4b")), max_size=20),
    st.integers(min_value=1, max_value=9),
)
def test_texts_survive_any_moment_of_reading(texts, step):
    units = b"".join(f"{text}\n".encode("utf-16-le", "surrogatepass") for text in texts)
    whole = [text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass") for text in texts]
    memory = bytearray(4) + units + bytes(2)
    speech = speech_of(memory)
    heard = []
    for end in [*range(0, len(units) // 2, step), len(units) // 2]:
        memory[0:4] = end.to_bytes(4, "little")
        heard += speech.take()
    assert heard == whole  # two halves of a pair side by side are one letter


def test_a_count_beyond_the_memory_is_not_followed():
    memory = bytearray((1 << 31).to_bytes(4, "little") + "a\n".encode("utf-16-le"))
    speech = speech_of(memory)
    assert speech.take() == ["a"]
    assert speech.take() == []
    speech.close()
    speech.clear()
    assert memory[:4] == (1 << 31).to_bytes(4, "little")
