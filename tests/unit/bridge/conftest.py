"""A guest in this process: an engine whose scripts are Python coroutines, speaking the wire protocol over queues."""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import pytest

from llmspell.bridge.session import SpellSession
from llmspell.errors import ScriptMemoryError
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.runtime.host import Limits
from llmspell.services.config import Config

if TYPE_CHECKING:
    from pathlib import Path

Script = Callable[["Guest"], Awaitable[object]]


class GuestError(Exception):
    """What a guest's call raises: the error object of the wire."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.error = error


class Guest:
    """Implement the channel of a session and the guest behind it; every message passes through JSON text."""

    congested = False
    limits = Limits()

    def __init__(self, main: Script) -> None:
        self.main = main
        self.functions: dict[int, Callable[..., object]] = {}
        self.sent: list[dict[str, Any]] = []
        self.hello: dict[str, Any] = {}
        self.released: list[int] = []
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._items: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._invokes: dict[int, asyncio.Task[None]] = {}
        self._last = 0
        self.dead = False

    # -- the channel

    async def send(self, messages: list[dict[str, Any]]) -> None:
        self.write(messages)

    def write(self, messages: list[dict[str, Any]]) -> None:
        if self.dead:
            raise ScriptMemoryError("the engine died")
        for message in json.loads(json.dumps(messages, allow_nan=False)):
            self.sent.append(message)
            getattr(self, f"_got_{message['t']}")(message)

    def heard(self) -> list[Any]:
        return []  # it talks between two turns of the loop

    async def receive(self) -> list[dict[str, Any]]:
        texts = [await self._outbox.get()]
        while not self._outbox.empty() and texts[-1] is not None:
            texts.append(self._outbox.get_nowait())
        if texts == [None]:
            raise ScriptMemoryError("the engine died")
        if texts[-1] is None:
            self._outbox.put_nowait(texts.pop())
        return [json.loads(text) for text in texts if text is not None]

    def put(self, message: dict[str, Any] | None) -> None:
        """Send a message to the kernel; None means that the engine dies."""
        self.dead = message is None
        self._outbox.put_nowait(None if message is None else json.dumps(message))

    def _got_hello(self, message: dict[str, Any]) -> None:
        self.hello = message
        self.put({"t": "hello", "v": 1, "engine": "test"})

    def _got_invoke(self, message: dict[str, Any]) -> None:
        task = asyncio.get_running_loop().create_task(self._run(message))
        self._invokes[message["id"]] = task

    def _got_settle(self, message: dict[str, Any]) -> None:
        future = self._waiting.pop(message["id"])
        if message["ok"]:
            future.set_result(message["value"])
        else:
            future.set_exception(GuestError(message["error"]))

    def _got_item(self, message: dict[str, Any]) -> None:
        self._items[message["s"]].put_nowait(message)

    def _got_release(self, message: dict[str, Any]) -> None:
        self.released += message["fn"]

    def _got_cancel(self, message: dict[str, Any]) -> None:
        self._invokes[message["id"]].cancel()

    async def _run(self, message: dict[str, Any]) -> None:
        number = message["fn"]
        try:
            value = self.main(self) if number == 0 else self.functions[number](*message["args"])
            value = await value if inspect.isawaitable(value) else value
        except GuestError as error:
            self.put({"t": "return", "id": message["id"], "ok": False, "error": error.error})
        except Exception as error:  # noqa: BLE001 - a script may raise anything
            told = {"type": "runtime", "message": str(error), "where": "test.lua:1"}
            self.put({"t": "return", "id": message["id"], "ok": False, "error": told})
        else:
            self.put({"t": "return", "id": message["id"], "ok": True, "value": value})

    # -- what a script does

    def start(self, op: str, *arguments: object, within: int | None = None) -> tuple[int, asyncio.Future[Any]]:
        self._last += 1
        future = self._waiting[self._last] = asyncio.get_running_loop().create_future()
        inside = {} if within is None else {"in": within}
        self.put({"t": "call", "id": self._last, "op": op, "args": list(arguments), **inside})
        return self._last, future

    async def call(self, op: str, *arguments: object, within: int | None = None) -> Any:
        return await self.start(op, *arguments, within=within)[1]

    @property
    def invokes(self) -> list[int]:
        """Give the numbers of the calls into the script so far."""
        return list(self._invokes)

    def post(self, op: str, *arguments: object) -> None:
        self.put({"t": "post", "op": op, "args": list(arguments)})

    def function(self, body: Callable[..., object]) -> dict[str, int]:
        number = len(self.functions) + 1
        self.functions[number] = body
        return {"$fn": number}

    async def items(
        self, stream: dict[str, int], *, credit: int = 8, limit: int | None = None, into: list[Any] | None = None
    ) -> list[Any]:
        number = stream["$s"]
        queue = self._items[number] = asyncio.Queue()
        self.put({"t": "credit", "s": number, "n": credit})
        found: list[Any] = [] if into is None else into
        while limit is None or len(found) < limit:
            item = await queue.get()
            if "error" in item:
                raise GuestError(item["error"])
            if item.get("done"):
                return found
            found.append(item["value"])
            self.put({"t": "credit", "s": number, "n": 1})
        self.put({"t": "release", "s": [number]})
        return found


PLUGIN = """
from __future__ import annotations

from typing import Annotated

from attrs import frozen

from llmspell.errors import ToolExecutionError
from llmspell.spec import Doc, Example, ToolOutput, engine, hookimpl, tool


@frozen(kw_only=True)
class AddArgs:
    left: Annotated[int, Doc("One number.")]
    right_one: Annotated[int, Doc("Another.")] = 1


@frozen(kw_only=True)
class AddOptions:
    offset: int = 0


class Add:
    Options = AddOptions
    examples = (Example("small", {"left": 1, "right_one": 2}, {"sum": 3}),)
    output_schema = {"type": "object", "properties": {"sum": {"type": "integer"}}}

    def __init__(self, options: AddOptions = AddOptions()) -> None:
        self.options = options

    async def run(self, args: AddArgs, ctx: object) -> object:
        if args.left < 0:
            raise ToolExecutionError("no negative numbers")
        total = args.left + args.right_one + self.options.offset
        return ToolOutput({"sum": total, "metadata": "shadowed"}, metadata={"from": "add"})


def double(sum: int) -> int:
    return sum * 2


@hookimpl
def llmspell_engines():
    target = "test_tools_of_the_bridge:Add"  # the guest of these tests says that it is this engine; nobody loads it
    return [engine("lua", target, "Stand for the guest.", extensions=(".lua",))]


@hookimpl
def llmspell_tools():
    here = "test_tools_of_the_bridge"
    return [
        tool("adder", f"{here}:Add", "Add two numbers.", category="math", capabilities=("sums",), aliases=("plus",)),
        tool("doubler", f"{here}:double", "Double a number.", category="math", effect="pure"),
    ]
"""


@pytest.fixture
async def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    (tmp_path / "test_tools_of_the_bridge.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "test_tools_of_the_bridge", raising=False)
    config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path)
    selection = PluginSelection.read(["test_tools_of_the_bridge", "no:*"])
    async with App.open(config=config, selection=selection) as app:
        yield app


@pytest.fixture
def guest_error() -> type[GuestError]:
    return GuestError


@pytest.fixture
def guest() -> Callable[[Script], Guest]:
    return Guest


@pytest.fixture
def spell(app: Any) -> Callable[..., Awaitable[Any]]:
    """Run a coroutine as a spell and give its value."""

    async def run(main: Script, *, language: str = "lua", printed: list[str] | None = None, **more: Any) -> Any:
        async with app.run("test") as run:
            out = printed.append if printed is not None else lambda _: None
            session = SpellSession(run, cast("Any", Guest(main)), language=language, on_print=out, **more)
            return await session.drive(name="test.lua")

    return run


@pytest.fixture
def hook() -> Callable[..., Awaitable[Any]]:
    """Register a hook of a script."""

    async def hook(guest, point: str, body: Any, **settings: Any) -> Any:
        function = guest.function(body)
        return await guest.call("Hooks.register", point, {"handler": function, **settings} if settings else function)

    return hook


@pytest.fixture
def add() -> Callable[..., Awaitable[Any]]:
    """Call the tool `adder`."""

    async def add(guest, left: int = 1, right: int = 1) -> Any:
        tool = await guest.call("Tools.get", "adder")
        return await guest.call("tool.execute", tool, {"left": left, "right_one": right})

    return add


@pytest.fixture
def chat() -> Callable[..., Awaitable[Any]]:
    """Make an agent with one answer and talk to it."""

    async def chat(guest, text: str = "hello", *, reply: str = "hi", **more: Any) -> Any:
        config = {"name": "bob", "provider": "scripted", "extra": {"script": {"steps": [{"text": reply}]}}, **more}
        agent = await guest.call("Agent.new", config)
        return await guest.call("agent.chat", agent, text)

    return chat
