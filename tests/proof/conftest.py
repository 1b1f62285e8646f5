"""What the long tier shares: a clean clone, built wheels and fresh environments."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.proof.shell import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone of what is committed; a tree that came without its history has nothing to clone."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("needs git and a repository with its history")
    folder = tmp_path_factory.mktemp("clone") / "llmspell"
    run(git, "clone", "--quiet", "--no-hardlinks", ROOT, folder, cwd=folder.parent)
    return folder


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Build every distribution and return its wheel by the distribution's name."""
    out = tmp_path_factory.mktemp("wheels")
    built: dict[str, Path] = {}
    for folder in [ROOT, *sorted(path.parent for path in ROOT.glob("plugins/*/pyproject.toml"))]:
        name = "llmspell" if folder == ROOT else folder.name
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, cwd=folder)
        (built[name],) = out.glob(f"{name.replace('-', '_')}-*.whl")
    return built
