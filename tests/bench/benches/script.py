"""Calls from a spell through the whole bridge and back, hooks in a script, and whether the kernel answers meanwhile.

A call is `Config.get`, which answers at once; an awaited one is `Storage.exists` on the memory store, which is a
coroutine: the same coroutine awaited by Python is the work that a call cannot leave out. A turn is a spell with many
calls less a spell with one. The kernel's latency is how late the worst of its timers was while a spell computed.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from llmspell.bridge.api import names_string
from llmspell.bridge.session import SpellSession
from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.model.call import Call
from llmspell.runtime.host import Limits, open_channel
from llmspell.runtime.ops import perform
from llmspell.testing import open_context
from tests.bench.budget import OURS
from tests.bench.languages import JAVASCRIPT, LANGUAGES, LUA
from tests.bench.samples import MICRO, MILLI, contest, derived, repeated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from llmspell.runtime.app import App
    from llmspell.runtime.run import Run
    from tests.bench.contestants import Peers
    from tests.bench.languages import Language
    from tests.bench.samples import Samples, Turn

CALLS = 2000
HOOKED = 2000
BURN = 0.5
"""Seconds that a spell computes."""
PLAIN = 50_000
"""Calls in a row, none of which waits."""
TICK = 0.001
PLACES = {"inline": "inline", "child": "process"}
BARE = "function(answer, n) for i = 1, n do answer(i) end end"
BARE_AWAITED = "function(n) for i = 1, n do coroutine.yield(i) end end"
WORK, IDLE = "the work", "idle"
PROCESS = "a process of Python"
BURNER = "import time\nstop = time.process_time() + {}\nwhile time.process_time() < stop: pass"


async def run(app: App, language: Language, source: str, isolation: str, **params: object) -> None:
    """Run a spell to its end."""
    await run_spell(
        app, source=source, options=SpellOptions(engine=language.engine.name, isolation=isolation, params=params)
    )


def spell(app: App, language: Language, source: str, isolation: str) -> Turn:
    """Make the turn of a spell that calls as often as `params.n` says."""

    async def seconds(calls: int) -> float:
        start = perf_counter()
        await run(app, language, source, isolation, n=calls)
        return perf_counter() - start

    async def turn() -> float:
        short = await seconds(0)
        return (await seconds(CALLS) - short) / CALLS * MICRO

    return turn


def bare(work: Callable[[], Any]) -> Turn:
    """Make the turn of a bare Lua function that crosses as often."""

    async def turn() -> float:
        start = perf_counter()
        await work()
        return (perf_counter() - start) / CALLS * MICRO

    return turn


def lupa_turns() -> dict[str, Turn]:
    """Give the floors: a Python function called by Lua, a Lua coroutine resumed by Python after an await."""
    from lupa.lua54 import LuaRuntime  # type: ignore[import-untyped,unused-ignore]  # it ships no types

    lua = LuaRuntime()
    caller, yielder = lua.eval(BARE), lua.eval(BARE_AWAITED)

    async def called() -> None:
        caller(lambda number: number, CALLS)

    async def echo(number: int) -> int:
        return number

    async def awaited() -> None:
        for number in yielder.coroutine(CALLS):
            await echo(number)

    return {"call": bare(called), "awaited": bare(awaited)}


async def calls(app: App, work: Turn) -> dict[str, Samples]:
    """Let spells of each language call, in either place."""
    floors = lupa_turns()
    found: dict[str, Samples] = {}
    for language in LANGUAGES:
        lua = {kind: {"lupa": floor} if language is LUA else {} for kind, floor in floors.items()}
        for place, isolation in PLACES.items():
            plain = {OURS: spell(app, language, language.call, isolation), **lua["call"]}
            awaited = {OURS: spell(app, language, language.awaited, isolation), WORK: work, **lua["awaited"]}
            found[f"{language.title} call, {place}"] = await contest(plain)
            taken = await contest(awaited)
            above = derived(taken, lambda of: of[OURS] - of[WORK])
            found[f"{language.title} awaited call above its work, {place}"] = {**taken, OURS: above}
    return found


@asynccontextmanager
async def listening(run: Run, language: Language) -> AsyncIterator[None]:
    """Run a spell inline that hooks the operation `handoff`, until the block ends."""
    channel = await open_channel("inline", language.engine, Limits(cpu=None))
    session = SpellSession(run, channel, language=language.engine.name)
    limits = channel.limits.for_guest("inline")
    hello: dict[str, Any] = {"api": names_string(), "limits": limits, "source": language.listen}
    task = asyncio.create_task(session.drive(**hello, name=f"s{language.extension}"))
    while run.context().scope.table().plan("handoff") is None and not task.done():  # noqa: ASYNC110 - a hook tells nobody
        await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        await channel.aclose()


def hooked(app: App, language: Language) -> Turn:
    """Make the turn of an operation with one hook in a script, less the same with nobody listening."""

    async def core(_call: Call, _ctx: object) -> object:
        return None

    async def turn() -> float:
        async with app.run("hooked") as run, listening(run, language):
            ctx = run.context()
            if ctx.scope.table().plan("handoff") is None:
                raise RuntimeError(f"the {language.title} spell hooked nothing")
            alone = await repeated(lambda: perform(ctx, Call("workflow_step", "bench", None), core), HOOKED)()
            return await repeated(lambda: perform(ctx, Call("handoff", "bench", None), core), HOOKED)() - alone

    return turn


def late(work: Callable[[], Awaitable[object]]) -> Turn:
    """Make the turn that tells how late the worst timer of this loop was while something ran: milliseconds."""

    async def turn() -> float:
        worst = 0.0
        task = asyncio.ensure_future(work())
        while not task.done():
            start = perf_counter()
            await asyncio.sleep(TICK)
            worst = max(worst, perf_counter() - start - TICK)
        await task
        return worst * MILLI

    return turn


async def burning() -> None:
    """Compute in a process that is none of ours."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", BURNER.format(BURN))
    if await process.wait():
        raise RuntimeError("Python alone does not compute")


async def latencies(app: App) -> dict[str, Samples]:
    """Compute in each language and look at the kernel; then call in a row without ever waiting."""
    found = {
        f"latency of the kernel, {language.title} computes": await contest(
            {
                OURS: late(partial(run, app, language, language.burn, "process", seconds=BURN)),
                PROCESS: late(burning),
            }
        )
        for language in LANGUAGES
    }
    for language in LANGUAGES:
        count = PLAIN // 10 if language is JAVASCRIPT else PLAIN
        found[f"latency of the kernel, {language.title} calls in a row, inline"] = await contest(
            {
                OURS: late(partial(run, app, language, language.call, "inline", n=count)),
                IDLE: late(lambda: asyncio.sleep(BURN)),
            }
        )
    return found


async def measure(_peers: Peers) -> dict[str, Samples]:
    """Run the spells in turn."""
    async with open_context(config={"storage": {"backend": "memory"}}) as ctx:
        app, store = ctx.app, ctx.run.storage(ctx.run.namespace)
        found = await calls(app, repeated(lambda: store.exists("nothing"), CALLS))
        for language in LANGUAGES:
            found[f"{language.title} hook"] = await contest({OURS: hooked(app, language)})
        return found | await latencies(app)
