"""The walls of an engine's process, as they were tried on this machine."""

from __future__ import annotations

import sys

import pytest

from llmspell.runtime.host.walls import ABSENT, FUTURE, SYSTEM, UNUSED, UP, WALLS, probe
from llmspell.spec.engine_landlock import landlock_version


@pytest.fixture(scope="module")
def walls():
    return {wall.name: wall for wall in probe()}


def test_every_wall_is_told_once(walls):
    assert set(walls) == {*WALLS, *SYSTEM, *FUTURE, "paths"}
    assert all(wall.meaning and wall.detail for wall in walls.values())


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux has had since 3.17")
@pytest.mark.parametrize("name", WALLS)
def test_the_walls_of_every_engine_stand_on_linux(walls, name):
    assert walls[name].state == UP, walls[name]


@pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")
def test_the_walls_of_the_system_stand_where_it_has_them(walls):
    assert walls["landlock"].state == (UP if landlock_version() else ABSENT), walls["landlock"]
    assert walls["seccomp"].state == UP, walls["seccomp"]


def test_what_nothing_uses_is_never_called_up(walls):
    assert {walls[name].state for name in FUTURE} <= {UNUSED, ABSENT}
    assert walls["paths"].state == UP


@pytest.mark.parametrize("python", ["/nowhere/python", "/bin/false"])
def test_a_trial_that_cannot_be_made_proves_nothing(python):
    tried = {wall.name: wall for wall in probe(python)}
    assert {tried[name].state for name in (*WALLS, *SYSTEM, *FUTURE)} == {ABSENT}
    assert "the trial" in tried["memory"].detail


def test_a_trial_that_hangs_is_ended(tmp_path):
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\nexec sleep 600\n")
    script.chmod(0o755)
    assert "timed out" in probe(str(script), patience=0.2)[0].detail
