"""`Runs` of scripts: whose runs a spell knows, and what becomes of what it reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.runtime.app import App
from llmspell.runtime.journal.reading import read
from llmspell.services.config import Config
from tests.run_logs import RUN, answered, report

LIST = "return { #Runs.list(), #Runs.list({ status = 'done', limit = 1 }), Runs.current().durable }"
TRACE = f"return Runs.trace('{RUN[:13]}').operations[1].at"


@pytest.fixture
def cast(llmspell, tmp_path):
    """Run a Lua text as `NAME` and give what it returns, or its error."""

    def run(name: str, text: str, *words: str, status: int = 0):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        done = llmspell("run", name, "--json", *words, LLMSPELL_DATA_DIR=str(tmp_path / "data"))
        assert done.status == status, done
        said = json.loads(done.out)
        return said["error"] if status else said["result"]

    answered(report(folder=str(tmp_path))).write(tmp_path / "data" / "runs")
    return run


def test_a_spell_knows_the_runs_of_its_own_file(cast):
    assert cast("report.lua", LIST) == [1, 1, False]
    assert cast("report.lua", TRACE) == "report.lua:2"


def test_it_does_not_know_those_of_others_not_even_of_the_same_name(cast):
    assert cast("other.lua", LIST) == [0, 0, False]
    assert cast("elsewhere/report.lua", LIST) == [0, 0, False]
    error = cast("other.lua", TRACE, status=5)
    assert error["type"] == "run_not_found"
    assert "knows no run" in error["message"]


def test_it_knows_those_whose_logs_it_may_read(cast):
    assert cast("other.lua", LIST, "--allow-read=data/runs") == [1, 1, False]
    assert cast("other.lua", TRACE, "--allow-read=data/runs") == "report.lua:2"
    denied = ("--allow-read=data", "--deny-read=data/runs")
    assert cast("other.lua", TRACE, *denied, status=5)["type"] == "run_not_found"


def test_a_beginning_of_several_ids_is_an_error(cast, tmp_path):
    answered(report(id=f"{RUN[:-1]}2", folder=str(tmp_path))).write(tmp_path / "data" / "runs")
    assert "any of 2 runs" in cast("report.lua", TRACE, status=5)["message"]


def test_options_that_are_wrong_are_told(cast):
    for text in (
        "Runs.list({ status = 'gone' })",
        "Runs.trace('x', { deep = 1 })",
        "Runs.get({})",
        "Runs.list({ limit = 0 })",
    ):
        assert cast("report.lua", text, status=2)["type"] == "validation"


def test_a_resumed_run_is_told_what_it_was_told_first(cast, llmspell, tmp_path):
    runs = tmp_path / "data" / "runs"
    text = "local n = #Runs.list()\nState.set('seen', n)\nreturn n"
    assert cast("report.lua", text, "--durable") == 2
    path = next(one for one in runs.iterdir() if one.stem != RUN)
    lines = path.read_bytes().splitlines(keepends=True)
    settled = next(one["n"] for one in read(path) if one["k"] == "done" and one["o"] == "effect")
    path.write_bytes(b"".join(lines[: settled + 1]))
    (runs / f"{RUN}.jsonl").unlink()
    done = llmspell("runs", "resume", path.stem, "--json", LLMSPELL_DATA_DIR=str(tmp_path / "data"))
    assert json.loads(done.out)["result"] == 2


@pytest.mark.parametrize(("text", "labels"), [("Runs.list()", set()), (TRACE, {"private", "untrusted"})])
async def test_what_is_read_of_another_run_is_labelled(cast, tmp_path, monkeypatch, text, labels):
    monkeypatch.setenv("LLMSPELL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    Path("report.lua").write_text(text)
    seen: list[Any] = []
    config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path / "user")
    async with App.open(config=config) as app:
        options = SpellOptions(prepare=seen.append, isolation="inline")
        await run_spell(app, path=Path("report.lua"), options=options)
    assert set(seen[0].run.labels) == labels
