"""A disk that fails at any one operation: an error that says so, and a store that holds what it has acknowledged."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import StorageError, StorageFullError
from llmspell.spec import Operation
from llmspell_storage_sqlite.store import SqliteStorage

from .disk import Disk, Fault
from .writes import LARGE, SMALL, WRITES, State, after, content

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Work:
    """Use a store in every way, and know what it has acknowledged."""

    def __init__(self, folder: Path, disk: Disk) -> None:
        self.folder, self.path = folder, folder / "store.db"
        self.store = SqliteStorage(connect=disk.connect)
        self.state: State = {}
        self.errors: list[StorageError] = []

    async def attempt(self, work: Any) -> bool:
        try:
            await work
        except StorageError as error:
            self.errors.append(error)
            return False
        return True

    async def write(self, operations: Sequence[Operation]) -> None:
        for _, key, _ in operations:
            await self.attempt(self.store.get(key))  # so that what is changed is in memory
        if await self.attempt(self.store.transaction(operations)):
            self.state = after(self.state, operations)

    async def together(self) -> None:
        """Write several at once: they share a commit, and the fault of one must not be torn over the others."""
        groups = [*SMALL, LARGE[:6]]
        done = await asyncio.gather(*(self.attempt(self.store.transaction(one)) for one in groups))
        for operations, well in zip(groups, done, strict=True):
            self.state = after(self.state, operations) if well else self.state

    async def copies(self) -> None:
        before, backup = self.state, self.folder / "backup"
        saved = await self.attempt(self.store.backup(backup))
        assert saved is backup.exists()
        await self.write([Operation("put", "later", b"v"), Operation("delete", "s0")])
        if saved and await self.attempt(self.store.restore(backup)):
            self.state = before

    async def agree(self) -> None:
        """Read everything in every way: right, or an error."""
        found: list[Any] = []

        async def read(key: str) -> None:
            found.append((key, await self.store.get(key)))

        for key in self.state:
            await self.attempt(read(key))
        assert [(key, value) for key, value in found if self.state[key] != value] == []
        with suppress(StorageError):
            assert await content(self.store) == self.state

    async def everything(self) -> None:
        if not await self.attempt(self.store.open_file(self.path)):
            return
        for operations in WRITES:
            await self.write(operations)
        await self.together()
        if await self.attempt(self.store.increment("n", 5)):
            self.state["n"] = b"5"
        await self.copies()
        await self.agree()


async def after_a_fault(folder: Path, disk: Disk) -> list[StorageError]:
    """Work on a disk that fails for a while; then it is well again."""
    work = Work(folder, disk)
    await work.everything()
    disk.last = -1
    for error in work.errors:
        assert isinstance(error, StorageFullError) is disk.full or error.code == 6002
        assert str(folder) in error.message
        assert error.suggestions
    if work.store._live is None:
        await work.store.open_file(work.path)
    assert await content(work.store) == work.state
    await work.write([Operation("put", "after", b"the fault")])
    assert "after" in work.state
    await work.store.aclose()
    again = SqliteStorage()
    await again.open_file(work.path)
    assert await content(again) == work.state
    await again.backup(folder / "last")  # verified, page by page and value by value
    await again.aclose()
    return work.errors


async def operations_of_a_good_run(folder: Path) -> int:
    disk = Disk()
    work = Work(folder, disk)
    await work.everything()
    assert work.errors == []
    await work.store.aclose()
    return disk.seen


@pytest.fixture(autouse=True)
def _quiet_apsw(monkeypatch) -> None:
    """Pass over what apsw says of a fault that it met while it closed a file, where nobody can catch it."""
    said = sys.unraisablehook
    monkeypatch.setattr(sys, "unraisablehook", lambda met: isinstance(met.exc_value, Fault) or said(met))


def fail_in_turn(tmp_path: Path, *, full: bool, lasting: int, stride: int) -> None:
    total = asyncio.run(operations_of_a_good_run(tmp_path))
    failed = 0
    for first in range(1, total, stride):
        folder = tmp_path / str(first)
        folder.mkdir()
        disk = Disk(full=full)
        disk.first, disk.last = first, first + lasting - 1
        failed += bool(asyncio.run(after_a_fault(folder, disk)))
    assert failed


FAULTS = pytest.mark.parametrize(
    ("full", "lasting"), [(full, last) for full in (False, True) for last in (1, 3, 10**9)]
)


@FAULTS
def test_an_operation_may_fail(tmp_path, full, lasting):
    fail_in_turn(tmp_path, full=full, lasting=lasting, stride=19)


@pytest.mark.proof
@FAULTS
def test_any_one_operation_may_fail(tmp_path, full, lasting):
    fail_in_turn(tmp_path, full=full, lasting=lasting, stride=1)
