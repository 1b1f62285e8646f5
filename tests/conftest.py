"""Run the real command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

KEYS = (
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    "GEMINI_API_KEY",
    "GOOGLE_GEMINI_BASE_URL",
    "OLLAMA_HOST",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
)
SCRUBBED = (*KEYS, "LLMSPELL_CONFIG_PATH", "LLMSPELL_DISABLE", "NO_COLOR", "FORCE_COLOR")


@dataclass
class Done:
    """How a command ended."""

    status: int
    out: str
    err: str


@pytest.fixture(scope="session")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a cache folder in which the plugins that are installed here were tried once for all commands."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def llmspell(tmp_path: Path, verdicts: Path) -> Callable[..., Done]:
    """Run `llmspell ARGUMENTS` in an empty folder with an environment that configures nothing."""

    def run(*words: str, cwd: Path = tmp_path, stdin: str = "", **env: str) -> Done:
        clean = {name: value for name, value in os.environ.items() if name not in SCRUBBED}
        clean |= {"HOME": str(tmp_path), "LLMSPELL_CONFIG_DIR": str(tmp_path / "config")}
        clean |= {"LLMSPELL_CACHE_DIR": str(verdicts), **env}
        done = subprocess.run(
            [sys.executable, "-m", "llmspell", *words],
            cwd=cwd,
            env=clean,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return run
