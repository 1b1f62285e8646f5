"""Run `llmspell` in processes that kill themselves, each forked from one that has everything imported.

`python -m tests.durability.caster` reads lines `{"words", "cwd", "env", "out", "kill", "fault"}`, runs each command in
a process of its own and answers `{"status", "began", "seconds"}`: its exit status, when it began and how long it took.

`kill` says when the process is to get SIGKILL. `{"records": n}`: when the log has so many, exactly then, in the middle
of a batch of them, too, as a crash would have it. `{"seconds": s}`: after that time, wherever it may be. `fault` is one
of `faults.FAULTS` and its number.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
from typing import Any

import tests.durability.counted  # noqa: F401 - that is what it is for
from llmspell.cli.main import main
from tests.durability.faults import FAULTS, is_log

PATIENCE = 30.0
"""Seconds that a life may take: each takes less than one, unless it hangs; then it is aborted."""

_write = os.write


class Killer:
    """Stand in the place of `os.write`: count the lines that go to a log of a run."""

    def __init__(self, lines: int) -> None:
        self._left = lines
        self._logs: dict[int, bool] = {}

    def __call__(self, number: int, data: Any) -> int:
        """Write, and end this process when the log has as many lines as it is to have."""
        if not is_log(number):
            return _write(number, data)
        lines = bytes(data).splitlines(keepends=True)
        if len(lines) < self._left:
            self._left -= len(lines)
            return _write(number, data)
        _write(number, b"".join(lines[: self._left]))
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("the dead do not go on")


def carry_out(order: dict[str, Any]) -> dict[str, float]:
    """Run one command in a process of its own; its exit status is negative for a signal."""
    began = time.time()
    child = os.fork()
    if child == 0:
        try:
            _become(order)
        except BaseException:  # noqa: BLE001 - nobody else would tell of it
            traceback.print_exc()
        os._exit(70)
    if "seconds" in order["kill"]:
        _signal_after(child, order["kill"]["seconds"], signal.SIGKILL)
    _signal_after(child, PATIENCE, signal.SIGABRT)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"status": status, "began": began, "seconds": time.time() - began}


def _signal_after(child: int, seconds: float, number: int) -> None:
    """Send a process a signal after a while, unless it has ended by then."""
    handle = os.pidfd_open(child)
    try:
        if not select.select([handle], [], [], seconds)[0]:
            os.kill(child, number)
    finally:
        os.close(handle)


def _become(order: dict[str, Any]) -> None:
    out = os.open(order["out"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    errors = os.open(order["out"] + ".err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, standard in ((nothing, 0), (out, 1), (errors, 2)):
        os.dup2(number, standard)
    os.chdir(order["cwd"])
    os.environ.update(order["env"])
    for name, number in order["fault"].items():
        FAULTS[name](number)
    if "records" in order["kill"]:
        os.write = Killer(order["kill"]["records"])
    status = main(order["words"])
    sys.stdout.flush()
    os._exit(status)


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(json.dumps(carry_out(json.loads(line))) + "\n")
        sys.stdout.flush()
