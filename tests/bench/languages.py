"""What the benches need to know of each script language: its spells, and the least that the same work takes there.

A floor of an engine does its work without us: a runtime that evaluates once, a value that goes in or comes out the
best way that the engine itself has.
"""

from __future__ import annotations

import json
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell_engine_javascript.isolate import Isolate, prepare
from llmspell_engine_javascript.plugin import llmspell_engines as javascript_engines
from llmspell_engine_lua.plugin import llmspell_engines as lua_engines
from llmspell_engine_python.plugin import llmspell_engines as python_engines

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from llmspell.spec import Component

FLIGHT = 1000
HEAP = 1 << 28
SMALL = {
    "id": 7,
    "name": "a value of an ordinary size",
    "tags": ["one", "two", "three"],
    "items": [{"id": n, "name": f"the name of {n}", "value": n * 1.5, "ok": True} for n in range(18)],
}
"""A nested value of 1.2 KB as JSON."""
LARGE = [{"id": n, "name": f"the name of {n}", "value": n * 1.5, "ok": True} for n in range(1000)]
"""A value of 62 KB as JSON."""
VALUES: dict[str, Any] = {"1.2 KB": SMALL, "62 KB": LARGE}


class Language(NamedTuple):
    """One language.

    alone     a spell that asks for one thing after the other
    together  a spell that has `FLIGHT` calls outstanding at a time
    sender    a spell that sends `params` in every call
    burn      a spell that computes for `params` seconds
    call      a spell with `params.n` calls, each answered at once
    awaited   a spell with `params.n` calls of a coroutine
    listen    a spell that hooks an operation and stays
    nothing   a spell that does nothing
    imports   what a bare process of the engine imports, and its evaluation
    """

    title: str
    engine: Component
    floor: str
    extension: str
    alone: str
    together: str
    sender: str
    burn: str
    call: str
    awaited: str
    listen: str
    nothing: str
    imports: str


LUA = Language(
    title="Lua",
    engine=lua_engines()[0],
    floor="lupa",
    extension=".lua",
    alone="while true do Storage.get('a') end",
    together=f"local one = function() Storage.get('a') end local all = {{}} for i = 1, {FLIGHT} do all[i] = one end "
    "while true do Async.all(all) end",
    sender="while true do Storage.get(params.value) end",
    burn="local stop = os.clock() + params.seconds while os.clock() < stop do end",
    call="Config.get('nothing.there') for i = 1, params.n do Config.get('nothing.there') end",
    awaited="Storage.exists('nothing') for i = 1, params.n do Storage.exists('nothing') end",
    listen="Hooks.register('before_handoff', function() end) Async.sleep(3600000)",
    nothing="return 1",
    imports="import lupa.lua54; lupa.lua54.LuaRuntime().eval('1 + 1')",
)
JAVASCRIPT = Language(
    title="JavaScript",
    engine=javascript_engines()[0],
    floor="V8",
    extension=".js",
    alone="for (;;) await Storage.get('a')",
    together=f"for (;;) await Promise.all(Array.from({{ length: {FLIGHT} }}, () => Storage.get('a')))",
    sender="for (;;) await Storage.get(params.value)",
    burn="const stop = Date.now() + params.seconds * 1000; while (Date.now() < stop);",
    call="await Config.get('nothing.there'); for (let i = 0; i < params.n; i++) await Config.get('nothing.there')",
    awaited="await Storage.exists('nothing'); for (let i = 0; i < params.n; i++) await Storage.exists('nothing')",
    listen="await Hooks.register('before_handoff', () => {}); await Async.sleep(3600000)",
    nothing="return 1",
    imports="from llmspell_engine_javascript.isolate import Isolate; Isolate(1 << 28).evaluate('1')",
)
PYTHON = Language(
    title="Python",
    engine=python_engines()[0],
    floor="exec",
    extension=".py",
    alone="while True: await Storage.get('a')",
    together=f"import asyncio\nwhile True: await asyncio.gather(*[Storage.get('a') for _ in range({FLIGHT})])",
    sender="while True: await Storage.get(params['value'])",
    burn="import time\nstop = time.process_time() + params['seconds']\nwhile time.process_time() < stop: pass",
    call="await Config.get('nothing.there')\nfor _ in range(params['n']): await Config.get('nothing.there')",
    awaited="await Storage.exists('nothing')\nfor _ in range(params['n']): await Storage.exists('nothing')",
    listen="async def hook(_): pass\nawait Hooks.register('before_handoff', hook)\nawait Async.sleep(3600000)",
    nothing="1",
    imports="import asyncio; exec('1 + 1')",
)
LANGUAGES = (LUA, JAVASCRIPT, PYTHON)


class Runtime:
    """An engine without us: make it, then let a value in and out the best way it has."""

    def __init__(self, language: Language) -> None:
        self.language = language
        if language is JAVASCRIPT:
            prepare()

    def start(self) -> float:
        """Give the seconds that a new runtime and one evaluation take."""
        begun = perf_counter()
        end = self._made()
        taken = perf_counter() - begun
        end()
        return taken

    def _made(self) -> Callable[[], object]:
        if self.language is LUA:
            runtime = _lua()
            runtime.eval("1 + 1")
            return lambda: None
        if self.language is JAVASCRIPT:
            isolate = Isolate(HEAP)
            isolate.evaluate("1")
            return isolate.close
        exec(compile("1 + 1", "floor", "exec"), {})
        return lambda: None

    def step(self) -> tuple[Callable[[], object], Callable[[], object]]:
        """Give what goes into a script that waits and comes back when it waits again, and what ends the runtime."""
        if self.language is LUA:
            waiting = _lua().eval("function(value) while true do value = coroutine.yield(value) end end").coroutine(1)
            next(waiting)
            return lambda: waiting.send(1), lambda: None
        if self.language is JAVASCRIPT:
            isolate = Isolate(HEAP)
            return lambda: isolate.evaluate("'1'", "1"), isolate.close
        echo = _echo()
        next(echo)
        return lambda: echo.send(1), lambda: None

    def crossings(self, value: object) -> tuple[Callable[[], object], Callable[[], object], Callable[[], object]]:
        """Give what lets a value in, what lets it out, and what ends the runtime."""
        if self.language is LUA:
            runtime = _lua()
            held = runtime.table_from(value, recursive=True)
            keep = runtime.eval("function(value) end")
            return lambda: keep(runtime.table_from(value, recursive=True)), lambda: _walked(held), lambda: None
        if self.language is JAVASCRIPT:
            isolate = Isolate(HEAP)
            isolate.evaluate(f"const value = {json.dumps(value)}")

            def inward() -> object:
                return isolate.evaluate(f"JSON.parse({json.dumps(json.dumps(value))})", "1")

            return inward, lambda: json.loads(isolate.evaluate("JSON.stringify(value)") or ""), isolate.close
        return lambda: _copied(value), lambda: _copied(value), lambda: None


def _lua() -> Any:
    from lupa.lua54 import LuaRuntime  # type: ignore[import-untyped,unused-ignore]  # it ships no types

    return LuaRuntime()


def _echo() -> Generator[object, object, None]:
    value: object = None
    while True:
        value = yield value


def _walked(table: Any) -> object:
    """Copy a Lua table item by item, as its proxies allow."""
    kind = type(table)
    if len(table):
        return [_walked(one) if type(one) is kind else one for one in table.values()]
    return {key: _walked(one) if type(one) is kind else one for key, one in table.items()}


def _copied(value: object) -> object:
    return json.loads(json.dumps(value))
