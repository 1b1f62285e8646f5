"""Bits that change on the disk: what is given is what was written, or an error; a backup notices what is missing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import StorageError
from llmspell.spec import Operation
from llmspell_storage_sqlite import database
from llmspell_storage_sqlite.store import SqliteStorage

from .writes import content

if TYPE_CHECKING:
    from pathlib import Path

PAIRS = {f"key/{number:03}": bytes([number]) * (number * 20) for number in range(100)}
"""Pages of the table, its inner page, and values on pages of their own."""


@pytest.fixture(scope="module")
def intact(tmp_path_factory) -> Path:
    """Give the file of a store that was closed."""
    path: Path = tmp_path_factory.mktemp("intact") / "store.db"

    async def write() -> None:
        store = SqliteStorage()
        await store.open_file(path)
        await store.transaction(
            [Operation("put", key, value) for key, value in (PAIRS | {"big": bytes(30000)}).items()]
        )
        await store.aclose()

    asyncio.run(write())
    return path


async def look(path) -> None:
    """Read a damaged store in every way."""
    store = SqliteStorage()
    try:
        await store.open_file(path)
    except StorageError:
        return
    whole, found = PAIRS | {"big": bytes(30000)}, {}
    try:
        with suppress(StorageError):
            found = await content(store)
        assert found.items() <= whole.items()
        for key, value in whole.items():
            with suppress(StorageError):
                assert await store.get(key) in (value, None)
        try:
            await store.backup(path.with_name("backup"))
        except StorageError as error:
            message = error.message
        else:
            message = "damaged" if found == whole else "nothing was noticed"
        assert "damaged" in message
    finally:
        await store.aclose()


@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7), more=st.binary(max_size=3))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_a_changed_bit_is_never_read_as_a_value(intact, tmp_path_factory, place, bit, more):
    path = tmp_path_factory.mktemp("flip") / "store.db"
    data = bytearray(intact.read_bytes())
    at = int(place * len(data))
    data[at] ^= 1 << bit
    more = more[: len(data) - at - 1]
    data[at + 1 : at + 1 + len(more)] = more
    path.write_bytes(data)
    asyncio.run(look(path))


@pytest.mark.parametrize(("page", "byte", "bit"), [(10, 17, 2), (3, 6892, 7), (3, 49, 1), (5, 105, 0)])
def test_a_value_that_changed_its_kind_is_damaged(intact, tmp_path, page, byte, bit):
    """A blob became nothing, a number, a text: found by flipping bits for a minute."""
    data = bytearray(intact.read_bytes())
    data[page * database.PAGE + byte] ^= 1 << bit
    (tmp_path / "store.db").write_bytes(data)
    asyncio.run(look(tmp_path / "store.db"))


def test_a_changed_name_of_a_table_is_damage(intact, tmp_path):
    """SQLite then speaks of it in what is no UTF-8."""
    data = bytearray(intact.read_bytes())
    for at in range(database.PAGE - 600, database.PAGE, 9):  # the schema, at the end of the first page
        data[at] ^= 0x80
        (tmp_path / "store.db").write_bytes(data)
        asyncio.run(look(tmp_path / "store.db"))
        data[at] ^= 0x80


def test_a_file_that_is_cut_at_any_page_is_refused_or_damaged(intact, tmp_path):
    whole = intact.read_bytes()
    for size in range(database.PAGE, len(whole), database.PAGE):
        path = tmp_path / f"{size}.db"
        path.write_bytes(whole[:size])
        with pytest.raises(StorageError) as caught:
            asyncio.run(opened(path))
        assert caught.value.suggestions
        assert path.read_bytes() == whole[:size]
    path.write_bytes(b"")  # what a power cut leaves of a store that was never written
    asyncio.run(opened(path))


async def opened(path) -> None:
    store = SqliteStorage()
    await store.open_file(path)
    await store.aclose()
