"""A new user's first minutes: clone, bootstrap, run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import llmspell
from tests.proof.shell import run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.proof


@pytest.fixture(scope="module")
def ready(clone: Path) -> Path:
    run(sys.executable, "bootstrap.py", "--pip", cwd=clone)
    return clone


def test_pip_alone_makes_a_clone_ready(ready: Path) -> None:
    assert run(ready / ".venv/bin/llmspell", "--version", cwd=ready).strip().endswith(llmspell.__version__)


def test_a_second_bootstrap_changes_nothing(ready: Path) -> None:
    stamp = ready / ".venv/llmspell-stamp.json"
    before = stamp.stat().st_mtime_ns
    assert run(sys.executable, "bootstrap.py", "--pip", cwd=ready) == ""
    assert stamp.stat().st_mtime_ns == before


def test_a_changed_description_is_installed_again(ready: Path) -> None:
    description = ready / "plugins/llmspell-tools-files/pyproject.toml"
    original = description.read_text(encoding="utf-8")
    renamed = original.replace('"tools.files" =', '"tools.renamed_files" =')
    assert renamed != original
    python = ready / ".venv/bin/python"
    names = "from importlib.metadata import entry_points as e; print([p.name for p in e(group='llmspell.v1')])"
    try:
        description.write_text(renamed, encoding="utf-8")
        run(sys.executable, "bootstrap.py", "--pip", cwd=ready)
        assert "tools.renamed_files" in run(python, "-c", names, cwd=ready)
    finally:
        description.write_text(original, encoding="utf-8")
        run(sys.executable, "bootstrap.py", "--pip", cwd=ready)
    assert "tools.renamed_files" not in run(python, "-c", names, cwd=ready)


def test_the_demo_of_a_clean_clone_writes_its_report(ready: Path) -> None:
    run("make", f"PYTHON={sys.executable}", "demo", cwd=ready)
    reports = [path for path in (ready / "build").rglob("*") if path.is_file()]
    assert reports
    assert all(path.stat().st_size for path in reports)
