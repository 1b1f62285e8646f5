"""`llmspell repl`, in a pipe and at a terminal."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.terminal import Prompt

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs/how-to/use-the-prompt.md"
ENGINES = ("lua", "javascript", "python")
ISOLATIONS = ("process", "inline")

ENDLESS = {
    "lua": ('print("on") while true do end', 'print("on") Async.sleep(100000)'),
    "javascript": ('console.log("on"); for (;;);', 'console.log("on"); await Async.sleep(100000)'),
    "python": ('print("on") or any(False for _ in iter(int, 1))', 'print("on") or await Async.sleep(100000)'),
}
"""Inputs that run for ever and that wait for ever; each says when it has begun."""


def transcripts() -> Iterator[tuple[str, list[str], str]]:
    """Yield engine, inputs and everything that is printed of the sessions on the page."""
    for block in re.findall(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        engine = block.partition(">")[0]
        lines = block.splitlines()
        prompt = re.compile(rf"(?:{engine}>|\s*\.\.\.) ?")
        inputs = [prompt.sub("", line, count=1) for line in lines if prompt.match(line)]
        yield engine, inputs, "\n".join(line for line in lines if not prompt.match(line))


@pytest.mark.parametrize(("engine", "inputs", "printed"), [*transcripts()], ids=[one[0] for one in transcripts()])
def test_the_sessions_of_the_page(llmspell, engine, inputs, printed):
    done = llmspell("repl", "--engine", engine, stdin="\n".join(inputs) + "\n")
    assert sorted((done.out + done.err).splitlines()) == sorted(printed.splitlines())


@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_stream_runs_to_its_end_and_fails_when_an_input_did(llmspell, engine, isolation):
    words = ("repl", "--engine", engine, "--isolation", isolation)
    assert llmspell(*words, stdin="x = 20\n\nx + 1").out.split()[-1] == "21"
    done = llmspell(*words, stdin="x = 20\nnope()\nx + 1\n")
    assert done.status == 1
    assert done.out.split()[-1] == "21"
    assert "error[4002]" in done.err
    assert "input2:1" in done.err


def test_a_stream_that_ends_in_a_statement_says_so(llmspell):
    done = llmspell("repl", stdin="do\n")
    assert done.status == 1
    assert "middle of a statement" in done.err


def test_python_blocks_end_with_a_line_that_is_not_indented(llmspell):
    text = "def f(x):\n    if x:\n        return 1\n    return 2\nf(0)\nfor i in (1, 2):\n    print(i)\n"
    assert llmspell("repl", "--engine", "py", stdin=text).out.split() == ["2", "1", "2"]


def test_javascript_keeps_what_an_input_declares(llmspell):
    text = """const a = 1, { b, c: [d] } = { b: 2, c: [3] }; let e
class F { g() { return a + b + d } }
function h() { return new F().g() }
import { assert } from "llmspell/testing"
assert.equals(h(), 6)
const a = 2
h()
{ a: e }
"""
    done = llmspell("repl", "--engine", "js", stdin=text)
    assert done.status == 0, done.err
    assert done.out.splitlines() == ["7", "{ a: undefined }"]


def test_json_is_one_document(llmspell):
    done = llmspell("repl", "--json", stdin='print("said")\n1 + 1\nerror("boo")\n')
    rows = json.loads(done.out)["inputs"]
    assert [row["output"] for row in rows] == [["said"], [], []]
    assert rows[1]["shown"] == "2"
    assert rows[2]["error"]["message"] == "boo"


def test_a_limit_costs_what_was_defined_and_no_more(llmspell):
    text = "x = 1\nlocal t = {} while true do t[#t + 1] = ('x'):rep(1000000) .. #t end\nx\ny = 2\ny\n"
    done = llmspell("repl", "--isolation", "inline", stdin=text)
    assert "error[4005]" in done.err
    assert "started anew" in done.err
    assert done.out.split() == ["nil", "2"]


def test_commands(llmspell, tmp_path):
    (tmp_path / "a.lua").write_text("loaded = 5 return loaded + 1")
    text = "/load a.lua\nloaded\n/load nope.lua\n/load\n/reset\nloaded\n/help\n/quit\nprint('never')\n"
    done = llmspell("repl", stdin=text)
    assert done.out.split() == ["6", "5", "nil"]
    assert "nope.lua cannot be read" in done.err
    assert "/reset" in done.err


@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize("engine", ENGINES)
def test_ctrl_c_ends_the_input_and_nothing_else(tmp_path, engine, isolation):
    prompt = Prompt(tmp_path, "repl", "--engine", engine, "--isolation", isolation)
    prompt.until(f"{engine}> ")
    prompt.type("x = 41\n")
    for more, endless in enumerate(ENDLESS[engine], 1):
        prompt.until(f"{engine}> ")
        prompt.type(f"{endless}\n")
        prompt.until("on\r\n")
        prompt.type("\x03")
        prompt.until("interrupted")
        prompt.until(f"{engine}> ")
        prompt.type(f"x + {more}\n")
        prompt.until(f"\n{41 + more}")
    prompt.until(f"{engine}> ")
    prompt.type("\x04")
    assert prompt.end() == 0


def test_ctrl_c_once_more_ends_an_engine_that_does_not_listen(tmp_path):
    prompt = Prompt(tmp_path, "repl")
    prompt.until("lua> ")
    prompt.type("x = 41\n")
    prompt.until("lua> ")
    prompt.type('print("on") return ("a"):rep(1000):find((".-"):rep(20) .. "b")\n')  # one call of C
    prompt.until("on\r\n")
    prompt.type("\x03")
    prompt.until("once more")
    prompt.type("\x03")
    prompt.until("started anew")
    prompt.until("interrupted")
    prompt.until("lua> ")
    prompt.type("x\n")
    prompt.until("\nnil")
    prompt.until("lua> ")
    prompt.type("\x04")
    assert prompt.end() == 0


def test_tab_completes_and_the_history_comes_back(tmp_path):
    pytest.importorskip("readline")
    prompt = Prompt(tmp_path, "repl", "--engine", "js")
    prompt.until("javascript> ")
    prompt.type("typeof ErrorHandler.createRec\t\n")
    prompt.until("'function'")
    prompt.until("javascript> ")
    prompt.type("\x04")
    assert prompt.end() == 0
    again = Prompt(tmp_path, "repl", "--engine", "js")
    again.until("javascript> ")
    again.type("\x10\n")  # Ctrl-P, the line before
    again.until("'function'")
    again.type("/quit\n")
    assert again.end() == 0
