"""A kernel for tests of one machine: it answers a script's calls from a table of functions, on its own clock."""

from __future__ import annotations

import heapq
import os
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from llmspell.runtime.host import Channel
    from llmspell.spec.engines import EngineMachine
    from llmspell.spec.wire import Message

API = """\
N Agent new execute template list find create
N Tool new create
N Tools get list search create register get_by_category *
N Events subscribe emit
N Hooks register
N Log print! log! trace! debug! info! warn! error!
N Async sleep run= all= race= all_settled= timeout= with_timeout= retry= with_retry= with_resource= schedule= yield= \
yield_for= yield_until=
N ErrorHandler parse= parse_error= get_stats
N JSON encode= stringify= decode= parse=
H agent chat execute stream get_config
H tool execute
P log print trace debug info warn error
G *Tool Tools tool
M Log logging
M Async utils
M ErrorHandler errors error
R agent Agent.new Agent.create
R tool Tool.new Tool.create Tools.get Tools.create Tools.register
R subscription Events.subscribe
R hook Hooks.register
F execute Tool.new Tool.create Tools.create Tools.register
F handler Hooks.register
F * Events.subscribe
"""
"""The names that scripts of these tests find."""

PENDING = object()
"""What an operation gives to leave its call open."""
MAIN = 1
SLEEP = "Async.sleep"
RATE_LIMIT: Mapping[str, object] = {
    "type": "rate_limit", "message": "too many requests", "code": 7003, "recoverable": True, "suggestions": ["wait"],
    "trace_id": "abc123", "retry_after": 30,
}  # fmt: skip

Operations = dict[str, Callable[..., Any]]


class Refusal(Exception):  # noqa: N818 - it is the test's word for an answer
    """Make a call of the script fail with this error object."""


def refusing(error: Mapping[str, object]) -> Callable[..., Any]:
    """Give an operation that fails with an error object."""

    def refuse(*_: object) -> object:
        raise Refusal(error)

    return refuse


def operations() -> Operations:
    """Give the operations that most scripts of tests call."""
    return {
        "Agent.new": lambda *_: {"$h": ["agent", 3], "$v": {"name": "ada", "model": "scripted"}},
        "agent.chat": lambda _self, text=None: f"you said {text}",
        "Agent.execute": lambda *args: list(args) if len(args) > 1 else (args or [None])[0],
        "Agent.find": refusing(RATE_LIMIT),
        "Agent.list": lambda *_: PENDING,
        "Tools.@get": lambda name: {"$h": ["tool", 1], "$v": {"name": name}},
        "Tools.@construct": lambda name, options: [name, options],
        "Tools.get_by_category": lambda name: name,
        "Events.subscribe": lambda *_: 1,
    }


def answer(ops: Operations, call: Mapping[str, Any]) -> dict[str, Any] | None:
    """Answer a call from a table, with the message that settles it; None leaves it open."""
    settle = {"t": "settle", "id": call["id"]}
    handler = ops.get(call["op"])
    if handler is None:
        return {**settle, "ok": False, "error": {"type": "api_unavailable", "message": f"no {call['op']}"}}
    try:
        value = handler(*call["args"])
    except Refusal as refusal:
        return {**settle, "ok": False, "error": refusal.args[0]}
    return None if value is PENDING else {**settle, "ok": True, "value": value}


async def drive(channel: Channel, ops: Operations) -> dict[str, Any]:
    """Run the main chunk of the machine behind a channel, answering its calls, and give its return message."""
    await _send(channel, {"t": "invoke", "id": MAIN, "fn": 0, "args": []})
    while True:
        for message in await channel.receive():
            if message["t"] == "return":
                return cast("dict[str, Any]", message)
            settled = answer(ops, message) if message["t"] == "call" else None
            if settled is not None:
                await _send(channel, settled)


async def _send(channel: Channel, message: Mapping[str, Any]) -> None:
    await channel.send([cast("Message", message)])


class TableKernel:
    """Run one script in a machine.

    `ops` maps an operation to a function of its arguments: what it gives answers the call, `PENDING` leaves it open,
    `Refusal` fails it. `Async.sleep` waits for `advance`, unless the table has it. `hello` are fields of the first
    message. `log` holds all that the machine said.
    """

    def __init__(self, machine: EngineMachine, source: str, ops: Operations, **hello: Any) -> None:
        self.machine = machine
        self.ops = ops
        self.log: list[dict[str, Any]] = []
        self.returns: dict[int, dict[str, Any]] = {}
        self.now = 0.0
        self._sleeping: list[tuple[float, int]] = []
        self._dropped: set[int] = set()
        message = {
            "t": "hello", "v": 1, "api": API, "env": {"SANDBOX_ENABLED": True}, "params": {}, "limits": {},
            "seed": b64encode(os.urandom(32)).decode(), "name": "spell", "source": source, **hello,
        }  # fmt: skip
        self.hello = self._say(message)[0]

    def _say(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        return cast("list[dict[str, Any]]", self.machine.feed(cast("Message", message)))

    def feed(self, message: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Feed one message, answer what comes out, and give the first of it; who sleeps waits for `advance`."""
        waiting = [message]
        first: list[dict[str, Any]] = []
        while waiting:
            out = self._say(waiting.pop(0))
            first = first or out
            self.log += out
            self.returns |= {one["id"]: one for one in out if one["t"] == "return"}
            self._dropped |= {one["id"] for one in out if one["t"] == "cancel"}
            waiting += [answer for one in out if one["t"] == "call" and (answer := self._answer(one))]
        return first

    def _answer(self, call: Mapping[str, Any]) -> dict[str, Any] | None:
        if call["op"] == SLEEP and SLEEP not in self.ops:
            heapq.heappush(self._sleeping, (self.now + call["args"][0], call["id"]))
            return None
        return answer(self.ops, call)

    def advance(self) -> None:
        """Let the earliest sleeper wake, until none is left."""
        while self._sleeping:
            due, number = heapq.heappop(self._sleeping)
            if number not in self._dropped:
                self.now = due
                self.feed({"t": "settle", "id": number, "ok": True, "value": None})

    def invoke(self, fn: int, *args: Any, number: int = 50) -> dict[str, Any]:
        """Call a function of the script and give its return message."""
        self.feed({"t": "invoke", "id": number, "fn": fn, "args": list(args)})
        self.advance()
        return self.returns[number]

    def run_until_waiting(self) -> None:
        """Start the main chunk and leave it where it waits."""
        self.feed({"t": "invoke", "id": MAIN, "fn": 0, "args": []})

    def run(self) -> Any:
        """Run the main chunk to its end and give its value, or the error object."""
        if not self.hello["ok"]:
            return self.hello["error"]
        self.run_until_waiting()
        self.advance()
        return self.result()

    def result(self) -> Any:
        """Give the value of the main chunk, or its error object."""
        done = self.returns[MAIN]
        return done["value"] if done["ok"] else done["error"]

    @property
    def printed(self) -> list[str]:
        """Give the lines that were printed."""
        return [args[0] for args in self.posts("print")]

    def posts(self, op: str) -> list[list[Any]]:
        """Give the arguments of every post of an operation."""
        return [one["args"] for one in self.log if one["t"] == "post" and one["op"] == op]

    def calls(self, op: str) -> list[list[Any]]:
        """Give the arguments of every call of an operation."""
        return [one["args"] for one in self.log if one["t"] == "call" and one["op"] == op]
