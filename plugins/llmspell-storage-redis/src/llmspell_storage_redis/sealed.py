"""Values as the server keeps them: four bytes of CRC-32 over key and value, then the value."""

from __future__ import annotations

from llmspell.errors import StorageError
from llmspell.spec.storage_library import sealed, unsealed
from llmspell.spec.storages import StorageLimits

__all__ = ["ABSENT", "LIMITS", "damaged", "opened", "sealed"]

LIMITS = StorageLimits(key=1 << 20, value=(512 << 20) - 4)
"""A string of Redis has 512 MiB at most, unless the server's `proto-max-bulk-len` says otherwise."""

ABSENT = b""
"""What stands for no value where a sealed one is expected."""


def opened(key: bytes, kept: bytes | None) -> bytes | None:
    """Give the value in what is kept, None for nothing; raises `StorageError` when it is damaged."""
    return None if kept is None else unsealed(key, kept)


def damaged(key: bytes) -> StorageError:
    """Give the error for a key without its value."""
    return StorageError(
        f"the value at {repr(key)[:80]} is damaged: the key is there without it",
        suggestions=["restore a backup, or write the value anew"],
    )
