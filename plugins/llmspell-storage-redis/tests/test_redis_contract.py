from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from llmspell.testing import PluginContract, StorageContract

from .conftest import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.spec.storages import Storage
    from llmspell.testing.redis_server import RedisServer


class TestPlugin(PluginContract):
    plugin = "llmspell_storage_redis.plugin"


class TestStorage(StorageContract):
    server: RedisServer

    @pytest.fixture(autouse=True)
    def _server(self, shared_redis: RedisServer) -> None:
        self.server = shared_redis

    async def open_storage(self, folder: Path) -> Storage:
        return await open_store(self.server, prefix=sha256(str(folder).encode()).hexdigest()[:20])
