"""The folder of durable runs: what each run is, how it is found, and which are removed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import JournalError, RunNotFoundError, ValidationError
from llmspell.runtime.journal.folder import STATUSES, RunFolder, _remove
from llmspell.runtime.journal.formats import encode
from llmspell.runtime.journal.log import RunLog

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parent / "golden" / "journal-1.jsonl"


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "runs")


@pytest.fixture
def add(folder: RunFolder) -> Callable[..., Path]:
    """Write a run that began at `at` and whose last record says `status`."""

    def write(run_id: str, *, name: str = "try", status: str | None = "done", at: float = 0.0, size: int = 0) -> Path:
        path = folder.file(run_id)
        path.parent.mkdir(exist_ok=True)
        lines = [encode(0, at, {"k": "run", "format": 1, "id": run_id, "name": name, "engine": "lua", "sync": "sync"})]
        lines.append(encode(1, at + 1, {"k": "in", "m": "y" * size}))
        if status is not None:
            lines.append(encode(2, at + 2, {"k": "finished", "status": status}))
        path.write_bytes(b"".join(lines))
        return path

    return write


def ids(runs: Any) -> list[str]:
    return [run.id for run in runs]


class TestList:
    def test_a_folder_that_is_not_there_has_no_runs(self, folder: RunFolder) -> None:
        assert folder.all() == []

    @pytest.mark.parametrize("status", ["done", "failed", "cancelled", "paused"])
    def test_a_run_is_what_its_end_says(self, folder: RunFolder, add: Callable[..., Path], status: str) -> None:
        path = add("a1b2", name="research", status=status, at=100.0)
        (run,) = folder.all()
        assert (run.id, run.path, run.name, run.engine, run.status) == ("a1b2", path, "research", "lua", status)
        assert (run.started, run.changed, run.records, run.size) == (100.0, 102.0, 3, path.stat().st_size)

    def test_a_run_without_an_end_or_a_process_is_interrupted(
        self, folder: RunFolder, add: Callable[..., Path]
    ) -> None:
        add("a1b2", status=None)
        assert folder.all()[0].status == "interrupted"

    def test_a_run_with_a_torn_end_is_interrupted(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        path = add("a1b2")
        path.write_bytes(path.read_bytes()[:-3])
        assert (folder.all()[0].status, folder.all()[0].records) == ("interrupted", 2)

    @pytest.mark.parametrize("mode", ["sync", "async", "exit"])
    async def test_a_run_that_a_process_has_is_running(self, folder: RunFolder, mode: Any) -> None:
        log = RunLog.create(folder.file("a1b2"), {"name": "try"}, sync=mode)
        assert folder.all()[0].status == "running"
        log.append({"k": "finished", "status": "paused"})
        await log.flush()
        assert folder.all()[0].status == "running"
        await log.aclose()
        assert folder.all()[0].status == "paused"

    async def test_a_paused_run_that_is_gone_on_with_is_running(
        self, folder: RunFolder, add: Callable[..., Path]
    ) -> None:
        log = RunLog.open(add("a1b2", status="paused"))
        assert folder.all()[0].status == "running"
        log.append({"k": "resumed"})
        await log.aclose()
        assert folder.all()[0].status == "interrupted"

    @pytest.mark.parametrize(
        ("contents", "fault"),
        [
            (b"", "before anything was done"),
            (b"not a journal\n", "line 1"),
            (encode(0, 0.0, {"k": "run", "format": 99}), "format 99"),
        ],
    )
    def test_what_cannot_be_read_is_listed_with_its_fault(
        self, folder: RunFolder, add: Callable[..., Path], contents: bytes, fault: str
    ) -> None:
        add("good", at=1.0)
        bad = folder.file("bad0")
        bad.write_bytes(contents)
        os.utime(bad, (50, 50))
        first, second = folder.all()
        assert (first.id, first.status, first.started, first.changed) == ("bad0", "unreadable", 50, 50)
        assert fault in first.fault
        assert (second.id, second.fault) == ("good", "")

    def test_a_link_is_listed_and_not_followed(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        folder.file("link").symlink_to(add("good"))
        assert {run.id: run.status for run in folder.all()} == {"good": "done", "link": "unreadable"}

    def test_files_that_are_no_journals_are_left_out(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        add("good")
        for name in ("a.jsonl.new", ".hidden.jsonl", "notes.txt", ".jsonl", "a b.jsonl"):
            (folder.path / name).write_text("x")
        assert ids(folder.all()) == ["good"]

    def test_the_latest_come_first_and_may_be_chosen(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        add("aaaa", at=1.0, name="x")
        add("bbbb", at=3.0, name="y", status="failed")
        add("cccc", at=2.0, name="x", status=None)
        assert ids(folder.all()) == ["bbbb", "cccc", "aaaa"]
        assert ids(folder.all(name="x")) == ["cccc", "aaaa"]
        assert ids(folder.all(statuses=("failed", "interrupted"))) == ["bbbb", "cccc"]

    def test_a_status_there_is_not_is_refused(self, folder: RunFolder) -> None:
        with pytest.raises(ValidationError, match="'finished'") as caught:
            folder.all(statuses=("finished",))
        assert caught.value.suggestions == (", ".join(STATUSES),)

    def test_a_folder_that_is_a_file_is_told(self, tmp_path: Path) -> None:
        (tmp_path / "runs").write_text("x")
        with pytest.raises(JournalError, match="cannot be read"):
            RunFolder(tmp_path / "runs").all()

    def test_the_golden_run_is_done(self, folder: RunFolder) -> None:
        folder.path.mkdir()
        folder.file("gold").write_bytes(GOLDEN.read_bytes())
        (run,) = folder.all()
        assert (run.name, run.status, run.engine, run.records) == ("research", "done", "lua", 24)


class TestFind:
    @pytest.fixture(autouse=True)
    def runs(self, add: Callable[..., Path]) -> None:
        add("0199aaaa-1", name="research", at=1.0)
        add("0199aaaa-2", name="research", at=2.0)
        add("0199bbbb-3", name="summary", at=3.0)

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ("0199aaaa-1", "0199aaaa-1"),
            ("0199b", "0199bbbb-3"),
            ("research", "0199aaaa-2"),
            ("summary", "0199bbbb-3"),
        ],
    )
    def test_a_run_is_found(self, folder: RunFolder, wanted: str, found: str) -> None:
        assert folder.find(wanted).id == found

    @pytest.mark.parametrize("wanted", ["", "019", "nobody", "../0199aaaa-1", "0199aaaa-1/..", "x" * 300, "\0", "a*"])
    def test_an_unknown_run_is_told(self, folder: RunFolder, wanted: str) -> None:
        with pytest.raises(RunNotFoundError, match="there is no run") as caught:
            folder.find(wanted)
        assert caught.value.suggestions

    def test_the_nearest_name_is_told(self, folder: RunFolder) -> None:
        with pytest.raises(RunNotFoundError) as caught:
            folder.find("reserch")
        assert caught.value.suggestions == ("did you mean research?",)

    def test_the_beginning_of_several_is_told(self, folder: RunFolder) -> None:
        with pytest.raises(RunNotFoundError, match="any of 2 runs") as caught:
            folder.find("0199a")
        assert "0199aaaa-1" in caught.value.suggestions[0]
        assert sorted(caught.value.context["ids"]) == ["0199aaaa-1", "0199aaaa-2"]  # type: ignore[call-overload]

    def test_a_name_that_begins_another_id_is_not_guessed(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        add("ffff-4", name="0199b")
        with pytest.raises(RunNotFoundError, match="any of 2 runs"):
            folder.find("0199b")

    @pytest.mark.parametrize("run_id", ["", "../a", "a/b", ".a", "a\0", "a.jsonl", "é", "x" * 200])
    def test_what_can_be_no_id_has_no_file(self, folder: RunFolder, run_id: str) -> None:
        with pytest.raises(RunNotFoundError):
            folder.file(run_id)


class TestPrune:
    def test_runs_are_removed_by_age(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        old = add("old0", at=0.0)
        size = old.stat().st_size
        add("new0", at=100.0)
        pruned = folder.prune(now=150.0, older_than=60)
        assert (ids(pruned.runs), pruned.bytes) == (["old0"], size)
        assert ids(folder.all()) == ["new0"]

    def test_runs_are_removed_by_number(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        for i in range(5):
            add(f"run{i}", at=float(i))
        assert ids(folder.prune(now=0.0, keep=2).runs) == ["run2", "run1", "run0"]
        assert ids(folder.all()) == ["run4", "run3"]

    def test_the_oldest_are_removed_until_the_rest_is_small(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        for i in range(4):
            add(f"run{i}", at=float(i), size=1000)
        left = sum(run.size for run in folder.all()[:2])
        assert ids(folder.prune(now=0.0, max_bytes=left).runs) == ["run1", "run0"]
        assert ids(folder.prune(now=0.0, max_bytes=left - 1).runs) == ["run2"]

    def test_what_did_not_end_stays_unless_it_is_asked_for(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        for status in ("done", "failed", "cancelled", "paused", None):
            add(f"run-{status}", status=status)
        folder.file("bad0").write_bytes(b"")
        assert len(folder.prune(now=0.0, keep=0).runs) == 3
        assert ids(folder.prune(now=0.0, keep=0, statuses=("interrupted",)).runs) == ["run-None"]
        assert ids(folder.prune(now=0.0, keep=0, statuses=("paused", "unreadable")).runs) == ["bad0", "run-paused"]
        assert folder.all() == []

    async def test_a_run_that_some_process_has_stays(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        log = RunLog.open(add("a1b2"))
        assert folder.all()[0].status == "done"  # it has ended, and its process has not let go yet
        assert folder.prune(now=1e9, keep=0, older_than=0, max_bytes=0).runs == ()
        await log.aclose()
        assert ids(folder.prune(now=1e9, keep=0).runs) == ["a1b2"]

    async def test_a_run_that_was_gone_on_with_since_it_was_listed_stays(
        self, folder: RunFolder, add: Callable[..., Path]
    ) -> None:
        log = RunLog.open(add("a1b2", status="failed"))
        (listed,) = folder.all()
        log.append({"k": "resumed"})
        await log.aclose()
        assert not _remove(listed)
        assert folder.all()[0].status == "interrupted"

    def test_a_run_that_is_gone_already_is_not_counted(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        add("a1b2")
        (listed,) = folder.all()
        listed.path.unlink()
        assert not _remove(listed)

    def test_a_dry_run_removes_nothing(self, folder: RunFolder, add: Callable[..., Path]) -> None:
        add("a1b2")
        assert ids(folder.prune(now=0.0, keep=0, dry_run=True).runs) == ["a1b2"]
        assert ids(folder.all()) == ["a1b2"]

    def test_of_a_link_the_link_goes_and_not_what_it_leads_to(
        self, folder: RunFolder, tmp_path: Path, add: Callable[..., Path]
    ) -> None:
        add("good")
        (tmp_path / "precious").write_text("x")
        folder.file("link").symlink_to(tmp_path / "precious")
        folder.prune(now=0.0, keep=0, statuses=("unreadable",))
        assert ids(folder.all()) == ["good"]
        assert (tmp_path / "precious").read_text() == "x"

    @pytest.mark.parametrize(
        "wrong",
        [{}, {"keep": -1}, {"older_than": -0.5}, {"max_bytes": 1, "keep": -1}, {"keep": 0, "statuses": ("old",)}],
    )
    def test_a_policy_that_says_nothing_is_refused(
        self, folder: RunFolder, add: Callable[..., Path], wrong: dict[str, Any]
    ) -> None:
        add("a1b2")
        with pytest.raises(ValidationError):
            folder.prune(now=0.0, **wrong)
        assert ids(folder.all()) == ["a1b2"]

    def test_a_run_under_way_is_never_removed(self, folder: RunFolder) -> None:
        with pytest.raises(ValidationError, match="under way") as caught:
            folder.prune(now=0.0, keep=0, statuses=("running",))
        assert caught.value.suggestions == ("cancel it first",)
