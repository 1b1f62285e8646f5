"""Errors are three lines with a code; results and remarks go different ways."""

from __future__ import annotations

import io
import json

import pytest

from llmspell.cli.console import Console
from llmspell.errors import ConfigError, PermissionDeniedError, ScriptRuntimeError


@pytest.fixture
def console():
    return Console(out=io.StringIO(), err=io.StringIO())


def test_an_error_is_three_lines(console):
    status = console.error(ScriptRuntimeError("it broke\nbadly", where="a.lua:3", suggestions=["mend it", "leave it"]))
    assert status == 1
    assert console.err.getvalue() == "error[4002]: it broke badly\n  at: a.lua:3\n  next: mend it; or leave it\n"
    assert console.out.getvalue() == ""


def test_an_error_of_a_step_names_it(console):
    console.error(ScriptRuntimeError("no", where="a.lua:3", context={"step": "find[2]", "workflow": "report"}))
    assert "\n  at: a.lua:3, step 'find[2]' of workflow 'report'\n" in console.err.getvalue()


def test_the_status_says_which_kind(console):
    assert console.error(PermissionDeniedError("no")) == 4
    assert console.error(ConfigError("no")) == 3
    assert console.error(KeyboardInterrupt()) == 130
    assert console.error(RuntimeError("bug")) == 1


def test_no_traceback_unless_asked(console):
    def fail():
        message = "bug"
        raise RuntimeError(message)

    for verbose in (False, True):
        console.verbose = verbose
        console.err.seek(0)
        console.err.truncate()
        try:
            fail()
        except RuntimeError as error:
            console.error(error)
        assert ("Traceback" in console.err.getvalue()) is verbose


def test_json_errors_are_documents():
    out = io.StringIO()
    Console(as_json=True, out=out, err=io.StringIO()).error(PermissionDeniedError("no", suggestions=["--allow-read=x"]))
    told = json.loads(out.getvalue())["error"]
    assert (told["code"], told["type"], told["suggestions"]) == (2006, "permission_denied", ["--allow-read=x"])


def test_a_table_is_as_wide_as_its_contents(console):
    console.table([("a", "long enough"), ("bcd", "x")], ("n", "what"))
    assert console.out.getvalue().splitlines() == ["n    what", "a    long enough", "bcd  x"]


@pytest.mark.parametrize(
    ("env", "wish", "coloured"),
    [
        ({}, "auto", False),
        ({"FORCE_COLOR": "1"}, "auto", True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "auto", False),
        ({}, "always", True),
    ],
)
def test_colours_follow_the_conventions(monkeypatch, env, wish, coloured):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert Console(color=wish, out=io.StringIO(), err=io.StringIO()).color is coloured
