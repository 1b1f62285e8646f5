"""The plugin's front door: descriptors only, nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.spec.engines import engine
from llmspell.spec.markers import hookimpl

if TYPE_CHECKING:
    from llmspell.spec.descriptor import Component


@hookimpl
def llmspell_engines() -> list[Component]:
    """Describe the Lua engine."""
    return [
        engine(
            "lua",
            "llmspell_engine_lua.machine:LuaMachine",
            "Runs Lua 5.4 spells.",
            extensions=(".lua",),
            shebangs=("llmspell-lua", "lua", "lua5.4"),
            language="Lua 5.4",
            capabilities=("coroutines", "int64"),
        )
    ]
