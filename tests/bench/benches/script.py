"""Calls from a Lua spell through the whole bridge and back, with the engine in this process and in a child.

A call is `Config.get`, which answers at once; an awaited one is `Storage.exists` on the memory store, which is a
coroutine. A turn is a spell with many calls less a spell with one.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.testing import open_context
from tests.bench.budgets import OURS
from tests.bench.samples import MICRO, contest

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.runtime.app import App
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples, Turn

CALLS = 2000
SPELLS = {
    "Lua call": "Config.get('nothing.there') for i = 1, params.n do Config.get('nothing.there') end",
    "Lua awaited call": "Storage.exists('nothing') for i = 1, params.n do Storage.exists('nothing') end",
}
PLACES = {"inline": "inline", "child": "process"}
BARE = "function(answer, n) for i = 1, n do answer(i) end end"
BARE_AWAITED = "function(n) for i = 1, n do coroutine.yield(i) end end"


def spell(app: App, source: str, isolation: str) -> Turn:
    """Make the turn of a spell that calls as often as `params.n` says."""

    async def seconds(calls: int) -> float:
        options = SpellOptions(engine="lua", isolation=isolation, params={"n": calls})
        start = perf_counter()
        await run_spell(app, source=source, options=options)
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

    return {"Lua call": bare(called), "Lua awaited call": bare(awaited)}


async def measure(_peers: Peers) -> dict[str, Samples]:
    """Run the spells in turn."""
    floors = lupa_turns()
    async with open_context(config={"storage": {"backend": "memory"}}) as ctx:
        return {
            f"{what}, {place}": await contest({OURS: spell(ctx.app, source, isolation), "lupa": floors[what]})
            for place, isolation in PLACES.items()
            for what, source in SPELLS.items()
        }
