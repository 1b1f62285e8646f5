"""What hostile servers answer: without end, too large, too slow, packed, broken."""

from __future__ import annotations

import asyncio
import gzip
import re
import tracemalloc
import zlib
from contextlib import AsyncExitStack
from time import monotonic
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.services.http import HttpService
from llmspell.services.permissions import Grants
from llmspell.services.secrets import SecretService
from llmspell.testing.server import Reply, Server
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from llmspell.services.http import HttpPort
    from tests.security.probe import Stage

LIMIT = 1 << 20
SECONDS = 1.0
SPARE = 1 << 20
"""Bytes that one answer may take beyond the limit: buffers, the decoder, the error."""

LATE = 5.0
"""Seconds after the deadline at which an answer counts as one that hangs."""

BLOCK = 1 << 20
WORDS: Mapping[str, Callable[[], bytes]] = {
    "200": lambda: b"HTTP/1.1 200 OK\r\n",
    "1024": lambda: b"x" * 1024,
    "noise": lambda: bytes(range(256)) * 4,
    "empty member": lambda: gzip.compress(b"", mtime=0),
}


def written(text: str) -> bytes:
    """Put in what is named in braces; `{x*3}` is xxx."""
    parts = re.split(r"\{([^{}]+)\}", text)
    return b"".join(_word(part) if number % 2 else part.encode("latin-1") for number, part in enumerate(parts))


def _word(word: str) -> bytes:
    letter, star, count = word.partition("*")
    return letter.encode() * int(count) if star else WORDS[word]()


class Hostile:
    """Answer every connection as a case says; `sent` counts the bytes that the client took."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.sent = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self._writers.append(writer)
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)

    async def aclose(self) -> None:
        """End what still goes on; what nobody reads any more is dropped, lest its connection outlives the loop."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await self._say(writer)
            if "then" not in self.data:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has had enough, as it should
        finally:
            writer.close()

    async def _say(self, writer: asyncio.StreamWriter) -> None:
        data = self.data
        await self._write(writer, written(data.get("sends", "")) + b"x" * data.get("bytes", 0))
        if "zipped" in data:
            await self._write_zipped(writer, data["zipped"], data["coding"])
        if "forever" in data:
            piece = written(data["forever"])
            piece *= data.get("each", max(1, (1 << 16) // len(piece)))
            while True:
                await self._write(writer, piece)
                await asyncio.sleep(data.get("pause", 0))
        await self._write(writer, written(data.get("then", "")))

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(data)
        await writer.drain()
        self.sent += len(data)

    async def _write_zipped(self, writer: asyncio.StreamWriter, size: int, coding: str) -> None:
        zeros = bytes(BLOCK)
        if coding == "members":
            member = gzip.compress(zeros, mtime=0)
            for _ in range(size // BLOCK):
                await self._write(writer, member)
            return
        packer = zlib.compressobj(1, zlib.DEFLATED, {"gzip": 31, "deflate": 15, "raw": -15}[coding])
        for _ in range(size // BLOCK):
            await self._write(writer, packer.compress(zeros))
        await self._write(writer, packer.flush())


async def ask(case: Case, stage: Stage) -> str | None:
    """Ask the hostile server, and look how it ended, when, and how much memory it took."""
    await stage.once("warm", _warm_up)
    async with AsyncExitStack() as stack:
        hostile = Hostile(case.data)
        server = await stack.enter_async_context(await asyncio.start_server(hostile.accept, "127.0.0.1", 0))
        stack.push_async_callback(hostile.aclose)
        port = server.sockets[0].getsockname()[1]
        service = HttpService(secrets=SecretService({}))
        stack.push_async_callback(service.aclose)
        http = service.port(Grants.parse([f"net.connect=127.0.0.1:{port}"]), "probe")
        tracemalloc.start()
        begun = monotonic()
        try:
            async with asyncio.timeout(SECONDS + LATE):
                ended = await _ended(http, f"http://127.0.0.1:{port}/", case.data)
        except TimeoutError:
            return f"it hung for {SECONDS + LATE} s"
        finally:
            took, peak = monotonic() - begun, tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    stage.worst("seconds after the deadline", max(0.0, took - SECONDS))
    cap = case.data.get("cap", LIMIT)
    stage.worst("bytes of memory for each byte that may be held", peak / cap)
    if ended != case.data["must"]:
        return ended
    return f"it took {peak} bytes of memory" if peak > 2 * cap + SPARE else None


async def _warm_up(_stage: Stage) -> None:
    """Have the client imported before memory is counted."""
    service = HttpService(secrets=SecretService({}))
    async with Server() as server:
        server.replies = [Reply.of("x").zipped()]
        await service.port(Grants.parse(["net.connect=127.0.0.1"]), "probe").request("GET", server.url)
    await service.aclose()


async def _ended(http: HttpPort, url: str, data: Mapping[str, Any]) -> str:
    """Tell how a request ended: `whole`, or the name of the error."""
    try:
        if "stream" in data:
            await _read_stream(http, url, data["stream"])
        else:
            await http.request(data.get("method", "GET"), url, timeout=SECONDS, limit=LIMIT)
    except LlmspellError as error:
        return type(error).__name__
    return "whole"


async def _read_stream(http: HttpPort, url: str, how: str) -> None:
    async with http.stream("GET", url, timeout=SECONDS) as response:
        if how == "events":
            async for _ in http.sse(response):
                continue
        else:
            left = LIMIT
            async for piece in response.chunks():
                left -= len(piece)
                if left < 0:
                    return


def load() -> list[Case]:
    """Give the cases."""
    return cases_of("answers.toml")


AREA = Area(
    "answers",
    promise="N2",
    title="Answers that are endless, packed, slow or broken",
    how="a server on this machine says what the case tells it to, to a request for at most 1 MiB in 1 s; it must "
    "end with the error that is expected (or be read) without waiting longer or taking more memory",
    load=load,
    try_=ask,
    sample=12,
)
