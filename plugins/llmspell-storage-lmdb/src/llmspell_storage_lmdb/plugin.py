"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, storage


@hookimpl
def llmspell_storages() -> list[Component]:
    """Offer the store in one LMDB file; it is used where `[storage] backend` names it."""
    return [
        storage(
            "lmdb",
            "llmspell_storage_lmdb.store:LmdbStorage",
            "Keep values in one LMDB file, mapped into memory: for many reads.",
            capabilities=("durable", "watch", "size_limit", "compact"),
            native=("files",),
            extra={"preference": 5, "native_for": "its database file, and the backups that an operator asks for"},
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[storage.lmdb]`."""
    return [
        config_section(
            "lmdb",
            "llmspell_storage_lmdb.section:LmdbSection",
            "How much a commit waits for the disk, how large the file may grow, and how much is kept in memory.",
            path="storage.lmdb",
        )
    ]
