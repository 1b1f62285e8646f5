"""The contracts of every engine and of every plugin, kept by this one."""

from __future__ import annotations

from pathlib import Path

from llmspell.testing import EngineContract, PluginContract


class TestLua(EngineContract):
    plugin = "llmspell_engine_lua.plugin"
    spells = Path(__file__).parent / "conformance"
    child_examples = 20


class TestPlugin(PluginContract):
    plugin = "llmspell_engine_lua.plugin"
