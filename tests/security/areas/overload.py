"""More work at once than there is room for: some runs, some waits, the rest is refused, and memory stays."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.errors import ResourceExhaustedError
from llmspell.runtime.tools import ScriptTool
from tests.security.probe import Area, cases_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.runtime.context import CallContext
    from tests.security.probe import Case, Stage

GROWTH = 64 << 20
FEW = 500


class Gate:
    """What every call waits for, and how many are inside."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.inside = self.most = 0

    async def passes(self) -> None:
        """Wait until it is open."""
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.opened.wait()
        finally:
            self.inside -= 1


def resident() -> int:
    """Give the resident bytes of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def flood(case: Case, stage: Stage) -> str | None:
    """Ask for everything at once, count what waits and what is refused, then let the rest through."""
    data = case.data
    config = {"resources": {data["section"]: {data["key"]: data["places"], "queue_limit": data["queue"]}}}
    ctx = await stage.context(config=config, cwd=stage.fresh(), grants=["net.connect=127.0.0.1"])
    count = data["calls"] if stage.whole else FEW
    stage.tries += count - 1
    gate = Gate()
    call = await WAYS[data["what"]](ctx, gate, stage)
    limits: list[str] = []

    async def ask() -> None:
        try:
            await call()
        except ResourceExhaustedError as error:  # who asks lets go of it: what is measured is what llmspell keeps
            limits.append(str(error.context["limit"]))

    before = resident()
    calls = [asyncio.create_task(ask()) for _ in range(count)]
    refused = count - data["places"] - data["queue"]
    while len(limits) < refused:  # noqa: ASYNC110 - each of them comes by itself
        await asyncio.sleep(0.01)
    grown = resident() - before
    stage.worst("MiB more with all of it asked for", grown / (1 << 20))
    gate.opened.set()
    await asyncio.gather(*calls)
    if limits != [data["key"]] * refused:
        return f"{len(limits)} were refused, not {refused}, by {set(limits)}"
    if gate.most > data["places"]:
        return f"{gate.most} ran at once, not {data['places']}"
    return f"grew by {grown} bytes" if grown > GROWTH else None


async def _tool(ctx: CallContext, gate: Gate, _stage: Stage) -> Callable[[], Awaitable[object]]:
    async def run(_given: object, _ctx: object) -> None:
        await gate.passes()

    ctx.app.tools.register(ctx.run, "gate", "Wait.", ScriptTool(run, {"type": "object"}), category="test")
    return lambda: ctx.app.tools.execute(ctx, "gate", {})


async def _request(ctx: CallContext, gate: Gate, stage: Stage) -> Callable[[], Awaitable[object]]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            await gate.passes()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()

    server = await asyncio.start_server(_quietly(answer), "127.0.0.1", 0)
    stage.stack.push_async_callback(server.wait_closed)
    stage.stack.callback(server.close)
    port = server.sockets[0].getsockname()[1]
    return lambda: ctx.http.request("GET", f"http://127.0.0.1:{port}/", timeout=60)


def _quietly(answer: Callable[[Any, Any], Awaitable[None]]) -> Callable[[Any, Any], Awaitable[None]]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # the client has what it wanted, or the server is closed
        finally:
            writer.close()

    return serve


WAYS = {"tool": _tool, "request": _request}


def needs() -> str | None:
    """Ask for Linux, whose /proc tells resident memory."""
    return None if sys.platform == "linux" else "reads /proc, which only Linux has"


AREA = Area(
    "overload",
    promise="R13",
    title="More calls at once than there is room for",
    how="10 000 calls begin at once under `[resources]`: as many as there are places run, as many as the queue holds "
    "wait, the others are refused with the counts, and resident memory grows by less than 64 MiB",
    load=lambda: cases_of("overload.toml"),
    try_=flood,
    needs=needs,
    sample=5,
)
