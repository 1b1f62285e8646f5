"""Measure whole processes: CPU time of a child and of those it waited for, by the operating system's own account."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What one run of one command took: `cpu` in seconds (user + system), `rss` the largest resident set in KiB."""

    cpu: float
    rss: int


def run_once(command: Sequence[str], *, cwd: Path) -> Sample:
    """Run a command to its end and return its account; a failing command is an error, not a fast result."""
    with tempfile.TemporaryFile() as complaint:
        process = subprocess.Popen(
            command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=complaint
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)  # the process is reaped: tell its object
        if process.returncode:
            complaint.seek(0)
            text = complaint.read().decode(errors="replace")
            raise RuntimeError(f"{' '.join(command)} ended with status {process.returncode}:\n{text}")
    return Sample(cpu=usage.ru_utime + usage.ru_stime, rss=usage.ru_maxrss)


def interleaved(commands: Mapping[str, Sequence[str]], *, rounds: int, cwd: Path) -> dict[str, list[Sample]]:
    """Run all commands once per round, so that a change of the machine's mood meets all of them; one round warms up."""
    samples: dict[str, list[Sample]] = {name: [] for name in commands}
    for round_ in range(rounds + 1):
        for name, command in commands.items():
            sample = run_once(command, cwd=cwd)
            if round_:
                samples[name].append(sample)
    return samples


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """CPU of a command over that of the floor, taken round by round: the median and the two extremes."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        """Show the median with its spread."""
        return f"{self.median:5.2f}x  ({self.low:.2f} .. {self.high:.2f})"


def ratio(samples: Sequence[Sample], floor: Sequence[Sample]) -> Ratio:
    """Compare each sample with the floor's sample of the same round."""
    each = sorted(one.cpu / least.cpu for one, least in zip(samples, floor, strict=True))
    return Ratio(median=statistics.median(each), low=each[0], high=each[-1])
