"""State between processes, on SQLite: they take turns, race, and are killed; nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.runtime.app import App
from llmspell.services.config import Config

if TYPE_CHECKING:
    from pathlib import Path

COUNT = """
for i = 1, 25 do
  State.scope("shared"):update("n", function(value) return (value or 0) + 1 end)
end
"""

WRITER = """
import asyncio, json, os, signal, sys
from pathlib import Path
from llmspell.runtime.app import App
from llmspell.runtime.state_schema import migrate
from llmspell.services.config import Config

left, before = int(sys.argv[2]), sys.argv[3] == "before"

async def wrap(value, key):
    return {"was": value}

def deadly(backend):
    real = backend.transaction
    async def transaction(operations):
        global left
        left -= 1
        if left == 0 and before:
            os.kill(os.getpid(), signal.SIGKILL)
        await real(operations)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    backend.transaction = transaction

def acknowledged(what, value):
    print(json.dumps([what, value]), flush=True)

async def main():
    here = Path.cwd()
    config = Config.load(flags={"storage.path": sys.argv[1]}, environment={}, working=here, user_folder=here)
    async with App.open(config=config) as app, app.run("writer") as run:
        deadly(await app.stores.backend())
        state = app.states.view(run.context(), "shared")
        acknowledged("a", await state.set("a", "one"))
        acknowledged("a", await state.set("a", "two", version=1))
        acknowledged("n", await state.increment("n", 5))
        acknowledged("b", (await state.set_many({"b": 1, "c": 2}))["b"])
        acknowledged("gone", await state.delete("c"))
        acknowledged("b", await state.set("b", 3))
        acknowledged("schema", (await migrate(state, [wrap])).after)
        acknowledged("end", 0)

asyncio.run(main())
"""
WRITES = 7


def configuration(folder: Path) -> Config:
    return Config.load(
        flags={"storage.path": str(folder / "store")}, environment={}, working=folder, user_folder=folder
    )


async def what_is_there(folder: Path) -> tuple[dict[str, Any], dict[str, int]]:
    async with App.open(config=configuration(folder)) as app, app.run("reader") as run:
        entries = await app.states.view(run.context(), "shared").entries()
        return {one.key: one.value for one in entries}, {one.key: one.version for one in entries}


def test_two_processes_that_race_on_one_counter_lose_nothing(llmspell, tmp_path):
    (tmp_path / "count.lua").write_text(COUNT)
    with ThreadPoolExecutor() as racing:
        runs = list(racing.map(lambda _: llmspell("run", "count.lua", "--isolation", "inline"), range(2)))
    assert [(one.status, one.err) for one in runs] == [(0, ""), (0, "")]
    told = llmspell("state", "get", "n", "--json")
    assert told.status == 0, told
    assert {key: json.loads(told.out)[key] for key in ("value", "version")} == {"value": 50, "version": 50}


def states() -> list[tuple[dict[str, Any], dict[str, int]]]:
    """Give values and versions after each write."""
    plain: list[tuple[dict[str, Any], dict[str, int]]] = [
        ({}, {}),
        ({"a": "one"}, {"a": 1}),
        ({"a": "two"}, {"a": 2}),
        ({"a": "two", "n": 5}, {"a": 2, "n": 1}),
        ({"a": "two", "n": 5, "b": 1, "c": 2}, {"a": 2, "n": 1, "b": 1, "c": 1}),
        ({"a": "two", "n": 5, "b": 1}, {"a": 2, "n": 1, "b": 1}),
        ({"a": "two", "n": 5, "b": 3}, {"a": 2, "n": 1, "b": 2}),
    ]
    values, versions = plain[-1]
    return [*plain, ({key: {"was": value} for key, value in values.items()}, {k: v + 1 for k, v in versions.items()})]


def write(folder: Path, number: int, when: str) -> subprocess.CompletedProcess[str]:
    """Run the writer until it kills itself at its n-th write."""
    words = [sys.executable, "-c", WRITER, str(folder / "store"), str(number), when]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=50, check=False)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, WRITES + 1))
async def test_a_process_killed_at_any_write_leaves_what_it_acknowledged(tmp_path, number, when):
    done = await asyncio.to_thread(write, tmp_path, number, when)
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")
    made = number - (when == "before")
    assert len(done.stdout.splitlines()) == number - 1
    assert await what_is_there(tmp_path) == states()[made]


async def test_a_whole_run_of_the_writer_makes_as_many_writes_as_are_tried(tmp_path):
    done = await asyncio.to_thread(write, tmp_path, 0, "after")
    assert done.stdout.splitlines()[-1:] == ['["end", 0]'], done.stderr
    assert await what_is_there(tmp_path) == states()[WRITES]


def test_what_a_killed_run_left_is_listed_and_cleared(llmspell, tmp_path):
    (tmp_path / "die.py").write_text('await State.set("k", 1)\nprint("set")\nimport os\nos.kill(os.getpid(), 9)\n')
    died = llmspell("run", "die.py", "--isolation", "inline")
    assert died.status == -signal.SIGKILL
    [left] = json.loads(llmspell("state", "scopes", "--json").out)
    assert (left["scope"], left["keys"]) == ("run", 1)
    owner = ("--scope", "run", "--owner", left["owner"])
    assert json.loads(llmspell("state", "get", "k", *owner).out) == 1
    assert llmspell("state", "clear", *owner).status == 0
    assert json.loads(llmspell("state", "scopes", "--json").out) == []
