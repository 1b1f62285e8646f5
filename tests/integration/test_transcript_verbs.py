"""`run --transcript` and `transcript show` as commands."""

from __future__ import annotations

import asyncio
import json

import pytest

from llmspell.testing import Reply

KEY = "sk-transcript-0123456789"
SPELL = 'print(Agent.new{ name = "a", provider = "scripted", tools = { "calculator" } }:chat("hello"))'
STEPS = {
    "steps": [{"tool_calls": [{"name": "calculator", "arguments": {"expression": "6 * 7"}}]}, {"text": "42\x1b[2J"}]
}


@pytest.fixture
def cast(llmspell, tmp_path):
    (tmp_path / "a.lua").write_text(SPELL)
    (tmp_path / "a.model.json").write_text(json.dumps(STEPS))
    return lambda *words, **more: llmspell("run", "a.lua", *words, **more)


def test_a_run_writes_the_calls_of_a_model_without_a_wire(cast, llmspell, tmp_path):
    assert cast("--transcript", "t.jsonl").status == 0
    first, second = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert first["answer"]["message"]["parts"][0]["arguments"] == {"expression": "6 * 7"}
    assert [one["role"] for one in second["asked"]["messages"]] == ["user", "assistant", "tool"]
    assert (first["exchanges"], second["exchanges"]) == ([], [])
    shown = llmspell("transcript", "show", "t.jsonl")
    assert 'answer   [calculator({"expression": "6 * 7"})]' in shown.out
    assert "42\\x1b[2J" in shown.out
    assert shown.status == 0
    assert len(json.loads(llmspell("transcript", "show", "t.jsonl", "--json").out)) == 2
    assert llmspell("transcript", "show", "t.jsonl", "--last", "1").out.startswith("#2 ")


def test_the_configuration_may_ask_for_it(cast, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[observability.transcript]\nfile_path = "config.jsonl"\n')
    assert cast().status == 0
    assert cast("--transcript", "flag.jsonl").status == 0
    assert [len((tmp_path / name).read_text().splitlines()) for name in ("config.jsonl", "flag.jsonl")] == [2, 2]


@pytest.mark.parametrize(("file", "said"), [("-", "standard output is for data"), ("none/t", "cannot be opened")])
def test_a_wrong_file_is_told_before_anything_runs(cast, file, said):
    done = cast("--transcript", file)
    assert (done.status, done.out) == (3, "")
    assert said in done.err


@pytest.mark.parametrize(
    ("text", "said"),
    [("nonsense\n", "t:1 is not JSON"), ("{}\n", "no entry of a transcript"), ('{"transcript": 2}', "of version 1")],
)
def test_showing_what_is_no_transcript_is_an_error(llmspell, tmp_path, text, said):
    (tmp_path / "t").write_text(text)
    done = llmspell("transcript", "show", "t")
    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_showing_what_is_not_there_is_an_error(llmspell, tmp_path):
    assert "cannot be read" in llmspell("transcript", "show", "none").err
    (tmp_path / "t").write_text("")
    assert "empty" in llmspell("transcript", "show", "t").err


async def test_the_wire_is_shown(llmspell, server, tmp_path):
    (tmp_path / "b.py").write_text('await (await Agent.new(name="a", model="openai/m")).chat("hello")')
    server.replies = [Reply.of({"error": {"message": "it is wrong"}}, 400)]
    env = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{server.url}/v1"}
    done = await asyncio.to_thread(llmspell, "run", "b.py", "--transcript", "t", **env)
    assert done.status == 7
    shown = await asyncio.to_thread(llmspell, "transcript", "show", "t", "--wire")
    assert "received 400, 1 chunks, complete" in shown.out
    assert "      authorization: Bearer <secret OPENAI_API_KEY>" in shown.out
    assert '    | {"error": {"message": "it is wrong"' in shown.out
    assert "error    bad_request: " in shown.out


def test_runs_are_taken_out_of_a_transcript(cast, llmspell, tmp_path):
    for _ in range(3):
        cast("--transcript", "t.jsonl")
    lines = (tmp_path / "t.jsonl").read_text().splitlines()
    first, second, third = dict.fromkeys(json.loads(line)["run"] for line in lines)
    dry = llmspell("transcript", "prune", "t.jsonl", "--keep", "1", "--dry-run")
    assert (dry.out.split(), dry.err) == ([first, second], "2 runs would go\n")
    assert json.loads(llmspell("transcript", "prune", "t.jsonl", "--age", "1h", "--json").out) == {"removed": []}
    assert json.loads(llmspell("transcript", "prune", "t.jsonl", "--keep", "1", "--json").out) == {
        "removed": [first, second]
    }
    left = (tmp_path / "t.jsonl").read_text().splitlines()
    assert left == lines[-2:]
    assert {json.loads(line)["run"] for line in left} == {third}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["t"], "nothing says what is too much"),
        (["t", "--keep", "-1"], "fewer than none cannot stay"),
        (["t", "--age", "soon"], "'soon' is not a duration"),
        (["t", "--size", "much"], "'much' is not a size"),
        (["none", "--keep", "1"], "cannot be read"),
        ([".", "--keep", "1"], "cannot be read"),
    ],
)
def test_pruning_without_sense_is_an_error(llmspell, tmp_path, words, said):
    (tmp_path / "t").write_text("")
    done = llmspell("transcript", "prune", *words)
    assert done.status != 0
    assert said in done.err


def test_the_configuration_may_bound_a_transcript(cast, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[observability.transcript]\nfile_path = "t.jsonl"\nkeep = 1\nage = "1h"\n')
    for count in (2, 4, 4):  # before a run begins to write, all but one of those before it go
        assert cast().status == 0
        assert len((tmp_path / "t.jsonl").read_text().splitlines()) == count


def test_a_file_that_is_no_transcript_is_not_cleaned_and_does_not_stop_a_run(cast, tmp_path):
    (tmp_path / "llmspell.toml").write_text('[observability.transcript]\nfile_path = "t.jsonl"\nkeep = 0\n')
    (tmp_path / "t.jsonl").write_text("mine\n")
    done = cast()
    assert (done.status, "t.jsonl:1 is no entry" in done.err) == (0, True)
    assert (tmp_path / "t.jsonl").read_text().startswith("mine\n")
