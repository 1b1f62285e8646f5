from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from llmspell.testing import PluginContract, StorageContract

from .conftest import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.spec.storages import Storage
    from llmspell.testing.postgres_server import PostgresServer


class TestPlugin(PluginContract):
    plugin = "llmspell_storage_postgres.plugin"


class TestStorage(StorageContract):
    server: PostgresServer

    @pytest.fixture(autouse=True)
    def _server(self, shared_postgres: PostgresServer) -> None:
        self.server = shared_postgres

    async def open_storage(self, folder: Path) -> Storage:
        return await open_store(self.server, schema=sha256(str(folder).encode()).hexdigest()[:20])
