"""Encrypted stores keep the contract of all stores, on whatever they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmspell.builtin.memory import MemoryStorage
from llmspell.spec.storage_codecs import Compressed, Expiring
from llmspell.testing import PluginContract, StorageContract

from .stores import over

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.spec.storages import Storage


class TestPlugin(PluginContract):
    plugin = "llmspell_encryption.plugin"


class TestOverMemory(StorageContract):
    async def open_storage(self, folder: Path) -> Storage:
        return await over(MemoryStorage())


class TestOverMemoryWithAllCodecs(StorageContract):
    async def open_storage(self, folder: Path) -> Storage:
        return await over(MemoryStorage(), codecs=[Compressed(512 << 20), Expiring(1e9, lambda: 0.0)])


class TestOverSqlite(StorageContract):
    async def open_storage(self, folder: Path) -> Storage:
        sqlite = pytest.importorskip("llmspell_storage_sqlite.store", reason="needs llmspell-storage-sqlite")
        store = sqlite.SqliteStorage()
        await store.open_file(sqlite.store_file(folder))
        return await over(store)

    async def open_limited(self, folder: Path, size: int) -> Storage:
        sqlite = pytest.importorskip("llmspell_storage_sqlite.store", reason="needs llmspell-storage-sqlite")
        store = sqlite.SqliteStorage()
        await store.open_file(sqlite.store_file(folder), max_size=size)
        return await over(store)
