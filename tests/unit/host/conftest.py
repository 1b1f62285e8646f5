"""Channels to small engines written for these tests, and to the Lua engine."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.runtime.host import Limits, open_channel
from llmspell.spec.engines import engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from llmspell.runtime.host import Channel

    Open = Callable[..., Awaitable[Channel]]

ENGINE = """
import os, signal, sys, time

class Machine:
    def feed(self, message):
        return getattr(self, "on_" + message["t"])(message)

    def close(self):
        pass

    def on_hello(self, message):
        return [{"t": "hello", "ok": True, "v": 1, "engine": "test"}]

    def on_settle(self, message):
        return []

    def on_invoke(self, message):
        return getattr(self, message["args"][0])(message, *message["args"][1:])

    def echo(self, message, value):
        return [{"t": "return", "id": message["id"], "ok": True, "value": value}]

    def look(self, message):
        value = {
            "pid": os.getpid(), "env": dict(os.environ), "cwd": os.listdir("."), "session": os.getsid(0) == os.getpid(),
            "fds": sorted(int(n) for n in os.listdir("/proc/self/fd")), "modules": sorted(sys.modules),
        }
        return self.echo(message, value)

    def status(self, message):
        import resource
        with open("/proc/self/status") as file:
            lines = dict(line.split(":", 1) for line in file)
        names = ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_DATA", "RLIMIT_CPU")
        limits = {name: resource.getrlimit(getattr(resource, name))[0] for name in names}
        return self.echo(message, {"no_new_privs": lines["NoNewPrivs"].strip(), "limits": limits})

    def die(self, message, name):
        os.kill(os.getpid(), getattr(signal, name))

    def leave(self, message, code, text):
        os.write(2, text.encode())
        os._exit(code)

    def burn(self, message):
        while True:
            pass

    def hang(self, message):
        time.sleep(1000)

    def fill(self, message, size):
        data = bytearray(size)
        time.sleep(1000)
        return self.echo(message, len(data))

    def flood(self, message, size):
        return [{"t": "post", "op": "print", "args": ["x" * size]}]

    def many(self, message, count, size):
        return [{"t": "post", "op": "Log.info", "args": ["x" * size]} for _ in range(count)]

    def write(self, message):
        with open("file", "w") as file:
            file.write("x")

    def broken(self, message):
        raise ValueError("the machine is broken")
"""


@pytest.fixture
def small_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the description of an engine whose messages make it misbehave."""
    (tmp_path / "small_engine_of_tests.py").write_text(textwrap.dedent(ENGINE))
    monkeypatch.syspath_prepend(tmp_path)
    return engine("small", "small_engine_of_tests:Machine", "Misbehaves on request.", extensions=(".small",))


@pytest.fixture
def lua_engine() -> Any:
    """Give the description of the Lua engine."""
    from llmspell_engine_lua.plugin import llmspell_engines

    return llmspell_engines()[0]


@pytest.fixture
async def open_engine() -> AsyncIterator[Open]:
    """Give a function that opens a channel and says hello; all are closed at the end."""
    opened: list[Channel] = []

    async def begin(isolation: str, component: Any, limits: Limits | None = None, source: str = "") -> Channel:
        channel = await open_channel(isolation, component, limits)
        opened.append(channel)
        await channel.send(
            [
                {
                    "t": "hello", "v": 1, "api": "N Agent new execute\nN Async sleep\nP print\n", "env": {}, "params":
                    {},
                    "limits": channel.limits.for_guest(isolation), "name": "spell.lua", "source": source,
                }
            ]
        )  # fmt: skip
        (hello,) = await channel.receive()
        assert hello["ok"] is True
        return channel

    yield begin
    for channel in opened:
        await channel.aclose()


@pytest.fixture
def call() -> Callable[..., Awaitable[Any]]:
    """Give a function that invokes the small engine and gives the value it returns."""

    async def invoke(channel: Channel, *args: Any) -> Any:
        await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": list(args)}])
        (answer,) = await channel.receive()
        return answer["value"]

    return invoke
