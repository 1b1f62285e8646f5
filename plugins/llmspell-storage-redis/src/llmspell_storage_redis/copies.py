"""Restoring: a backup is sent beside the store, and takes its place in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec.storage_copies import read_pages
from llmspell.spec.threads import in_thread
from llmspell_storage_redis.sealed import sealed

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

KEPT_SECONDS = 86_400
"""How long the server keeps what a restore that died has sent."""


async def send_backup(client: Redis, source: Path, data: str, index: str) -> None:
    """Send the pairs of a verified backup to two keys of the server, which are given up after a day."""
    async for pairs in read_pages(source):
        kept = await in_thread(_sealed_all, pairs)
        pipeline = client.pipeline(transaction=False)
        pipeline.hset(data, items=kept)
        pipeline.zadd(index, {key: 0 for key, _ in pairs})
        for key in (data, index):
            pipeline.expire(key, KEPT_SECONDS)
        await pipeline.execute()


def _sealed_all(pairs: list[tuple[bytes, bytes]]) -> list[bytes]:
    return [part for key, value in pairs for part in (key, sealed(key, value))]
