"""The contract of every engine, kept by this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from llmspell.testing import ChildMachine, EngineContract, PluginContract
from llmspell_engine_javascript import plugin
from llmspell_engine_javascript.machine import JavaScriptMachine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec.engines import EngineMachine


class TestInline(EngineContract):
    whole_floats = False
    sources: ClassVar[Mapping[str, str]] = {
        "value": "return params.value",
        "call": "return await Probe.echo(params.value)",
        "twice": "return [await Probe.echo(1), await Probe.echo(2)]",
        "throw": "const x = 1\nthrow new Error('boom')",
        "syntax": "const x =",
        "catch": "try { await Probe.fail() } catch (error) { return error.type }",
        "uncaught": "await Probe.fail()",
        "callback": "return await Probe.register((x) => x + 1)",
        "calls_back": "return await Probe.register((x) => Probe.echo(x))",
        "parallel": "return await Promise.all([Probe.slow('a'), Probe.slow('b')])",
        "print": "console.log('hello'); return 1",
        "method": "const box = await Probe.echo(0)\nreturn await box.open(5)",
        "stream": "const out = []; for await (const item of Probe.echo(0)) out.push(item); return out",
        "leave": "for await (const item of Probe.echo(0)) return item",
        "nested": "await Probe.register(async () => { await Probe.slow('a'); await Probe.echo('b') })",
        "forever": "for (;;) { try { for (;;); } catch {} finally { continue } }",
        "hoard": "const all = []; for (;;) { try { all.push({ one: 1 }) } catch {} }",
        "flood": "for (;;) { try { console.log('x'.repeat(1000)) } catch {} }",
    }

    def machine(self) -> EngineMachine:
        return JavaScriptMachine()


class TestChild(TestInline):
    examples = 8

    def machine(self) -> EngineMachine:
        return ChildMachine(plugin.llmspell_engines()[0])


class TestPlugin(PluginContract):
    plugin = "llmspell_engine_javascript.plugin"
