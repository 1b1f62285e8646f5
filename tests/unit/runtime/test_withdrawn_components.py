"""What a run brought along goes with it: instances are closed, and nothing is kept until the application ends."""

from __future__ import annotations

import gc
import weakref

import pytest
from attrs import frozen

from llmspell.runtime.tools import ScriptTool
from llmspell.spec import provider, tool


@frozen(kw_only=True)
class NotedOptions:
    size: int = 1


@pytest.fixture
def noted():
    """Give a tool class with options, and what became of its instances."""
    became = []

    class Noted:
        Options = NotedOptions

        def __init__(self, options=None):
            became.append("made")

        async def open(self, ctx):
            became.append("opened")

        async def aclose(self):
            became.append("closed")

        async def run(self, args: dict[str, object], ctx: object) -> int:
            return len(args)

    return Noted, became


async def test_an_instance_of_a_run_is_closed_with_it(app, noted):
    target, became = noted
    async with app.run("first") as run:
        described = tool("noted", "tests.none:Noted", "Note.", category="test")
        app.catalog.register(described, target, owner=run.id)
        for _ in range(2):
            assert (await app.tools.execute(run.context(), "noted", {"a": 1})).result == 1
        assert became == ["made", "opened"]
    assert became == ["made", "opened", "closed"]


async def test_an_instance_with_options_is_closed_with_the_run_it_was_made_for(app, noted):
    target, became = noted
    described = tool("noted", "tests.none:Noted", "Note.", category="test")
    app.catalog.register(described, target, owner="another")
    async with app.run("first") as run:
        for size in (2, 3):
            await app.tools.bind(described, {"size": size}, run=run)
        assert became == ["made", "opened"] * 2
    assert became[4:] == ["closed"] * 2


async def test_an_instance_of_a_plugin_outlives_the_run_that_asked_first(app, noted):
    target, became = noted
    described = tool("noted", "tests.none:Noted", "Note.", category="test")
    app.catalog.register(described, target, owner="another")
    async with app.run("first") as run:
        await app.components.instance(described, run=run)
    assert became == ["made", "opened"]


async def test_nothing_of_a_tool_is_kept_when_it_is_withdrawn(app):
    class Plain:
        async def run(self, args: dict[str, object], ctx: object) -> int:
            return 1

    async def answer(args, ctx):
        return 2

    async with app.run("first") as run:
        for name, made in (("plain", Plain()), ("script", ScriptTool(answer, {}))):
            described = tool(name, "tests.none:Plain", "Note.", category="test")
            app.catalog.register(described, made, owner=run.id)
            await app.tools.execute(run.context(), name, {})
        kept = weakref.ref(answer)
        plain = weakref.ref(app.catalog.resolve(app.catalog.get("tool", "plain")))
        app.catalog.unregister("tool", "plain", owner=run.id)
        del described, made, answer
        gc.collect()
        assert plain() is None
    gc.collect()
    assert kept() is None


async def test_the_hosts_of_a_withdrawn_provider_are_not_those_of_the_next_one(app):
    for host in ("one.example", "two.example"):

        class Here:
            hosts = staticmethod(lambda section, host=host: (host,))

        described = provider("same", "tests.none:X", "x")
        described.plugin = "same"
        app.catalog.register(described, Here, owner="run")
        assert app.own_grants(described).allows("net.connect", f"{host}:443")
        app.catalog.unregister("provider", "same", owner="run")
