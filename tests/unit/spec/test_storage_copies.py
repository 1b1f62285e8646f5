"""Backups that are written and read page by page."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import StorageError, StorageFullError
from llmspell.spec.storage_backup import verified_backup
from llmspell.spec.storage_copies import MOST_PAIRS, read_pages, write_pages
from llmspell.testing.disk import full_disk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    Pairs = list[tuple[bytes, bytes]]

PAIRS = [(b"k%06d" % number, b"v" * (number % 50)) for number in range(2 * MOST_PAIRS + 7)]


async def pages(*, then: BaseException | None = None, wait: asyncio.Event | None = None) -> AsyncIterator[Pairs]:
    for first in range(0, len(PAIRS), 100):
        yield PAIRS[first : first + 100]
    yield []
    if wait is not None:
        wait.set()
        await asyncio.Event().wait()
    if then is not None:
        raise then


async def test_what_was_written_is_read(tmp_path: Path) -> None:
    await write_pages(pages(), tmp_path / "backup")
    parts = [part async for part in read_pages(tmp_path / "backup")]
    assert [pair for part in parts for pair in part] == PAIRS
    assert [len(part) for part in parts] == [MOST_PAIRS, MOST_PAIRS, 7]
    assert verified_backup(tmp_path / "backup").keys == len(PAIRS)


async def test_large_values_make_small_parts(tmp_path: Path) -> None:
    async def large() -> AsyncIterator[Pairs]:
        for number in range(5):
            yield [(b"%d" % number, bytes(3 << 20))]

    await write_pages(large(), tmp_path / "backup")
    assert [len(part) async for part in read_pages(tmp_path / "backup")] == [2, 2, 1]


async def test_a_store_that_fails_meanwhile_leaves_the_old_backup(tmp_path: Path) -> None:
    await write_pages(pages(), tmp_path / "backup")
    before = (tmp_path / "backup").read_bytes()
    with pytest.raises(StorageError, match="lost"):
        await write_pages(pages(then=StorageError("lost")), tmp_path / "backup")
    assert (tmp_path / "backup").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


async def test_a_cancelled_backup_leaves_nothing(tmp_path: Path) -> None:
    begun = asyncio.Event()
    task = asyncio.create_task(write_pages(pages(wait=begun), tmp_path / "backup"))
    await begun.wait()
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of a process")
async def test_a_disk_without_room_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    with full_disk(10_000), pytest.raises(StorageFullError):
        await write_pages(pages(), tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


async def test_a_cut_backup_is_an_error_on_the_way(tmp_path: Path) -> None:
    await write_pages(pages(), tmp_path / "backup")
    whole = (tmp_path / "backup").read_bytes()
    (tmp_path / "backup").write_bytes(whole[:-20])
    with pytest.raises(StorageError, match="damaged"):
        [part async for part in read_pages(tmp_path / "backup")]
