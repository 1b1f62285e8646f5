from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import StorageFullError
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
        return await open_store(self.server, prefix=_prefix(folder))

    async def open_limited(self, folder: Path, size: int) -> Storage:
        return await open_store(self.server, prefix=_prefix(folder), max_size=size)

    async def test_a_backup_larger_than_the_limit_is_refused(self, tmp_path: Path) -> None:
        async with self.opened(tmp_path) as store:
            await store.put("k", bytes(2000))
            await store.backup(tmp_path / "backup")
        small = await self.open_limited(tmp_path / "small", 2000)
        try:
            await small.put("kept", b"1")
            with pytest.raises(StorageFullError, match="2001 bytes"):
                await small.restore(tmp_path / "backup")
            assert [pair async for pair in small.scan()] == [("kept", b"1")]
        finally:
            await small.aclose()


def _prefix(folder: Path) -> str:
    return sha256(str(folder).encode()).hexdigest()[:20]
