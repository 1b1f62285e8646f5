"""Durable Lua spells: the same messages give the same answers."""

from __future__ import annotations

from pathlib import Path

from llmspell.testing import DurableContract


class TestLuaIsDurable(DurableContract):
    target = "llmspell_engine_lua.machine:LuaMachine"
    spells = Path(__file__).parent / "durable"
