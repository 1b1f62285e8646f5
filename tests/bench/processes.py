"""Measure whole processes: CPU time of a child and of those it waited for, by the operating system's own account."""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import TYPE_CHECKING

from tests.bench.samples import MILLI

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.bench.samples import Turn


def command_turn(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str] | None = None) -> Turn:
    """Make a turn that runs a command to its end: CPU milliseconds (user + system)."""

    async def turn() -> float:
        return run_once(command, cwd=cwd, environment=environment) * MILLI

    return turn


def run_once(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str] | None = None) -> float:
    """Run a command and return its CPU seconds; a failing command is an error, not a fast result."""
    with tempfile.TemporaryFile() as complaint:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**_clean(), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaint,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)  # the process is reaped: tell its object
        if process.returncode:
            complaint.seek(0)
            text = complaint.read().decode(errors="replace")
            message = f"{' '.join(command)} ended with status {process.returncode}:\n{text}"
            raise RuntimeError(message)
    return usage.ru_utime + usage.ru_stime


def _clean() -> dict[str, str]:
    """Give the environment without what would make Python compile everything anew."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
