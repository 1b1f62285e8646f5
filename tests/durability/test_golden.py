"""Logs of released formats: they are replayed, and runs go on from them, for ever."""

from __future__ import annotations

import json
import re

import pytest

from llmspell.runtime.journal.migrations import TODAY
from llmspell.runtime.journal.reading import read
from tests.durability.golden import ENGINES, FOLDER, KEPT
from tests.durability.world import World

LOGS = sorted(FOLDER.glob("*/*.jsonl"))


@pytest.fixture
def world(tmp_path, log):
    """Give the world of the spell of a log, whose text is in it."""
    name = log.name.removesuffix(".jsonl")
    spell = tmp_path / name
    spell.write_text(next(read(log))["source"], encoding="utf-8")
    return World(tmp_path, spell, next(one for one in ENGINES if name.endswith(one.ending)))


def whole(log):
    return list(read(log))[-1]["v"]


def test_todays_format_is_kept_for_every_engine() -> None:
    kept = {one.name for one in LOGS if one.parent.name == str(TODAY.written)}
    assert kept == {f"{stem}{one.ending}.jsonl" for stem in KEPT for one in ENGINES}


@pytest.mark.parametrize("log", LOGS, ids=lambda one: f"{one.parent.name}-{one.name}")
async def test_a_log_is_replayed_and_nothing_is_done(world, log) -> None:
    life = await world.replay(log)
    assert life.value == whole(log)
    assert not life.done


@pytest.mark.parametrize("log", LOGS, ids=lambda one: f"{one.parent.name}-{one.name}")
async def test_a_run_goes_on_from_a_log(world, log, tmp_path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    assert json.loads(lines[-1])["k"] == "finished"
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(b"".join(lines[:-1]))
    cut.chmod(0o600)
    life = await world.resume(cut, force=True)  # it was begun with the versions of its day
    assert life.value == whole(log)
    assert not life.done


@pytest.mark.parametrize("log", LOGS, ids=lambda one: f"{one.parent.name}-{one.name}")
def test_a_log_tells_nothing_of_the_machine_that_wrote_it(log) -> None:
    paths = set(re.findall(r"/(?:home|tmp|root|work|Users|var)/[\w./-]*", log.read_text()))
    assert {one for one in paths if not one.startswith("/home/ada")} == set()
