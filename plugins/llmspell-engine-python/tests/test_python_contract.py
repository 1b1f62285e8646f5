"""The contracts of every engine and of every plugin, kept by this one."""

from __future__ import annotations

from pathlib import Path

from llmspell.testing import EngineContract, PluginContract


class TestPython(EngineContract):
    plugin = "llmspell_engine_python.plugin"
    spells = Path(__file__).parent / "conformance"
    child_examples = 3


class TestPlugin(PluginContract):
    plugin = "llmspell_engine_python.plugin"
