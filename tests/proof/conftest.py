"""What the long tier shares: a clean clone and built wheels."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.proof.alone import build
from tests.proof.distributions import distributions
from tests.proof.shell import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.proof.alone import Built


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
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    """Build every distribution and return its wheel and sources by the distribution's name."""
    out = tmp_path_factory.mktemp("built").resolve()
    return {name: build(one, out) for name, one in distributions().items()}
