"""The store: what is common to embedded stores, on one RocksDB folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.spec.storage_embedded import EmbeddedStorage
from llmspell_storage_rocksdb.library import RocksdbLibrary

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.spec.storage_library import Library


DEFAULTS: dict[str, Any] = {"synchronous": "normal", "max_size": 0}


class RocksdbStorage(EmbeddedStorage):
    """Implement `llmspell.spec.storages.Storage` on RocksDB."""

    FILE = "llmspell.rocksdb"

    def open_library(self, path: Path, options: dict[str, Any]) -> Library:
        """Open one folder."""
        return RocksdbLibrary(path, **{**DEFAULTS, **options})
