"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, storage


@hookimpl
def llmspell_storages() -> list[Component]:
    """Offer the store in one RocksDB folder; it is used where `[storage] backend` names it."""
    return [
        storage(
            "rocksdb",
            "llmspell_storage_rocksdb.store:RocksdbStorage",
            "Keep values in a RocksDB folder: for many writes and much data.",
            capabilities=("durable", "watch", "size_limit", "compact"),
            native=("files",),
            extra={"preference": 4, "native_for": "its database folder, and the backups that an operator asks for"},
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[storage.rocksdb]`."""
    return [
        config_section(
            "rocksdb",
            "llmspell_storage_rocksdb.section:RocksdbSection",
            "How much a commit waits for the disk, how large the folder may grow, and how much is kept in memory.",
            path="storage.rocksdb",
        )
    ]
