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
