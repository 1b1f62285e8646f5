"""Every lifecycle point: it is the event of that name, seen by plugins and by subscribers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmspell.builtin.scripted import ScriptedModel
from llmspell.errors import PluginLoadError
from llmspell.kernel.points import LIFECYCLE_POINTS
from llmspell.kernel.selection import PluginSelection
from llmspell.model.agent import Limits
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.tools import ScriptTool
from llmspell.spec import provider

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.runtime.run import Run

OBSERVER = """
from pathlib import Path
from llmspell.spec import hookimpl
LOG = Path({log!r})
"""
HOOK = """
@hookimpl
def llmspell_{name}(event):
    with LOG.open("a") as log:
        log.write("{name} " + event.name + "\\n")
"""


@pytest.fixture
def observer(tmp_path: Path) -> tuple[PluginSelection, Path]:
    """A plugin that writes down every lifecycle event it is told of."""
    log = tmp_path / "log"
    log.touch()
    source = OBSERVER.format(log=str(log)) + "".join(HOOK.format(name=name) for name in LIFECYCLE_POINTS)
    plugin = tmp_path / "observer.py"
    plugin.write_text(source)
    return PluginSelection.read([str(plugin)]), log


async def exercise(run: Run) -> None:
    """Do what makes every event that this distribution emits happen once."""
    model = ScriptedModel([{"tool_calls": [{"name": "nothing", "arguments": {}}]}, {"text": "a"}, {"text": "b"}])
    run.app.catalog.register(provider("fake", "llmspell.builtin.scripted:ScriptedModel", "Steps."), model, owner=run.id)

    async def nothing(args: object, ctx: object) -> None: ...

    run.app.tools.register(run, "nothing", "Do nothing.", ScriptTool(nothing, {"type": "object"}), category="test")
    agent = await run.app.agents.create(run, AgentConfig(name="a", provider="fake", model="m", tools=("nothing",)))
    await agent.chat("x")
    await agent.close()
    limited = await run.app.agents.create(
        run, AgentConfig(name="b", provider="fake", model="m", limits=Limits(turns=0))
    )
    with pytest.raises(Exception, match="0 turns"):
        await limited.chat("x")
    await run.app.events.emit("something_of_my_own", {"n": 1})
    for name in ("session_start", "session_end", "configuration_change"):
        await run.app.events.emit(name, {})


@pytest.fixture
async def seen(observer: tuple[PluginSelection, Path]) -> dict[str, list[str]]:
    selection, log = observer
    async with App.open(selection=selection) as app:
        app.catalog.list("tool")
        async with app.run("points") as run:
            await exercise(run)
    found: dict[str, list[str]] = {}
    for line in log.read_text().splitlines():
        point, event = line.split()
        found.setdefault(point, []).append(event)
    return found


ELSEWHERE = {"plugin_failed": "test_point_plugin_failed"}


@pytest.mark.parametrize(
    "name", [n for n in LIFECYCLE_POINTS if n not in ELSEWHERE and n not in ("plugin_loaded", "custom")]
)
async def test_point_lifecycle(seen: dict[str, list[str]], name: str) -> None:
    assert name in seen
    assert set(seen[name]) == {name}


async def test_point_custom_tells_every_event_that_is_not_the_kernels(seen: dict[str, list[str]]) -> None:
    assert seen["custom"] == ["something_of_my_own"]


async def test_point_plugin_loaded(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text(
        "from llmspell.spec import hookimpl\n@hookimpl\ndef llmspell_tools(): return []\n"
    )
    told: list[object] = []
    async with App.open(selection=PluginSelection.read([str(tmp_path / "late.py")])) as app:
        app.events.subscribe("plugin_loaded", lambda event: told.append(event.data["plugin"]))
        reports = {report.name: report.state for report in app.loader.reports()}
        assert reports["late"] == "loaded"


async def test_point_plugin_failed(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('no')")
    told: list[object] = []
    app = App.open(selection=PluginSelection(folders=(str(tmp_path),)))
    app.events.subscribe("plugin_failed", lambda event: told.append(event.data["plugin"]))
    async with app:
        reports = {report.name: report for report in app.loader.reports()}
    assert reports["broken"].state == "failed"
    assert "no" in str(reports["broken"].error)
    assert told == ["broken"]


async def test_a_plugin_that_was_named_must_load(tmp_path: Path) -> None:
    (tmp_path / "guard.py").write_text("raise RuntimeError('no')")
    with pytest.raises(PluginLoadError, match="no"):
        async with App.open(selection=PluginSelection.read([str(tmp_path / "guard.py")])):
            pass
