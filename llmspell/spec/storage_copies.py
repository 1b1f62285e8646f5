"""Backups of stores that are asked over a network: pages that come one by one, written and read in threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec.storage_backup import backup_pairs, written_backup
from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    Pairs = list[tuple[bytes, bytes]]

MOST_PAIRS = 500
MOST_BYTES = 4 << 20


async def write_pages(pages: AsyncIterator[Pairs], target: Path) -> None:
    """Write all pairs to a backup, whole or not at all."""

    def add(pairs: Pairs) -> None:
        for key, value in pairs:
            backup.add(key, value)

    manager = written_backup(target)
    backup = await in_thread(manager.__enter__)
    try:
        async for pairs in pages:
            await in_thread(add, pairs)
    except BaseException as error:
        await in_thread(manager.__exit__, type(error), error, error.__traceback__)
        raise
    await in_thread(manager.__exit__, None, None, None)


async def read_pages(source: Path) -> AsyncIterator[Pairs]:
    """Yield the pairs of a backup, up to 500 or 4 MiB at once; one that is damaged raises `StorageError` on the way."""
    parts = _parts(backup_pairs(source))
    while (pairs := await in_thread(next, parts, None)) is not None:
        yield pairs


def _parts(pairs: Iterator[tuple[bytes, bytes]]) -> Iterator[Pairs]:
    part: Pairs = []
    size = 0
    for key, value in pairs:
        part.append((key, value))
        size += len(key) + len(value)
        if len(part) == MOST_PAIRS or size >= MOST_BYTES:
            yield part
            part, size = [], 0
    if part:
        yield part
