"""Every plugin installs beside the kernel alone: no plugin leans on another one or on the development environment."""

from __future__ import annotations

import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.proof.shell import ROOT, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.proof

PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))


def fresh_environment(folder: Path, *installed: Path) -> Path:
    run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    pip = (folder / "bin/python", "-m", "pip", "install", "--quiet", "-c", ROOT / "requirements/constraints.txt")
    run(*pip, *installed, cwd=folder.parent)
    return folder / "bin"


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_works_beside_the_kernel_alone(plugin: str, wheels: dict[str, Path], tmp_path: Path) -> None:
    scripts = fresh_environment(tmp_path / "env", wheels["llmspell"], wheels[plugin])
    run(scripts / "llmspell", "plugins", "doctor", cwd=tmp_path)
    assert plugin in run(scripts / "llmspell", "plugins", "list", cwd=tmp_path)


def test_the_kernel_works_without_any_plugin(wheels: dict[str, Path], tmp_path: Path) -> None:
    scripts = fresh_environment(tmp_path / "env", wheels["llmspell"])
    run(scripts / "llmspell", "plugins", "doctor", cwd=tmp_path)
    assert "llmspell-" not in run(scripts / "llmspell", "plugins", "list", cwd=tmp_path)


def test_a_wheel_holds_its_package_its_licence_and_nothing_else(wheels: dict[str, Path]) -> None:
    for name, wheel in wheels.items():
        names = zipfile.ZipFile(wheel).namelist()
        tops = {entry.split("/")[0] for entry in names}
        assert {top for top in tops if not top.endswith(".dist-info")} == {name.replace("-", "_")}, name
        assert f"{name.replace('-', '_')}/py.typed" in names
        assert any("/licenses/LICENSE" in entry for entry in names), name
