"""Which wheels a change asks to be proved anew."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.proof.distributions import changed, distributions

if TYPE_CHECKING:
    from pathlib import Path

DISTS = {"llmspell": "", "llmspell-one": "plugins/one", "llmspell-two": "plugins/two", "example": "contrib/example"}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("LLMSPELL_BASE", raising=False)
    for name, folder in DISTS.items():
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n')
        (tmp_path / folder / "README.md").write_text(name)
    (tmp_path / "contrib/spells").mkdir()
    if shutil.which("git") is None:
        pytest.skip("needs git")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    commit(tmp_path)
    return tmp_path


def git(root: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "commit", "--quiet", "--all", "--message", "a change")


def names(root: Path) -> list[str]:
    return [one.name for one in changed(root)[0]]


def test_the_kernel_comes_first_and_folders_without_a_description_are_none(repository: Path) -> None:
    assert list(distributions(repository)) == list(DISTS)


def test_without_a_base_everything_is_proved(repository: Path) -> None:
    assert names(repository) == list(DISTS)
    assert "neither LLMSPELL_BASE nor a tag" in changed(repository)[1]


def test_since_the_newest_tag(repository: Path) -> None:
    git(repository, "tag", "v1")
    assert names(repository) == []
    (repository / "plugins/two/README.md").write_text("changed, not committed")
    (repository / "contrib/example/new.py").write_text("not yet known to git")
    assert names(repository) == ["llmspell-two", "example"]
    commit(repository)
    assert names(repository) == ["llmspell-two", "example"]


def test_since_a_commit(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "plugins/one/README.md").write_text("changed")
    commit(repository)
    monkeypatch.setenv("LLMSPELL_BASE", "HEAD~1")
    assert names(repository) == ["llmspell-one"]
    monkeypatch.setenv("LLMSPELL_BASE", "no-such-commit")
    assert names(repository) == list(DISTS)


@pytest.mark.parametrize("path", ["llmspell/errors.py", "pyproject.toml", "requirements/constraints.txt"])
def test_what_all_stand_on_concerns_all(repository: Path, path: str) -> None:
    git(repository, "tag", "v1")
    (repository / path).parent.mkdir(exist_ok=True)
    (repository / path).touch()
    (repository / path).write_text((repository / path).read_text() + "\n")
    assert names(repository) == list(DISTS)
