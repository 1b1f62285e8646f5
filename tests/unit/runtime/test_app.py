"""Opening an application and its components: what fails says whose fault it is and leaves nothing behind."""

from __future__ import annotations

import asyncio

import pytest

from llmspell.errors import ComponentUnavailableError, ConfigError, PluginLoadError
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.spec import provider, tool


async def test_an_application_that_cannot_be_opened_closes_what_it_opened(tmp_path):
    guard = tmp_path / "guard.py"
    guard.write_text("raise RuntimeError('at import')")
    before = asyncio.all_tasks()
    app = App.open(selection=PluginSelection(files=(str(guard),)))
    closed = []

    async def close():
        closed.append(True)

    app._stack.push_async_callback(close)
    with pytest.raises(PluginLoadError, match="at import"):
        await app.__aenter__()
    assert closed == [True]
    assert asyncio.all_tasks() == before


async def test_a_component_whose_constructor_fails_is_unavailable(run):
    class Broken:
        def __init__(self):
            message = "no boiler"
            raise RuntimeError(message)

        async def run(self, args: dict[str, object], ctx: object) -> int:
            return 1

    component = tool("broken", "tests.none:Broken", "Break.", category="test")
    run.app.catalog.register(component, Broken, owner=run.id)
    with pytest.raises(ComponentUnavailableError, match="no boiler"):
        await run.app.tools.execute(run.context(), "broken", {})


async def test_providers_of_one_name_have_their_own_hosts(app):
    class One:
        @staticmethod
        def hosts(section):
            return ("one.example",)

    class Two:
        @staticmethod
        def hosts(section):
            return ("two.example",)

    for owner, target in (("one", One), ("two", Two)):
        described = provider("same", "tests.none:X", "x")
        described.plugin = owner
        app.catalog.register(described, target, owner=owner)
        grants = app.own_grants(described)
        assert grants.allows("net.connect", f"{owner}.example:443")
    assert not grants.allows("net.connect", "one.example:443")


@pytest.mark.parametrize("text", ["{", "[]", '{"stps": []}', '{"steps": {}}', "[" * 100_000, "\udcff"])
async def test_a_scripted_model_that_cannot_be_read_says_so(app, tmp_path, text):
    spell = tmp_path / "x.lua"
    (tmp_path / "x.model.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError, match=r"x\.model\.json"):
        app.run("x", source=spell)
