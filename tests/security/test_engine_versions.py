"""How old engines are told from new ones; the package index itself is asked by `make proof` alone."""

from __future__ import annotations

import pytest

from tests.security.areas import engine_versions
from tests.security.areas.engine_versions import AREA, LOCK, behind, locked
from tests.security.runner import run_area


@pytest.mark.parametrize(
    ("ours", "latest", "old"),
    [("2.8", "2.8", False), ("2.8", "2.10", True), ("2.10", "2.8", False), ("0.14.1", "0.14.1.post1", True)],
)
def test_a_version_is_behind_one_that_is_newer(ours, latest, old):
    assert (behind(ours, latest) is not None) is old


@pytest.mark.parametrize("name", engine_versions.ENGINES)
def test_each_engine_is_in_the_lock(name):
    assert locked(LOCK.read_text(encoding="utf-8"), name)


def test_what_is_not_in_the_lock_is_an_error():
    with pytest.raises(ValueError, match="lua is in no lock"):
        locked("lupa==2.8 \\\n", "lua")


async def test_without_uv_nothing_was_measured(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert (await run_area(AREA)).unmeasured == "needs uv, which asks the package index"


async def test_an_index_that_does_not_answer_is_no_success(monkeypatch, tmp_path):
    fake = tmp_path / "uv"
    fake.write_text("#!/bin/sh\nexit 2\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (await run_area(AREA)).unmeasured == "the package index does not answer"


async def test_a_sample_asks_nobody():
    assert (await run_area(AREA, 2)).unmeasured == "asks a server elsewhere, which whole runs do alone"
