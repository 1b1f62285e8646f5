"""State of several processes on one server, real ones on both sides: whatever they race for, nothing is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from llmspell.testing import postgres_server, redis_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Workers = Callable[[], "Worker"]

COUNTED = 60
"""How often each process adds to each counter."""

LOGIN = {"PROBE_PASSWORD": redis_server.PASSWORD}

PRELUDE = """
import asyncio, json, os, signal, sys
from pathlib import Path
from llmspell.errors import SessionError, SessionNotFoundError, StateConflictError
from llmspell.runtime.app import App
from llmspell.runtime.state_copies import import_state
from llmspell.runtime.state_schema import migrate
from llmspell.services.config import Config

async def main():
    here = Path.cwd()
    flags = json.loads(sys.argv[1])
    config = Config.load(flags=flags, environment=dict(os.environ), working=here, user_folder=here)
    async with App.open(config=config) as app, app.run("worker") as run:
        ctx = run.context()
        state = app.states.view(ctx, "shared")
        print("ready", flush=True)
        for line in sys.stdin:
            try:
                print(json.dumps(await work(app, run, ctx, state, json.loads(line))), flush=True)
            except (SessionError, SessionNotFoundError, StateConflictError) as error:
                print(json.dumps({"error": type(error).__name__}), flush=True)
"""

WORK = """
async def add(value, version):
    return (value or 0) + 1

async def wrap(value, key):
    return {"was": value}

async def work(app, run, ctx, state, given):
    match given:
        case ["count", times]:
            async def task():
                for _ in range(times // 4):
                    await state.update("updated", add, attempts=100_000)
                    await state.increment("incremented")
            await asyncio.gather(*(task() for _ in range(4)))
        case ["set", key, value, version]:
            return await state.set(key, value, version=version)
        case ["get", key]:
            return await state.get(key)
        case ["history", key]:
            return [one.value for one in await state.history(key)]
        case ["move", times]:
            for number in range(times):
                while True:
                    a, b = await state.entry("a"), await state.entry("b")
                    try:
                        versions = {"a": a.version, "b": b.version}
                        await state.set_many({"a": a.value - 1, "b": b.value + 1}, versions=versions)
                    except StateConflictError:
                        continue
                    break
        case ["migrate"]:
            return (await migrate(state, [wrap]))._asdict()
        case ["import", document]:
            return await import_state(state, document, "keep")
        case ["create", name]:
            return (await app.sessions.create(ctx, name=name, values={"by": os.getpid()})).id
        case ["join", name]:
            await app.sessions.join(run, name)
        case ["remember", key, value]:
            return await app.states.view(ctx, "session").set(key, value)
        case ["remove", name]:
            await app.sessions.remove(ctx, name)
        case ["runs", name, times]:
            for _ in range(times):
                async with app.run("short") as one:
                    await app.sessions.join(one, name)
            return (await app.sessions.find(ctx, name)).runs
        case ["drop"]:
            return await state.drop()
        case ["sessions"]:
            return [one.name for one in await app.sessions.all(ctx)]
        case ["left"]:
            from llmspell.services.state_places import SEPARATOR
            store = await app.stores.backend()
            return [name.replace(SEPARATOR, " ").strip() async for name, _ in store.scan(SEPARATOR)]
"""

PROGRAM = PRELUDE + WORK + "\nasyncio.run(main())\n"


class Worker:
    """A process with an application of its own, which does what it is told."""

    def __init__(self, folder: Path, flags: dict[str, object]) -> None:
        words = [sys.executable, "-c", PROGRAM, json.dumps(flags)]
        self.process: Any  # whose pipes are there
        self.process = subprocess.Popen(
            words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **LOGIN}
        )
        ready = self.process.stdout.readline()
        assert ready == "ready\n"

    def do(self, *what: object) -> Any:
        """Do something and give what it gives."""
        self.begin(*what)
        return self.end()

    def begin(self, *what: object) -> None:
        """Begin to do something."""
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def end(self) -> Any:
        """Give what came of what was begun."""
        return json.loads(self.process.stdout.readline())

    def close(self) -> int:
        """Let it come to its end."""
        self.process.stdin.close()
        self.process.stdout.close()
        status: int = self.process.wait(timeout=30)
        return status


@pytest.fixture(scope="module")
def redis(tmp_path_factory) -> Iterator[dict[str, object]]:
    if redis_server.PROGRAM is None:
        pytest.skip(redis_server.MISSING)
    server = redis_server.RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield flags_of(server.config(), "prefix")
    server.kill()


@pytest.fixture(scope="module")
def postgres() -> Iterator[dict[str, object]]:
    if postgres_server.PROGRAMS is None:
        pytest.skip(postgres_server.MISSING)
    server = postgres_server.PostgresServer("fsync = off")
    server.start()
    yield flags_of(server.config(), "schema")
    server.remove()


def flags_of(config: dict[str, Any], place: str) -> dict[str, object]:
    """Write a configuration flat; `place` is the key that says which store on the server is meant."""
    section = dict(config["storage"])
    backend = section["backend"]
    given = {f"storage.{backend}.{key}": value for key, value in section[backend].items()}
    return {"storage.backend": backend, **given, "place": f"storage.{backend}.{place}"}


@pytest.fixture(params=["redis", "postgres", "redis compressed"])
def worker(request, tmp_path) -> Iterator[Workers]:
    """Give a maker of processes that share a store of this test; all end well, but those that it killed."""
    server, *compressed = request.param.split()
    flags = dict(request.getfixturevalue(server))
    flags[str(flags.pop("place"))] = uuid4().hex
    if compressed:
        flags["storage.compression_enabled"] = True
    workers: list[Worker] = []

    def make() -> Worker:
        workers.append(Worker(tmp_path, flags))
        return workers[-1]

    yield make
    assert all(one.close() in (0, -signal.SIGKILL) for one in workers)


def test_two_processes_that_count_at_once_lose_nothing(worker):
    first, second = worker(), worker()
    for one in (first, second):
        one.begin("count", COUNTED)
    assert (first.end(), second.end()) == (None, None)
    for key in ("updated", "incremented"):
        assert first.do("get", key) == second.do("get", key) == 2 * COUNTED
        assert first.do("history", key) == list(range(2 * COUNTED, 2 * COUNTED - 10, -1))


def test_what_one_process_writes_the_other_reads_and_compares_with(worker):
    first, second = worker(), worker()
    assert first.do("set", "k", "one", 0) == 1
    assert second.do("get", "k") == "one"
    assert second.do("set", "k", "two", 0) == {"error": "StateConflictError"}
    assert second.do("set", "k", "two", 1) == 2
    assert first.do("get", "k") == "two"
    assert first.do("set", "k", "three", 1) == {"error": "StateConflictError"}
    assert first.do("set", "k", "three", None) == 3


def test_writes_of_several_keys_are_all_or_nothing_between_processes(worker):
    first, second = worker(), worker()
    first.do("set", "a", 100, None)
    first.do("set", "b", 0, None)
    for one in (first, second):
        one.begin("move", 40)
    assert (first.end(), second.end()) == (None, None)
    assert (first.do("get", "a"), second.do("get", "b")) == (20, 80)


def test_of_two_migrations_at_once_one_is_made(worker):
    first, second = worker(), worker()
    for number in range(30):
        first.do("set", f"k{number:02}", number, None)
    for one in (first, second):
        one.begin("migrate")
    done = [first.end(), second.end()]
    assert sorted((one["before"], len(one["changed"])) for one in done) == [(0, 30), (1, 0)]
    assert first.do("get", "k07") == {"was": 7}


def test_imports_that_keep_what_is_there_keep_what_another_process_makes_meanwhile(worker):
    first, second = worker(), worker()
    entries = [{"key": f"k{number}", "value": "imported"} for number in range(50)]
    first.begin("import", {"format": "llmspell-state", "version": 1, "entries": entries})
    assert second.do("set", "k49", "own", None) in (1, 2)
    assert first.end() in (49, 50)
    assert second.do("get", "k49") == "own"
    assert second.do("get", "k0") == "imported"


def test_a_scope_that_is_dropped_while_another_process_writes_has_no_remains(worker):
    first, second = worker(), worker()
    first.do("set", "incremented", 5, None)
    second.begin("count", COUNTED)
    for _ in range(10):
        first.do("drop")
    second.end()
    assert first.do("drop") > 0
    assert first.do("left") == []


def test_of_two_processes_that_make_a_session_of_one_name_one_does(worker):
    first, second = worker(), worker()
    for number in range(5):
        for one in (first, second):
            one.begin("create", f"trip {number}")
        made = [first.end(), second.end()]
        assert [isinstance(one, str) for one in made].count(True) == 1
        assert {"error": "SessionError"} in made
    assert sorted(second.do("sessions")) == [f"trip {number}" for number in range(5)]
    second.do("remove", "trip 1")
    assert first.do("create", "trip 1") is not None
    assert sorted(second.do("sessions")) == [f"trip {number}" for number in range(5)]


def test_runs_of_two_processes_are_counted(worker):
    first, second = worker(), worker()
    first.do("create", "trip")
    for one in (first, second):
        one.begin("runs", "trip", 15)
    assert max(first.end(), second.end()) == 30


def test_a_session_that_another_process_removes_leaves_nothing_once_its_runs_have_ended(worker):
    first, second = worker(), worker()
    first.do("create", "trip")
    first.do("join", "trip")
    first.do("remember", "k", "before")
    second.do("remove", "trip")
    assert second.do("sessions") == []
    assert second.do("join", "trip") == {"error": "SessionNotFoundError"}
    assert first.do("remember", "k", "after") == 1
    first.close()
    assert [one for one in second.do("left") if "trip" in one or one.startswith("state session ")] == []
