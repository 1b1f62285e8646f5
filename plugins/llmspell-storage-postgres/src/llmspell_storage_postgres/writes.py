"""Writes of more than one statement: each is a transaction of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.spec.storage_copies import read_pages
from llmspell.spec.storages import conflict
from llmspell.spec.threads import in_thread, in_thread_if_large
from llmspell_storage_postgres.statements import checksum

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llmspell_storage_postgres.statements import Statements

    Changes = Mapping[bytes, bytes | None]

_NOTHING = b""
PATIENCE = 3600.0
"""Seconds for a statement about everything, in place of `timeout`."""


async def apply(connection: Any, sql: Statements, changes: Changes) -> None:
    """Write values, and remove where there is none, in one statement.

    Rows are locked in the order of their keys, lest two transactions wait for each other.
    """
    gone = sorted(key for key, value in changes.items() if value is None)
    kept = sorted((key, value) for key, value in changes.items() if value is not None)
    size = sum(len(value) for _, value in kept)
    checksums = await in_thread_if_large(size, lambda: [checksum(key, value) for key, value in kept])
    rows = ([key for key, _ in kept], [value for _, value in kept], checksums)
    await (connection.execute(sql.apply, *rows, gone) if gone else connection.execute(sql.put_many, *rows))


async def apply_if(connection: Any, sql: Statements, changes: Changes, conditions: Changes) -> None:
    """Do the same if all conditions hold: keys have these values, or (None) are absent.

    What is there is locked; what is absent is taken by an empty row, which nobody sees before it is gone or written.
    """
    async with connection.transaction():
        found = {row["key"]: row["value"] for row in await connection.fetch(sql.lock, list(conditions))}
        taken: dict[bytes, None] = {}
        for key, value in sorted(conditions.items()):
            if found.get(key) != value:
                raise conflict(key.decode())
            if value is None:
                if await connection.execute(sql.claim, key, _NOTHING, checksum(key, _NOTHING)) == "INSERT 0 0":
                    raise conflict(key.decode())
                taken[key] = None
        await apply(connection, sql, {**taken, **changes})


async def replace(connection: Any, sql: Statements, source: Path) -> None:
    """Replace everything by a verified backup; readers go on with what was there, writers wait."""
    async with connection.transaction():
        await connection.execute("SET LOCAL llmspell.quiet = 'on'")
        await connection.execute(f"LOCK TABLE {sql.pairs} IN EXCLUSIVE MODE")
        await connection.execute(sql.empty, timeout=PATIENCE)
        async for pairs in read_pages(source):
            records = await in_thread(lambda rows: [(key, value, checksum(key, value)) for key, value in rows], pairs)
            await connection.copy_records_to_table(
                "pairs", schema_name=sql.name, columns=["key", "value", "crc"], records=records, timeout=PATIENCE
            )
        await connection.execute("SELECT pg_notify($1, '')", sql.channel)
