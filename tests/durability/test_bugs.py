"""Places in logs at which runs did not go on as they should."""

from __future__ import annotations

import pytest

from llmspell.errors import NonDeterminismError
from llmspell.runtime.journal.forking import boundaries
from tests.durability.areas.bad_logs import DAY, Scene, Shifted, back_asleep
from tests.durability.corpus import SPELLS, VARIANTS
from tests.durability.cutting import Cutter
from tests.durability.killing import Graveyard

LUA = VARIANTS[0]


@pytest.fixture
async def cut_at(tmp_path):
    """Cut the log of a spell before each record that fits, and give what went wrong."""

    async def cut(spell: str, fits) -> list[str]:
        cutter = Cutter(tmp_path, SPELLS / spell, LUA)
        whole = await cutter.whole()
        places = [n for n, record in enumerate(whole.records) if n and fits(record)]
        assert places
        return [fault for n in places for fault in await cutter.cut(whole, n)]

    return cut


async def test_a_handler_that_had_begun_is_not_called_again_and_waited_for(cut_at):
    assert await cut_at("events.lua", lambda one: one["k"] in ("out", "done") or one.get("key") == "~|1|2") == []


async def test_what_is_assumed_of_an_effect_within_a_hook_of_another_holds_nothing_up(cut_at):
    assert await cut_at("hooks.lua", lambda one: one["k"] == "out" and one["m"][0][0] == "return") == []


async def test_a_spell_waits_for_an_engine_that_starts_before_it_goes_on_without_an_answer(tmp_path):
    cutter = Cutter(tmp_path, SPELLS / "loads.lua", VARIANTS[1])
    whole = await cutter.whole()
    assert await cutter.cut(whole, 20) == []


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: one.name)
async def test_what_a_function_gave_after_its_caller_gave_up_is_nobodys(tmp_path, variant):
    cutter = Cutter(tmp_path, SPELLS / f"cancelled{variant.ending}", variant)
    whole = await cutter.whole()
    n = next(one["n"] for one in whole.records if one["k"] == "end" and one["s"] == "patient")
    after = next(one["n"] for one in whole.records if one["k"] == "out" and one["n"] > n)
    assert await cutter.cut(whole, after + 1) == []


@pytest.mark.parametrize("records", [4, 18])
async def test_a_log_that_cannot_be_written_ends_the_run_with_its_own_error(tmp_path, records):
    async with Graveyard(tmp_path, LUA) as graves:
        home, words = graves.prepare(SPELLS / "sequence.lua", "sync")
        life = await graves.cast(home, words, fault={"syncs": records})
    assert life.said["error"]["type"] == "journal_write"


async def test_a_pause_becomes_no_longer_when_the_clock_is_set_back(tmp_path):
    assert await back_asleep(Scene(tmp_path, "sleeps", LUA)) == []


async def test_a_function_that_a_time_limit_cut_off_does_not_fail_on_its_own_when_the_run_is_taken_up(tmp_path):
    """It did: what was around it took back at another place what had been taken back, and so a second time."""
    spell = tmp_path / "late.lua"
    spell.write_text(LATE, encoding="utf-8")
    (tmp_path / "logs").mkdir()
    cutter = Cutter(tmp_path / "logs", spell, LUA)
    whole = await cutter.whole()
    places = [n for n, one in enumerate(whole.records) if one["k"] == "finished" or "/undo" in one.get("p", "")]
    assert len(places) > 2
    assert [fault for n in places for fault in await cutter.cut(whole, n)] == []


LATE = """
local function doing(name)
  local back = { tool = "mark", input = { name = "no " .. name } }
  return { name = name, tool = "mark", input = { name = name }, compensate = back }
end
local wait = { name = "wait", run = function() Async.sleep("1h") end }
local flow = Workflow.saga({ name = "late", steps = { doing("paid"),
  { name = "in", type = "sequential", timeout = "60ms", steps = { doing("seat"), wait } } } })
local _, problem = pcall(flow.execute, flow)
return problem.type
"""


LIBRARIES = {
    ".lua": ('return Tools.get("look"):execute({ name = "old" }).result', 'return require("part")'),
    ".js": (
        'export const said = (await Tools.get("look").execute({ name: "old" })).result;',
        'import { said } from "./part.js";\nreturn said;',
    ),
    ".py": (
        'async def said():\n    return (await Tools.get("look").execute(name="old")).result',
        "from part import said\n\nawait said()",
    ),
}
"""By the ending of a language: a module that looks at something, and a spell that gives what it saw."""


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: one.name)
async def test_a_replay_and_a_run_that_is_forced_on_have_an_edited_module_as_it_is_now(tmp_path, variant):
    module, text = LIBRARIES[variant.ending]
    part = tmp_path / f"part{variant.ending}"
    part.write_text(module)
    spell = tmp_path / f"spell{variant.ending}"
    spell.write_text(text)
    cutter = Cutter(tmp_path / "runs", spell, variant)
    whole = await cutter.whole()
    part.write_text(module.replace("old", "new"))
    recording = cutter.log(b"".join(whole.lines))
    with pytest.raises(NonDeterminismError, match="another input") as replayed:
        await cutter.world.replay(recording)
    assert "--record" in replayed.value.suggestions[0]
    n = next(one["n"] for one in whole.records if one["k"] == "done" and one["s"] == "look")
    with pytest.raises(NonDeterminismError, match="another input"):
        await cutter.world.resume(cutter.log(b"".join(whole.lines[: n + 1])), force=True)
    life = await cutter.world.resume(cutter.log(b"".join(whole.lines[:n])), force=True)
    assert life.value == "looked new"


TIMED = """
local flow = Workflow.sequential({ name = "flow", timeout = "1m", steps = {
  { name = "one", tool = "mark", input = { name = "one" }, timeout = "50s" },
  { name = "two", timeout = "50s", run = function()
    Async.sleep(1)
    return Tools.get("mark"):execute({ name = "two" }).result
  end },
} })
return flow:execute({}).output
"""


async def test_a_fork_of_an_old_run_has_the_time_left_that_the_run_had_there(tmp_path):
    spell = tmp_path / "spell.lua"
    spell.write_text(TIMED)
    cutter = Cutter(tmp_path / "runs", spell, LUA)
    whole = await cutter.whole()
    cutter.world.clock = Shifted(DAY)
    within = [n for n in boundaries(whole.records).sound if "marked one" in str(whole.records[:n])]
    assert len(within) > 10
    assert [fault for n in within for fault in await cutter.forked(whole, n)] == []


CAUGHT = {
    ".lua": 'return pcall(function() return Tools.get("look"):execute({ name = "old" }) end)',
    ".js": 'try { await Tools.get("look").execute({ name: "old" }); } catch (error) {}\nreturn 1;',
    ".py": 'try:\n    await Tools.get("look").execute(name="old")\nexcept LlmspellError:\n    pass\n1',
}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: one.name)
async def test_a_contradiction_that_the_spell_catches_fails_all_the_same(tmp_path, variant):
    spell = tmp_path / f"spell{variant.ending}"
    spell.write_text(CAUGHT[variant.ending])
    cutter = Cutter(tmp_path / "runs", spell, variant)
    whole = await cutter.whole()
    spell.write_text(CAUGHT[variant.ending].replace("old", "new"))
    with pytest.raises(NonDeterminismError, match="another input"):
        await cutter.world.replay(cutter.log(b"".join(whole.lines)))


async def test_a_loaded_spell_that_contradicts_the_records_fails_the_run(tmp_path):
    part = tmp_path / "part.lua"
    part.write_text('return { said = function() return Tools.get("look"):execute({ name = "old" }).result end }')
    spell = tmp_path / "spell.lua"
    spell.write_text('return Spell.load("part.lua").said()')
    cutter = Cutter(tmp_path / "runs", spell, LUA)
    whole = await cutter.whole()
    assert whole.life.value == "looked old"
    part.write_text(part.read_text().replace("old", "new"))
    with pytest.raises(NonDeterminismError, match="another input"):
        await cutter.world.replay(cutter.log(b"".join(whole.lines)))
    with pytest.raises(NonDeterminismError):
        await cutter.world.resume(cutter.log(b"".join(whole.lines[:-1])), force=True)
