"""A kernel in thirty lines: answers the calls of a spell from a table of Python functions.

On a clock that never waits.
"""

from __future__ import annotations

import heapq
import os
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from llmspell_engine_javascript.machine import JavaScriptMachine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from llmspell.spec.wire import Message

API = """\
N Agent new execute template list find create
N Tool new create
N Tools get list search register get_by_category *
N Events subscribe emit
N Log print! log! trace! debug! info! warn! error!
N Async sleep run= all= race= all_settled= timeout= with_timeout= retry= with_retry= with_resource= schedule= yield= \
yield_for= yield_until=
N ErrorHandler parse= parse_error= get_stats
N JSON encode= stringify= decode= parse=
H agent chat execute stream get_config
H tool execute
P log print trace debug info warn error
G *Tool
"""

PENDING = object()
MAIN = 1


class Spell:
    """One run of a script. `ops` maps an operation to a function of its arguments; PENDING leaves a call open."""

    def __init__(self, source: str, ops: dict[str, Callable[..., Any]], **hello: Any) -> None:
        self.machine = JavaScriptMachine()
        self.ops = ops
        self.log: list[Message] = []
        self.returns: dict[int, Message] = {}
        self.now = 0.0
        self._sleeping: list[tuple[float, int]] = []
        self._dropped: set[int] = set()
        message: Message = {
            "t": "hello", "v": 1, "api": API, "env": {"ENGINE": "javascript", "SANDBOX_ENABLED": True}, "params": {},
            "limits": {}, "seed": b64encode(os.urandom(32)).decode(),
            "name": "spell.js", "source": source,
        }  # fmt: skip
        message.update(hello)  # type: ignore[typeddict-item]
        self.hello = self.machine.feed(message)[0]

    def feed(self, message: dict[str, Any]) -> list[Message]:
        """Feed one message and serve what comes out; sleeping calls stay for `advance`."""
        waiting = [message]
        first: list[Message] = []
        while waiting:
            out = self.machine.feed(waiting.pop(0))  # type: ignore[arg-type]
            first = first or out
            self.log += out
            for one in out:
                if one["t"] == "return":
                    self.returns[one["id"]] = one
                elif one["t"] == "cancel":
                    self._dropped.add(one["id"])
            waiting += [answer for one in out if one["t"] == "call" and (answer := self._answer(one))]
        return first

    def _answer(self, call: Message) -> dict[str, Any] | None:
        settle: dict[str, Any] = {"t": "settle", "id": call["id"]}
        if call["op"] == "Async.sleep":
            heapq.heappush(self._sleeping, (self.now + call["args"][0], call["id"]))
            return None
        handler = self.ops.get(call["op"])
        if handler is None:
            return {**settle, "ok": False, "error": {"type": "api_unavailable", "message": f"no {call['op']}"}}
        try:
            value = handler(*call["args"])
        except Refusal as refusal:
            return {**settle, "ok": False, "error": refusal.args[0]}
        return None if value is PENDING else {**settle, "ok": True, "value": value}

    def advance(self) -> None:
        """Let the earliest sleeper wake, until none is left."""
        while self._sleeping:
            due, number = heapq.heappop(self._sleeping)
            if number not in self._dropped:
                self.now = due
                self.feed({"t": "settle", "id": number, "ok": True, "value": None})

    def invoke(self, fn: int, *args: Any, number: int = 50) -> Message:
        """Call a function of the script and give its return message."""
        self.feed({"t": "invoke", "id": number, "fn": fn, "args": list(args)})
        self.advance()
        return self.returns[number]

    def run(self) -> Any:
        """Run the main chunk to its end and give its value, or the error object."""
        if not self.hello["ok"]:
            return self.hello["error"]
        self.feed({"t": "invoke", "id": MAIN, "fn": 0, "args": []})
        self.advance()
        return self.result()

    def result(self) -> Any:
        done = self.returns[MAIN]
        return done["value"] if done["ok"] else done["error"]

    @property
    def printed(self) -> list[str]:
        return [one["args"][0] for one in self.log if one["t"] == "post" and one["op"] == "print"]

    def posts(self, op: str) -> list[list[Any]]:
        return [one["args"] for one in self.log if one["t"] == "post" and one["op"] == op]

    def calls(self, op: str) -> list[list[Any]]:
        return [one["args"] for one in self.log if one["t"] == "call" and one["op"] == op]


class Refusal(Exception):  # noqa: N818 - it is the test's word for an answer
    """Make a call of the script fail with this error object."""


RATE_LIMIT = {
    "type": "rate_limit", "message": "too many requests", "code": 7003, "recoverable": True, "suggestions": ["wait"],
    "trace_id": "abc123", "retry_after": 30,
}  # fmt: skip


def _refuse(*_args: Any) -> Any:
    raise Refusal(RATE_LIMIT)


@pytest.fixture
def ops() -> dict[str, Callable[..., Any]]:
    """Give the operations every spell of these tests may call."""
    return {
        "Agent.new": lambda *_: {"$h": ["agent", 3], "$v": {"name": "ada", "model": "scripted"}},
        "Tools.get": lambda name: {"$h": ["tool", 2], "$v": {"name": name}},
        "agent.chat": lambda _self, text=None: f"you said {text}",
        "Agent.execute": lambda *args: list(args) if len(args) > 1 else (args or [None])[0],
        "Agent.find": _refuse,
        "agent.get_config": _refuse,
        "Tools.@get": lambda name: {"$h": ["tool", 1], "$v": {"name": name}},
        "Tools.@construct": lambda name, options: {"$h": ["tool", 9], "$v": {"name": name, "options": options}},
        "tool.execute": lambda tool, *given: [tool["$h"][1], *given],
        "Tools.get_by_category": lambda name: name,
        "Events.subscribe": lambda *_: 1,
        "Agent.list": lambda *_: PENDING,
    }


@pytest.fixture
def start(ops: dict[str, Callable[..., Any]]) -> Iterator[Callable[..., Spell]]:
    """Give a function that begins a spell: `start(source, operations, params=..., limits=...)`."""
    begun: list[Spell] = []

    def begin(source: str, extra: dict[str, Callable[..., Any]] | None = None, **hello: Any) -> Spell:
        begun.append(Spell(source, {**ops, **(extra or {})}, **hello))
        return begun[-1]

    yield begin
    for spell in begun:
        spell.machine.close()


@pytest.fixture
def js(start: Callable[..., Spell]) -> Callable[..., Any]:
    """Give a function that runs a spell to its end and gives its value or error object."""

    def run(source: str, extra: dict[str, Callable[..., Any]] | None = None, **hello: Any) -> Any:
        return start(source, extra, **hello).run()

    return run


@pytest.fixture
def pending() -> object:
    """Give the value an operation returns to leave its call open."""
    return PENDING
