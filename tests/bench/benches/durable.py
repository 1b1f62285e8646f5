"""Durable runs: what a node of a workflow, a step beside a thousand and a call of a spell cost with a journal.

A node is an effect that may not be repeated: its intent is kept before it runs, so nothing is ever done twice. Its
floor is a row of SQLite with the same promise: with an fsync (FULL) beside `sync`, without one (NORMAL) beside `async`.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import tempfile
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from llmspell.bridge.durable.opening import Durability
from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.runtime.context import CallContext
from llmspell.runtime.journal.effects import effect
from llmspell.runtime.journal.journal import RunJournal
from llmspell.runtime.journal.log import MODES, RunLog
from llmspell.runtime.journal.recorded import Recorded
from llmspell.testing import open_context
from tests.bench.benches.workflows import NODES, STEPS, bare, flow, together, waiting
from tests.bench.budget import OURS
from tests.bench.languages import LUA
from tests.bench.samples import MICRO, MILLI, contest, repeated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.model.workflow import Given
    from llmspell.runtime.app import App
    from llmspell.runtime.journal.log import Sync
    from llmspell.runtime.run import Run
    from llmspell.runtime.workflows.workflow import Workflow
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples, Turn

RUNS = 20
EFFECTS = 10_000
CALLS = 500
LEVELS: dict[Sync, str] = {"sync": "FULL", "async": "NORMAL"}
"""The synchronous mode of SQLite that promises as much."""
ROUNDS = 3
"""Of what takes seconds."""


async def counting(given: Given, ctx: CallContext, kind: str = "once") -> object:
    """Count, once."""

    async def count() -> object:
        return {"n": given.value["n"] + 1}

    return await effect(ctx, "count", count, input=given.value, effect=kind)


async def waiting_once(given: Given, ctx: CallContext) -> object:
    """Wait, as for a model, once."""
    return await effect(ctx, "wait", partial(waiting, given, ctx), effect="idempotent")


@asynccontextmanager
async def durable(app: App, log: RunLog) -> AsyncIterator[Run]:
    """Open a run that is kept in a log, with what that says already."""
    async with app.run("bench", journal=RunJournal(log, Recorded(log.records))) as run:
        yield run
        await log.commit()
        await log.aclose()


async def chained(run: Run, nodes: Workflow, runs: int) -> None:
    """Run the nodes so many times, each at a place of its own."""
    for number in range(runs):
        await nodes.execute({"n": 0}, ctx=CallContext(run, run.scope, path=f"c{number}:Workflow.run"))


class Journals:
    """The turns of one application, each with a new journal in a folder."""

    def __init__(self, app: App, folder: Path) -> None:
        self.app = app
        self.folder = folder
        self._names = itertools.count()

    def new(self, sync: Sync) -> RunLog:
        """Begin a journal."""
        return RunLog.create(self.folder / f"{next(self._names)}.jsonl", {"id": "bench"}, sync=sync)

    def nodes(self, nodes: Workflow, sync: Sync) -> Turn:
        """Run the nodes until all is kept: microseconds a node."""

        async def turn() -> float:
            start = perf_counter()
            async with durable(self.app, self.new(sync)) as run:
                await chained(run, nodes, RUNS)
            return (perf_counter() - start) / RUNS / NODES * MICRO

        return turn

    def beside(self, steps: Workflow) -> Turn:
        """Run steps side by side: milliseconds."""

        async def turn() -> float:
            start = perf_counter()
            async with durable(self.app, self.new("sync")) as run:
                await chained(run, steps, 1)
            return (perf_counter() - start) * MILLI

        return turn

    async def resumed(self, nodes: Workflow) -> Turn:
        """Take up a run whose effects are all on record: seconds."""
        log = self.new("async")
        async with durable(self.app, log) as run:
            await chained(run, nodes, EFFECTS // NODES)

        async def turn() -> float:
            start = perf_counter()
            async with durable(self.app, RunLog.open(log.path)) as run:
                await chained(run, nodes, EFFECTS // NODES)
            return perf_counter() - start

        return turn

    def spell(self, isolation: str, calls: int, how: Durability | None) -> Turn:
        """Run a Lua spell with so many calls: seconds."""

        async def turn() -> float:
            kept = how and how._replace(record=self.folder / f"{next(self._names)}.jsonl")
            return await self._spell(isolation, calls, kept)

        return turn

    def calls(self, isolation: str, how: Durability | None) -> Turn:
        """Call from a Lua spell: microseconds a call."""
        few, many = self.spell(isolation, 0, how), self.spell(isolation, CALLS, how)

        async def turn() -> float:
            return (await many() - await few()) / CALLS * MICRO

        return turn

    async def resumed_spell(self) -> Turn:
        """Take up a Lua spell all of whose calls are on record: seconds."""
        whole = self.folder / "spell.jsonl"
        await self._spell("inline", EFFECTS, Durability(record=whole, sync="async"))
        *lines, _ = whole.read_bytes().splitlines(keepends=True)
        begun = b"".join(lines)

        async def turn() -> float:
            whole.write_bytes(begun)
            return await self._spell("inline", EFFECTS, Durability(resume=whole))

        return turn

    async def _spell(self, isolation: str, calls: int, how: Durability | None) -> float:
        options = SpellOptions(engine=LUA.engine.name, isolation=isolation, params={"n": calls}, durable=how)
        start = perf_counter()
        await run_spell(self.app, source=LUA.awaited, options=options)
        return perf_counter() - start


def rows(folder: Path, level: str) -> Turn:
    """Await the functions and keep a row of SQLite after each: microseconds a node."""
    runs = itertools.count()

    async def turn() -> float:
        with closing(sqlite3.connect(folder / f"{level}.db", isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(f"PRAGMA synchronous = {level}")
            database.execute("CREATE TABLE IF NOT EXISTS kept (run INT, step INT, state BLOB, PRIMARY KEY (run, step))")

            async def chain() -> None:
                run, state = next(runs), {"n": 0}
                for step in range(NODES):
                    state = await bare(state)
                    database.execute("INSERT INTO kept VALUES (?, ?, ?)", (run, step, json.dumps(state)))

            return await repeated(chain, RUNS, per=NODES)()

    return turn


async def measure(peers: Peers) -> dict[str, Samples]:
    """Keep journals and databases in one folder of the disk we work on and take turns."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as made:
        folder = Path(made)
        async with open_context(config={"storage.backend": "memory"}) as ctx:
            journals = Journals(ctx.app, folder)
            return {**await _nodes(ctx, journals, peers), **await _resumes(ctx, journals), **await _calls(journals)}


async def _nodes(ctx: CallContext, journals: Journals, peers: Peers) -> dict[str, Samples]:
    once = await flow(ctx, "sequential", counting, NODES)
    pure = await flow(ctx, "sequential", partial(counting, kind="pure"), NODES)
    many = await flow(ctx, "parallel", waiting_once, STEPS)
    theirs = peers.turns("node", ("SqliteSaver", "DBOS"), str(journals.folder))
    found: dict[str, Samples] = {}
    for mode, level in LEVELS.items():
        turns = {OURS: journals.nodes(once, mode), "SQLite row": rows(journals.folder, level)}
        found[f"durable node, {mode}"] = await contest({**turns, **theirs})
    beside = {OURS: journals.beside(many), "asyncio.gather": repeated(together, 3, unit=MILLI)}
    return {
        **found,
        "durable node, exit": await contest({OURS: journals.nodes(once, "exit")}),
        "durable node that may be repeated": await contest({OURS: journals.nodes(pure, "sync")}),
        "1 000 durable steps": await contest(beside),
    }


async def _resumes(ctx: CallContext, journals: Journals) -> dict[str, Samples]:
    nodes = await flow(ctx, "sequential", counting, NODES)
    return {
        "resume of 10 000 nodes": await contest({OURS: await journals.resumed(nodes)}, ROUNDS),
        "resume of 10 000 Lua calls": await contest({OURS: await journals.resumed_spell()}, ROUNDS),
    }


async def _calls(journals: Journals) -> dict[str, Samples]:
    found: dict[str, Samples] = {}
    for place, isolation in {"inline": "inline", "child": "process"}.items():
        plain = {"not durable": journals.calls(isolation, None)}
        for mode in MODES:
            ours = journals.calls(isolation, Durability(sync=mode))
            found[f"durable Lua call, {mode}, {place}"] = await contest({OURS: ours, **plain})
    return found
