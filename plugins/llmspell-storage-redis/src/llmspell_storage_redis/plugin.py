"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, storage


@hookimpl
def llmspell_storages() -> list[Component]:
    """Offer the store on a Redis server; it is used where `[storage] backend` names it."""
    return [
        storage(
            "redis",
            "llmspell_storage_redis.store:RedisStorage",
            "Keep values on a Redis server that any number of processes share.",
            capabilities=("durable", "shared", "watch", "size_limit"),
            native=("net", "files"),
            extra={
                "preference": -10,
                "place": ("host", "port", "database", "prefix"),
                "native_for": "the server that `[storage.redis]` names, and the backups that an operator asks for",
            },
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[storage.redis]`."""
    return [
        config_section(
            "redis",
            "llmspell_storage_redis.section:RedisSection",
            "Which Redis server keeps the store, how it is reached, and what must survive there.",
            path="storage.redis",
        )
    ]
