"""A new author's first minutes: generate a plugin, install it beside the kernel alone, run and test it."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.proof.alone import fresh_environment
from tests.proof.distributions import KERNEL
from tests.proof.shell import run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.proof.alone import Built

pytestmark = pytest.mark.proof


def test_a_generated_plugin_installs_and_passes_its_tests(built: dict[str, Built], tmp_path: Path) -> None:
    kernel = built[KERNEL].wheel
    author = fresh_environment(tmp_path / "author", f"{kernel}[scaffold]")
    run(author / "llmspell", "generate", "plugin", "weather", "--tool", "now", "--tool", "later", cwd=tmp_path)
    project = tmp_path / "llmspell-tools-weather"
    user = fresh_environment(tmp_path / "user", f"{kernel}[testing]", project)
    words = ("tools", "run", "now", "path=README.md", "limit=1", "--allow-read=README.md")
    assert json.loads(run(user / "llmspell", *words, cwd=project))["words"]
    run(user / "llmspell", "plugins", "doctor", cwd=project)
    run(user / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    typed(user, project, tmp_path)


@pytest.mark.parametrize(("kind", "dist"), [("script_module", "modules"), ("agent_template", "templates")])
def test_so_do_plugins_of_other_kinds(built: dict[str, Built], tmp_path: Path, kind: str, dist: str) -> None:
    kernel = built[KERNEL].wheel
    author = fresh_environment(tmp_path / "author", f"{kernel}[scaffold]")
    run(author / "llmspell", "generate", "plugin", "weather", "--kind", kind, cwd=tmp_path)
    project = tmp_path / f"llmspell-{dist}-weather"
    user = fresh_environment(tmp_path / "user", f"{kernel}[testing]", project)
    run(user / "llmspell", "plugins", "doctor", cwd=project)
    run(user / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    typed(user, project, tmp_path)


def typed(user: Path, project: Path, folder: Path) -> None:
    """Check the types of a project with what is installed beside it."""
    cache = ("--cache-dir", folder / "mypy")
    run(sys.executable, "-m", "mypy", "--python-executable", user / "python", *cache, cwd=project)
