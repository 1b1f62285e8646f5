"""What a script printed is told before its end is, though it never came to rest."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ScriptTimeoutError
from llmspell.runtime.host import Limits
from llmspell.spec.engine_child import Outlet
from llmspell.spec.wire import HEADER, decode_frame

if TYPE_CHECKING:
    from llmspell.spec.wire import Message

INVOKE: Any = {"t": "invoke", "id": 1, "fn": 0, "args": []}


async def test_a_child_that_loops_is_heard_before_it_is_killed(lua_engine: Any, open_engine: Any) -> None:
    source = "print('one') print('two') Agent.new() print('three') while true do end"
    channel = await open_engine("process", lua_engine, Limits(cpu=None), source)
    await channel.send([INVOKE])
    heard: list[Any] = []
    while "three" not in heard:
        for message in await channel.receive():
            heard.append(message["op"] if message["t"] == "call" else message["args"][0])
            if message["t"] == "call":
                await channel.send([{"t": "settle", "id": message["id"], "ok": True, "value": None}])
    assert heard == ["one", "two", "Agent.new", "three"]
    channel.kill(ScriptTimeoutError("stopped by the test"))
    with pytest.raises(ScriptTimeoutError):
        await channel.receive()


async def test_inline_posts_go_to_the_listener_while_the_machine_runs(lua_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("inline", lua_engine, Limits(cpu=0.05), "print('one') while true do end")
    heard: list[Message] = []
    channel.on_post = heard.append
    channel.write([INVOKE])
    assert [one["args"] for one in heard] == [["one"]]
    (answer,) = await channel.receive()
    assert answer["error"]["code"] == 4004


async def test_inline_posts_without_a_listener_come_with_the_rest(lua_engine: Any, open_engine: Any) -> None:
    channel = await open_engine("inline", lua_engine, source="print('one') return 1")
    await channel.send([INVOKE])
    assert [one["t"] for one in await channel.receive()] == ["post", "return"]


class Pipe:
    """Remember frames as they are written."""

    def __init__(self) -> None:
        self.frames: list[list[Message]] = []
        self.waits: list[list[Message]] = []

    def write(self, frame: bytes) -> None:
        self.waits.append(decode_frame(frame[HEADER:]))

    def flush(self) -> None:
        self.frames += self.waits
        self.waits = []


def post(text: str) -> Any:
    return {"t": "post", "op": "print", "args": [text]}


def test_the_first_post_leaves_at_once_and_a_long_one_takes_the_others_along() -> None:
    pipe = Pipe()
    outlet = Outlet(pipe)
    outlet.say(post("first"))
    assert pipe.frames == [[post("first")]]
    outlet.say(post("x" * 5000))
    assert pipe.frames[1:] == [[post("x" * 5000)]]


def test_what_was_said_comes_before_the_answers_of_the_same_turn() -> None:
    pipe = Pipe()
    outlet = Outlet(pipe)
    for text in "abc":
        outlet.say(post(text))
    outlet.answer([{"t": "call", "id": 1, "op": "Agent.new", "args": []}])
    told = [one for frame in pipe.frames for one in frame]
    assert [one["args"][0] for one in told if one["t"] == "post"] == ["a", "b", "c"]
    assert [one["t"] for one in told[-2:]] == ["call", "idle"]


async def test_posts_of_a_child_keep_their_order_and_their_place_before_the_calls(
    lua_engine: Any, open_engine: Any
) -> None:
    """Both threads of the child write here: some posts wait for their turn, long ones leave at once."""
    source = "for i = 1, 300 do for j = 1, i % 7 do print(i, ('x'):rep(j * 1000)) end Agent.new(i) end"
    channel = await open_engine("process", lua_engine, Limits(cpu=None), source)
    await channel.send([INVOKE])
    heard: list[Any] = []
    while not heard or heard[-1] != "end":
        for message in await channel.receive():
            if message["t"] == "post":
                heard.append(int(message["args"][0].split("\t")[0]))
            elif message["t"] == "call":
                heard.append(("call", message["args"][0]))
                await channel.send([{"t": "settle", "id": message["id"], "ok": True, "value": None}])
            else:
                heard.append("end")
    wanted: list[Any] = []
    for i in range(1, 301):
        wanted += [*[i] * (i % 7), ("call", i)]
    assert heard == [*wanted, "end"]


async def test_a_child_that_floods_waits_for_a_kernel_that_does_not_read(lua_engine: Any, open_engine: Any) -> None:
    """It ends up neither answering nor working, in the middle of a frame, and not with all of its output in memory."""
    source = "while true do print(('x'):rep(10000)) end"
    channel = await open_engine("process", lua_engine, Limits(cpu=None, output=1 << 40, stall=0.2), source)
    await channel.send([INVOKE])
    await channel._process.wait()
    with pytest.raises(ScriptTimeoutError, match="neither answered nor worked"):
        await channel.receive()


GONE = """
import os, sys, threading
from llmspell.spec.engine_child import Outlet

class Pipe:
    room = int(sys.argv[1])

    def write(self, frame):
        self.room -= 1
        if self.room < 0:
            raise BrokenPipeError

    def flush(self):
        pass

outlet = Outlet(Pipe())
for text in "ab":
    outlet.say({"t": "post", "op": "print", "args": [text]})
threading.Event().wait()
"""


@pytest.mark.parametrize("room", [0, 1])
def test_a_child_whose_kernel_died_ends_from_either_thread(room: int) -> None:
    ended = subprocess.run([sys.executable, "-c", GONE, str(room)], capture_output=True, timeout=30, check=True)
    assert ended.stderr == b""
