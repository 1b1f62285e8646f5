"""Answers come from the command line, a file, a person or a default; every one is judged."""

from __future__ import annotations

import io
import json
from typing import cast

import pytest

from llmspell.cli.console import Console
from llmspell.cli.generate_answers import FILE, Interview, context, from_file, to_text
from llmspell.cli.generate_bake import render
from llmspell.cli.generate_kinds import template
from llmspell.errors import UsageError

TOOL = template("tool")


def passing(key, known):
    """Judge that all is well."""


def interview(typed=None, check=passing):
    """Give an interview; with `typed`, a person who types these lines and then ends the input."""
    if typed is None:
        return Interview(TOOL, render=render, check=check), io.StringIO()
    told = io.StringIO()
    console = Console(err=told, color="never")
    return Interview(TOOL, render=render, check=check, console=console, read=io.StringIO(typed).readline), told


def test_defaults_follow_from_the_name():
    answers = interview()[0].complete({"name": "sky-map", "year": "1815"})
    assert answers == {
        "name": "sky-map",
        "tools": ["sky_map"],
        "description": "Tools for llmspell: sky_map.",
        "category": "general",
        "author": "",
        "email": "",
        "license": "Apache-2.0",
        "python": "3.11",
        "year": "1815",
    }
    known = context(TOOL, answers)
    assert (known["dist"], known["package"], known["plugin"]) == (
        "llmspell-tools-sky-map",
        "llmspell_tools_sky_map",
        "sky_map",
    )


def test_without_a_name_there_is_nothing_to_make():
    with pytest.raises(UsageError, match="name of the plugin is missing"):
        interview()[0].complete({})


def test_all_wrong_answers_are_told_at_once():
    with pytest.raises(UsageError) as caught:
        interview()[0].complete({"name": "3d", "license": "GPL", "email": "x"})
    faults = cast("list[dict[str, str]]", caught.value.context["faults"])
    assert [fault["rule"] for fault in faults] == ["letter", "choice", "email"]
    assert len(caught.value.suggestions) == 3


def test_an_answer_to_no_question():
    with pytest.raises(UsageError, match="does not ask for colour"):
        interview()[0].complete({"name": "a", "colour": "red"})


def test_a_default_that_cannot_be_says_how_to_answer():
    with pytest.raises(UsageError, match="'plugin' is taken") as caught:
        interview()[0].complete({"name": "plugin"})
    assert "say it with --tool NAME" in caught.value.suggestions
    assert interview()[0].complete({"name": "plugin", "tools": "x"})["tools"] == ["x"]


def test_answers_are_no_templates():
    """What somebody writes is text, wherever it goes: else an answers file could run code."""
    answers = interview()[0].complete({"name": "a", "author": "{{ 7 * 7 }}", "description": "{% raw %}"})
    assert (answers["author"], answers["description"]) == ("{{ 7 * 7 }}", "{% raw %}")


def test_a_person_is_asked_for_what_was_not_given_and_again_when_it_is_wrong():
    wizard, told = interview("Ä\nsky-map\n\nmaps\n\n\n\n")
    answers = wizard.complete({"author": "Ada", "description": "Maps of the sky."})
    assert (answers["name"], answers["tools"], answers["category"]) == ("sky-map", ["sky_map"], "maps")
    text = told.getvalue()
    assert "Name of the plugin: " in text
    assert "warning: name 'Ä' has letters outside ASCII" in text
    assert "Names of its tools [sky_map]: " in text
    assert "Your name" not in text
    assert "Year" not in text


def test_what_a_person_settles():
    wizard, told = interview("sky-map\n\n\nmaps\nAda\nnot an address\nada@example.org\nGPL\nmit\n\n")
    answers = wizard.complete({})
    assert (answers["name"], answers["category"], answers["author"]) == ("sky-map", "maps", "Ada")
    assert (answers["email"], answers["license"], answers["python"]) == ("ada@example.org", "MIT", "3.11")
    assert "Licence (Apache-2.0, BSD-3-Clause, MIT) [Apache-2.0]: " in told.getvalue()


@pytest.mark.parametrize("typed", ["", "sky-map\n", "Ä\n"])
def test_the_end_of_the_input_ends_everything(typed):
    with pytest.raises(KeyboardInterrupt):
        interview(typed)[0].complete({})


def test_a_name_that_is_taken_is_asked_for_again():
    def taken(key, known):
        if known.get("plugin") == "files":
            raise UsageError("there is one", suggestions=["another"])

    wizard, told = interview("files\nfolders\n" + "\n" * 9, check=taken)
    assert wizard.complete({})["name"] == "folders"
    assert "warning: there is one; another" in told.getvalue()
    with pytest.raises(UsageError, match="there is one"):
        interview(check=taken)[0].complete({"name": "files"})


def test_the_file_of_answers_comes_back(tmp_path):
    answers = interview()[0].complete({"name": "a", "author": "Åsa 😀"})
    (tmp_path / FILE).write_text(to_text(TOOL, answers), encoding="utf-8")
    assert from_file(tmp_path / FILE) == from_file(tmp_path) == ("tool", answers)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[" * 100_000,
        "[]",
        "{}",
        json.dumps({"format": 2, "kind": "tool", "answers": {}}),
        json.dumps({"format": 1, "kind": 3, "answers": {}}),
        json.dumps({"format": 1, "kind": "tool", "answers": []}),
    ],
)
def test_what_is_no_file_of_answers(tmp_path, text):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"a\.json") as caught:
        from_file(tmp_path / "a.json")
    assert FILE in caught.value.suggestions[0]


def test_a_file_of_answers_that_cannot_be_read(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff")
    for path in (tmp_path / "a.json", tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match="cannot read answers"):
            from_file(path)
