"""The line of progress: on terminals only, rate limited, and gone before anything else is written."""

from __future__ import annotations

import io
import os
import pty
import select
import subprocess
import sys

import pytest

from llmspell.cli.console import Console
from llmspell.cli.progress import RATE, Activity, StatusLine
from llmspell.model.event import Event


class Terminal(io.StringIO):
    """Text that says it goes to a terminal."""

    encoding = "utf-8"

    def isatty(self):
        return True


class Clock:
    """Seconds that pass when they are told to."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def line():
    clock, stream = Clock(), Terminal()
    return StatusLine(stream, clock), clock, stream


def test_a_line_is_drawn_over_itself_and_not_too_often(line, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    status, clock, stream = line
    for number in range(10):
        status.show(f"step {number}")
        clock.now += RATE / 4
    assert stream.getvalue() == "\r\x1b[Kstep 0\r\x1b[Kstep 4\r\x1b[Kstep 8"
    status.clear()
    status.clear()
    assert stream.getvalue().endswith("step 8\r\x1b[K")


def test_a_line_never_wraps_and_holds_no_controls(line, monkeypatch):
    monkeypatch.setenv("COLUMNS", "12")
    status, _, stream = line
    status.show("evil \x1b[2J\n text that is long")
    assert stream.getvalue() == "\r\x1b[Kevil [2J te"


def test_a_terminal_that_has_gone_hurts_nobody():
    class Gone(Terminal):
        def write(self, _text):
            raise OSError(5, "gone")

    status = StatusLine(Gone(), Clock())
    status.show("x")
    status.clear()


def event(name, **data):
    return Event(name, data)


@pytest.fixture
def activity():
    return Activity("survey", 0.0)


def test_it_says_what_runs_for_how_long_and_what_it_used(activity):
    assert activity.describe(3.4) == "survey: running, 3 s"
    activity._begin(event("llm_call_started", id=1, subject="gpt"))
    activity._begin(event("tool_execution_started", id=2, subject="file_reader"))
    activity.tokens = 340
    assert activity.describe(12) == "survey: running file_reader, 12 s, 340 tokens"
    activity._progress(event("progress", who="tool file_reader", done=3, total=10, message="reading"))
    assert activity.describe(12) == "survey: tool file_reader: reading, 3 of 10, 12 s, 340 tokens"
    activity._end(event("tool_execution_completed", id=2, subject="file_reader"))
    assert activity.describe(13).startswith("survey: asking gpt")
    activity._end(event("llm_call_failed", id=1, subject="gpt"))
    assert activity.describe(14).startswith("survey: running, ")


def test_steps_of_a_workflow_side_by_side_are_told_apart(activity):
    for name in ("read", "judge"):
        about = {"id": "", "path": f"1:workflow:w/{name}", "subject": name, "workflow": "w", "step": name}
        activity._begin(event("workflow_step_started", **about))
    assert activity.describe(1) == "survey: w: step judge, 1 s"
    activity._end(event("workflow_step_completed", id="", path="1:workflow:w/judge", subject="judge"))
    assert activity.describe(2) == "survey: w: step read, 2 s"


@pytest.mark.parametrize(
    ("stream", "quiet", "term", "there"),
    [
        (Terminal, False, "xterm", True),
        (Terminal, True, "xterm", False),
        (Terminal, False, "dumb", False),
        (io.StringIO, False, "xterm", False),
    ],
)
def test_there_is_a_line_on_terminals_alone(monkeypatch, stream, quiet, term, there):
    monkeypatch.setenv("TERM", term)
    assert (Console(out=io.StringIO(), err=stream(), quiet=quiet).line is not None) is there


def test_whatever_is_told_takes_the_line_away_first(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    for tell in ("print", "note", "warn", "data"):
        out, err = io.StringIO(), Terminal()
        console = Console(out=out, err=err)
        assert console.line is not None
        console.line.show("busy")
        getattr(console, tell)("word")
        assert err.getvalue().startswith("\r\x1b[Kbusy\r\x1b[K"), tell
        assert "word" in out.getvalue() + err.getvalue()


SPELL = """
print("first")
Tools.get("count"):execute{}
log.warn("a remark")
print("last")
return 1
"""
COUNTING = """
from llmspell.spec import hookimpl, tool
async def count(ctx) -> str:
    for number in range(4):
        ctx.progress(number, 3, "counting")
        await ctx.sleep(0.3)
    return "done"
@hookimpl
def llmspell_tools():
    return [tool("count", __name__ + ":count", "Count.", category="test")]
"""


def on_a_terminal(folder, *words, out=None, **env):
    """Run a command whose standard error, and output unless it goes elsewhere, is a terminal; gives what that shows."""
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    kept |= {"HOME": str(folder), "TERM": "xterm", "COLUMNS": "80", "LLMSPELL_CONFIG_DIR": str(folder), **env}
    command = [sys.executable, "-m", "llmspell", *words]
    with subprocess.Popen(command, cwd=folder, env=kept, stdin=theirs, stdout=out or theirs, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            ready, _, _ = select.select([ours], [], [], 40)
            assert ready, shown
            try:
                part = os.read(ours, 65536)
            except OSError:  # Linux says so when the last writer has closed
                break
            if not part:
                break
            shown += part
    os.close(ours)
    return process.returncode, shown.decode().replace("\r\n", "\n")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "song.lua").write_text(SPELL)
    (tmp_path / "counting.py").write_text(COUNTING)
    return tmp_path


def test_a_spell_on_a_terminal(folder):
    status, shown = on_a_terminal(folder, "run", "song.lua", "-p", "./counting.py")
    assert status == 0, shown
    assert shown.startswith("first\n")
    assert "\r\x1b[Ksong: tool count: counting, " in shown
    # What stays of each line is what stands behind its last erasure.
    stays = [line.rpartition("\r\x1b[K")[2] for line in shown.split("\n")]
    assert stays == ["first", "WARNING llmspell.spell: a remark", "last", ""]


def test_the_result_in_a_pipe_is_clean(folder):
    with (folder / "out").open("wb") as out:
        status, shown = on_a_terminal(folder, "run", "song.lua", "-p", "./counting.py", out=out)
    assert (status, (folder / "out").read_text()) == (0, "first\nlast\n")
    assert "counting" in shown


def test_a_tool_on_a_terminal(folder):
    status, shown = on_a_terminal(folder, "tools", "run", "count", "-p", "./counting.py")
    assert status == 0, shown
    assert "tool count: counting" in shown
    assert shown.endswith("\r\x1b[Kdone\n")


@pytest.mark.parametrize(("words", "env"), [(("--quiet",), {}), ((), {"TERM": "dumb"})])
def test_silence(folder, words, env):
    status, shown = on_a_terminal(folder, "tools", "run", "count", "-p", "./counting.py", *words, **env)
    assert (status, shown) == (0, "done\n")


@pytest.mark.parametrize(
    ("words", "env", "coloured"),
    [
        ((), {}, True),
        ((), {"NO_COLOR": "1"}, False),
        (("--color", "never"), {}, False),
        (("--color=always",), {"NO_COLOR": "1"}, True),
        ((), {"TERM": "dumb"}, False),
        ((), {"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_colours_on_a_terminal(folder, words, env, coloured):
    status, shown = on_a_terminal(folder, "tools", "lst", *words, **env)
    assert status == 2
    assert ("\x1b[31merror[6101]\x1b[0m" in shown) is coloured


def test_colours_in_a_pipe(llmspell):
    for words, env, coloured in (
        ((), {}, False),
        (("--color", "always"), {}, True),
        ((), {"FORCE_COLOR": "1"}, True),
        ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ):
        assert ("\x1b[1m" in llmspell("tools", "list", *words, **env).out) is coloured


def test_quiet_leaves_results_and_errors(llmspell):
    done = llmspell("config", "init", "--quiet")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert "already there" in llmspell("config", "init", "-q").err
