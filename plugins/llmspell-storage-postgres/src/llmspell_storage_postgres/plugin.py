"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, storage


@hookimpl
def llmspell_storages() -> list[Component]:
    """Offer the store in a PostgreSQL database; it is used where `[storage] backend` names it."""
    return [
        storage(
            "postgres",
            "llmspell_storage_postgres.store:PostgresStorage",
            "Keep values in one table of a PostgreSQL database that any number of processes share.",
            aliases=("postgresql",),
            capabilities=("durable", "shared", "watch"),
            native=("net", "files"),
            extra={
                "preference": -20,
                "place": ("host", "port", "database", "schema"),
                "native_for": "the server that `[storage.postgres]` names, and the backups that an operator asks for",
            },
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[storage.postgres]`."""
    return [
        config_section(
            "postgres",
            "llmspell_storage_postgres.section:PostgresSection",
            "Which PostgreSQL database keeps the store, how it is reached, and what a commit waits for.",
            path="storage.postgres",
        )
    ]
