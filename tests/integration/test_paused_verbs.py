"""`llmspell run` and `llmspell runs` with runs that wait for a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.integration.terminal import Prompt

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("llmspell_engine_lua", reason="the spell is in Lua")

SPELL = """
local mail = Tool.new({ name = "send_mail", parameters = { to = "string" }, approval = true,
  execute = function(given) print("sent to " .. given.to) return "sent" end })
local flow = Workflow.sequential({ name = "f", steps = {
  { name = "write", agent = Agent.new({ name = "mailer", tools = { mail } }), action = "Tell them." } } })
return flow:execute({}).output
"""
CALLS = [{"name": "send_mail", "arguments": {"to": one}} for one in ("ann", "bob")]
STEPS = {"steps": [{"tool_calls": CALLS}, {"text": "Done."}]}
PAUSED = 8
QUESTION = "l later: "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mail.lua").write_text(SPELL)
    (tmp_path / "mail.model.json").write_text(json.dumps(STEPS))
    return tmp_path


@pytest.fixture
def verb(llmspell, folder: Path):
    """Run a command in the folder of the spell."""

    def run(*words: str):
        return llmspell(*words, cwd=folder, LLMSPELL_DATA_DIR=str(folder / "data"))

    return run


@pytest.fixture
def paused(verb):
    """Give the id of a run that is paused."""
    done = verb("run", "mail.lua", "--durable", "--json")
    assert done.status == PAUSED, done.err
    return json.loads(done.out)


def test_a_run_that_pauses_says_what_waits_and_what_to_type(verb) -> None:
    done = verb("run", "mail.lua", "--durable", "--quiet")
    assert done.status == PAUSED
    assert done.out == ""
    assert 'call_0_0  agent mailer: send_mail(to="ann")' in done.err
    assert "the tool 'send_mail' asks for approval itself" in done.err
    command = next(line for line in done.err.splitlines() if line.startswith("go on: llmspell "))
    done = verb(*command.removeprefix("go on: llmspell ").split())
    assert (done.status, done.out) == (0, "sent to ann\nsent to bob\n")


def test_it_says_so_as_data(paused) -> None:
    assert (paused["status"], paused["output"]) == ("paused", [])
    assert [(one["id"], one["agent"], one["tool"], one["arguments"]) for one in paused["waits"]] == [
        ("call_0_0", "mailer", "send_mail", {"to": "ann"}),
        ("call_0_1", "mailer", "send_mail", {"to": "bob"}),
    ]
    assert paused["command"] == f"llmspell runs resume {paused['run']} --approve-all"


def test_calls_are_decided_one_by_one(verb, paused) -> None:
    done = verb("runs", "resume", paused["run"], "--approve", "call_0_0")
    assert (done.status, done.out) == (PAUSED, "sent to ann\n")
    assert "call_0_0" not in done.err
    done = verb("runs", "resume", paused["run"], "--reject=call_0_1=he = gone", "--json")
    assert (done.status, json.loads(done.out)) == (0, {"result": "Done.", "output": []})
    told = json.loads(verb("runs", "show", paused["run"], "--json").out)["run"]
    assert (told["status"], told["waits"]) == ("done", [])
    assert [one["calls"] for one in told["decided"]] == [
        {"call_0_0": "approve"},
        {"call_0_1": {"decision": "reject", "reason": "he = gone"}},
    ]
    shown = verb("runs", "show", paused["run"]).out
    assert 'call_0_1: reject, reason "he = gone"' in shown


def test_a_place_a_file_and_all_that_is_left(verb, paused, folder: Path) -> None:
    (folder / "decisions.json").write_text(json.dumps({"call_0_1": {"arguments": {"to": "eve"}}}))
    done = verb("runs", "resume", paused["run"], "--decisions", "decisions.json", "--approve-all")
    assert (done.status, done.out) == (0, "sent to ann\nsent to eve\n")


def test_a_place_is_named_by_its_path(verb, paused) -> None:
    done = verb("runs", "resume", paused["run"], "--reject", paused["waits"][0]["path"])
    assert (done.status, done.out) == (0, "")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--approve", "call_9"), "call_9"),
        (("--reject", "call_9=no"), "call_9"),
        (("--approve", "call_0_0", "--reject", "call_0_0"), "twice"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_changes_nothing(verb, paused, folder: Path, words, fault) -> None:
    log = folder / "data" / "runs" / f"{paused['run']}.jsonl"
    before = log.read_bytes()
    done = verb("runs", "resume", paused["run"], *words)
    assert done.status == 2
    assert fault in done.err
    assert log.read_bytes() == before


def test_unknown_calls_are_answered_with_those_that_wait(verb, paused) -> None:
    done = verb("runs", "resume", paused["run"], "--approve", "call_9")
    assert "--approve call_0_0" in done.err
    assert "--approve call_0_1" in done.err


def test_without_a_decision_it_says_again_what_waits(verb, paused) -> None:
    done = verb("runs", "resume", paused["run"])
    assert (done.status, done.out) == (PAUSED, "")
    assert "call_0_1  agent mailer" in done.err


def test_what_waits_is_shown_and_traced(verb, paused) -> None:
    listed = verb("runs", "list", "--status", "paused", "--json")
    assert [one["id"] for one in json.loads(listed.out)] == [paused["run"]]
    shown = verb("runs", "show", paused["run"]).out
    assert 'call_0_1  agent mailer: send_mail(to="bob")' in shown
    traced = verb("runs", "trace", paused["run"], "--only", "approval").out
    assert "approval mailer  waiting" in traced
    (one,) = json.loads(verb("runs", "trace", paused["run"], "--only", "approval", "--json").out)["operations"]
    assert (one["operation"], one["status"], one["effect"], one["output"]) == ("approval", "waiting", None, None)
    assert [call["id"] for call in one["input"]] == ["call_0_0", "call_0_1"]


def test_a_paused_run_can_be_cancelled(verb, paused) -> None:
    assert verb("runs", "cancel", paused["run"]).status == 0
    done = verb("runs", "resume", paused["run"], "--approve-all")
    assert done.status == 2
    assert "cancelled" in done.err


def test_a_recording_of_a_paused_run_is_resumed_by_its_file(verb, folder: Path) -> None:
    done = verb("run", "mail.lua", "--record", "mail.log.jsonl", "--json")
    assert done.status == PAUSED
    command = json.loads(done.out)["command"]
    assert str(folder / "mail.log.jsonl") in command
    replayed = verb("run", "mail.lua", "--replay", "mail.log.jsonl", "--json")
    assert (replayed.status, json.loads(replayed.out)["command"]) == (PAUSED, None)
    assert verb(*command.split()[1:]).out == "sent to ann\nsent to bob\n"
    replayed = verb("run", "mail.lua", "--replay", "mail.log.jsonl", "--json")
    assert json.loads(replayed.out) == {"result": "Done.", "output": ["sent to ann", "sent to bob"]}


# -- at a terminal -----------------------------------------------------------------------------------------------------


def test_a_person_at_the_terminal_is_asked_at_once(folder: Path) -> None:
    prompt = Prompt(folder, "run", "mail.lua", "--durable")
    told = prompt.until(QUESTION)
    assert "agent mailer waits in run" in told
    assert 'send_mail(to="ann") waits' in told
    prompt.type("y\n")
    assert 'send_mail(to="bob") waits' in prompt.until(QUESTION)
    prompt.type("n\n")
    prompt.until("what should the model be told? (nothing) ")
    prompt.type("not him\n")
    prompt.until("sent to ann")
    assert prompt.end() == 0


def test_who_decides_later_has_the_run_paused(folder: Path) -> None:
    prompt = Prompt(folder, "run", "mail.lua", "--durable")
    prompt.until(QUESTION)
    prompt.type("y\n")
    prompt.until(QUESTION)
    prompt.type("l\n")
    prompt.until("sent to ann")
    assert 'send_mail(to="bob") waits' in prompt.until(QUESTION)  # nothing else waits, and somebody is there
    prompt.type("l\n")
    prompt.until("is paused: a person must decide")
    assert prompt.end() == PAUSED
    prompt = Prompt(folder, "runs", "resume", "mail")
    assert 'send_mail(to="bob") waits' in prompt.until(QUESTION)
    prompt.type("o\n")
    prompt.until("as JSON: ")
    prompt.type('{"to": "eve"}\n')
    prompt.until("sent to eve")
    assert prompt.end() == 0


def test_who_wants_no_questions_gets_none(folder: Path) -> None:
    prompt = Prompt(folder, "run", "mail.lua", "--durable", "--no-prompt")
    assert QUESTION not in prompt.until("is paused: a person must decide")
    assert prompt.end() == PAUSED
