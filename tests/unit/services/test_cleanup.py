"""Policies of cleaning up, and runs that are taken out of a transcript by one."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import ResourceUnavailableError, SystemFailure, ValidationError
from llmspell.services.cleanup import Cleanup, Kept
from llmspell.services.state import Ledger
from llmspell.services.state_cleanup import kept
from llmspell.services.state_places import Place
from llmspell.services.transcript_file import TranscriptFile
from llmspell.services.transcript_prune import prune

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_000.0
ITEMS = st.builds(Kept, st.integers(), st.floats(0, 500), st.floats(500, 1000), st.integers(0, 50))


@given(st.lists(ITEMS, unique_by=lambda one: one.what), st.integers(0, 5), st.integers(0, 200))
def test_what_stays_is_within_the_policy_and_was_used_last(items, keep, size):
    gone = Cleanup(keep=keep, size=size).over(items, NOW)
    stays = [one for one in items if one not in gone]
    assert len(stays) <= keep
    assert sum(one.size for one in stays) <= size
    assert all(one.used <= other.used for one in gone for other in stays)
    assert [one.used for one in gone] == sorted(one.used for one in gone)


@given(st.lists(ITEMS, unique_by=lambda one: one.what), st.floats(0, 1000), st.floats(0, 1000))
def test_what_is_old_or_unused_goes_and_nothing_else(items, age, unused):
    gone = Cleanup(age=age, unused=unused).over(items, NOW)
    assert all((one in gone) == (NOW - one.created >= age or NOW - one.used >= unused) for one in items)
    assert Cleanup().over(items, NOW) == []


def entry(run: str, begun: float, seconds: float = 1.0) -> str:
    time = datetime.fromtimestamp(begun, UTC).isoformat(timespec="milliseconds")
    return json.dumps({"transcript": 1, "time": time, "run": run, "seconds": seconds, "asked": "\u2028 ü"}) + "\n"


@pytest.fixture
def transcript(tmp_path: Path) -> Path:
    """Give one of two runs that took turns."""
    path = tmp_path / "t.jsonl"
    path.write_text(entry("a", 100) + entry("b", 200, 300.0) + entry("a", 300), encoding="utf-8")
    path.chmod(0o640)
    return path


@pytest.mark.parametrize(
    ("policy", "gone"),
    [
        (Cleanup(keep=1), ["a"]),
        (Cleanup(keep=2), []),
        (Cleanup(age=NOW - 100), ["a"]),
        (Cleanup(unused=NOW - 500), ["a", "b"]),
        (Cleanup(unused=NOW - 301), ["a"]),
        (Cleanup(size=0), ["a", "b"]),
        (Cleanup(size=130), ["a"]),
    ],
)
def test_whole_runs_are_taken_out(transcript, policy, gone):
    before = transcript.read_text().splitlines()
    assert prune(transcript, policy, NOW, dry=True) == gone
    assert transcript.read_text().splitlines() == before
    assert prune(transcript, policy, NOW) == gone
    stays = [line for line in before if json.loads(line)["run"] not in gone]
    assert transcript.read_text().splitlines() == stays
    assert transcript.stat().st_mode & 0o777 == 0o640
    assert os.listdir(transcript.parent) == ["t.jsonl"]


def test_what_was_half_written_goes_with_the_runs(transcript):
    with transcript.open("a") as file:
        file.write('{"transcript": 1, "ti')
    assert prune(transcript, Cleanup(keep=1), NOW) == ["a"]
    assert transcript.read_text() == entry("b", 200, 300.0)


def test_a_link_goes_on_leading_to_it(transcript, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(transcript)
    prune(link, Cleanup(keep=0), NOW)
    assert link.is_symlink()
    assert transcript.read_text() == ""


@pytest.mark.parametrize(
    "text", ["{}\n", "nonsense\n", '{"transcript": 2}\n', "[1]\n", entry("a", 1).replace("1970", "soon")]
)
def test_what_is_no_transcript_stays_as_it_is(tmp_path, text):
    path = tmp_path / "t"
    path.write_text(entry("a", 100) + text)
    with pytest.raises(ValidationError, match="t:2 is no entry"):
        prune(path, Cleanup(keep=0), NOW)
    assert path.read_text() == entry("a", 100) + text


def test_a_transcript_that_is_written_stays_as_it_is(transcript):
    writers = [TranscriptFile(transcript), TranscriptFile(transcript)]  # who write share it
    with pytest.raises(ResourceUnavailableError, match="is being written"):
        prune(transcript, Cleanup(keep=0), NOW)
    for one in writers:
        one.close()
    assert prune(transcript, Cleanup(keep=0), NOW) == ["a", "b"]


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ResourceUnavailableError, match="cannot be read: no such file"):
        prune(tmp_path / "none", Cleanup(keep=0), NOW)


def test_a_folder_that_cannot_be_written_leaves_the_file(transcript):
    (transcript.parent / f".{transcript.name}.{os.getpid()}.new").touch()
    before = transcript.read_text()
    with pytest.raises(SystemFailure, match="cannot be written: file exists"):
        prune(transcript, Cleanup(keep=0), NOW)
    assert transcript.read_text() == before


async def test_what_owners_keep_is_counted_with_its_history():
    moment = 100.0
    store = MemoryStorage()

    async def opened() -> MemoryStorage:
        return store

    ledger = Ledger(opened, lambda: moment)
    first, second = Place("run", "a"), Place("agent", "x/b")
    await ledger.set(first, "k", b"1")
    await ledger.set(second, "k", b'"longer than the other"')
    await ledger.set(Place("shared"), "k", b"1")
    moment = 200.0
    await ledger.set(first, "k", b"2")
    found = {one.what: one for one in await kept(store, ("run", "agent"))}
    assert {place: (one.created, one.used) for place, one in found.items()} == {
        first: (100.0, 200.0),
        second: (100.0, 100.0),
    }
    assert found[first].size > 2 * len("run a k 1")
    assert found[second].size > 2 * len("longer than the other")
    await ledger.drop(first)
    assert [one.what for one in await kept(store, ("run", "agent"))] == [second]
