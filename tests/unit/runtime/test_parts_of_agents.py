"""What agents say that work within a run is part of its stream, under their names."""

from __future__ import annotations

import json

import pytest

from llmspell.builtin.scripted import ScriptedModel
from llmspell.model.agent import AgentPart, RunDone, ToolRecord
from llmspell.model.approval import Decision
from llmspell.model.llm import TextDelta
from llmspell.runtime.peers.tool import agent_tool
from llmspell.spec import provider


@pytest.fixture
def played(run, agent):
    """Make an agent with steps of its own that others are offered as a tool."""

    async def make(name, *steps, **config):
        described = provider(name, "llmspell.builtin.scripted:ScriptedModel", "Steps of a test.", price=(0, 0))
        run.app.catalog.register(described, ScriptedModel(list(steps)), owner=run.id)
        made = await agent(name=name, provider=name, **config)
        component, target = agent_tool(made)
        run.app.catalog.register(component, target, owner=run.id)
        return made

    return make


def ask(*names):
    return {"tool_calls": [{"name": f"ask_{name}", "arguments": {"input": "go"}} for name in names]}


def said(parts):
    """Give who said which text, from the outside in."""
    found = []
    for part in parts:
        who = []
        while isinstance(part, AgentPart):
            who.append(part.agent)
            part = part.part  # noqa: PLW2901 - what is inside
        if isinstance(part, TextDelta):
            found.append((" > ".join(who), part.text))
    return found


async def test_each_part_has_the_names_of_those_who_said_it(played):
    await played("third", {"text": "deep"})
    await played("second", ask("third"), {"text": "down"}, tools=("ask_third",))
    first = await played("first", ask("second"), {"text": "up"}, tools=("ask_second",))
    async with first.stream("go") as stream:
        parts = [part async for part in stream]
    assert said(parts) == [("second > third", "deep"), ("second", "down"), ("", "up")]
    assert [type(part) for part in parts].count(RunDone) == 1
    assert isinstance(parts[-1], RunDone)
    assert not [one for one in parts if isinstance(one, AgentPart) and isinstance(one.part, RunDone)]
    outcomes = [one.part.call.name for one in parts if isinstance(one, AgentPart) and isinstance(one.part, ToolRecord)]
    assert outcomes == ["ask_third"]


async def test_agents_side_by_side_are_told_apart(played):
    await played("left", {"text": "l"})
    await played("right", {"text": "r"})
    outer = await played("outer", ask("left", "right"), {"text": "done"}, tools=("ask_left", "ask_right"))
    async with outer.stream("go") as stream:
        parts = [part async for part in stream]
    assert sorted(said(parts)) == [("", "done"), ("left", "l"), ("right", "r")]


async def test_who_goes_on_after_a_wait_is_heard_too(played, square):
    use = {"tool_calls": [{"name": "square", "arguments": {"n": 3}}]}
    await played("inner", use, {"text": "nine"}, tools=("square",), approve=True)
    outer = await played("outer", ask("inner"), {"text": "done"}, tools=("ask_inner",))
    paused = await outer.execute("go")
    parts: list[object] = []

    async def show(part: object) -> None:
        parts.append(part)

    state = json.loads(json.dumps(paused.state))
    await outer.resume(state, {paused.pending[0].id: Decision(verdict="approve")}, sink=show)
    assert said(parts) == [("inner", "nine"), ("", "done")]
