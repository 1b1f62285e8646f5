"""Where forks of a run may begin, and what they begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import JournalError, ValidationError
from llmspell.runtime.journal.forking import again, boundaries, fork, require_sound
from llmspell.runtime.journal.reading import read
from llmspell.runtime.journal.recorded import Recorded
from tests import run_logs
from tests.run_logs import RUN, LogFile, answered, report

if TYPE_CHECKING:
    from collections.abc import Iterator

NEW = "0193ffff-0000-7000-8000-00000000000f"
NOW = run_logs.BEGAN + 3600


@pytest.fixture
def records(tmp_path):
    return lambda log: tuple(read(log.write(tmp_path)))


def test_a_fork_never_begins_while_an_effect_is_under_way_that_may_not_be_repeated(records):
    found = boundaries(records(answered(report())))
    assert [n for n, why in found.why.items() if "under way" in why] == [8, 12]
    assert found.why[8] == "llm_call 'openai/m' was under way there"
    assert 7 in found.sound
    assert 9 in found.sound
    assert found.nearest(8) == [7, 9]


def test_an_effect_that_may_be_repeated_may_be_under_way(records):
    log = LogFile().add("intent", p="1:x", o="effect", s="x", e="idempotent", d="", i=None)
    log.add("intent", p="2:t", o="timer", s="t", e="once", due=1.0)
    assert boundaries(records(log)).sound == (1, 2, 3)


def test_a_run_that_has_ended_or_was_asked_to_is_forked_before_that(records):
    log = answered(report())
    end = len(log.lines)
    found = boundaries(records(log))
    assert found.sound[-1] == end - 1
    assert "it was done" in found.why[end]
    assert "asked to end" in boundaries(records(report().add("cancel"))).why[12]
    paused = report().add("finished", status="paused").add("resumed", by="0.1.0", assume={}).add("end", p="x", sec=1)
    assert boundaries(records(paused)).sound[-3:] == (12, 13, 14)  # a person may decide otherwise in a fork


def test_a_stream_is_not_broken_off(records):
    log = LogFile()
    for more in ({"value": "a"}, {"value": "b"}, {"done": True}):
        log.add("in", g="", m={"t": "item", "s": 1, **more})
    log.add("in", g="", m={"t": "item", "s": 2, "value": "the script wanted no more of it"})
    found = boundaries(records(log))
    assert found.sound == (1, 4, 5)
    assert "stream" in found.why[2]


@pytest.mark.parametrize(
    ("at", "said"), [(0, "the first is the run itself"), (99, "0 to 16"), (8, "record 7 or 9"), (-1, "0 to 16")]
)
def test_a_place_where_no_fork_can_begin_is_refused_with_the_nearest(records, tmp_path, at, said):
    known = records(answered(report()))
    with pytest.raises(ValidationError) as caught:
        fork(known, at, NEW, tmp_path / f"{NEW}.jsonl", NOW)
    assert said in " ".join([caught.value.message, *caught.value.suggestions])
    assert not (tmp_path / f"{NEW}.jsonl").exists()


def test_a_fork_has_the_records_before_it_under_another_id(records, tmp_path):
    known = records(answered(report()))
    to = tmp_path / f"{NEW}.jsonl"
    fork(known, 10, NEW, to, NOW)
    header, *rest, last = read(to)
    assert (header["id"], header["parent"], header["t"]) == (NEW, [RUN, 10], NOW)
    assert tuple(rest) == known[1:10]
    assert (last["k"], last["t"]) == ("forked", known[9]["t"])
    assert to.stat().st_mode & 0o777 == 0o600
    with pytest.raises(JournalError):
        fork(known, 10, NEW, to, NOW)


def test_a_fork_of_a_fork_tells_its_own_parent(records, tmp_path):
    first, second = tmp_path / f"{NEW}.jsonl", tmp_path / "second.jsonl"
    fork(records(answered(report())), 10, NEW, first, NOW)
    fork(tuple(read(first)), 7, "second", second, NOW)
    assert next(read(second))["parent"] == [NEW, 7]


def test_what_would_be_done_once_more_is_told(records):
    known = records(run_logs.uncertain(report()))
    assert [one["s"] for one in again(known, 7)] == ["openai/m", "mail"]
    assert [one["s"] for one in again(known, 10)] == ["mail"]
    require_sound(known, 7)


def test_what_belongs_to_the_first_run_alone_is_done_by_the_fork_itself(records, tmp_path):
    log = LogFile().add(
        "intent", p="c1:State.set/1:state", o="state_write", s="k", e="idempotent", own=True, d="", i=[]
    )
    log.add("done", p="c1:State.set/1:state", o="state_write", s="k", e="idempotent", own=True, d="", sec=0, v={"k": 1})
    for owner in (["run", RUN], ["shared", ""]):
        log.add("done", p=f"c2:{owner[0]}", o="effect", s="state.get", e="pure", d="", sec=0, i=[*owner, "k"], v=[1])
    fork(records(log), 5, NEW, tmp_path / f"{NEW}.jsonl", NOW)
    assert [one.get("i") for one in read(tmp_path / f"{NEW}.jsonl")] == [None, ["shared", "", "k"], None]


def test_time_stands_still_until_a_fork_is_resumed_for_the_first_time(records, tmp_path):
    log = LogFile(seconds=60).add("intent", p="c1:x/timer", o="timer", s="step", e="pure", due=run_logs.BEGAN + 10)
    to = tmp_path / f"{NEW}.jsonl"
    fork(records(log), 2, NEW, to, NOW)
    known = Recorded(read(to))
    known.went_on(NOW + 100)
    assert known.timers["c1:x/timer"]["due"] == pytest.approx(NOW + 100 + 9.9)
    assert known.stood == pytest.approx(100)
    resumed = Recorded([*read(to), {"k": "resumed", "t": NOW + 100}])
    resumed.went_on(NOW + 200)  # it was cut off, which stops no clock
    assert resumed.timers == known.timers


class CutOff(tuple[Any, ...]):
    """Records of which only some can be had: somebody interrupts."""

    __slots__ = ()

    def __getitem__(self, at: Any) -> Any:
        return self._some(at) if isinstance(at, slice) else super().__getitem__(at)

    def _some(self, at: slice) -> Iterator[Any]:
        yield from super().__getitem__(at)[:3]
        raise KeyboardInterrupt


def test_a_fork_that_is_not_whole_is_none(records, tmp_path):
    to = tmp_path / "forks" / f"{NEW}.jsonl"
    with pytest.raises(KeyboardInterrupt):
        fork(CutOff(records(answered(report()))), 10, NEW, to, NOW)
    assert list(to.parent.iterdir()) == []


def test_a_fork_of_a_paused_run_is_paused(records, tmp_path):
    to = tmp_path / f"{NEW}.jsonl"
    fork(records(report().add("finished", status="paused")), len(report().lines) + 1, NEW, to, NOW)
    assert [one["k"] for one in read(to)][-1] == "finished"
    assert Recorded(read(to)).status == "paused"
