"""A command at a terminal, as a person has it."""

from __future__ import annotations

import os
import pty
import select
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 30
"""Seconds after which a terminal that says nothing has failed."""


class Prompt:
    """A command at a terminal of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._seen = ""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ.update(HOME=str(folder), TERM="dumb", LLMSPELL_DATA_DIR=str(folder / "data"))
            os.chdir(folder)
            os.execv(sys.executable, [sys.executable, "-m", "llmspell", *words])

    def type(self, text: str) -> None:
        """Type what a person would."""
        os.write(self._fd, text.encode())

    def until(self, text: str) -> str:
        """Wait until the screen shows a text; give what was there before."""
        while text not in self._seen:
            ready = select.select([self._fd], [], [], PATIENCE)[0]
            assert ready, f"no {text!r} in {self._seen!r}"
            try:
                data = os.read(self._fd, 4096)
            except OSError:  # the other end has gone
                data = b""
            assert data, f"no {text!r} in {self._seen!r}"
            self._seen += data.decode()
        before, _, self._seen = self._seen.partition(text)
        return before

    def end(self) -> int:
        """Wait for the end and give the status."""
        try:
            while os.read(self._fd, 4096):
                pass
        except OSError:
            pass
        os.close(self._fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
