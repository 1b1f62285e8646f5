"""A fork at any place that is sound goes on, and comes to the end that its parent came to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from llmspell.bridge.durable.opening import Durability
from llmspell.bridge.resume import resume_run
from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.runtime.app import App
from llmspell.runtime.journal.folder import RunFolder
from llmspell.runtime.journal.forking import boundaries, fork
from llmspell.runtime.journal.reading import read
from llmspell.services.config import Config

SPELL = """
local agent = Agent.new({ name = "writer", provider = "scripted", tools = { "calculator" } })
local said = agent:chat("What is 6 * 7?")
State.set("said", said)
State.increment("count")
local sums = Async.all({
  function() return Tools.get("calculator"):execute({ expression = "1 + 1" }).value end,
  function() Async.sleep(1) return Tools.get("calculator"):execute({ expression = "2 + 2" }).value end,
})
print("said", said)
return { said, State.get("said"), sums[1] + sums[2], math.random(1000000), State.increment("count") }
"""
STEPS = {"steps": [{"tool_calls": [{"name": "calculator", "arguments": {"expression": "6 * 7"}}]}, {"text": "42"}]}


@pytest.fixture
async def app(tmp_path, monkeypatch):
    monkeypatch.setenv("LLMSPELL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    async with App.open(config=Config.load(environment={}, working=tmp_path, user_folder=tmp_path / "user")) as app:
        yield app


async def test_every_sound_place_is_one(app, tmp_path):
    Path("a.lua").write_text(SPELL)
    Path("a.model.json").write_text(json.dumps(STEPS))
    printed: list[str] = []
    options = SpellOptions(isolation="inline", durable=Durability(sync="async"))
    value = await run_spell(app, path=Path("a.lua"), options=options, on_print=printed.append)
    runs = RunFolder(tmp_path / "data" / "runs")
    records = tuple(read(runs.find("a").path))
    sound = boundaries(records).sound
    assert len(sound) > 20
    for n in sound:
        run_id = app.services.new_id()
        fork(records, n, run_id, runs.file(run_id), app.services.clock.now())
        again: list[str] = []
        assert await resume_run(app, runs.file(run_id), on_print=again.append) == value, n
        assert again in (printed, []), n
        assert runs.find(run_id).status == "done"
