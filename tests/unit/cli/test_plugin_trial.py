"""Plugins that hang or end the process that loads them are told by `doctor`, and stop nobody."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from llmspell.cli.plugin_trial import trial
from llmspell.cli.plugin_trial_child import examine
from llmspell.kernel.discovery import scan
from llmspell.kernel.loader import Loader
from llmspell.runtime.builtins import builtins
from llmspell.services.config import Config

HANG = "import threading\nthreading.Event().wait()"
HANG_LATER = f"from llmspell.spec import hookimpl\n@hookimpl\ndef llmspell_tools():\n    {HANG.replace(chr(10), '; ')}"


@pytest.fixture
def named(tmp_path, monkeypatch):
    """Write plugins and give the arguments that name them."""
    monkeypatch.chdir(tmp_path)

    def write(**texts):
        for name, text in texts.items():
            Path(f"{name}.py").write_text(text)
        return argparse.Namespace(plugins=[f"./{name}.py" for name in texts], config=None)

    return write


def test_those_that_hang_are_left_out(named):
    args = named(hangs=HANG, later=HANG_LATER, good="")
    tried = trial(args, Config.load(environment={}), patience=2.0)
    assert set(tried.faults) == {"hangs", "later"}
    assert tried.faults["hangs"].message == "plugin hangs was not loaded within 2 seconds"
    loader = Loader(scan(), builtins=builtins(), selection=tried.selection)
    examine(loader)
    states = {report.name: report.state for report in tried.reports(loader)}
    assert (states["hangs"], states["later"], states["good"]) == ("failed", "failed", "loaded")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import os; os._exit(9)", "status 9"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "status -11"),
    ],
)
def test_those_that_end_the_process_are_told(llmspell, tmp_path, text, words):
    (tmp_path / "ends.py").write_text(text)
    (tmp_path / "llmspell.toml").write_text("[nobody]\nx = 1\n")  # whose section it is must be asked of all plugins
    done = llmspell("doctor", "--json", "-p", "./ends.py")
    told = {one["what"]: one for one in json.loads(done.out)["findings"]}
    assert (done.status, told["plugin ends"]["state"]) == (5, "broken")
    assert words in told["plugin ends"]["about"]
    assert told["engines"]["state"] == "ok"
    (tmp_path / "llmspell.toml").unlink()
    done = llmspell("plugins", "doctor", "--json", "-p", "./ends.py")
    state = {one["name"]: one["state"] for one in json.loads(done.out)["plugins"]}
    assert (done.status, state["ends"], state["lua"]) == (5, "failed", "loaded")
