from __future__ import annotations

from llmspell.testing import EmbeddedStorageContract, PluginContract


class TestPlugin(PluginContract):
    plugin = "llmspell_storage_rocksdb.plugin"


class TestStorage(EmbeddedStorageContract):
    target = "llmspell_storage_rocksdb.store:RocksdbStorage"
