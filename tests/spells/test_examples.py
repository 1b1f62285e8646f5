"""The example spells: each in every language, all with one output, in the child and inline, without a key."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPELLS = ROOT / "contrib" / "spells"
LANGUAGES = (".lua", ".js", ".py")
ISOLATIONS = ("process", "inline")
SUBJECTS = {
    "cross_language",
    "custom_tool",
    "error_recovery",
    "events_and_hooks",
    "hello",
    "parallel",
    "streaming",
    "tools",
    "workflow",
}
"""What the examples are about; each has its output in a text file beside it."""

NOTE = "model: scripted, "
"""How the one line begins that says who plays the model."""

EXAMPLES = sorted(path.name for path in SPELLS.iterdir() if path.suffix in (*LANGUAGES, ".ts"))


@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize("name", [name for name in EXAMPLES if not name.startswith("survey.")])
def test_an_example_prints_what_its_twins_print(llmspell, name, isolation):
    path = SPELLS / name
    done = llmspell("run", f"contrib/spells/{name}", "--isolation", isolation, cwd=ROOT)
    assert done.status == 0, done.err
    assert done.out == path.with_suffix(".txt").read_text(encoding="utf-8")
    played = path.with_suffix(".model.json").exists()
    assert [line.startswith(NOTE) for line in done.err.splitlines()] == [True] * played


def test_every_subject_has_an_example_in_every_language():
    assert {Path(name).stem for name in EXAMPLES} == SUBJECTS | {"survey"}
    missing = [
        f"{stem}{ending}" for stem in SUBJECTS | {"survey"} for ending in LANGUAGES if stem + ending not in EXAMPLES
    ]
    assert not missing


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_header_says_how_to_run_it(name):
    first, *lines = (SPELLS / name).read_text(encoding="utf-8").splitlines()
    header = "\n".join(lines[:8])
    assert first.startswith("#!/usr/bin/env llmspell-")
    assert f"llmspell run contrib/spells/{name}" in header
    played = (SPELLS / name).with_suffix(".model.json")
    assert not played.exists() or played.name in header, "say who plays the model"


@pytest.mark.parametrize("ending", LANGUAGES)
def test_hello_takes_a_name(llmspell, ending):
    done = llmspell("run", f"contrib/spells/hello{ending}", "--param", "name=Ada", cwd=ROOT)
    assert (done.status, done.out) == (0, "Hello, Ada! Twice the letters of your name make 6.\n"), done.err
