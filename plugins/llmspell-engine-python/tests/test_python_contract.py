"""The contracts: the plugin's, and the engine's machine by machine."""

from __future__ import annotations

from typing import Any, ClassVar

from llmspell.testing import ChildMachine, EngineContract, PluginContract
from llmspell_engine_python.machine import PythonMachine
from llmspell_engine_python.plugin import llmspell_engines

SOURCES = {
    "value": "params['value']",
    "call": "await Probe.echo(params['value'])",
    "twice": "[await Probe.echo(1), await Probe.echo(2)]",
    "throw": "x = 1\nraise ValueError('boom')",
    "syntax": "def f(:\n    pass",
    "catch": "try:\n    await Probe.fail()\nexcept LlmspellError as error:\n    kind = error.type\nkind",
    "uncaught": "await Probe.fail()",
    "callback": "await Probe.register(lambda x: x + 1)",
    "calls_back": "async def f(x):\n    return await Probe.echo(x)\nawait Probe.register(f)",
    "parallel": "import asyncio\nawait asyncio.gather(Probe.slow('a'), Probe.slow('b'))",
    "print": "print('hello')\n1",
    "method": "box = await Probe.echo(0)\nawait box.open(5)",
}


class TestEngine(EngineContract):
    """The machine itself, as it runs inline."""

    sources: ClassVar = SOURCES

    def machine(self) -> Any:
        return PythonMachine()


class TestInChild(TestEngine):
    """The same behind a pipe, with the walls up."""

    examples: ClassVar = 3

    def machine(self) -> Any:
        return ChildMachine(llmspell_engines()[0])


class TestPlugin(PluginContract):
    """The front door."""

    plugin = "llmspell_engine_python.plugin"
