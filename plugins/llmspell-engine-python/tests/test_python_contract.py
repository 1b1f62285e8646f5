"""The contracts of every engine and of every plugin, kept by this one."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from llmspell.testing import EngineContract, PluginContract, untried

SHARED = untried("inline, a spell shares the interpreter with the kernel: Python spells are trusted")
NATIVE = untried("inline, a step of native code cannot be stopped")


class TestPython(EngineContract):
    plugin = "llmspell_engine_python.plugin"
    spells = Path(__file__).parent / "conformance"
    child_examples = 3
    durable_child_only = True
    child_only: ClassVar = {
        71: untried("inline, a script is stopped by an exception, which it can catch for ever"),
        74: NATIVE,
        76: untried("inline, nothing counts the memory of a script apart from the kernel's"),
        77: untried("inline, nothing counts the memory of a script apart from the kernel's"),
        83: SHARED,
        87: SHARED,
        88: SHARED,
    }


class TestPlugin(PluginContract):
    plugin = "llmspell_engine_python.plugin"
