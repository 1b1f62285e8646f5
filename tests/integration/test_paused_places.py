"""Where runs wait for a person, and what becomes of time meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from llmspell.runtime.journal.reading import read
from llmspell.services.clock import SystemClock
from tests.durability.corpus import VARIANTS
from tests.integration.paused_lives import Lives, decisions, failed, waiting

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("llmspell_engine_lua", reason="the spells are in Lua")

LUA = VARIANTS[0]
DAY = 86_400.0
AGENT = """
local function agent(name, more)
  local about = { name = name, model = "counted", tools = { "mark" }, approve = { "mark" } }
  for key, value in pairs(more or {}) do about[key] = value end
  return Agent.new(about)
end
local asker = agent("asker")
"""
PLACES = {
    "chat": 'return asker:chat("use mark name=a")',
    "a context": 'return asker:chat_with_context("use mark name=a", {})',
    "other tools": 'return asker:generate_with_tools("use mark name=a", { "mark" }).content',
    "a tool that is an agent": 'return asker:as_tool():execute({ input = "use mark name=a" })',
    "a step whose tool is an agent": """
        local flow = Workflow.sequential({ name = "f", steps = {
            { name = "s", tool = asker:as_tool(), input = { input = "use mark name=a" } } } })
        return flow:execute({}).output
    """,
    "a handoff": """
        local desk = Agent.new({ name = "desk", model = "counted", tools = {}, handoffs = { asker } })
        return desk:chat("use transfer_to_asker reason=use_mark_name=a_now")
    """,
    "a function of a tool": """
        local tool = Tool.new({ name = "outer", parameters = { input = "string" },
            execute = function(given) return asker:chat(given.input) end })
        local boss = Agent.new({ name = "boss", model = "counted", tools = { tool } })
        return boss:chat("use outer input=use_mark_name=a")
    """,
    "a workflow in the tool of an agent": """
        local flow = Workflow.sequential({ name = "f",
            steps = { { name = "s", agent = asker, action = "use mark name=a" } } })
        local boss = Agent.new({ name = "boss", model = "counted", tools = { flow:as_tool({ name = "flow" }) } })
        return boss:chat("use flow x=y")
    """,
    "a function as a step": """
        local flow = Workflow.sequential({ name = "f", steps = {
            { name = "s", run = function() return asker:chat("use mark name=a") end } } })
        return flow:execute({}).output
    """,
    "a spell that another one loads": """
        return Spell.load("loaded.lua").ask("use mark name=a")
    """,
    "one of several": """
        local flow = Workflow.fan_out({ name = "f", items = { "x", "y" }, max_concurrency = 1,
            steps = { { name = "s", agent = asker, action = "use mark name=a" } } })
        return #flow:execute({}).output
    """,
}


@pytest.mark.parametrize("place", PLACES)
async def test_a_durable_run_waits_where_only_an_answer_will_do(tmp_path: Path, place) -> None:
    lives = Lives(tmp_path / "s", LUA, AGENT + PLACES[place])
    loaded = f"{AGENT} return {{ ask = function(text) return asker:chat(text) end }}"
    (tmp_path / "s" / "loaded.lua").write_text(loaded)
    log = lives.log()
    first = await lives.world.begin(log)
    assert failed(first) == "run_paused", first.value
    assert first.done["mark a"] == 0
    (call, *_) = waiting(log)
    assert (call["agent"], call["tool"], call["arguments"]) == ("asker", "mark", {"name": "a"})
    whole = await lives.to_the_end(log)
    assert whole.done["mark a"] == sum(one["k"] == "waits" for one in whole.records)
    assert whole.records[-1]["status"] == "done"
    assert (await lives.world.replay(log)).value == whole.value


async def test_what_gives_a_result_with_a_state_is_the_scripts_to_handle(tmp_path: Path) -> None:
    lives = Lives(tmp_path / "s", LUA, AGENT + 'return asker:execute("use mark name=a").status')
    log = lives.log()
    assert (await lives.world.begin(log)).value == "paused"
    assert not any(one["k"] == "waits" for one in read(log))


async def test_nobody_waits_for_a_person_in_the_midst_of_an_effect(tmp_path: Path) -> None:
    source = (
        AGENT
        + """
        local found
        Hooks.register("before_tool_execution", function(call)
            local ok, problem = pcall(function() return asker:chat("use mark name=a") end)
            found = ok and "answered" or problem.type
        end)
        Tools.get("look"):execute({ name = "b" })
        return found
    """
    )
    lives = Lives(tmp_path / "s", LUA, source)
    log = lives.log()
    life = await lives.world.begin(log)
    assert (life.value, life.done["look b"]) == ("approval_required", 1)
    assert (await lives.world.replay(log)).value == "approval_required"
    lines = log.read_bytes().splitlines(keepends=True)
    for n in range(4, len(lines)):
        again = await lives.to_the_end(lives.log(b"".join(lines[:n])))
        assert again.value == "approval_required", n
        assert not any(one["k"] == "waits" for one in again.records)


# -- time --------------------------------------------------------------------------------------------------------------


class Shifted(SystemClock):
    """A wall clock that can be set forward."""

    by = 0.0

    def now(self) -> float:
        """Give the time on the wall."""
        return super().now() + self.by


BOUNDED = (
    AGENT
    + """
local flow = Workflow.sequential({ name = "f", timeout = 60, steps = {
  { name = "s", agent = asker, action = "use mark name=a", timeout = 30 },
  { name = "after", tool = "look", input = { name = "after" }, timeout = 30 } } })
return flow:execute({}).output
"""
)


def shifted(lives: Lives) -> Shifted:
    clock = lives.world.clock = Shifted()
    return clock


async def paused_at(lives: Lives) -> Path:
    """Live until the run is paused, and give its log."""
    log = lives.log()
    life = await lives.world.begin(log)
    assert failed(life) == "run_paused", life.value
    return log


async def test_time_stands_still_while_a_run_is_paused(tmp_path: Path) -> None:
    lives = Lives(tmp_path / "s", LUA, BOUNDED)
    clock = shifted(lives)
    log = await paused_at(lives)
    for _ in range(2):
        clock.by += DAY
        assert failed(await lives.world.resume(log)) == "run_paused"
    clock.by += DAY
    assert (await lives.decide(log, decisions(log))).value == "looked after"


async def test_time_goes_on_for_a_run_that_was_cut_off_while_it_waited(tmp_path: Path) -> None:
    lives = Lives(tmp_path / "s", LUA, BOUNDED)
    clock = shifted(lives)
    log = await paused_at(lives)
    cut = lives.log(b"".join(log.read_bytes().splitlines(keepends=True)[:-1]))  # killed before it was paused
    clock.by += DAY
    life = await lives.decide(cut, {})
    assert failed(life) == "timeout", life.value
    assert life.done["mark a"] == 0
    assert waiting(cut) == []


async def test_the_limit_of_a_run_stands_still_too(tmp_path: Path) -> None:
    lives = Lives(tmp_path / "s", LUA, BOUNDED)
    clock = shifted(lives)
    log = lives.log()
    first = await lives.world._live(lambda app, said: bounded_run(app, lives, log, said))
    assert failed(first) == "run_paused"
    clock.by += DAY
    assert (await lives.decide(log, decisions(log))).value == "looked after"


async def bounded_run(app, lives: Lives, log: Path, said) -> object:
    from llmspell.bridge.durable.opening import Durability
    from llmspell.bridge.spell import SpellOptions, run_spell

    how = SpellOptions(isolation="inline", seconds=100, durable=Durability(record=log))
    return await run_spell(app, path=lives.spell, options=how, on_print=said)


async def test_the_time_to_decide_goes_on_while_a_run_is_paused(tmp_path: Path) -> None:
    source = AGENT + 'local late = agent("late", { approval_timeout = 60 }) return late:chat("use mark name=a")'
    for decide in (True, False):
        lives = Lives(tmp_path / str(decide), LUA, source)
        clock = shifted(lives)
        log = await paused_at(lives)
        (call,) = waiting(log)
        assert call["expires"] is not None
        clock.by += DAY
        life = await lives.decide(log, decisions(log) if decide else {})
        assert failed(life) == "approval_expired", life.value
        assert life.done["mark a"] == 0
        assert waiting(log) == []
        assert (await lives.world.replay(log)).value == life.value


async def test_a_limit_that_ends_a_wait_ends_it_again(tmp_path: Path) -> None:
    source = (
        AGENT
        + """
        local flow = Workflow.sequential({ name = "f", continue_on_error = true, steps = {
            { name = "s", agent = asker, action = "use mark name=a", timeout = 0.15 },
            { name = "after", tool = "mark", input = { name = "after" } } } })
        return flow:execute({}).steps.s.status
    """
    )
    lives = Lives(tmp_path / "s", LUA, source)
    log = lives.log()
    whole = await lives.to_the_end(log, begin=True)
    assert (whole.value, dict(whole.done)) == ("failed", {"llm 1 'use mark name=a'": 1, "mark after": 1})
    assert (await lives.world.replay(log)).value == "failed"
    waits = next(n for n, one in enumerate(whole.records) if one["k"] == "waits")
    for n in range(waits + 1, len(whole.lines)):
        again = await lives.to_the_end(lives.log(b"".join(whole.lines[:n])))
        assert (again.value, again.done["mark a"]) == ("failed", 0), (n, whole.records[n - 1])


async def test_a_run_pauses_when_nothing_else_can_move(tmp_path: Path) -> None:
    source = (
        AGENT
        + """
        local function slow() Async.sleep(400) Tools.get("mark"):execute({ name = "slow" }) return "slow" end
        return Async.all({ slow, function() return asker:chat("use mark name=a") end })
    """
    )
    lives = Lives(tmp_path / "s", LUA, source)
    log = lives.log()
    first = await asyncio.wait_for(lives.world.begin(log), 30)
    assert failed(first) == "run_paused", first.value
    assert first.done["mark slow"] == 1  # what could still move came first
