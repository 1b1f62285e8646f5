"""The contracts of every engine and of every plugin, kept by this one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from llmspell.testing import EngineContract, PluginContract, untried
from llmspell_engine_javascript.machine import JavaScriptMachine


class TestJavaScript(EngineContract):
    plugin = "llmspell_engine_javascript.plugin"
    spells = Path(__file__).parent / "conformance"
    whole_floats = False
    child_only: ClassVar = {76: untried("V8 does not count the memory of buffers")}


class TestPlugin(PluginContract):
    plugin = "llmspell_engine_javascript.plugin"


def test_a_rehearsal_begins_a_spell_and_leaves_nothing():
    machine = JavaScriptMachine()
    machine.rehearse()
    hello: Any = {"t": "hello", "v": 1, "api": "", "name": "s.js", "source": "return typeof rehearsed"}
    assert machine.feed(hello)[0]["ok"]
    assert machine.feed({"t": "invoke", "id": 1, "fn": 0, "args": []})[0]["value"] == "undefined"
    machine.close()
