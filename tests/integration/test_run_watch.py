"""`llmspell run --watch`: run again at every change."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 30
"""Seconds after which a watch that says nothing has failed."""
WAITING = "waiting for a change"


class Watched:
    """A command that goes on; what it says on both streams comes together."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "llmspell", "run", "--watch", "spell.lua"],
            cwd=folder,
            env={**os.environ, "HOME": str(folder), "LLMSPELL_CONFIG_DIR": str(folder / "config")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._seen = ""

    def until(self, text: str) -> str:
        """Wait for a text and give what was said before it."""
        stream = self.process.stdout
        assert stream is not None
        while text not in self._seen:
            ready = select.select([stream], [], [], PATIENCE)[0]
            assert ready, f"no {text!r} in {self._seen!r}"
            data = os.read(stream.fileno(), 4096)
            assert data, f"no {text!r} in {self._seen!r}"
            self._seen += data.decode()
        before, _, self._seen = self._seen.partition(text)
        return before


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/words.lua").write_text('return "one"')
    (tmp_path / "spell.lua").write_text('print("said", require("lib.words"))')
    return tmp_path


@pytest.fixture
def watched(folder: Path) -> Iterator[Watched]:
    found = Watched(folder)
    yield found
    found.process.kill()
    found.process.wait()
    assert found.process.stdout is not None
    found.process.stdout.close()


def test_it_runs_again_when_anything_it_needs_changes(watched, folder):
    assert "said\tone" in watched.until(WAITING)
    (folder / "lib/words.lua").write_text('return "two"')
    assert "said\ttwo" in watched.until(WAITING)
    (folder / "spell.lua").write_text("local x = = 1")
    assert "error[4001]" in watched.until(WAITING)
    (folder / "spell.lua").write_text('print("on") Async.sleep(1000000)')
    watched.until("on\n")
    (folder / "spell.lua").write_text('print("last", require("lib.new"))')
    said = watched.until(WAITING)
    assert "changed while it ran" in said
    assert "error[2007]" in said
    (folder / "lib/new.lua").write_text("return 7")
    assert "last\t7" in watched.until(WAITING)
    watched.process.send_signal(signal.SIGINT)
    assert watched.process.wait(PATIENCE) == 130


def test_it_needs_a_file_and_gives_no_document(llmspell, tmp_path):
    (tmp_path / "a.lua").write_text("")
    assert "needs a file" in llmspell("run", "-", "--watch").err
    assert llmspell("run", "a.lua", "--watch", "--json").status == 2
