from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.testing import PluginContract, StorageContract
from llmspell_storage_sqlite.store import SqliteStorage, store_file

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.spec.storages import Storage


class TestPlugin(PluginContract):
    plugin = "llmspell_storage_sqlite.plugin"


class TestStorage(StorageContract):
    async def open_storage(self, folder: Path) -> Storage:
        store = SqliteStorage()
        await store.open_file(store_file(folder))
        return store

    async def open_limited(self, folder: Path, size: int) -> Storage:
        store = SqliteStorage()
        await store.open_file(store_file(folder), max_size=size)
        return store
