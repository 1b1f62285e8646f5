"""What the architecture tests look at: the files of the repository and the distributions in it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".git", ".venv", "build", "dist", "__pycache__", "node_modules", ".hypothesis"}


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """One folder that builds a wheel."""

    folder: Path
    package: Path
    project: dict[str, Any]

    @property
    def name(self) -> str:
        name: str = self.project["name"]
        return name

    @property
    def entry_points(self) -> dict[str, str]:
        points: dict[str, str] = self.project.get("entry-points", {}).get("llmspell.v1", {})
        return points


def read_distribution(folder: Path) -> Distribution:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module = project["name"].replace("-", "_")
    package = folder / module if folder == ROOT else folder / "src" / module
    return Distribution(folder=folder, package=package, project=project)


def walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in NOT_OURS or path.name.endswith("_cache") or path.is_symlink():
            continue
        if path.is_dir():
            yield from walk(path)
        else:
            yield path


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def files() -> list[Path]:
    return list(walk(ROOT))


@pytest.fixture(scope="session")
def kernel() -> Distribution:
    return read_distribution(ROOT)


@pytest.fixture(scope="session")
def plugins() -> list[Distribution]:
    return [read_distribution(path.parent) for path in sorted(ROOT.glob("plugins/*/pyproject.toml"))]


@pytest.fixture(scope="session")
def tools() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    return table
