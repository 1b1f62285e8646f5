"""The store: what is common to embedded stores, on one LMDB file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.spec.storage_embedded import EmbeddedStorage
from llmspell.spec.storages import StorageLimits
from llmspell_storage_lmdb.library import LmdbLibrary
from llmspell_storage_lmdb.section import CHECKED

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.spec.storage_library import Library


DEFAULTS: dict[str, Any] = {"synchronous": "normal", "max_size": 0, "check": CHECKED}


class LmdbStorage(EmbeddedStorage):
    """Implement `llmspell.spec.storages.Storage` on LMDB; its keys have 511 bytes at most."""

    FILE = "llmspell.lmdb"
    limits = StorageLimits(key=511)

    def options(self, config: Any) -> dict[str, Any]:
        """Give what the section says of the file."""
        return {**super().options(config), "check": config.check}

    def open_library(self, path: Path, options: dict[str, Any]) -> Library:
        """Open one file."""
        return LmdbLibrary(path, **{**DEFAULTS, **options})
