"""Which runs are kept: by flags, by the configuration, and which cannot be."""

from __future__ import annotations

import json

import pytest

SPELL = 'print("a") Storage.set("k", 1) return Storage.increment("n")'


@pytest.fixture
def spell(tmp_path):
    path = tmp_path / "s.lua"
    path.write_text(SPELL)
    return path


def logs(tmp_path):
    """Give the records of all runs that were kept."""
    return [
        [json.loads(line) for line in one.read_text().splitlines()]
        for one in sorted((tmp_path / "data" / "runs").glob("*.jsonl"))
    ]


def test_nothing_is_kept_unless_somebody_asks(llmspell, tmp_path, spell) -> None:
    assert llmspell("run", str(spell), LLMSPELL_DATA_DIR=str(tmp_path / "data")).status == 0
    assert not (tmp_path / "data" / "runs").exists()


def test_the_configuration_keeps_every_run(llmspell, tmp_path, spell) -> None:
    config = tmp_path / "kept.toml"
    config.write_text('[journal]\ndurable = true\nsync = "async"\n')
    done = llmspell("run", str(spell), "--config", str(config), LLMSPELL_DATA_DIR=str(tmp_path / "data"))
    assert done.status == 0
    assert "is kept" in done.err
    (records,) = logs(tmp_path)
    assert (records[0]["sync"], records[-1]["status"], records[-1]["v"]) == ("async", "done", 1)


def test_a_flag_beats_the_configuration(llmspell, tmp_path, spell) -> None:
    config = tmp_path / "kept.toml"
    config.write_text('[journal]\nsync = "async"\n')
    env = {"LLMSPELL_DATA_DIR": str(tmp_path / "data")}
    assert llmspell("run", str(spell), "--config", str(config), "--durable", "--sync", "exit", **env).status == 0
    (records,) = logs(tmp_path)
    assert records[0]["sync"] == "exit"


@pytest.mark.parametrize(
    "flags",
    [
        ("--durable", "--watch"),
        ("--replay", "x.jsonl", "--record", "y.jsonl"),
        ("--replay", "x.jsonl", "--durable"),
        ("--durable", "--sync", "never"),
    ],
)
def test_flags_that_contradict_each_other_are_refused(llmspell, tmp_path, spell, flags) -> None:
    done = llmspell("run", str(spell), *flags, LLMSPELL_DATA_DIR=str(tmp_path / "data"))
    assert done.status == 2
    assert not (tmp_path / "data").exists()


def test_a_replay_touches_nothing(llmspell, tmp_path, spell) -> None:
    env = {"LLMSPELL_DATA_DIR": str(tmp_path / "data")}
    recording = str(tmp_path / "r.jsonl")
    assert llmspell("run", str(spell), "--record", recording, **env).status == 0
    for _ in range(2):
        done = llmspell("run", str(spell), "--replay", recording, "--json", **env)
        assert (json.loads(done.out)["result"], json.loads(done.out)["output"]) == (1, ["a"])
    spell.write_text(SPELL.replace('"k", 1', '"k", 2'))
    done = llmspell("run", str(spell), "--replay", recording, **env)
    assert done.status == 1
    assert "error[3102]" in done.err
    assert "  | " in done.err  # the difference, line by line


@pytest.mark.parametrize("flags", [("--durable",), ("--record", "kept.jsonl")])
@pytest.mark.parametrize(
    ("text", "words"), [("return params.k", ("--param", "k=sk-1234567890")), ("return 'sk-1234567890'", ())]
)
def test_what_holds_the_value_of_a_secret_is_not_kept(llmspell, tmp_path, text, words, flags):
    (tmp_path / "a.lua").write_text(text)
    done = llmspell("run", "a.lua", *words, *flags, OPENAI_API_KEY="sk-1234567890")
    assert done.status == 2, done
    assert "holds the value of a secret, and the log of the run would keep it" in done.err
    assert not [one for one in tmp_path.rglob("*.jsonl") if "sk-1234567890" in one.read_text()]


def test_a_run_that_is_taken_up_is_still_in_its_session(llmspell, tmp_path) -> None:
    (tmp_path / "trip.lua").write_text('State.increment("days") State.increment("nights") return State.get("city")')
    env = {"LLMSPELL_DATA_DIR": str(tmp_path / "data")}
    assert llmspell("session", "create", "trip", "--value", "city=Lisbon", **env).status == 0
    assert llmspell("run", str(tmp_path / "trip.lua"), "--session", "trip", "--durable", **env).status == 0
    (log,) = (tmp_path / "data" / "runs").glob("*.jsonl")
    lines = log.read_text().splitlines(keepends=True)
    cut = next(n for n, line in enumerate(lines) if '"s":"nights"' in line)
    log.write_text("".join(lines[:cut]))
    resumed = llmspell("runs", "resume", "trip", "--json", **env)
    assert json.loads(resumed.out)["result"] == "Lisbon"
    kept = llmspell("session", "show", "trip", "--json", **env)
    assert json.loads(kept.out)["values"] == {"city": "Lisbon", "days": 1, "nights": 2}


def test_a_recording_is_replayed_in_its_session(llmspell, tmp_path) -> None:
    (tmp_path / "trip.lua").write_text('State.increment("days") return { State.get("city"), State.get("days") }')
    env = {"LLMSPELL_DATA_DIR": str(tmp_path / "data")}
    spell, tape = str(tmp_path / "trip.lua"), str(tmp_path / "tape.jsonl")
    assert llmspell("session", "create", "trip", "--value", "city=Lisbon", **env).status == 0
    first = llmspell("run", spell, "--session", "trip", "--record", tape, "--json", **env)
    again = llmspell("run", spell, "--replay", tape, "--json", **env)
    assert json.loads(again.out)["result"] == json.loads(first.out)["result"] == ["Lisbon", 1]
