"""Names that lead somewhere else at each look: what is dialled is what was checked."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from itertools import cycle
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.services.http import HttpService
from llmspell.services.permissions import Grants
from llmspell.services.secrets import SecretService
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.security.probe import Stage

ROUNDS = 200
ADDRESSES = {"good": "127.0.0.1", "bad": "127.0.0.2", "mapped": "::ffff:127.0.0.2"}


class Listener:
    """Count the connections to one address, and answer each request on them; the first may lead elsewhere."""

    def __init__(self, leads: str = "") -> None:
        self.connections = 0
        self.leads = leads

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close, so that the next has to dial."""
        self.connections += 1
        try:
            asked = await reader.readuntil(b"\r\n\r\n")
            if self.leads and not asked.startswith(b"GET /end"):
                head = f"HTTP/1.1 302 Found\r\nLocation: {self.leads}\r\n"
            else:
                head = "HTTP/1.1 200 OK\r\n"
            writer.write(f"{head}Connection: close\r\nContent-Length: 0\r\n\r\n".encode())
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # a client that went away is counted all the same
        finally:
            writer.close()


async def flip(case: Case, stage: Stage) -> str | None:
    """Ask again and again, and count who was dialled."""
    async with AsyncExitStack() as stack:
        good, bad = Listener(), Listener()
        server = await stack.enter_async_context(await asyncio.start_server(good.accept, ADDRESSES["good"], 0))
        port = server.sockets[0].getsockname()[1]
        await stack.enter_async_context(await asyncio.start_server(bad.accept, ADDRESSES["bad"], port))
        good.leads = case.data.get("leads", "").format(port=port)
        looks = cycle(case.data["answers"])

        async def resolve(_host: str, _port: int) -> Sequence[str]:
            return [ADDRESSES[one] for one in next(looks)]

        service = HttpService(secrets=SecretService({}), resolver=resolve)
        stack.push_async_callback(service.aclose)
        http = service.port(Grants.parse(["net.connect", f"net.connect=127.0.0.1:{port}"]), "probe")
        got, rounds = 0, stage.rounds(ROUNDS)
        for _ in rounds:
            try:
                got += (await http.request("GET", f"http://flip.example.com:{port}/", timeout=10)).status == 200
            except LlmspellError:
                continue
    if bad.connections:
        return f"{bad.connections} connections to an address that was not granted"
    expected = {"always": got == len(rounds), "never": got == 0, "some": 0 < got < len(rounds)}
    return None if expected[case.data["gets"]] else f"{got} of {len(rounds)} requests were answered"


def load() -> list[Case]:
    """Give the cases."""
    return cases_of("rebinding.toml")


AREA = Area(
    "rebinding",
    promise="N1",
    title="Names that lead elsewhere at each look",
    how="a resolver changes its answers between a server that is granted and one beside it that is not, in 200 "
    "requests for each case; a single connection to the other one counts as failed",
    load=load,
    try_=flip,
    sample=10,
)
