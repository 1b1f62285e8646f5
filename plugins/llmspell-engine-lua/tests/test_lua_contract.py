"""The contract of every engine, kept by this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from llmspell.testing import ChildMachine, EngineContract, PluginContract
from llmspell_engine_lua import plugin
from llmspell_engine_lua.machine import LuaMachine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec.engines import EngineMachine


class TestInline(EngineContract):
    sources: ClassVar[Mapping[str, str]] = {
        "value": "return params.value",
        "call": "return Probe.echo(params.value)",
        "twice": "return {Probe.echo(1), Probe.echo(2)}",
        "throw": "local x = 1\nerror('boom')",
        "syntax": "local x =",
        "catch": "local ok, e = pcall(Probe.fail) return e.type",
        "uncaught": "Probe.fail()",
        "callback": "return Probe.register(function(x) return x + 1 end)",
        "calls_back": "return Probe.register(function(x) return Probe.echo(x) end)",
        "parallel": "return Async.all({function() return Probe.slow('a') end, function() return Probe.slow('b') end})",
        "print": "print('hello') return 1",
        "method": "local box = Probe.echo(0) return box:open(5)",
        "stream": "local out = {} for item in Probe.echo(0) do out[#out + 1] = item end return out",
        "leave": "for item in Probe.echo(0) do return item end",
        "nested": "Probe.register(function() Probe.slow('a') Probe.echo('b') end)",
        "forever": "while true do pcall(function() while true do end end) end",
        "hoard": "local all = {} while true do pcall(function() all[#all + 1] = {one = 1} end) end",
        "flood": "while true do pcall(print, ('x'):rep(1000)) end",
    }

    def machine(self) -> EngineMachine:
        return LuaMachine()


class TestChild(TestInline):
    examples = 20

    def machine(self) -> EngineMachine:
        return ChildMachine(plugin.llmspell_engines()[0])


class TestPlugin(PluginContract):
    plugin = "llmspell_engine_lua.plugin"
