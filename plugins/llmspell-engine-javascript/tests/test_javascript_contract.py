"""The contracts of every engine and of every plugin, kept by this one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from llmspell.testing import EngineContract, PluginContract, untried


class TestJavaScript(EngineContract):
    plugin = "llmspell_engine_javascript.plugin"
    spells = Path(__file__).parent / "conformance"
    whole_floats = False
    child_only: ClassVar = {76: untried("V8 does not count the memory of buffers")}


class TestPlugin(PluginContract):
    plugin = "llmspell_engine_javascript.plugin"
