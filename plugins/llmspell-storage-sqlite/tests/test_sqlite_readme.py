"""The samples of the README do what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def sample(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(found)


def run(*command: str, cwd: Path) -> str:
    environment = {**os.environ, "HOME": str(cwd), "LLMSPELL_CONFIG_DIR": str(cwd / "config")}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_spell_counts_its_runs(tmp_path: Path) -> None:
    pytest.importorskip("llmspell_engine_lua", reason="the sample is a Lua spell: needs llmspell-engine-lua")
    (tmp_path / "llmspell.toml").write_text(sample("toml"), encoding="utf-8")
    (tmp_path / "count.lua").write_text(sample("lua"), encoding="utf-8")
    lines = sample("console").splitlines()
    for command, expected in zip(lines[::2], lines[1::2], strict=True):
        assert run(sys.executable, "-m", *command.split()[1:], cwd=tmp_path) == expected
    assert (tmp_path / "state/llmspell.sqlite3").is_file()


def test_the_program_restores_its_backup(tmp_path: Path) -> None:
    assert run(sys.executable, "-c", sample("python"), cwd=tmp_path) == "100"
