"""A kernel that plays durable spells by rote: it gives every machine the same messages, and keeps what each says.

`python -m llmspell.testing.durable_player TARGET FOLDER` plays the spells of a folder in this process, the last one
first, and prints `{file: [line, ...]}`.
"""

from __future__ import annotations

import heapq
import json
import sys
from base64 import b64encode
from collections import deque
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec.engines import EngineMachine
    from llmspell.spec.wire import Message

API = """\
N Probe echo fail slow register stream box print!
N Tools get register *
N Tool new
N Async sleep run= all= race= all_settled= timeout= with_timeout= retry= with_retry= with_resource= schedule= yield= \
yield_for= yield_until=
N ErrorHandler parse= parse_error=
N JSON encode= stringify= decode= parse=
H box open
P log print trace debug info warn error
G *Tool Tools tool
R box Probe.box
"""
SEED = b64encode(bytes(range(7, 39))).decode()
BEGAN = 1_763_775_653.25
STEP = 0.375
"""Seconds between two messages."""
MAIN = 1
STREAM = 4
ITEMS = 6
MODULES = "modules"
"""The folder beside the spells that they load from."""
ERROR = {"type": "rate_limit", "code": 7003, "message": "slow down", "recoverable": True, "suggestions": ["wait"]}
BOX = {"$h": ["box", 7], "$v": {"size": 3, "name": "ada", "color": "red", "weight": 1.5}}


class Player:
    """Play one spell to its end; `lines` is what the machine said to each message, as JSON text."""

    def __init__(self, machine: EngineMachine, path: Path) -> None:
        self._machine = machine
        self._folder = path.parent
        self._now = BEGAN
        self._queue: deque[dict[str, Any]] = deque()
        self._sleeping: list[tuple[float, int]] = []
        self._dropped: set[int] = set()
        self._asked: dict[int, int] = {}  # invoke -> the call that handed over its function
        self._items = 0
        self.lines: list[str] = []
        self._queue.append({
            "t": "hello", "v": 1, "api": API, "env": {"ENGINE": "any"}, "params": {"b": 1, "a": [1, {"c": 2}]},
            "limits": {"cpu": 60}, "seed": SEED, "name": path.name, "source": path.read_text(encoding="utf-8"),
            "durable": True,
        })  # fmt: skip
        self._queue.append({"t": "invoke", "id": MAIN, "fn": 0, "args": []})

    def play(self) -> list[str]:
        """Feed until nothing is left to be said."""
        while self._queue or self._wake():
            message = self._queue.popleft()
            if message["t"] != "cancel":
                self._now += STEP
                message["now"] = self._now
            out = cast("list[dict[str, Any]]", self._machine.feed(cast("Message", message)))
            said = [one for one in out if one["t"] != "release"]  # these may come at any time
            self.lines.append(json.dumps(said, ensure_ascii=False))
            self._dropped |= {one["id"] for one in said if one["t"] == "cancel"}
            for one in said:
                self._answer(one)
        return self.lines

    def _wake(self) -> bool:
        while self._sleeping:
            due, number = heapq.heappop(self._sleeping)
            if number not in self._dropped:
                self._now = max(self._now, due)
                self._settle(number, None)
                return True
        return False

    def _settle(self, number: int, value: object) -> None:
        self._queue.append({"t": "settle", "id": number, "ok": True, "value": value})

    def _refuse(self, number: int, error: Mapping[str, Any]) -> None:
        self._queue.append({"t": "settle", "id": number, "ok": False, "error": dict(error)})

    def _answer(self, one: dict[str, Any]) -> None:
        kind = one["t"]
        if kind == "call":
            self._call(one["id"], one["op"], one["args"])
        elif kind == "return" and one["id"] in self._asked:
            call = self._asked.pop(one["id"])
            if one["ok"]:
                self._settle(call, one.get("value"))
            else:
                self._refuse(call, one["error"])
        elif kind == "credit":
            self._stream(one["n"])

    def _stream(self, room: int) -> None:
        for _ in range(room):
            self._items += 1
            if self._items > ITEMS:
                break
            last = self._items == ITEMS
            self._queue.append({"t": "item", "s": STREAM, **({"done": True} if last else {"value": self._items})})

    def _call(self, number: int, op: str, args: list[Any]) -> None:
        if op in ("Async.sleep", "Probe.slow"):
            wait = args[0] / 1000 if args and isinstance(args[0], int | float) else 0.0
            heapq.heappush(self._sleeping, (self._now + wait, number))
        elif op == "Probe.fail":
            self._refuse(number, ERROR)
        elif op in ("Probe.register", "Tools.register", "Hooks.register"):
            self._asked[1000 + number] = number
            function = next(_functions(args))
            given = {"y": 1, "x": [1, 2], "b": "text", "a": None}
            self._queue.append({"t": "invoke", "id": 1000 + number, "fn": function, "args": [given, 5]})
        elif op == "Module.load":
            self._load(number, args[0])
        else:
            self._settle(number, {"Probe.box": BOX, "Probe.stream": {"$s": STREAM}}.get(op, args[0] if args else None))

    def _load(self, number: int, name: str) -> None:
        found = sorted((self._folder / MODULES).glob(f"{Path(name).stem}.*"))
        if found:
            source = found[0].read_text(encoding="utf-8")
            self._settle(number, {"name": f"{MODULES}/{found[0].name}", "source": source})
        else:
            self._refuse(number, {"type": "not_found", "code": 2001, "message": f"no module {name}"})


def _functions(value: object) -> Any:
    """Yield the numbers of the functions in a value of the wire."""
    if isinstance(value, dict) and "$fn" in value:
        yield value["$fn"]
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _functions(one)


def play(target: str, path: Path) -> list[str]:
    """Play a spell in a fresh machine of the class that `target` (`module:Class`) names."""
    module, _, name = target.partition(":")
    machine: EngineMachine = getattr(import_module(module), name)()
    try:
        return Player(machine, path).play()
    finally:
        machine.close()


def spells(folder: Path) -> list[Path]:
    """Give the spells of a folder in order."""
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


if __name__ == "__main__":
    played = {path.name: play(sys.argv[1], path) for path in reversed(spells(Path(sys.argv[2])))}
    sys.stdout.write(json.dumps(played))
