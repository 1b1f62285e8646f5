"""Do something with an encrypted file, and be killed at the n-th call out of its module: `killed.py FOLDER VERB`.

Each line of standard input is an n; the answer is the exit status, 0 when it came through. The killed process is forked
from this small one: a process with the threads of other libraries may hang when it is forked.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from llmspell.spec.secret_stores import Opening, SecretValue
from llmspell_secrets import file as place
from llmspell_secrets.section import FileSection


class Said:
    """Passwords as the store asks for them: the one that opens, then a new one."""

    def current(self, _: str) -> str:
        """Give the password that opens."""
        return "old"

    def fresh(self, _: str) -> str:
        """Give a new one."""
        return "new"


def work(folder: Path, verb: str) -> None:
    """Open the file and do it."""
    store = place.EncryptedFile()
    store.open(Opening(folder, FileSection(memory=8 << 20, passes=1), Said()))
    if verb == "rotate":
        store.rotate()
    elif verb == "put":
        store.put("A", SecretValue("another"))
    else:
        store.remove("A")


def killed(folder: Path, verb: str, step: int) -> int:
    """Give the status of a process that was killed at a step, if it had so many."""
    child = os.fork()
    if child == 0:
        left = step

        def count(frame: Any, event: str, _: object) -> None:
            nonlocal left
            if event == "c_call" and frame.f_code.co_filename == place.__file__:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.setprofile(count)
            work(folder, verb)
            sys.setprofile(None)
        except BaseException:  # noqa: BLE001 - the status tells
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(f"{killed(Path(sys.argv[1]), sys.argv[2], int(line))}\n")
        sys.stdout.flush()
