"""`llmspell runs`, as typed, on logs that lie on the disk."""

from __future__ import annotations

import json

import pytest

from llmspell.runtime.journal.opening import open_to_write
from tests import run_logs
from tests.run_logs import RUN, LogFile, answered, report

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


def test_runs_are_listed_with_what_they_took(runs, told):
    assert "no durable runs" in runs("list").err
    answered(report()).write(runs.folder)
    run_logs.uncertain(report(id=OTHER, name="other", began=run_logs.BEGAN + 60)).write(runs.folder)
    head, *rows = runs("list").out.splitlines()
    assert head.split() == ["run", "spell", "status", "started", "took", "effects", "cost"]
    assert rows[0].split()[:3] == ["0193c0df-0000", "other", "interrupted"]
    assert rows[1].split()[:3] == ["0193c0de-0000", "report", "done"]
    assert rows[1].split()[-2:] == ["3", "$0.003"]
    assert [(one["id"], one["effects"]) for one in told("list", "--status", "done")] == [(RUN, 3)]
    assert "1 older ones are not shown" in runs("list", "--limit", "1").err
    assert "no run is paused" in runs("list", "--status", "paused").err


def test_a_run_that_another_process_goes_on_with_is_running(runs, told):
    path = report().write(runs.folder)
    with open_to_write(path):
        assert told("list")[0]["status"] == "running"
        assert told("trace", RUN)["operations"][0]["status"] == "running"
        assert "`llmspell runs cancel" in runs("show", RUN).out


def test_a_damaged_log_is_listed_and_told_of(runs, told):
    path = report().write(runs.folder)
    text = path.read_bytes()
    path.write_bytes(text.replace(b"calculator", b"Calculator", 1))
    assert told("list")[0]["status"] == "unreadable"
    assert "damaged in line" in told("list")[0]["fault"]
    assert "damaged in line" in told("trace", RUN, status=1)["message"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--limit", "0"], "counts from 1"),
        (["list", "--status", "gone"], "gone"),
        (["list", "--nonsense"], "nonsense"),
        (["show"], "RUN"),
        (["trace", "0193c0de", "--only", "llm_cal"], "did you mean llm_call"),
        (["trace", "0193c0de", "--depth", "0"], "counts from 1"),
        (["trace", "0193c0de", "--messages"], "--json or --html"),
    ],
)
def test_what_is_wrong_is_a_usage_error(runs, words, said):
    answered(report()).write(runs.folder)
    report(id=OTHER).write(runs.folder)
    done = runs(*words)
    assert (done.status, done.out) == (2, "")
    assert said in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "nobody"], "there is no run"),
        (["show", "0193c0d"], "may be any of 2 runs"),
        (["trace", "019"], "there is no run"),
        (["trace", "nowhere/a.jsonl"], "there is no journal"),
    ],
)
def test_a_run_that_cannot_be_told_is_an_error(runs, told, words, said):
    answered(report()).write(runs.folder)
    report(id=OTHER).write(runs.folder)
    done = runs(*words)
    assert (done.status, done.out) in ((5, ""), (1, ""))
    assert said in done.err


def test_a_run_is_shown_with_what_would_happen_next(runs, told):
    run_logs.uncertain(report(grants=["--allow-read=docs"])).write(runs.folder)
    shown = runs("show", "0193").out
    assert "rights     --allow-read=docs" in shown
    assert "parameters city='Oslo'" in shown
    assert "outcomes taken from the log: 2, effects begun anew: 0" in shown
    assert "tool_execution mail  at report.lua:2" in shown
    assert "--assume c2:agent.chat/1:writer/3:mail=not-done" in shown
    (one,) = told("show", RUN)["uncertain"]
    assert (one["subject"], one["at"]) == ("mail", "report.lua:2")
    assert told("show", RUN)["last"][-1]["kind"] == "intent"
    answered(report(parent=["0193", 7])).write(runs.folder)
    assert "it has ended" in runs("show", RUN).out
    assert "forked     from 0193 before record 7" in runs("show", RUN).out


def test_the_run_of_a_log_elsewhere_is_named_by_its_file(runs, tmp_path):
    path = report().write(tmp_path / "else where")
    assert f"`llmspell runs resume '{path}'` goes on" in runs("show", str(path)).out


def test_a_run_of_a_python_program_goes_on_with_its_program(runs, told):
    path = LogFile(engine=None).add("done", p="a", o="effect", s="a", e="once", d="", sec=0.0, v=1).write(runs.folder)
    assert "its Python program, started again with this log, goes on" in runs("show", RUN).out
    before = path.read_bytes()
    error = told("resume", RUN, status=2)
    assert (error["type"], "Python program" in error["message"]) == ("usage", True)
    assert path.read_bytes() == before
    fork = told("fork", RUN)
    assert fork["command"] is None
    assert runs("fork", RUN).out.strip().endswith(".jsonl")


def test_a_trace_is_a_tree(runs):
    answered(report()).write(runs.folder)
    lines = runs("trace", "0193c0de").out.splitlines()
    assert lines[0].startswith(f"report.lua  {RUN}  done  2.0 s")
    assert lines[1] == "  1 agent_execution, 2 llm_call, 1 tool_execution; 230 + 22 tokens, $0.003"
    assert lines[3].startswith("└─ agent.chat")
    assert lines[3].endswith("report.lua:2")
    assert '      │     ← assistant: [calculator({"expression": "6 * 7"})]' in lines
    assert lines[-1] == "            ← assistant: 42"
    shallow = runs("trace", RUN, "--depth", "1").out
    assert "4 more within" in shallow
    assert "llm_call openai/m" not in shallow
    only = runs("trace", RUN, "--only", "tool_execution,llm_call", "--only", "effect").out
    assert "writer" not in only
    full = runs("trace", RUN, "--only", "llm_call", "--full").out
    assert '"role": "user"' in full
    assert "path: c2:agent.chat/1:writer/3:llm:m" in full


def test_a_trace_fits_where_it_is_printed(runs):
    log = LogFile()
    log.add("done", p="1:x", o="tool_execution", s="x" * 300, e="pure", d="", i={"a": "y" * 900}, sec=0.1, v="\x1b[2J")
    log.write(runs.folder)
    out = runs("trace", RUN, PYTHONIOENCODING="ascii").out
    assert max(map(len, out.splitlines())) <= 160
    assert out.isascii()
    assert "`- tool_execution xxx" in out
    assert "\\x1b[2J" in out
    assert "\x1b[33minterrupted" in runs("trace", RUN, "--color", "always").out


def test_a_log_anywhere_can_be_traced(runs, told, tmp_path):
    path = answered(report()).write(tmp_path / "elsewhere")
    assert told("trace", str(path))["run"]["id"] == RUN
    assert told("trace", f"elsewhere/{RUN}.jsonl", "--messages")["messages"]
    assert "there is no journal" in told("trace", "elsewhere/none.jsonl", status=1)["message"]
    path.rename(tmp_path / "recorded")
    assert told("trace", "recorded")["run"]["id"] == RUN


def test_secrets_known_now_are_masked_though_they_were_not_then(runs):
    answered(report(params={"key": "sk-now-0123456789"})).write(runs.folder)
    env = {"NOW_API_KEY": "sk-now-0123456789"}
    for words in (["show", RUN], ["show", RUN, "--json"], ["trace", RUN, "--json"], ["trace", RUN, "--html", "-"]):
        done = runs(*words, **env)
        assert done.status == 0
        assert "sk-now" not in done.out
    assert "<secret NOW_API_KEY>" in runs("show", RUN, **env).out
