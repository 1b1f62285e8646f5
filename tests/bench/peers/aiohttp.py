"""Raw aiohttp: what a thinner transport would cost."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import aiohttp  # type: ignore[import-not-found,unused-ignore]  # lives in an environment of its own

from tests.bench.peers.bare import Bare
from tests.bench.peers.measures import KEY, measures
from tests.bench.peers.turns import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Aiohttp(Bare):
    """Speak through one `ClientSession`."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        headers = {"authorization": f"Bearer {KEY}"}
        self.client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=headers)

    async def post(self, url: str, body: object) -> Any:
        async with self.client.post(url, json=body) as answer:
            return await answer.json()

    async def lines(self, url: str, body: object) -> AsyncIterator[bytes]:
        async with self.client.post(url, json=body) as answer:
            async for line in answer.content:
                yield line


async def main() -> None:
    """Take turns; the client belongs to the loop it is made in."""
    contestant = Aiohttp(sys.argv[1])
    try:
        await serve(measures(contestant), ["aiohttp"])
    finally:
        await contestant.client.close()


if __name__ == "__main__":
    asyncio.run(main())
