"""The process of an engine is killed, as a system without memory does, while its durable run goes on: it is cut off."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from llmspell.runtime.journal.reading import read
from llmspell.testing.conformance.limits import engines
from tests.durability.account import name_of, open_effects, twice
from tests.durability.corpus import SPELLS, VARIANTS
from tests.durability.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from tests.durability.world import Life

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the children of a process")

PROCESSES = [one for one in VARIANTS if one.isolation == "process"]


def lines(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


async def killed(world: World, log: Path, records: int) -> Life:
    """Begin a run whose engine is killed when the log has so many records."""
    living = asyncio.create_task(world.begin(log))
    while lines(log) < records and not living.done():  # noqa: ASYNC110 - a file tells nobody
        await asyncio.sleep(0)
    for engine in engines():
        os.kill(engine, signal.SIGKILL)
    return await living


def truth(log: Path, done: Counter[str]) -> dict[str, str]:
    """Say of the effects that nobody knows about what the ledger says."""
    found = open_effects(read(log))
    return {path: "done" if done[f"{one['s']} {name_of(one['i'])}"] else "not-done" for path, one in found.items()}


@pytest.mark.parametrize("spell", ["parallel", "callbacks", "cancelled", "race", "nested_tool"])
@pytest.mark.parametrize("variant", PROCESSES, ids=lambda one: one.name)
async def test_a_run_whose_engine_is_killed_is_cut_off_and_can_be_taken_up(tmp_path, variant, spell):
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, about: told.append(about))
    file = SPELLS / f"{spell}{variant.ending}"
    whole = await World(tmp_path / "whole", file, variant).begin(tmp_path / "whole.jsonl")
    count = lines(tmp_path / "whole.jsonl")
    for part in (1, 2, 3):
        world, log = World(tmp_path / f"{part}", file, variant), tmp_path / f"{part}.jsonl"
        life = await killed(world, log, count * part // 4)
        done = Counter(life.done)
        if isinstance(life.value, dict) and "SIGKILL" in str(life.value.get("message")):
            assert list(read(log))[-1]["k"] != "finished"
            life = await world.resume(log, truth(log, done))
            done += life.done
        assert life.value == whole.value
        marks = {line: times for line, times in done.items() if line.startswith("mark")}
        assert marks == {line: times for line, times in whole.done.items() if line.startswith("mark")}
        assert twice(read(log)) == []
        assert list(read(log))[-1]["k"] == "finished"
    gc.collect()
    assert told == []  # no exception of which nobody heard
