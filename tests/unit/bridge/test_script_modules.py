"""Namespaces that plugins bring."""

from __future__ import annotations

import pytest

from llmspell.bridge.script_modules import all_names, script_modules
from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import LlmspellError, PluginError, PluginLoadError, ValidationError
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.services.permissions import Grants
from llmspell.spec import script_module
from tests.unit.bridge import module_plugin

SING = {
    "lua": 'return Songs.sing("la", { times = 2, pause = "1s" })',
    "javascript": 'return await Songs.sing("la", { times: 2, pause: 1000 });',
    "python": 'await Songs.sing("la", times=2, pause=1)',
}


@pytest.fixture
def cast(tmp_path):
    async def run(source: str, engine: str = "lua", grants: Grants | None = None) -> object:
        async with App.open(selection=PluginSelection(modules=(module_plugin.HERE,))) as app:
            return await run_spell(app, source=source, options=SpellOptions(engine=engine, grants=grants))

    return run


@pytest.fixture
def more():
    yield module_plugin.MORE
    module_plugin.MORE.clear()


@pytest.mark.parametrize("engine", SING)
async def test_every_language_has_it(cast, engine) -> None:
    assert await cast(SING[engine], engine) == ["la", "la", 1.0, False, "songs"]


async def test_aliases_plain_functions_and_streams(cast) -> None:
    source = """
    local said = { Songs.chant("x")[1], Songs.hum_along(), Songs.humAlong() }
    for verse in Songs.verses() do said[#said + 1] = verse end
    return said
    """
    assert await cast(source) == ["x", "hm", "hm", 1, 2]


async def test_it_has_the_rights_it_declares_and_no_more(cast) -> None:
    assert (await cast('return Songs.sing("la")', grants=Grants.everything()))[2] is False


async def test_arguments_are_checked(cast) -> None:
    with pytest.raises(ValidationError, match=r"Songs\.sing: name is required"):
        await cast("Songs.sing()")
    with pytest.raises(ValidationError, match="times"):
        await cast('Songs.sing("la", { times = "x" })')


async def test_a_type_means_what_it_means_in_the_module_of_the_options(cast) -> None:
    assert (await cast('return Songs.sing("la", { way = "loud", room = "1KB" })'))[0] == "la"
    with pytest.raises(ValidationError, match="way"):
        await cast('Songs.sing("la", { way = { type = "retry" } })')


async def test_a_name_it_does_not_have_is_an_error_with_the_nearest(cast) -> None:
    with pytest.raises(LlmspellError, match="sin") as caught:
        await cast("Songs.sin()")
    assert caught.value.suggestions == ("did you mean 'sing'?",)


async def test_what_it_raises_reaches_the_script(cast) -> None:
    with pytest.raises(PluginError, match=r"Songs\.fail of plugin .* failed: ValueError: hoarse"):
        await cast("Songs.fail()")


async def test_without_the_plugin_there_is_no_such_name() -> None:
    async with App.open() as app:
        with pytest.raises(LlmspellError, match="Songs"):
            await run_spell(app, source="return Songs.hum_along()", options=SpellOptions(engine="lua"))


async def test_who_brings_the_name_of_another_is_refused(cast, more) -> None:
    more.append(script_module("more", f"{module_plugin.HERE}:Songs", "More.", namespace="Agent", functions=()))
    with pytest.raises(PluginLoadError, match=r"'Agent' of plugin module_plugin is also brought by llmspell"):
        await cast("return 1")
    more[:] = [script_module("more", f"{module_plugin.HERE}:Songs", "More.", namespace="Songs", functions=())]
    with pytest.raises(PluginLoadError, match="'Songs' of plugin module_plugin is also brought by plugin"):
        await cast("return 1")


async def test_who_announces_other_functions_than_it_has_is_told(cast, more) -> None:
    more.append(script_module("odd", f"{module_plugin.HERE}:Songs", "Odd.", namespace="Odd", functions=("dance",)))
    with pytest.raises(PluginError, match="announces dance"):
        await cast("Odd.dance()")


async def test_an_absent_name_that_somebody_brings_is_there(more) -> None:
    more.append(
        script_module("w", f"{module_plugin.HERE}:Songs", "W.", namespace="Scheduler", functions=module_plugin.NAMES)
    )
    async with App.open(selection=PluginSelection(modules=(module_plugin.HERE,))) as app:
        names = all_names(app.catalog)
        assert "\nX Scheduler " not in names
        assert not names.startswith("X Scheduler ")
        assert "\nN Scheduler sing" in names
        assert set(script_modules(app.catalog)) >= {"Songs", "Scheduler"}
        assert await run_spell(app, source="return Scheduler.hum_along()", options=SpellOptions(engine="lua")) == "hm"
