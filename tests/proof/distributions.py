"""Which distributions there are, and which of them changed since a base."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING, NamedTuple

from tests.proof.shell import ROOT

if TYPE_CHECKING:
    from pathlib import Path

KERNEL = "llmspell"

SHARED = ("llmspell/", "cookiecutter/", "tests/proof/", "pyproject.toml", "conftest.py", "requirements/constraints.txt")
"""What every distribution stands on, as the beginnings of paths: a change there concerns all."""


class Distribution(NamedTuple):
    """A name, and the folder that holds its `pyproject.toml`."""

    name: str
    folder: Path

    @property
    def package(self) -> str:
        """Give the one package of the wheel."""
        return self.name.replace("-", "_")


def distributions(root: Path = ROOT) -> dict[str, Distribution]:
    """Give all by name: the kernel, then the others in the order of their folders."""
    descriptions = [root / "pyproject.toml", *sorted(root.glob("plugins/*/pyproject.toml"))]
    descriptions += sorted(root.glob("contrib/*/pyproject.toml"))
    found = {}
    for path in descriptions:
        name = tomllib.loads(path.read_text(encoding="utf-8"))["project"]["name"]
        found[name] = Distribution(name, path.parent)
    return found


def changed(root: Path = ROOT) -> tuple[list[Distribution], str]:
    """Give what changed since `LLMSPELL_BASE` (a commit), else since the newest tag, and say how that was found.

    Everything when there is no such base, or when git cannot tell.
    """
    known = list(distributions(root).values())
    base = os.environ.get("LLMSPELL_BASE") or _git(root, "describe", "--tags", "--abbrev=0")
    if not base:
        return known, "all: neither LLMSPELL_BASE nor a tag says since when"
    committed, new = (
        _git(root, "diff", "--name-only", base, "--"),
        _git(root, "ls-files", "--others", "--exclude-standard"),
    )
    if committed is None or new is None:
        return known, f"all: git cannot compare with {base}"
    paths = [*committed.splitlines(), *new.splitlines()]
    if any(path.startswith(SHARED) for path in paths):
        return known, f"all: what every distribution stands on changed since {base}"
    return [one for one in known if _concerns(one.folder.relative_to(root), paths)], f"changed since {base}"


def _concerns(folder: Path, paths: list[str]) -> bool:
    return any(path.startswith(folder.as_posix() + "/") for path in paths)


def _git(root: Path, *words: str) -> str | None:
    """Give what git prints about a repository; None when there is no git, no history or no such commit."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run([git, "-C", str(root), *words], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None
