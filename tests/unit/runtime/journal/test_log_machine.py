"""Whatever happens to a process: what it committed is there, in order, and nothing that it did not append."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from llmspell.errors import JournalCorruptError
from llmspell.runtime.journal.log import RunLog
from llmspell.runtime.journal.reading import read, tail

MODES = st.sampled_from(["sync", "async", "exit"])
TOOK = st.sampled_from([0.0, float("inf")])
"""Seconds of a disk for which a commit waits, and of one that is left to a thread."""
VALUES = st.text(max_size=30) | st.integers() | st.just("long" * 3000) | st.just("\ud800\n")


class Journals(RuleBasedStateMachine):
    """One run, crashed and gone on with as often as it comes; the model is the list of what was appended."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.files = 0
        self.appended: list[Any] = []
        self.committed = 0
        self.safe_bytes = 0

    @initialize(mode=MODES)
    def create(self, mode: Any) -> None:
        self.runner.run(self._create(mode))

    async def _create(self, mode: Any) -> None:
        self.log = RunLog.create(self.folder / "0.jsonl", {"id": "0"}, sync=mode)
        self.safe_bytes = self.log.path.stat().st_size

    @rule(values=st.lists(VALUES, min_size=1, max_size=5))
    def append(self, values: list[Any]) -> None:
        self.runner.run(self._append(values))

    async def _append(self, values: list[Any]) -> None:
        for value in values:
            self.appended.append(value)
            assert self.log.append({"k": "x", "v": value}) == len(self.appended)

    @rule(took=TOOK)
    def commit(self, took: float) -> None:
        self.log._file.took = took
        self.runner.run(self.log.commit())
        if self.log.sync != "exit":
            self._is_safe()

    @rule(took=TOOK)
    def flush(self, took: float) -> None:
        self.log._file.took = took
        self.runner.run(self.log.flush())
        self._is_safe()

    def _is_safe(self) -> None:
        self.committed = len(self.appended)
        self.safe_bytes = self.log.path.stat().st_size

    @rule(mode=st.none() | MODES)
    def close_and_go_on(self, mode: Any) -> None:
        self.runner.run(self.log.aclose())
        self._is_safe()
        self._go_on(self.log.path, mode)
        assert len(self.log.records) == len(self.appended) + 1

    @rule(
        part=st.floats(0, 1), mode=st.none() | MODES, garbage=st.sampled_from([b"", b"\0" * 512, b'{"n":', b"\xff" * 7])
    )
    def crash(self, part: float, mode: Any, garbage: bytes) -> None:
        """Go on with a copy of the file that has every byte that was safe, and any number of the others."""
        path = self._copy()
        contents = path.read_bytes()
        cut = self.safe_bytes + round(part * (len(contents) - self.safe_bytes))
        path.write_bytes(contents[:cut] + garbage)
        self.runner.run(self.log.aclose())
        self._go_on(path, mode)
        assert self.log.cut == len(contents[:cut] + garbage) - path.stat().st_size

    def _copy(self) -> Path:
        self.files += 1
        return Path(shutil.copy(self.log.path, self.folder / f"{self.files}.jsonl"))

    def _go_on(self, path: Path, mode: Any) -> None:
        self.log = RunLog.open(path, sync=mode)
        found = [record["v"] for record in self.log.records[1:]]
        assert len(found) >= self.committed
        assert found == self.appended[: len(found)]
        self.appended = found
        self._is_safe()

    @rule(part=st.floats(0, 1), bits=st.integers(1, 255))
    def flip(self, part: float, bits: int) -> None:
        """Change one byte of a copy: it is told, or the torn end is all that is missing."""
        path = self._copy()
        contents = bytearray(path.read_bytes())
        whole = list(read(path))
        contents[round(part * (len(contents) - 1))] ^= bits
        path.write_bytes(contents)
        try:
            found = list(read(path))
        except JournalCorruptError:
            return
        assert found == whole[: len(found)]
        assert len(found) >= len(whole) - 2  # a changed newline makes one line of the last two

    @invariant()
    def it_can_be_read_at_any_time(self) -> None:
        if self.files or self.appended:
            found = [record["v"] for record in read(self.log.path) if record["k"] == "x"]
            last = tail(self.log.path)["n"]  # a thread may have written more meanwhile
            assert self.committed <= len(found) <= last <= len(self.appended)
            assert found == self.appended[: len(found)]

    def teardown(self) -> None:
        if hasattr(self, "log"):
            self.runner.run(self.log.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)


TestJournals = Journals.TestCase
TestJournals.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
