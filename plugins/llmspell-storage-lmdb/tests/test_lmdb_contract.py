from __future__ import annotations

from llmspell.testing import EmbeddedStorageContract, PluginContract


class TestPlugin(PluginContract):
    plugin = "llmspell_storage_lmdb.plugin"


class TestStorage(EmbeddedStorageContract):
    target = "llmspell_storage_lmdb.store:LmdbStorage"
