"""Runs that end in every way: afterwards nothing of theirs is left, counted in five ways."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
import threading
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import LlmspellError, ToolError
from llmspell.runtime.host.spares import Spares
from tests.security.probe import Area, cases_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Mapping

    from llmspell.runtime.context import CallContext
    from tests.security.probe import Case, Stage

WARM = 4
"""Runs before the first count: what is made once, and the processes that wait, are there by then."""
PATIENCE = 5.0
"""Seconds within which everything must be gone."""
POOL = min(32, (getattr(os, "process_cpu_count", os.cpu_count)() or 1) + 4)
"""Threads that a loop has for work that blocks: it makes another one whenever the others have not said yet that they
are free."""
PORTS = ["process.exec=sleep", "net.connect=127.0.0.1", "fs.write=.", "fs.read=."]


def counts() -> dict[str, int]:
    """Count what this process has."""
    return {
        "tasks": len(asyncio.all_tasks()),
        "threads": threading.active_count(),
        "processes": len(_children()),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "temporary files": len(os.listdir(tempfile.gettempdir())),
    }


def _children() -> set[int]:
    return {int(pid) for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()}


async def run(case: Case, stage: Stage) -> str | None:
    """Run a case over and over and compare the counts before and after."""
    folder = stage.fresh()
    (folder / "temporary").mkdir()
    before, tempfile.tempdir = tempfile.tempdir, str(folder / "temporary")
    try:
        async with _listening() as port:
            ctx = await stage.context(cwd=folder, grants=PORTS)
            for _ in range(WARM):
                await _one(case.data, ctx, port)
            await _without_spares(ctx)
            await _use_all_threads()
            start = counts()
            for _ in stage.rounds(case.data["rounds"]):
                end = await _one(case.data, ctx, port)
                if end != case.data["ends"]:
                    return f"it ended in {end}"
            await _without_spares(ctx)
            await _use_all_threads()
            return await _settled(start)
    finally:
        tempfile.tempdir = before


async def _without_spares(ctx: CallContext) -> None:
    """End the processes that wait for the next run, and go on with others: they are no leak and come at any time."""
    await ctx.app.spares.aclose()
    ctx.app.spares = Spares()


async def _use_all_threads() -> None:
    """Have every thread of the loop's pool do something at once: all are there, and nothing has been left in one.

    Raises `BrokenBarrierError` when one is not free in time.
    """
    together = threading.Barrier(POOL)
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(loop.run_in_executor(None, together.wait, PATIENCE) for _ in range(POOL)))


async def _settled(start: Mapping[str, int]) -> str | None:
    """Wait until nothing is more than it was; say what still is when time is over."""
    end = monotonic() + PATIENCE
    more: dict[str, str] = {}
    while monotonic() < end:
        more = {what: f"{start[what]} -> {count}" for what, count in counts().items() if count > start[what]}
        if not more:
            return None
        await asyncio.sleep(0.05)
    return f"more than before: {more}"


async def _one(data: Mapping[str, Any], ctx: CallContext, port: int) -> str:
    """Run once and give how it ended."""
    ready = asyncio.Event()
    job = WAYS[data["do"]](ctx, port, ready) if "do" in data else _spell(data, ctx, ready)
    before = _children()
    task = asyncio.create_task(job)
    if data.get("cancel") or data["ends"] == "cancelled" or data.get("kill"):
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if data.get("kill"):
            _kill(before, ctx)
        else:
            task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return "cancelled"
    except LlmspellError as error:
        return error.type
    return "done"


def _kill(before: set[int], ctx: CallContext) -> None:
    """Kill the processes that have come, and those that waited: one of them is the spell's."""
    for pid in _children() - (before if len(_children()) > len(before) else set()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def _spell(data: Mapping[str, Any], ctx: CallContext, ready: asyncio.Event) -> object:
    options = SpellOptions(engine="lua", isolation=data.get("isolation", "inline"), seconds=data.get("seconds"))
    return await run_spell(ctx.app, source=data["source"], options=options, on_print=lambda _: ready.set())


async def _program(ctx: CallContext, _port: int, ready: asyncio.Event, seconds: float = 60.0) -> object:
    asyncio.get_running_loop().call_later(0.02, ready.set)
    return await ctx.process.run(["sleep", "60"], timeout=seconds)


async def _late_program(ctx: CallContext, port: int, ready: asyncio.Event) -> object:
    return await _program(ctx, port, ready, 0.05)


async def _isolated(ctx: CallContext, _port: int, ready: asyncio.Event) -> object:
    asyncio.get_running_loop().call_later(0.02, ready.set)
    return await ctx.isolate("time:sleep", 60)


async def _request(ctx: CallContext, port: int, ready: asyncio.Event) -> object:
    asyncio.get_running_loop().call_later(0.02, ready.set)
    return await ctx.http.request("GET", f"http://127.0.0.1:{port}/")


async def _folder(ctx: CallContext, _port: int, _ready: asyncio.Event) -> object:
    async with ctx.fs.temp() as folder:
        await ctx.fs.write(f"{folder}/a", b"x")
        raise ToolError("no")


WAYS: Mapping[str, Callable[[CallContext, int, asyncio.Event], Coroutine[Any, Any, object]]] = {
    "program": _program,
    "late_program": _late_program,
    "isolated": _isolated,
    "request": _request,
    "folder": _folder,
}


@asynccontextmanager
async def _listening() -> AsyncIterator[int]:
    """Listen as a server that never answers."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def needs() -> str | None:
    """Ask for Linux, whose /proc this counts in."""
    return None if sys.platform == "linux" else "counts in /proc, which only Linux has"


AREA = Area(
    "leaks",
    promise="R14",
    title="What runs leave behind",
    how="runs end, raise, are cancelled, run out of time, or their process is killed; tasks, threads, processes, "
    "descriptors and temporary files are counted before and up to 5 s after all rounds of a case",
    load=lambda: cases_of("leaks.toml"),
    try_=run,
    needs=needs,
    sample=18,
)
