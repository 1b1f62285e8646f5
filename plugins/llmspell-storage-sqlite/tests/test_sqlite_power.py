"""A power cut or a kill at any moment: what is found then is a state the store was in, and no older than promised."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.spec import Operation
from llmspell_storage_sqlite.store import SqliteStorage

from .disk import Disk
from .writes import WRITES, State, after, content

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SECTOR = 512


class Lost:
    """Make the files that a power cut leaves, from the log of a disk."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.files: dict[str, bytearray] = {}
        self.pending: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.deleted: dict[str, bytearray] = {}

    def replay(self, log: Sequence[tuple[Any, ...]]) -> None:
        for what, name, *details in log:
            if what == "open":
                self.files.setdefault(name, bytearray())
            elif what in ("write", "truncate"):
                self.pending[name].append((what, *details))
            elif what == "delete" and name in self.files:
                self.settle(name)
                self.deleted[name] = self.files.pop(name)
            elif what == "sync":
                self.settle(name)
                self.deleted.clear()  # file systems keep the order of what they do to names

    def settle(self, name: str) -> None:
        for change in self.pending.pop(name, []):
            self.apply(name, change)

    def apply(self, name: str, change: tuple[Any, ...]) -> None:
        data = self.files[name]
        if change[0] == "truncate":
            del data[change[1] :]
            return
        _, offset, written = change
        data.extend(bytes(max(0, offset - len(data))))
        data[offset : offset + len(written)] = written

    def cut(self) -> None:
        """Of what no sync has confirmed, write some, in part; what was deleted last may be back."""
        for name in list(self.pending):
            whole = self.chance.random() < 0.3
            for change in self.pending[name]:
                if whole or self.chance.random() < 0.6:
                    self.apply(name, change)
                elif change[0] == "write" and self.chance.random() < 0.5:
                    torn = self.chance.randrange(len(change[2]) + 1)
                    torn -= torn % SECTOR if self.chance.random() < 0.8 else 0
                    self.apply(name, (*change[:2], change[2][:torn]))
        if self.chance.random() < 0.5:
            self.files = self.deleted | self.files

    def leave(self, folder: Path) -> Path:
        folder.mkdir()
        for name, data in self.files.items():
            (folder / name).write_bytes(data)
        return folder / "store.db"


class History:
    """What a run wrote, and when it was told that this is done."""

    def __init__(self, disk: Disk, writes: Sequence[Sequence[Operation]]) -> None:
        self.disk, self.writes = disk, writes
        self.states: list[State] = [{}]
        self.begun: list[int] = []
        self.acknowledged: list[int] = []

    async def run(self, path: Path, **options: Any) -> None:
        store = SqliteStorage(connect=self.disk.connect)
        await store.open_file(path, **options)
        for operations in self.writes:
            self.begun.append(len(self.disk.log))
            await store.transaction(operations)
            self.acknowledged.append(len(self.disk.log))
            self.states.append(after(self.states[-1], operations))
        await store.aclose()

    async def check(self, path: Path, moment: int, *, kept: bool) -> None:
        """Open what a cut has left: a state the store was in, and if promised none older than what was acknowledged."""
        store = SqliteStorage()
        await store.open_file(path)
        found = await content(store)
        least = sum(told <= moment for told in self.acknowledged) if kept else 0
        most = sum(begun <= moment for begun in self.begun)
        assert found in self.states[least : most + 1]
        await store.put("after", b"the cut")
        await store.backup(path.with_name("backup"))
        await store.aclose()


async def cut(history: History, folder: Path, moment: int, chance: random.Random, *, power: bool, kept: bool) -> None:
    left = Lost(chance)
    left.replay(history.disk.log[:moment])
    if power:
        left.cut()
    else:
        for name in list(left.pending):
            left.settle(name)
    await history.check(left.leave(folder), moment, kept=kept)


def cut_in_turn(tmp_path: Path, synchronous: str, *, power: bool, stride: int) -> None:
    history = History(Disk(), WRITES)
    asyncio.run(history.run(tmp_path / "store.db", synchronous=synchronous))
    kept = synchronous == "full" or not power
    for moment in range(0, len(history.disk.log) + 1, stride):
        chance = random.Random(moment)
        asyncio.run(cut(history, tmp_path / str(moment), moment, chance, power=power, kept=kept))


CUTS = pytest.mark.parametrize(("synchronous", "power"), [("normal", False), ("normal", True), ("full", True)])


@CUTS
def test_a_cut_leaves_a_state_that_was(tmp_path, synchronous, power):
    cut_in_turn(tmp_path, synchronous, power=power, stride=5)


@pytest.mark.proof
@CUTS
def test_a_cut_at_any_moment_leaves_a_state_that_was(tmp_path, synchronous, power):
    for number in range(10):
        (folder := tmp_path / f"x{number}").mkdir()
        cut_in_turn(folder, synchronous, power=power, stride=1)


OPERATION = st.builds(
    Operation, st.just("put"), st.sampled_from("abcdef"), st.binary(max_size=20).map(lambda b: b * 700)
)
OPERATION |= st.builds(Operation, st.just("delete"), st.sampled_from("abcdef"))


@given(
    writes=st.lists(st.lists(OPERATION, min_size=1, max_size=6), min_size=1, max_size=10),
    place=st.floats(0, 1),
    chance=st.randoms(use_true_random=False),
    synchronous=st.sampled_from(["normal", "full"]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_any_writes_and_any_cut(writes, place, chance, synchronous, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cut")
    history = History(Disk(), writes)

    async def run() -> None:
        await history.run(folder / "store.db", synchronous=synchronous)
        moment = round(place * len(history.disk.log))
        await cut(history, folder / "left", moment, chance, power=True, kept=synchronous == "full")

    asyncio.run(run())
