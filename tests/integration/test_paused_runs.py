"""Durable runs that wait for a person: paused, decided about, cut off anywhere, forked, replayed, in every engine."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import UsageError
from llmspell.runtime.journal.folder import RunFolder
from llmspell.runtime.journal.forking import boundaries, fork
from llmspell.runtime.journal.log import RunLog
from llmspell.runtime.journal.reading import read
from llmspell.services.clock import new_id
from tests.durability.account import open_effects, shortened
from tests.durability.corpus import VARIANTS
from tests.integration.paused_lives import Lives, decisions, failed, faults, waiting
from tests.integration.paused_spells import MARKED, PRINTED, VALUE

if TYPE_CHECKING:
    from pathlib import Path

LUA = VARIANTS[0]
ALL = pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: one.name)
REQUESTS = 8


@ALL
async def test_a_run_pauses_where_its_agents_wait_and_goes_on_with_what_was_decided(tmp_path: Path, variant) -> None:
    lives = Lives(tmp_path / "s", variant)
    log = lives.log()
    first = await lives.world.begin(log)
    assert failed(first) == "run_paused"
    assert first.printed == ["before"]
    assert first.done["mark side"] == 1  # the other branch went on
    assert [(one["agent"], one["tool"], one["arguments"]["name"]) for one in waiting(log)] == [
        ("one", "mark", "a"), ("one", "mark", "b"), ("two", "mark", "c"),
    ]  # fmt: skip
    whole = await lives.to_the_end(log)
    assert whole.value == VALUE
    assert first.printed + whole.printed == PRINTED
    done = shortened(first.done + whole.done)
    assert {line: count for line, count in done.items() if line != "llm"} == dict.fromkeys(MARKED, 1)
    assert done["llm"] == REQUESTS
    assert waiting(log) == []


@ALL
async def test_a_run_that_paused_is_taken_up_from_wherever_it_was_cut_off(tmp_path: Path, variant) -> None:
    await cut_everywhere(tmp_path, variant, sample=3)


@pytest.mark.proof
@pytest.mark.timeout(900)
@ALL
async def test_it_is_so_before_every_record(tmp_path: Path, variant) -> None:
    await cut_everywhere(tmp_path, variant, sample=None)


async def cut_everywhere(folder: Path, variant, sample: int | None) -> None:
    lives = Lives(folder / "s", variant)
    whole = await lives.to_the_end(lives.log(), begin=True)
    places = list(range(4, len(whole.lines)))  # before that the spell was not begun
    if sample is not None:  # what this is about is among them in any case
        about = [n for n, one in enumerate(whole.records) if one["k"] in ("waits", "decided", "waited", "finished")]
        draw = random.Random(variant.name)
        places = sorted({*draw.sample(about, sample), *draw.sample(places, sample)})
    found = {}
    for n in places:
        again = await lives.to_the_end(lives.log(b"".join(whole.lines[:n])))
        if wrong := faults(whole, n, again):
            found[n] = (whole.records[n - 1]["k"], wrong)
    assert found == {}


async def test_nothing_is_done_while_nobody_decides(tmp_path: Path) -> None:
    lives = Lives(tmp_path / "s", LUA)
    log = lives.log()
    await lives.world.begin(log)
    calls = waiting(log)
    for _ in range(2):
        life = await lives.world.resume(log)
        assert failed(life) == "run_paused"
        assert (life.printed, life.done) == ([], {})
        assert waiting(log) == calls
    records = list(read(log))
    assert sum(one["k"] == "waits" for one in records) == 2  # one for each place, however often it was looked at


async def test_what_is_not_decided_waits_on(tmp_path: Path) -> None:
    lives = Lives(tmp_path / "s", LUA)
    log = lives.log()
    await lives.world.begin(log)
    one, other, _ = waiting(log)
    life = await lives.decide(log, {one["path"]: {one["id"]: "approve"}})
    assert life.done == {"mark a": 1}
    assert [call["arguments"]["name"] for call in waiting(log)] == ["b", "c"]
    assert waiting(log)[0]["id"] == other["id"]
    life = await lives.decide(log, {other["path"]: {other["id"]: "approve"}})
    assert shortened(life.done) == {"mark b": 1, "llm": 1}
    assert [call["arguments"]["name"] for call in waiting(log)] == ["c"]


async def test_a_decision_about_what_does_not_wait_changes_nothing(tmp_path: Path) -> None:
    lives = Lives(tmp_path / "s", LUA)
    log = lives.log()
    await lives.world.begin(log)
    before = log.read_bytes()
    with pytest.raises(UsageError) as raised:
        await lives.decide(log, {waiting(log)[0]["path"]: {"call_9": "approve"}})
    assert "call_9" in raised.value.message
    assert any("call_1_0" in hint for hint in raised.value.suggestions)
    assert log.read_bytes() == before


async def test_a_second_decision_made_before_the_first_was_taken_belongs_to_the_next_round(tmp_path: Path) -> None:
    lives = Lives(tmp_path / "s", LUA)
    log = lives.log()
    await lives.world.begin(log)
    one, other, last = waiting(log)
    opened = RunLog.open(log)
    for call, what in ((one, "approve"), (other, {"reason": "no"}), (last, "approve")):
        opened.append({"k": "decided", "p": call["path"], "calls": {call["id"]: what}, "by": "tester"})
    await opened.aclose()
    assert waiting(log) == []
    life = await lives.world.resume(log)
    assert {line for line in life.done if line.startswith("mark")} == {"mark a", "mark c"}
    assert [call["arguments"]["name"] for call in waiting(log)] == ["d"]


@pytest.mark.parametrize("variant", [VARIANTS[1], VARIANTS[2], VARIANTS[4]], ids=lambda one: one.name)
async def test_a_fork_has_its_own_decisions(tmp_path: Path, variant) -> None:
    lives = Lives(tmp_path / "s", variant)
    log = lives.log()
    await lives.world.begin(log)
    paused = list(read(log))
    assert boundaries(paused).sound[-1] == len(paused)  # a run that is paused has not ended
    whole = await lives.to_the_end(log)
    decided = next(n for n, one in enumerate(whole.records) if one["k"] == "decided")
    other = lives.log()
    fork(whole.records, decided, new_id(), other, time.time())
    assert len(waiting(other)) == 3
    life = await lives.decide(other, {one["path"]: {one["id"]: "reject"} for one in waiting(other)[1:]})
    assert not any(line.startswith("mark") for line in life.done)
    assert len(waiting(log)) == 0


@ALL
async def test_a_replay_has_the_decisions_of_the_recording_and_pauses_without(tmp_path: Path, variant) -> None:
    lives = Lives(tmp_path / "s", variant)
    log = lives.log()
    await lives.world.begin(log)
    paused, kept = await lives.world.replay(log), log.read_bytes()
    assert failed(paused) == "run_paused"
    assert (paused.printed, paused.done) == (["before"], {})
    assert log.read_bytes() == kept
    await lives.to_the_end(log)
    replayed = await lives.world.replay(log)
    assert (replayed.value, replayed.printed, replayed.done) == (VALUE, PRINTED, {})


async def test_a_paused_run_is_listed_as_such_and_stays_when_runs_are_pruned(tmp_path: Path) -> None:
    lives = Lives(tmp_path / "s", LUA)
    log = lives.log()
    await lives.world.begin(log)
    runs = RunFolder(log.parent)
    assert [one.status for one in runs.all()] == ["paused"]
    assert runs.prune(now=time.time() + 1e9, older_than=1).runs == ()
    await lives.decide(log, decisions(log))
    assert [one.status for one in runs.all()] == ["paused"]
    await lives.to_the_end(log)
    assert [one.status for one in runs.all()] == ["done"]


async def test_nothing_is_uncertain_where_a_run_pauses(tmp_path: Path) -> None:
    lives = Lives(tmp_path / "s", LUA)
    log = lives.log()
    await lives.world.begin(log)
    assert open_effects(read(log)) == {}
