"""What every release wrote is read by this one: values, versions, sessions, waiting agents, secrets, logs."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.formats.__main__ import COPY, KEPT, LEFT, VALUES
from tests.formats.home import Home

if TYPE_CHECKING:
    from pathlib import Path

ALL = sorted(KEPT.glob("*/*"))
LANGUAGES = ("lua", "js", "py")


@pytest.fixture(params=ALL, ids=lambda path: f"{path.parent.name} {path.name}")
def kept(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def home(kept: Path, tmp_path: Path) -> Home:
    """A home in which lies what a release left."""
    home = Home(tmp_path, kept.name)
    for name in LEFT:
        source = kept / name.rpartition("/")[2]
        if source.exists():
            to = tmp_path / name
            to.parent.mkdir(exist_ok=True)
            shutil.copy(source, to)
            to.chmod(0o600)  # a clone has other rights
    return home


def test_there_is_something_of_each_kind() -> None:
    assert {path.name for path in ALL} == {"plain", "encrypted"}


def test_spells_read_what_was_kept(kept: Path, home: Home) -> None:
    wanted = json.loads((kept / VALUES).read_text(encoding="utf-8"))
    for ending in LANGUAGES:  # after the first one this release has written to it, too
        assert home.cast(f"read.{ending}", "--session", "trip") == wanted, ending


def test_verbs_read_what_was_kept(kept: Path, home: Home) -> None:
    assert home.ask("storage", "verify")["keys"] > 0
    assert [one["name"] for one in home.ask("session", "list")] == ["trip"]
    assert [one["name"] for one in home.ask("keys", "list")["secrets"] if one["hosts"]] == ["WORK_KEY"]
    assert home.ask("audit", "verify")["whole"] is True
    assert "It rained." in home.say("transcript", "show", "calls.jsonl")
    assert home.say("state", "export", "--scope", "shared") == (kept / COPY).read_text(encoding="utf-8")


def test_an_export_is_imported(kept: Path, tmp_path: Path) -> None:
    home = Home(tmp_path / "new", "plain")
    home.say("state", "import", str(kept / COPY))
    wanted = json.loads((kept / VALUES).read_text(encoding="utf-8"))["seats"]
    assert home.ask("state", "get", "seats", "--scope", "shared")["value"] == wanted
