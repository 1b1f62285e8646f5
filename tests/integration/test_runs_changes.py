"""`llmspell runs prune|cancel|fork|resume`, as typed."""

from __future__ import annotations

import json
import time

import pytest

from llmspell.runtime.journal.cancelling import cancel_requested, forget_cancel
from llmspell.runtime.journal.formats import OWN, encode
from llmspell.runtime.journal.opening import open_to_write
from llmspell.runtime.journal.reading import read, tail
from tests.run_logs import RUN, answered, report

OTHER = "0193c0df-0000-7000-8000-000000000002"


@pytest.fixture
def runs(llmspell, tmp_path):
    """Run `llmspell runs WORDS`; `runs.folder` is where logs lie."""

    def run(*words: str, **env: str):
        return llmspell("runs", *words, LLMSPELL_DATA_DIR=str(tmp_path / "data"), **env)

    run.folder = tmp_path / "data" / "runs"  # type: ignore[attr-defined]  # a function with a fact beside it
    return run


@pytest.fixture
def told(runs):
    """Run a command with `--json` and give what it says, or its error when it must fail."""

    def run(*words: str, status: int = 0, **env: str):
        done = runs(*words, "--json", **env)
        assert done.status == status, done
        said = json.loads(done.out)
        return said["error"] if status else said

    return run


def test_runs_that_ended_are_pruned(runs, told):
    old = answered(report()).write(runs.folder)
    new = answered(report(id=OTHER, began=time.time())).write(runs.folder)
    open_one = report(id="0193open").write(runs.folder)
    assert RUN in runs("prune", "--older", "30d", "--dry-run").out
    assert told("prune", "--older", "30d", "--dry-run")["would_remove"] == [RUN]
    assert old.exists()
    size = old.stat().st_size
    assert told("prune", "--older", "30d") == {"removed": [RUN], "bytes": size}
    assert (old.exists(), new.exists(), open_one.exists()) == (False, True, True)
    assert told("prune", "--keep", "0", "--status", "interrupted")["removed"] == ["0193open"]
    assert "1 runs are gone" in runs("prune", "--size", "0").err
    assert told("list") == []


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["prune"], 2, "--older 30d"),
        (["prune", "--older", "soon"], 2, "soon"),
        (["prune", "--keep", "-1"], 2, "fewer than none"),
        (["prune", "--status", "running", "--keep", "1"], 2, "running"),
        (["cancel", "nobody"], 5, "there is no run"),
        (["cancel", RUN], 2, "has ended"),
        (["cancel"], 2, "RUN"),
        (["fork", RUN, "--at", "8"], 2, "record 7 or 9"),
        (["fork", RUN, "--at", "soon"], 2, "soon"),
        (["fork", "nobody"], 5, "there is no run"),
        (["resume", "nobody"], 5, "there is no run"),
        (["resume", RUN, "--assume", "maybe"], 2, "done or not-done"),
        (["resume", RUN, "--assume", "c9:x=done"], 2, "nothing is uncertain"),
        (["resume", RUN], 2, "has ended"),
    ],
)
def test_what_is_wrong_is_told(runs, told, words, status, said):
    answered(report()).write(runs.folder)
    error = runs(*words)
    assert (error.status, error.out) == (status, "")
    assert said in error.err


def test_a_run_that_was_cut_off_is_cancelled(runs, told):
    path = report().write(runs.folder)
    assert told("cancel", RUN) == {"run": RUN, "status": "cancelled"}
    assert [one["k"] for one in read(path)][-2:] == ["cancel", "finished"]
    assert told("list")[0]["status"] == "cancelled"
    assert told("cancel", RUN, status=2)["type"] == "usage"


def test_a_run_that_is_under_way_is_asked_to_end(runs, told):
    path = report().write(runs.folder)
    with open_to_write(path):
        assert not cancel_requested(path)
        assert told("cancel", RUN) == {"run": RUN, "status": "asked"}
        assert "asked the run" in runs("cancel", RUN).err
        assert cancel_requested(path)
        assert tail(path)["k"] == "done"
    assert told("list")[0]["status"] == "interrupted"
    forget_cancel(path)
    assert not cancel_requested(path)


def test_a_fork_is_a_run_that_can_be_resumed(runs, told):
    answered(report()).write(runs.folder)
    made = told("fork", RUN, "--at", "7")
    assert made["command"] == f"llmspell runs resume {made['run']}"
    assert [one["subject"] for one in made["again"]] == ["openai/m", "openai/m"]
    shown = told("show", made["run"])
    assert shown["run"]["parent"] == [RUN, 7]
    assert shown["run"]["status"] == "interrupted"
    done = runs("fork", RUN)
    assert done.out.startswith("llmspell runs resume ")
    assert "before record 16" in done.err
    assert len(told("list")) == 3


def test_the_places_of_forks_are_listed(runs, told):
    answered(report()).write(runs.folder)
    assert [one["at"] for one in told("fork", RUN, "--list")] == [7, 10, 11]
    assert runs("fork", RUN, "--list").out.splitlines()[1].split() == ["7", "llm_call", "openai/m", "report.lua:2"]


MAY = ("--allow-read=.", "--allow-write=.")
SPELL = """
Tools.get("file_writer"):execute({ path = "out.txt", content = "once" })
local agent = Agent.new{ name = "writer", provider = "scripted" }
print(agent:chat("hello"))
return "whole"
"""


@pytest.fixture
def cut(llmspell, runs, tmp_path):
    """Run a spell durably with a right, and give its log cut off before its record `n` from the end."""

    def make(*words: str, kept: int) -> str:
        (tmp_path / "a.lua").write_text(SPELL)
        (tmp_path / "a.model.json").write_text(json.dumps({"steps": [{"text": "hi"}]}))
        done = llmspell("run", "--durable", "a.lua", *words, LLMSPELL_DATA_DIR=str(tmp_path / "data"))
        assert done.status == 0, done
        (path,) = runs.folder.iterdir()
        lines = path.read_bytes().splitlines(keepends=True)
        path.write_bytes(b"".join(lines[:kept]))
        return str(path.stem)

    return make


def test_a_run_goes_on_and_ends(cut, runs, told, tmp_path):
    run_id = cut(*MAY, kept=-4)
    (tmp_path / "out.txt").unlink()
    error = told("resume", run_id, status=2)
    assert "rights that are not given now: fs.read=., fs.write=." in error["message"]
    assert f"llmspell runs resume {run_id} --allow fs.read=. --allow fs.write=." in error["suggestions"][0]
    assert told("resume", run_id, *MAY)["result"] == "whole"
    assert not (tmp_path / "out.txt").exists()
    assert told("list")[0]["status"] == "done"
    assert "has ended" in told("resume", run_id, *MAY, status=2)["message"]


def test_rights_are_given_in_the_folder_where_they_were(cut, llmspell, tmp_path):
    run_id = cut(*MAY, kept=-4)
    other = tmp_path / "other"
    other.mkdir()
    words = ("runs", "resume", run_id, *MAY)
    done = llmspell(*words, cwd=other, LLMSPELL_DATA_DIR=str(tmp_path / "data"))
    assert done.status == 2
    assert f"cd {tmp_path} && llmspell runs resume" in done.err


def test_what_was_denied_is_denied_again_with_every_right(cut, told):
    run_id = cut("-A", "--deny-read=private", kept=-4)
    assert "--deny fs.read=private" in told("resume", run_id, "-A", status=2)["suggestions"][0]
    assert told("resume", run_id, "-A", "--deny", "fs.read=private")["result"] == "whole"


def test_an_uncertain_effect_asks_for_people(cut, runs, told, tmp_path):
    run_id = cut("-A", kept=10_000)
    path = runs.folder / f"{run_id}.jsonl"
    records = list(read(path))
    intent = next(one for one in records if one["k"] == "intent" and one["o"] == "tool_execution")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: intent["n"] + 1]))
    (tmp_path / "out.txt").unlink()
    assert told("resume", run_id, "-A", status=1)["type"] == "uncertain_outcome"
    assert "--allow-all" in told("resume", run_id, status=2)["suggestions"][0]
    (open_one,) = told("show", run_id)["uncertain"]
    assert (open_one["path"], open_one["at"]) == (intent["p"], "a.lua:2")
    assert told("resume", run_id, "-A", "--assume", f"{intent['p']}=not-done")["output"] == ["hi"]
    assert (tmp_path / "out.txt").read_text() == "once"


def test_a_run_whose_time_is_over_is_left_as_it_is_and_goes_on_with_more(cut, runs, told):
    run_id = cut(*MAY, "--timeout", "1m", kept=-4)
    path = runs.folder / f"{run_id}.jsonl"
    header = next(read(path))
    lines = path.read_bytes().splitlines(keepends=True)
    about = {key: one for key, one in header.items() if key not in OWN}
    path.write_bytes(encode(0, header["t"] - 3600, about) + b"".join(lines[1:]))
    error = told("resume", run_id, *MAY, status=6)
    assert error["type"] == "timeout"
    assert "60 s" in error["message"]
    assert "--timeout" in error["suggestions"][0]
    assert told("list")[0]["status"] == "interrupted"
    assert told("resume", run_id, *MAY, "--timeout", "1m")["result"] == "whole"
    assert "has ended" in told("resume", run_id, *MAY, status=2)["message"]
