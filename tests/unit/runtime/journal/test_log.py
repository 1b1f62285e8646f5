"""The log of one run: what is appended is there again, in order, when it was committed, in every mode."""

from __future__ import annotations

import asyncio
import stat
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.errors import JournalError, JournalRecordError
from llmspell.runtime.journal.formats import LONGEST, decode, encode
from llmspell.runtime.journal.log import QUICK, RunLog
from llmspell.runtime.journal.reading import read

if TYPE_CHECKING:
    from pathlib import Path

MODES = ["sync", "async", "exit"]
TEXTS = st.text(max_size=20)
LONE = st.sampled_from(["\ud800", "a\udc80", "\udfff\ud800"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS | LONE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS | LONE, inner, max_size=4),
    max_leaves=15,
)


def kinds(path: Path) -> list[str]:
    return [record["k"] for record in read(path)]


class TestLine:
    @given(value=JSON, n=st.integers(0, 10**12), t=st.floats(0, 10**11))
    def test_what_is_written_is_read_again_to_the_last_bit(self, value: Any, n: int, t: float) -> None:
        record = decode(encode(n, t, {"k": "done", "v": value}), n)
        assert repr(record.pop("v")) == repr(value)
        assert record == {"n": n, "t": pytest.approx(t, abs=1e-6), "k": "done"}

    @pytest.mark.parametrize(
        "value",
        [10**400, -(2**63) - 1, 2**64, 0.1, 5e-324, 1.7976931348623157e308, -0.0, "\ud800", "\r\n\x00 ", None],
        ids=lambda value: repr(value)[:20],
    )
    def test_a_hard_value_stays_the_same_on_one_line(self, value: object) -> None:
        line = encode(0, 0.0, {"k": "x", "v": [value]})
        assert line.count(b"\n") == 1
        assert b"\r" not in line
        assert repr(decode(line, 0)["v"]) == repr([value])

    @pytest.mark.parametrize(
        "value",
        [float("nan"), [None, float("inf")], b"bytes", {1: 2}, [{None: 1}], {1, 2}, object(), 10**5000],
        ids=lambda value: type(value).__name__,
    )
    def test_what_is_no_json_is_refused(self, value: object) -> None:
        with pytest.raises(JournalRecordError, match="record 3") as caught:
            encode(3, 0.0, {"k": "x", "v": value})
        assert caught.value.suggestions

    @pytest.mark.parametrize("own", ["n", "t", "c"])
    def test_a_record_may_not_say_what_the_log_says(self, own: str) -> None:
        with pytest.raises(JournalRecordError, match="belong to the log"):
            encode(0, 0.0, {"k": "x", own: 1})

    def test_a_record_without_kind_is_refused(self) -> None:
        with pytest.raises(JournalRecordError, match="kind"):
            encode(0, 0.0, {"v": 1})

    def test_a_record_that_refers_to_itself_is_refused(self) -> None:
        ring: list[Any] = []
        ring.append(ring)
        with pytest.raises(JournalRecordError):
            encode(0, 0.0, {"k": "x", "v": ring})

    def test_a_record_of_more_than_the_limit_is_refused(self) -> None:
        with pytest.raises(JournalRecordError, match=str(LONGEST)):
            encode(0, 0.0, {"k": "x", "v": "y" * LONGEST})


@pytest.mark.usefixtures("disk")
@pytest.mark.parametrize("mode", MODES)
class TestModes:
    async def test_what_was_appended_is_there_after_closing(self, tmp_path: Path, mode: Any) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {"id": "a", "name": "try"}, sync=mode, clock=lambda: 7.25)
        assert [log.append({"k": "x", "v": i}) for i in range(3)] == [1, 2, 3]
        await log.aclose()
        header, *rest = read(log.path)
        assert header == {"n": 0, "t": 7.25, "k": "run", "format": 1, "id": "a", "name": "try", "sync": mode}
        assert rest == [{"n": i + 1, "t": 7.25, "k": "x", "v": i} for i in range(3)]

    async def test_the_header_is_there_from_the_beginning(self, tmp_path: Path, mode: Any) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {}, sync=mode)
        assert kinds(log.path) == ["run"]
        await log.aclose()

    async def test_a_refused_record_leaves_the_log_as_it_was(self, tmp_path: Path, mode: Any) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {}, sync=mode)
        with pytest.raises(JournalRecordError):
            log.append({"k": "x", "v": float("nan")})
        assert log.append({"k": "y"}) == 1
        await log.aclose()
        assert kinds(log.path) == ["run", "y"]

    async def test_a_log_is_opened_again_and_goes_on(self, tmp_path: Path, mode: Any) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {}, sync=mode)
        log.append({"k": "x"})
        await log.aclose()
        again = RunLog.open(log.path)
        assert again.sync == mode
        assert [record["k"] for record in again.records] == ["run", "x"]
        assert again.append({"k": "resumed"}) == 2
        await again.aclose()
        assert kinds(log.path) == ["run", "x", "resumed"]

    async def test_flush_writes_in_every_mode(self, tmp_path: Path, mode: Any) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {}, sync=mode)
        log.append({"k": "x"})
        await log.flush()
        assert kinds(log.path) == ["run", "x"]
        log.append({"k": "y"})
        await log.flush()
        await log.aclose()
        assert kinds(log.path) == ["run", "x", "y"]

    async def test_a_closed_log_takes_nothing_more(self, tmp_path: Path, mode: Any) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {}, sync=mode)
        await log.aclose()
        await log.aclose()
        with pytest.raises(JournalError, match="closed"):
            log.append({"k": "x"})
        with pytest.raises(JournalError, match="closed"):
            await log.commit()
        with pytest.raises(JournalError, match="closed"):
            await log.flush()

    async def test_many_tasks_append_and_commit_in_order(self, tmp_path: Path, mode: Any) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {}, sync=mode)

        async def one(task: int) -> None:
            for turn in range(5):
                log.append({"k": "x", "task": task, "turn": turn})
                await log.commit()

        await asyncio.gather(*(one(task) for task in range(50)))
        await log.aclose()
        records = list(read(log.path))[1:]
        assert len(records) == 250
        for task in range(50):
            assert [record["turn"] for record in records if record["task"] == task] == list(range(5))


@pytest.mark.usefixtures("disk")
@pytest.mark.parametrize("mode", ["sync", "async"])
async def test_what_is_committed_is_in_the_file(tmp_path: Path, mode: Any) -> None:
    log = RunLog.create(tmp_path / "a.jsonl", {}, sync=mode)
    for i in range(5):
        log.append({"k": "x"})
        await log.commit()
        assert len(kinds(log.path)) == 2 + i
    await log.aclose()


@pytest.mark.usefixtures("disk")
async def test_exit_keeps_in_memory_what_is_committed(tmp_path: Path) -> None:
    log = RunLog.create(tmp_path / "a.jsonl", {}, sync="exit")
    log.append({"k": "x"})
    await log.commit()
    assert kinds(log.path) == ["run"]
    await log.aclose()
    assert kinds(log.path) == ["run", "x"]


@pytest.mark.usefixtures("disk")
async def test_without_a_commit_the_turn_of_the_loop_writes(tmp_path: Path) -> None:
    log = RunLog.create(tmp_path / "a.jsonl", {}, sync="async")
    log.append({"k": "x"})
    log.append({"k": "y"})
    assert kinds(log.path) == ["run"]
    await asyncio.sleep(0)
    assert kinds(log.path) == ["run", "x", "y"]
    await log.aclose()


@pytest.mark.usefixtures("disk")
async def test_one_who_is_cancelled_while_committing_keeps_nobody_waiting(tmp_path: Path) -> None:
    log = RunLog.create(tmp_path / "a.jsonl", {})
    log.append({"k": "x"})
    first = asyncio.create_task(log.commit())
    second = asyncio.create_task(log.commit())
    await asyncio.sleep(0)
    first.cancel()
    await second
    assert first.cancelled()
    await log.aclose()
    assert kinds(log.path) == ["run", "x"]


@pytest.mark.usefixtures("disk")
async def test_a_cancelled_close_still_writes_and_ends_the_lock(tmp_path: Path) -> None:
    log = RunLog.create(tmp_path / "a.jsonl", {})
    log.append({"k": "x"})
    closing = asyncio.create_task(log.aclose())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    await log.aclose()
    again = RunLog.open(log.path)
    assert len(again.records) == 2
    await again.aclose()


@pytest.mark.usefixtures("disk")
async def test_another_mode_may_go_on(tmp_path: Path) -> None:
    log = RunLog.create(tmp_path / "a.jsonl", {}, sync="exit")
    await log.aclose()
    again = RunLog.open(log.path, sync="async")
    again.append({"k": "x"})
    await again.commit()
    assert kinds(log.path) == ["run", "x"]
    await again.aclose()


@pytest.mark.usefixtures("disk")
async def test_the_file_and_a_new_folder_are_for_their_owner_alone(tmp_path: Path) -> None:
    log = RunLog.create(tmp_path / "data" / "runs" / "a.jsonl", {})
    await log.commit()
    await log.aclose()
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.path.parent.stat().st_mode) == 0o700


@pytest.mark.usefixtures("disk")
async def test_a_run_is_not_made_twice(tmp_path: Path) -> None:
    log = RunLog.create(tmp_path / "a.jsonl", {})
    await log.aclose()
    with pytest.raises(JournalError, match="already"):
        RunLog.create(log.path, {})
    assert kinds(log.path) == ["run"]


@pytest.mark.usefixtures("disk")
async def test_a_header_that_is_no_json_makes_no_file(tmp_path: Path) -> None:
    with pytest.raises(JournalRecordError):
        RunLog.create(tmp_path / "a.jsonl", {"params": float("nan")})
    assert list(tmp_path.iterdir()) == []


class TestQuickDisks:
    async def test_who_waits_alone_for_a_quick_disk_needs_no_thread(self, tmp_path: Path) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {})
        log._file.took = 0.0
        log.append({"k": "x"})
        await log.commit()
        assert (log._syncer, log._file.safe) == (None, 2)
        await log.aclose()
        assert kinds(log.path) == ["run", "x"]

    async def test_those_who_wait_together_are_kept_together_by_the_thread(self, tmp_path: Path) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {})
        log._file.took = 0.0
        log.append({"k": "x"})
        await asyncio.gather(log.commit(), log.commit())
        assert log._syncer is not None
        await log.aclose()

    async def test_a_disk_that_was_slow_is_left_to_the_thread(self, tmp_path: Path) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {})
        log._file.took = QUICK
        await log.commit()
        assert log._syncer is not None
        assert log._file.took != QUICK  # measured anew
        await log.aclose()

    async def test_nobody_overtakes_the_thread(self, tmp_path: Path) -> None:
        log = RunLog.create(tmp_path / "a.jsonl", {})
        log._file.took = 0.0
        log._handed = 2  # it has got two records, and said nothing of them yet
        log.append({"k": "x"})
        await log.commit()
        assert log._syncer is not None
        await log.aclose()
