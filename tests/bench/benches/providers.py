"""One call and one streamed chunk of each provider besides OpenAI's chat, beside httpx by hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx

from tests.bench.budget import OURS
from tests.bench.dialects import DIALECTS
from tests.bench.peers import ourselves
from tests.bench.peers.measures import CALLS, KEY, answering, streaming
from tests.bench.samples import contest
from tests.bench.server import model_server

if TYPE_CHECKING:
    from tests.bench.contestants import Peers
    from tests.bench.dialects import Dialect
    from tests.bench.samples import Samples

RAW = "raw httpx"


class Bare:
    """Speak to one service with one client and nothing else; an agent is nothing but the client itself."""

    def __init__(self, root: str, dialect: Dialect, client: httpx.AsyncClient) -> None:
        self.dialect = dialect
        self.client = client
        self.whole, self.stream_url = (f"{root}{path}" for path in dialect.paths)

    async def ask(self, _agent: object) -> str:
        answer = await self.client.post(self.whole, json=self.dialect.body)
        return self.dialect.said(answer.json())

    async def stream(self, _agent: object) -> int:
        body, piece, start = {**self.dialect.body, **self.dialect.streams}, self.dialect.piece, len("data: ")
        seen = 0
        async with self.client.stream("POST", self.stream_url, json=body) as answer:
            async for line in answer.aiter_lines():
                if self.dialect.lines:
                    seen += bool(piece(json.loads(line)))
                elif line.startswith("data: "):
                    seen += bool(piece(json.loads(line[start:])))
        return seen


async def measure(_peers: Peers) -> dict[str, Samples]:
    """Let both ask every service the same."""
    found: dict[str, Samples] = {}
    with model_server() as root:
        sections = {one.provider: {"base_url": f"{root}{one.base}", "api_key": KEY, **one.section} for one in DIALECTS}
        headers = {"authorization": f"Bearer {KEY}"}
        async with (
            httpx.AsyncClient(headers=headers, timeout=None) as client,
            ourselves.opened(root, providers=sections) as run,
        ):
            for dialect in DIALECTS:
                found |= await _compared(
                    Bare(root, dialect, client), await ourselves.make(run, tools=False, provider=dialect.provider)
                )
    return found


async def _compared(raw: Bare, mine: object) -> dict[str, Samples]:
    name = raw.dialect.name
    calls = {
        OURS: lambda: answering(ourselves.ask, mine, CALLS),
        RAW: lambda: answering(raw.ask, None, CALLS),
    }
    chunks = {
        OURS: lambda: streaming(ourselves.stream, mine),
        RAW: lambda: streaming(raw.stream, None),
    }
    return {f"one call, {name}": await contest(calls), f"stream chunk, {name}": await contest(chunks)}
