"""A durable spell: two processes that get the same messages say the same."""

from __future__ import annotations

import datetime as dt
import json
import os
import pickle
import subprocess
import sys
from base64 import b64decode, b64encode
from itertools import count
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any, cast

import pytest

from llmspell.spec.engines import engine
from llmspell.testing import ChildMachine
from llmspell.testing.table_kernel import API, TableKernel, operations
from llmspell_engine_python.machine import PythonMachine

if TYPE_CHECKING:
    from llmspell.spec.wire import Message

HERE = Path(__file__).parent
CORPUS = sorted((HERE / "durable").glob("*.spell"))
FAILING = {"26_errors"}
NOW = 1_763_800_000.125
ITEMS = 4
HELLO: dict[str, Any] = {
    "api": API.replace("Agent new", "Agent stream new"),
    "durable": True,
    "name": "spell.py",
    "seed": b64encode(bytes(range(32))).decode(),
}
MODULES = {
    "lucky": "import random, time\nNUMBER = random.random()\nMADE = time.time()\nstamp = time.time_ns\n\n\n"
    "async def ask(word):\n    return await Agent.execute(word)\n"
}


class Recorded:
    """A machine whose messages are kept, with all that it says to each; every message is a moment later than the last.

    A function that the script hands to `Agent.execute` is called at once, a stream has `ITEMS` items.
    """

    def __init__(self, machine: ChildMachine) -> None:
        self.turns: list[tuple[dict[str, Any], list[dict[str, Any]]]] = []
        self._machine = machine
        self._now = NOW
        self._sleeps: dict[int, float] = {}
        self._given: dict[int, int] = {}

    def feed(self, message: Message) -> list[Message]:
        """Feed it, and what follows of itself from the answers."""
        self._now += 0.25 + self._sleeps.get(message.get("id", 0), 0.0)
        stamped = {**message, "now": self._now}
        out = cast("list[dict[str, Any]]", self._machine.feed(cast("Message", stamped)))
        self.turns.append((stamped, list(out)))
        for one in list(out):
            for next_message in self._following(one):
                out += cast("list[dict[str, Any]]", self.feed(cast("Message", next_message)))
        return cast("list[Message]", out)

    def _following(self, said: dict[str, Any]) -> list[dict[str, Any]]:
        if said["t"] == "credit":
            begun = self._given.get(said["s"], 0)
            end = self._given[said["s"]] = min(ITEMS, begun + said["n"])
            items = [{"t": "item", "s": said["s"], "value": number} for number in range(begun, end)]
            return [*items, {"t": "item", "s": said["s"], "done": True}] if begun < end == ITEMS else items
        if said.get("op") == "Async.sleep":
            self._sleeps[said["id"]] = said["args"][0] / 1000
        if said.get("op") == "Agent.execute" and "$fn" in str(said["args"]):
            return [{"t": "invoke", "id": 100 + said["id"], "fn": said["args"][0]["$fn"], "args": ["hello"]}]
        return []

    def close(self) -> None:
        """End the process."""
        self._machine.close()


def _python(target: str = "llmspell_engine_python.machine:PythonMachine") -> ChildMachine:
    return ChildMachine(engine("python", target, "Python, for a trial.", extensions=(".py",), language="Python"))


def _play(source: str, **hello: Any) -> Recorded:
    """Run a spell to its end in a process of its own."""
    streams, agents = count(1), count(1)
    recorded = Recorded(_python())
    table = {
        **operations(),
        "Agent.new": lambda *_: {"$h": ["agent", next(agents)], "$v": {"name": "ada"}},
        "Agent.stream": lambda *_: {"$s": next(streams)},
        "Module.load": lambda name: {"name": f"{name}.py", "source": MODULES[name]},
    }
    try:
        TableKernel(cast("Any", recorded), dedent(source), table, **{**HELLO, **hello}).run()
    finally:
        recorded.close()
    return recorded


def _replay(recorded: Recorded, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Feed the same messages to a process that finds another computer around it."""
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("PYTHONHASHSEED", "4711")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    machine = _python("another_day:PythonMachine")
    try:
        return [_bytes(machine.feed(cast("Message", message))) for message, _ in recorded.turns]
    finally:
        machine.close()


def _bytes(said: object) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


def _first(recorded: Recorded) -> list[bytes]:
    return [_bytes(out) for _, out in recorded.turns]


def _value(recorded: Recorded) -> Any:
    """Give what the main chunk came to, or its error object."""
    (done,) = (one for _, out in recorded.turns for one in out if one["t"] == "return" and one["id"] == 1)
    return done["value"] if done["ok"] else done["error"]


def _calls(recorded: Recorded) -> list[tuple[str, str | None]]:
    """Give the operation and the place of every call."""
    return [(one["op"], one.get("at")) for _, out in recorded.turns for one in out if one["t"] == "call"]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_the_same_messages_give_the_same_answers(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    recorded = _play(path.read_text())
    value = _value(recorded)
    assert path.stem in FAILING or not (isinstance(value, dict) and "code" in value), value
    assert _replay(recorded, monkeypatch) == _first(recorded)


@pytest.mark.parametrize("stem", ["01_clock", "03_dates", "05_random", "07_uuids"])
def test_without_it_they_differ(stem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = (one for one in CORPUS if one.stem == stem)
    recorded = _play(path.read_text(), durable=False)
    assert _replay(recorded, monkeypatch) != _first(recorded)
    assert {place for _, place in _calls(recorded)} <= {None}


def test_time_is_that_of_the_last_message() -> None:
    source = """
        import time
        from datetime import datetime
        first = [time.time(), time.localtime().tm_hour, repr(datetime.now())]
        await Agent.execute("wait")
        [first, time.time(), time.time() == time.monotonic(), time.strftime("%Z")]
    """
    first, later, alike, zone = _value(_play(source))
    assert first == [NOW + 0.5, 8, "datetime.datetime(2025, 11, 22, 8, 26, 40, 625000)"]
    assert (later, alike, zone) == (NOW + 0.75, True, "UTC")


def test_what_is_pickled_is_of_the_library() -> None:
    source = "import pickle\nfrom datetime import date, datetime\npickle.dumps([date.today(), datetime.now()])"
    found = pickle.loads(b64decode(_value(_play(source))["$b"]))
    assert found == [dt.date(2025, 11, 22), dt.datetime(2025, 11, 22, 8, 26, 40, 625000)]  # noqa: DTZ001 - as spells get it
    assert [type(one) for one in found] == [dt.date, dt.datetime]


def test_every_call_says_where_it_was_made() -> None:
    source = """\
        import asyncio
        import lucky


        async def ask(word):
            return await Agent.execute(word)


        await ask("one")
        await lucky.ask("two")
        await asyncio.sleep(1)
        await asyncio.wait_for(
            Agent.execute("three"), timeout=5
        )
        Async.schedule(100, lambda: Agent.execute("four"))
        await Async.yield_for(200)
        for _ in range(100):
            await asyncio.sleep(0)
    """
    assert _calls(_play(source)) == [
        ("Module.load", "spell.py:2"),
        ("Agent.execute", "spell.py:6"),
        ("Agent.execute", "lucky.py:8"),
        ("Async.sleep", "spell.py:11"),
        ("Agent.execute", "spell.py:13"),
        ("Async.sleep", "spell.py:12"),
        ("Async.sleep", "spell.py:16"),
        ("Async.sleep", "spell.py:15"),
        ("Agent.execute", "spell.py:15"),
        ("Async.sleep", "spell.py:0"),
    ]


def test_no_module_keeps_the_machine_s_clock_or_chance() -> None:
    source = """
        import asyncio, datetime, posix, random, secrets, sys, time, uuid

        real = [one.__wrapped__ for one in vars(time).values() if hasattr(one, "__wrapped__")]
        real += [datetime.datetime.__mro__[1], datetime.date.__mro__[1]]
        real += [posix.urandom, posix.getrandom, posix.getpid, posix.getppid]
        kept = set()
        for name, module in sys.modules.items():
            if any(value is one for value in vars(module).values() for one in real):
                kept.add(name)
        kept
    """
    kept = {one for one in _value(_play(source)) if not one.startswith("llmspell")}
    private = {"_datetime", "posix"}
    waiting_for_other_threads = {"queue", "subprocess", "threading"}
    assert kept <= private | waiting_for_other_threads


def test_an_address_is_warned_of() -> None:
    source = """
        class Job:
            pass


        await Agent.execute({"job": str(Job())})
        [repr(print), "a text < 5 at 0x7fffdeadbeef", f"{Job()}"]
    """
    recorded = _play(source)
    warned = [one["args"][0] for _, out in recorded.turns for one in out if one["t"] == "post"]
    assert [one.partition(">")[0] for one in warned] == [
        "a call of Agent.execute (spell.py:6) holds the address of an object, <__main__.Job object at 0x..",
        "what the script gives holds the address of an object, <__main__.Job object at 0x..",
    ]


def test_inline_it_is_refused() -> None:
    hello = {**HELLO, "t": "hello", "v": 1, "params": {}, "limits": {}, "source": "1", "now": NOW}
    machine = PythonMachine()
    (answer,) = machine.feed(cast("Message", hello))
    machine.close()
    assert not answer["ok"]
    assert answer["error"]["message"].startswith("a durable Python spell needs a process of its own")
    assert answer["error"]["suggestions"] == ["run it in a child process: --isolation process"]


@pytest.mark.parametrize(("seed", "refused"), [("0", False), ("7", True), ("random", True)])
def test_hashes_must_be_those_of_every_process(seed: str, refused: bool) -> None:
    program = "from llmspell_engine_python.durable import obstacle; print(obstacle(alone=True))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        check=True,
        text=True,
    )
    assert ("PYTHONHASHSEED=0" in done.stdout) is refused
