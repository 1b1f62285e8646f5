"""The contracts of every engine and of every plugin, kept by this one."""

from __future__ import annotations

from pathlib import Path

from llmspell.testing import EngineContract, PluginContract


class TestJavaScript(EngineContract):
    plugin = "llmspell_engine_javascript.plugin"
    spells = Path(__file__).parent / "conformance"
    whole_floats = False


class TestPlugin(PluginContract):
    plugin = "llmspell_engine_javascript.plugin"
