"""Limits and walls: in the host's process, and in a process of its own."""

# ruff: noqa: E501 - a script in a table of cases reads better on one line

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.testing import ChildMachine
from llmspell_engine_python.guard import make_hook
from llmspell_engine_python.machine import PythonMachine
from llmspell_engine_python.plugin import llmspell_engines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Start = Callable[..., Any]

API = "N Agent execute\nN Async sleep run= all= race= all_settled= timeout= with_timeout= retry= with_retry= with_resource= schedule= yield= yield_for= yield_until=\nP print"


@pytest.fixture
def child() -> Iterator[Callable[[str], Any]]:
    """Give a function that runs a script in a child process and gives its value or error; it may call nothing."""
    opened: list[ChildMachine] = []

    def run(source: str) -> Any:
        machine = ChildMachine(llmspell_engines()[0])
        opened.append(machine)
        hello: Any = {"t": "hello", "v": 1, "api": API, "env": {}, "params": {}, "limits": {}, "name": "spell.py"}
        hello["source"] = source
        (answer,) = machine.feed(hello)
        assert answer["ok"], answer
        (done,) = (one for one in machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []}) if one["t"] == "return")
        return done["value"] if done["ok"] else done["error"]

    yield run
    for machine in opened:
        machine.close()


LOOPS = {
    "plain": "while True:\n    pass",
    "that catches errors": "while True:\n    try:\n        1 / 0\n    except Exception:\n        pass",
    "in a function of the kernel's": "async def f():\n    while True:\n        pass\nawait f()",
    "of tasks": "import asyncio\nasync def f():\n    while True:\n        for _ in range(1000):\n            pass\nasyncio.create_task(f())\nawait asyncio.sleep(0)",
}


def test_what_the_host_used_before_is_not_the_scripts(start: Start) -> None:
    while time.thread_time() < 1.0:  # what a program has used that runs spells all day
        pass
    source = "import time\nend = time.thread_time() + 0.15\nwhile time.thread_time() < end:\n    pass"
    assert start(source, limits={"cpu": 1.0}).run() is None


@pytest.mark.parametrize("source", LOOPS.values(), ids=LOOPS)
def test_an_endless_loop_ends_inline(start: Start, source: str) -> None:
    error = start(source, limits={"cpu": 0.2}).run()
    assert (error["type"], error["code"]) == ("timeout", 4004)
    assert "more than 0.2 s of CPU time" in error["message"]


def test_a_stopped_machine_refuses_and_the_next_one_works(start: Start) -> None:
    dead = start("while True:\n    pass", limits={"cpu": 0.1})
    dead.run()
    assert dead.feed({"t": "invoke", "id": 9, "fn": 0, "args": []})[0]["ok"] is False
    assert dead.feed({"t": "settle", "id": 1, "ok": True, "value": 1}) == []
    assert start("1").run() == 1


def test_output_beyond_the_limit_ends_the_script(start: Start) -> None:
    spell = start(
        "while True:\n    try:\n        print('x' * 100)\n    except Exception:\n        pass", limits={"output": 1000}
    )
    error = spell.run()
    assert (error["type"], error["code"]) == ("resource_exhausted", 4009)
    assert len(spell.printed) == 10


def test_the_kernel_s_own_task_and_streams_are_untouched(start: Start) -> None:
    async def kernel() -> None:
        before = (asyncio.current_task(), asyncio.get_running_loop(), sys.stdout, sys.get_asyncgen_hooks())
        spell = start(
            "import asyncio\nasync def g():\n    yield 1\nfound = [x async for x in g()]\nawait asyncio.sleep(0)\nfound"
        )
        assert spell.run() == [1]
        assert (asyncio.current_task(), asyncio.get_running_loop(), sys.stdout, sys.get_asyncgen_hooks()) == before
        await asyncio.sleep(0)

    asyncio.run(kernel())


def test_a_machine_that_is_closed_runs_what_must_be_run(start: Start) -> None:
    spell = start(
        "try:\n    await Agent.list()\nfinally:\n    params['seen'].append('cleaned up')", params={"seen": []}
    )
    spell.run_until_waiting()
    seen = spell.machine._globals["__builtins__"]["params"]["seen"]
    spell.machine.close()
    assert seen == ["cleaned up"]


def test_a_message_nobody_knows_is_an_error() -> None:
    machine = PythonMachine()
    with pytest.raises(ValueError, match="knows no message 'dance'"):
        machine.feed({"t": "dance"})
    with pytest.raises(ValueError, match="before hello"):
        machine.feed({"t": "invoke", "id": 1})


# -- a process of its own ----------------------------------------------------------------------------------------------

REFUSED = {
    "writing": ("open('x', 'w')", "writing"),
    "appending": ("open('x', 'ab')", "writing"),
    "writing by number": ("import os\nos.open('x', os.O_WRONLY | os.O_CREAT)", "writing"),
    "pathlib": ("import pathlib\npathlib.Path('x').write_text('y')", "writing"),
    "removing": ("import os\nos.remove('x')", "change files"),
    "a folder": ("import os\nos.mkdir('x')", "change files"),
    "tempfile": ("import tempfile\ntempfile.NamedTemporaryFile()", ""),
    "a socket": ("import socket\nsocket.socket()", "network"),
    "a name": ("import socket\nsocket.getaddrinfo('localhost', 80)", "network"),
    "asyncio": ("import asyncio\nawait asyncio.open_connection('localhost', 80)", "sockets"),
    "urllib": ("import urllib.request\nurllib.request.urlopen('http://localhost')", ""),
    "subprocess": ("import subprocess\nsubprocess.run(['true'])", "processes"),
    "asyncio's processes": ("import asyncio\nawait asyncio.create_subprocess_exec('true')", "processes"),
    "system": ("import os\nos.system('true')", "processes"),
    "fork": ("import os\nos.fork()", "processes"),
    "exec": ("import os\nos.execv('/bin/true', ['true'])", "processes"),
    "native code": ("import ctypes\nctypes.CDLL(None)", "native code"),
}


@pytest.mark.parametrize(("source", "word"), REFUSED.values(), ids=REFUSED)
def test_what_a_child_refuses_names_the_way(child: Any, source: str, word: str) -> None:
    text = child(
        f"try:\n    {source.replace(chr(10), chr(10) + '    ')}\nexcept OSError as error:\n    kind = [type(error).__name__, str(error)]\nkind"
    )
    assert text[0] in {"SpellSecurityError", "URLError", "FileNotFoundError"}
    assert word in text[1]


BREAKOUTS = {
    "reads what is the user's": "open({home!r} + '/secret').read()",
    "lists a folder": "import os\nos.listdir({home!r})",
    "writes": "import posix\nposix.open({home!r} + '/secret', posix.O_WRONLY)",
    "truncates": "import posix\nposix.truncate({home!r} + '/secret', 0)",
    "unlinks": "import posix\nposix.unlink({home!r} + '/secret')",
    "makes a socket": "import _socket\n_socket.socket()",
    "makes a pair": "import _socket\n_socket.socketpair()",
    "forks": "import posix\nposix.fork()",
    "executes": "import posix\nposix.execv('/bin/true', ['true'])",
    "signals": "import posix\nposix.kill(posix.getppid(), 0)",
    "changes rights": "import posix\nposix.chmod({home!r} + '/secret', 0o777)",
    "changes times": "import posix\nposix.utime({home!r} + '/secret')",
    "raises its limits": "import resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (999, 999))",
}

BARE = """
import os, sys
class Machine:
    def feed(self, message):
        if message["t"] == "hello":
            self.source = message["source"]
            return [{"t": "hello", "v": 1, "ok": True, "engine": "bare", "version": "1"}]
        try:
            exec(self.source, {})
            value = "done"
        except (OSError, ValueError) as error:
            value = type(error).__name__
        return [{"t": "return", "id": message["id"], "ok": True, "value": value}]
    def close(self):
        pass
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")
@pytest.mark.parametrize("source", BREAKOUTS.values(), ids=BREAKOUTS)
def test_the_walls_hold_without_the_guard_rail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    """An engine that guards nothing runs what it is given: only the system stands between it and the files."""
    from llmspell.spec.engines import engine

    home = tmp_path / "home"
    home.mkdir()
    (home / "secret").write_text("x")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "bare_engine_of_tests.py").write_text(BARE)
    monkeypatch.syspath_prepend(str(tmp_path / "code"))
    machine = ChildMachine(engine("bare", "bare_engine_of_tests:Machine", "Guards nothing.", extensions=(".bare",)))
    try:
        (hello,) = machine.feed({"t": "hello", "v": 1, "source": source.format(home=str(home))})
        if not {"landlock", "seccomp"} <= set(hello["walls"]):
            pytest.skip("this system has not both")
        (answer,) = machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})
        assert answer["value"] in {"PermissionError", "ValueError"}
        assert (home / "secret").read_text() == "x"
    finally:
        machine.close()


def test_a_child_is_the_spell_s_own(child: Any) -> None:
    source = """
import dataclasses, importlib, sys, typing, pickle
@dataclasses.dataclass
class P:
    x: "int"
[importlib.import_module("llmspell").Agent is Agent, typing.get_type_hints(P)["x"] is int,
 pickle.loads(pickle.dumps(P(1))) == P(1), any(n.startswith("llmspell.runtime") for n in sys.modules)]
"""
    assert child(source) == [True, True, True, False]


def test_a_child_s_memory_ends(child: Any) -> None:
    assert child("x = []\nwhile True:\n    x.append(bytearray(1 << 24))")["type"] == "memory_limit"
    assert child("try:\n    x = bytearray(1 << 40)\nexcept MemoryError:\n    x = 'caught'\nx") == "caught"


def test_the_hook_lets_reading_pass() -> None:
    hook = make_hook()
    hook("open", ("name", "r", 0))
    hook("open", ("name", "rb", None))
    hook("import", ("json",))
    with pytest.raises(PermissionError):
        hook("open", ("name", "r+", None))
