"""The samples of the README do what it says."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.testing import open_context

if TYPE_CHECKING:
    import pytest

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def sample(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return str(found)


def test_the_program_restores_its_backup(tmp_path: Path) -> None:
    command = [sys.executable, "-c", sample("python")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "100"), done.stderr


async def test_the_configuration_opens_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        async with open_context(config=tomllib.loads(sample("toml"))) as ctx:
            number = await ctx.storage.increment("runs")
    assert number == 2
    assert (tmp_path / "state" / "llmspell.lmdb").exists()
