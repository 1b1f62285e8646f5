"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, storage


@hookimpl
def llmspell_storages() -> list[Component]:
    """Offer the store in one SQLite file; it is chosen before the memory store wherever it is installed."""
    return [
        storage(
            "sqlite",
            "llmspell_storage_sqlite.store:SqliteStorage",
            "Keep values in one SQLite file, durable and written in groups.",
            aliases=("sled",),
            capabilities=("durable", "watch", "size_limit", "compact"),
            native=("files",),
            extra={"preference": 10, "native_for": "its database file, and the backups that an operator asks for"},
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[storage.sqlite]`."""
    return [
        config_section(
            "sqlite",
            "llmspell_storage_sqlite.section:SqliteSection",
            "How much a commit waits for the disk, a process for another, and how much is kept in memory.",
            path="storage.sqlite",
        )
    ]
