"""Raw httpx, one client with its default limits: the measure of what a call may cost."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import httpx

from tests.bench.peers.bare import Bare
from tests.bench.peers.measures import KEY, measures
from tests.bench.peers.turns import serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Httpx(Bare):
    """Speak through one `AsyncClient`."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.client = httpx.AsyncClient(headers={"authorization": f"Bearer {KEY}"}, timeout=None)

    async def post(self, url: str, body: object) -> Any:
        return (await self.client.post(url, json=body)).json()

    async def lines(self, url: str, body: object) -> AsyncIterator[str]:
        async with self.client.stream("POST", url, json=body) as answer:
            async for line in answer.aiter_lines():
                yield line


if __name__ == "__main__":
    asyncio.run(serve(measures(Httpx(sys.argv[1])), ["httpx"]))
