"""Run commands as a new user would."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def attempt(*command: str | Path, cwd: Path, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command as a new user would, with no trace of this environment; say how it ended and what it printed."""
    foreign = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    kept = {key: value for key, value in os.environ.items() if key not in foreign}
    kept = {key: value for key, value in kept.items() if not key.startswith(("LLMSPELL_", "OPENAI_", "PYTEST_"))}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=kept,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command that has to succeed and return what it printed."""
    done = attempt(*command, cwd=cwd)
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout
