"""Scans: pairs in key order from one snapshot; a short one is a single query and holds nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.spec.storage_scan import MOST_BYTES, MOST_PAIRS
from llmspell.spec.threads import in_thread_if_large
from llmspell_storage_postgres.statements import sound

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from llmspell_storage_postgres.database import Database

    Pairs = list[tuple[bytes, bytes]]

FIRST = 10
"""Rows of a long scan that are fetched before the size of its values is known."""


async def pages(database: Database, limits: list[bytes]) -> AsyncGenerator[Pairs, None]:
    """Yield the pairs of a range (as of `bounds`) page by page, up to 1000 or about 1 MiB at once, of one moment."""
    query = database.sql.few(bounded=len(limits) > 1)
    rows = await database.do(lambda connection: connection.fetch(query, *limits), again=True)
    if not rows or len(rows) == rows[0]["total"] <= MOST_PAIRS:
        yield await sound_pairs(rows)
        return
    with database.failures.explained():
        async with (
            database.long_connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            cursor = await connection.cursor(database.sql.range(bounded=len(limits) > 1), *limits)
            count = FIRST
            while rows := await cursor.fetch(count):
                pairs = await sound_pairs(rows)
                average = 1 + sum(len(value) for _, value in pairs) // len(pairs)
                count = max(1, min(MOST_PAIRS, MOST_BYTES // average))
                yield pairs


async def sound_pairs(rows: list[Any]) -> Pairs:
    """Give the pairs of rows that hold key, value and checksum, which is compared."""
    return await in_thread_if_large(sum(len(row[1]) for row in rows), _pairs, rows)


def _pairs(rows: list[Any]) -> Pairs:
    return [(row[0], sound(row[0], row[1], row[2])) for row in rows]
