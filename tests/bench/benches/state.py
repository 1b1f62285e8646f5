"""State on SQLite, as a component sees it: warm values of 1 KB are read, 100 tasks write, a session is saved.

The floor of writing is bare `sqlite3` that commits what gathered in a tick: one record, no version, no history. A
session is a conversation of 100 turns, 39 KB as JSON, saved again after each turn; its floor is msgspec that writes
the same objects, and bare `sqlite3`.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from contextlib import AsyncExitStack, closing
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import attrs
from msgspec.json import Encoder

from llmspell.runtime.app import App
from llmspell.services.config import Config
from tests.bench.benches.storage import Bare
from tests.bench.budget import OURS
from tests.bench.peers.rowdata import KEYS, PUT, TASKS, WRITES, value
from tests.bench.samples import MICRO, contest

if TYPE_CHECKING:
    from llmspell.runtime.run import Run
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples, Turn

READS = 1000
FLOOR = "msgspec + sqlite3"
DOCUMENT = {
    "id": "task-1",
    "items": [
        {"name": f"item {n}", "count": n, "done": bool(n % 2), "text": "a line of some words"} for n in range(12)
    ],
    "note": "x" * 100,
}
TURNS, SAVES = 100, 50


@attrs.frozen
class Said:
    """One turn of a conversation."""

    role: str
    content: str
    model: str | None
    tokens: int
    at: float


def conversation(number: int) -> list[Said]:
    """Give a conversation whose last turn is another one each time."""
    turns = [
        Said("assistant" if turn % 2 else "user", f"turn {turn}: " + "some words " * 27, None, 90 + turn, 1000.5 + turn)
        for turn in range(TURNS - 1)
    ]
    return [*turns, Said("user", value(number)[:150].hex(), "model-1", 80, 2000.25)]


class BareSessions:
    """Save with msgspec and `sqlite3`, and nothing else."""

    def __init__(self, bare: Bare) -> None:
        self.connection = bare.connection
        self.encode = Encoder().encode

    async def save(self) -> float:
        """Save a conversation, each time to its end."""
        given = [conversation(number) for number in range(SAVES)]
        start = perf_counter()
        for turns in given:
            with self.connection:
                self.connection.execute(PUT, ("conversation", self.encode(turns)))
        return (perf_counter() - start) / SAVES * MICRO


def text(number: int) -> str:
    """Give 1 KB of text that differs from what was there."""
    return value(number)[:512].hex()


class Ours:
    """Measure the state of a run in a session."""

    def __init__(self, run: Run) -> None:
        self.state = run.context().state

    async def get(self, key: str) -> float:
        """Read one warm key."""
        get = self.state.get
        start = perf_counter()
        for _ in range(READS):
            await get(key)
        return (perf_counter() - start) / READS * MICRO

    async def set(self) -> float:
        """Write from 100 tasks, each of which waits for each of its writes."""

        async def task(first: int) -> None:
            for number in range(first, TASKS * WRITES, TASKS):
                await self.state.set(KEYS[number % len(KEYS)], text(number))

        start = perf_counter()
        await asyncio.gather(*(task(number) for number in range(TASKS)))
        return (perf_counter() - start) / (TASKS * WRITES) * MICRO

    async def save(self) -> float:
        """Save a conversation, each time to its end."""
        given = [conversation(number) for number in range(SAVES)]
        start = perf_counter()
        for turns in given:
            await self.state.set("conversation", turns)
        return (perf_counter() - start) / SAVES * MICRO


async def opened(stack: AsyncExitStack, folder: Path, history: int) -> Ours:
    """Open an application on a store of its own, with so many versions of each key."""
    flags = {"storage.path": str(folder / f"store{history}"), "storage.backend": "sqlite", "state.history": history}
    config = Config.load(flags=flags, environment={}, working=folder, user_folder=folder)
    app = await stack.enter_async_context(App.open(config=config))
    run = await stack.enter_async_context(app.run("bench"))
    await app.sessions.join(run, (await app.sessions.create(run.context())).id)
    return Ours(run)


async def measure(peers: Peers) -> dict[str, Samples]:
    """Open files in one folder of the disk we work on and take turns."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        with closing(sqlite3.connect(folder / "bare.sqlite3")) as connection:
            async with AsyncExitStack() as stack:
                plain, kept = await opened(stack, folder, 0), await opened(stack, folder, 10)
                bare = Bare(connection)
                saving = BareSessions(bare)
                other = str(folder / "aiosqlite.sqlite3")

                def put(ours: Ours) -> dict[str, Turn]:
                    mine: dict[str, Turn] = {OURS: ours.set, "group commit": bare.put}
                    return mine | peers.turns("put", ["aiosqlite"], other)

                await plain.state.set("text", text(0))
                await plain.state.set("document", DOCUMENT)
                return {
                    "state get, text": await contest({OURS: lambda: plain.get("text")}),
                    "state get, document": await contest({OURS: lambda: plain.get("document")}),
                    "state set by 100 tasks": await contest(put(plain)),
                    "state set by 100 tasks, 10 versions": await contest(put(kept)),
                    "session save of 100 turns": await contest({OURS: plain.save, FLOOR: saving.save}),
                    "session save of 100 turns, 10 versions": await contest({OURS: kept.save, FLOOR: saving.save}),
                }
