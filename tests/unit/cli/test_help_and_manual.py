"""Help and manual pages say what the descriptors say, as wide as the terminal."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from llmspell.cli.manual import escape, pages
from llmspell.cli.parser import parser_of
from llmspell.cli.surroundings import STATUSES, VARIABLES
from llmspell.cli.table import COMMANDS
from llmspell.cli.verbs import below
from llmspell.errors import ExitCode

LEAVES: list[tuple[str, ...]] = [(command.name,) for command in COMMANDS if not below(command)]
LEAVES += [(command.name, verb.name) for command in COMMANDS for verb in below(command)]
MANUAL = Path(__file__).parents[3] / "docs" / "man"


def given(command) -> tuple[Any, Any]:
    return command.extra["arguments"], command.extra["examples"]


def descriptor(words):
    command = next(one for one in COMMANDS if one.name == words[0])
    return next(one for one in below(command) if one.name == words[1]) if len(words) > 1 else command


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_help_says_all_there_is(words, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    command = descriptor(words)
    text = parser_of(command, "llmspell", name=" ".join(words)).format_help()
    assert text.startswith(f"usage: llmspell {' '.join(words)} ")
    for argument in command.extra["arguments"]:
        assert argument.help in text
        assert all(flag in text for flag in argument.flags)
        assert all(choice in text for choice in argument.choices)
        assert argument.default is None or f"default: {argument.default}" in text
    assert all(example in text for example in command.extra["examples"])
    assert all(name in text for name, _ in VARIABLES)
    assert all(re.search(rf"^  {status} +{re.escape(meaning)}$", text, re.MULTILINE) for status, meaning in STATUSES)


@pytest.mark.parametrize("columns", [40, 60, 132])
def test_help_is_as_wide_as_the_terminal(llmspell, columns):
    for words in (("help",), ("help", "config", "explain"), ("doctor", "--help")):
        done = llmspell(*words, COLUMNS=str(columns))
        assert done.status == 0
        # A word that is longer than the line stays whole.
        long = [line for line in done.out.splitlines() if len(line) > columns and len(line.split()) > 1]
        assert [line for line in long if not line.startswith(("  llmspell", "usage:", "     "))] == []


def test_help_of_a_verb_is_its_help(llmspell):
    assert llmspell("help", "tools", "run").out == llmspell("tools", "run", "--help").out
    assert llmspell("help", "tool", "run").out == llmspell("tools", "run", "--help").out
    assert "verbs:" in llmspell("help", "config").out
    assert llmspell("help").out == llmspell("--help").out == llmspell().out


def test_help_as_data(llmspell):
    assert {one["name"] for one in json.loads(llmspell("help", "--json").out)["verbs"]} == {c.name for c in COMMANDS}
    told = json.loads(llmspell("help", "config", "--json").out)
    assert [verb["name"] for verb in told["verbs"]] == [
        f"config {verb.name}" for verb in below(descriptor(("config",)))
    ]
    shown = json.loads(llmspell("help", "run", "--json").out)["arguments"]
    assert next(one for one in shown if one["name"] == "isolation")["choices"] == ["process", "inline"]


@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("tols", "list"), "did you mean `llmspell tools`?"),
        (("help", "tols"), "did you mean `llmspell tools`?"),
        (("tools", "lst"), "did you mean `llmspell tools list`?"),
        (("help", "config", "explian"), "did you mean `llmspell config explain`?"),
        (("help", "run", "fast"), "it takes none"),
        (("tools", "list", "--jsn"), "did you mean --json?"),
        (("run", "x.lua", "--isolation", "proces"), "did you mean process?"),
    ],
)
def test_a_word_that_is_none_gets_the_nearest(llmspell, words, near):
    done = llmspell(*words)
    assert (done.status, done.out) == (2, "")
    assert near in done.err


@pytest.mark.parametrize(
    "words", [("tool", "list"), ("tools", "list"), ("plugin", "list"), ("plugins", "list"), ("configs", "show")]
)
def test_singular_and_plural(llmspell, words):
    assert llmspell(*words).status == 0


def test_every_exit_status_is_told():
    assert {status for status, _ in STATUSES} == {value for name, value in vars(ExitCode).items() if name.isupper()}


def test_there_is_a_page_for_every_verb():
    made = pages(COMMANDS)
    assert set(made) == {"llmspell.1", *(f"llmspell-{command.name}.1" for command in COMMANDS)}
    for command in COMMANDS:
        page = made[f"llmspell-{command.name}.1"]
        for one in (command, *below(command)):
            assert escape(one.summary) in page
            arguments, examples = given(one)
            assert all(escape(argument.help) in page for argument in arguments)
            assert all(escape(example) in page for example in examples)


def test_the_pages_that_ship_are_these():
    assert {path.name: path.read_text(encoding="utf-8") for path in MANUAL.glob("*.1")} == pages(COMMANDS)


@pytest.mark.parametrize(("text", "shown"), [("a-b", "a\\-b"), ("a\\b", "a\\eb"), (".x", "\\&.x"), ("'x", "\\&'x")])
def test_letters_that_roff_would_take_for_its_own(text, shown):
    assert escape(text) == shown


@pytest.mark.parametrize("page", sorted(pages(COMMANDS)))
def test_a_page_can_be_set(page, tmp_path):
    groff = shutil.which("groff")
    if groff is None:
        pytest.skip("groff is not installed")
    path = tmp_path / page
    path.write_text(pages(COMMANDS)[page], encoding="utf-8")
    done = subprocess.run(
        [groff, "-man", "-Tutf8", "-ww", str(path)], capture_output=True, text=True, timeout=50, check=True
    )
    plain = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
    assert done.stderr == ""
    for heading in ("NAME", "SYNOPSIS", "ENVIRONMENT", "EXIT STATUS", "SEE ALSO"):
        assert heading in plain
    assert "130" in plain
