"""The Lua half of the engine: where its files are and in which order they build on each other."""

from __future__ import annotations

from functools import cache

TYPE_CHECKING = False  # `typing` and `pathlib` are a third of a child's start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_FILES = (
    "names",
    "order",
    "errors",
    "base64",
    "encode",
    "decode",
    "releases",
    "outbox",
    "driver",
    "coroutines",
    "output",
    "streams",
    "bridge",
    "text",
    "tables",
    "json",
    "inspect",
    "testing",
    "async",
    "modules",
    "durable",
    "sandbox",
    "main",
)

# Runs every file with the private table `P` that they share. The door of lupa (`python`) goes before any script
# exists; lupa itself reads the global `debug` on each call, so that one stays where no script can see it.
_LOADER = b"""
local sources = ...
local P = { forms = setmetatable({}, { __mode = "k" }) }
P.null = setmetatable({}, { __tostring = function() return "null" end, __metatable = false, __name = "null" })
python = nil
package.loaded.python = nil
local door
for i = 1, #sources do
  door = assert(load(sources[i], "=[llmspell]"))(P)
end
return door
"""


@cache
def _sources() -> tuple[bytes, ...]:
    folder = __file__.removesuffix("prelude.py") + "lua/"
    loader: Any = globals()["__loader__"]  # whoever loaded this module can read its data, from a wheel or a zip
    return tuple(loader.get_data(f"{folder}{name}.lua") for name in _FILES)


_COMPILE = b"function(text) return string.dump(load(text, '=[llmspell]', 't')) end"


@cache
def compiled() -> tuple[bytes, ...]:
    """Give the files as Lua has read them, which is most of what opening them takes. Only ours are ever loaded so."""
    from lupa.lua54 import LuaRuntime  # noqa: PLC0415 - the first spell of a process does without

    dump = LuaRuntime(encoding=None).eval(_COMPILE)
    return tuple(dump(text) for text in _sources())


def _parts() -> tuple[bytes, ...]:
    """Give the files to load: a process that opens them twice will do so more often."""
    return compiled() if _sources.cache_info().misses else _sources()


def open_prelude(runtime: Any) -> Mapping[bytes, Any]:
    """Load the prelude into a fresh runtime and give the functions of `main.lua` by name."""
    loader = runtime.eval(b"function(text, ...) return load(text, '=[llmspell]', 't')(...) end")
    door = loader(_LOADER, runtime.table_from(_parts()))
    return {name: door[name] for name in door}
