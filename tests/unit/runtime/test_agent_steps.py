"""A run step by step: what each step did, that it waits, and that a run goes on from its state where it was left."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import AgentConfigError, BadRequestError, LimitReachedError, RunStateError
from llmspell.model.agent import Limits
from llmspell.model.llm import ToolResult
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.tools import ScriptTool
from llmspell.testing import script_model

if TYPE_CHECKING:
    from llmspell.model.agent import AgentResult

SQUARE = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}
STEPS: list[Any] = [
    {"tool_calls": [{"name": "square", "arguments": {"n": 2}}, {"name": "square", "arguments": {"n": 3}}]},
    {"tool_calls": [{"name": "square", "arguments": {"n": 4}}]},
    {"text": "29"},
]


async def test_each_step_tells_what_was_done(model, agent, square):
    model(STEPS)
    async with (await agent(tools=("square",))).steps("go") as steps:
        seen = [(step.kind, step.turn, step.state.phase, len(step.records)) async for step in steps]
        assert (await steps.result()).content == "29"
    assert seen == [
        ("ask", 1, "tools", 0),
        ("tools", 1, "ask", 2),
        ("ask", 2, "tools", 0),
        ("tools", 2, "ask", 1),
        ("ask", 3, "done", 0),
    ]


async def test_a_step_begins_when_it_is_asked_for(model, agent, square):
    model(STEPS)
    async with (await agent(tools=("square",))).steps("go") as steps:
        async for step in steps:
            if step.kind == "ask":
                for _ in range(5):
                    await asyncio.sleep(0)
                assert len(square) == {1: 0, 2: 2, 3: 3}[step.turn]


async def test_the_result_is_there_for_who_has_seen_enough_steps(model, agent, square):
    model(STEPS)
    async with (await agent(tools=("square",))).steps("go") as steps:
        async for step in steps:
            assert [call.name for call in step.message.tool_calls] == ["square", "square"]
            break
        async with asyncio.timeout(5):
            assert (await steps.result()).content == "29"


async def test_leaving_the_steps_ends_the_run(model, agent, square):
    model(STEPS)
    one = await agent(tools=("square",))
    async with one.steps("go") as steps:
        async for _ in steps:
            break
    assert square == []
    assert one.history == ()


async def test_there_is_no_state_before_the_first_step(model, agent):
    model([{"text": "x"}])
    async with (await agent()).steps("go") as steps:
        with pytest.raises(AgentConfigError, match="no step"):
            steps.state()
        await steps.result()


async def _taken_up_after(number: int, *, tools: bool = True) -> tuple[list[int], AgentResult]:
    """Leave a run after a step, and take it up in another application."""
    called: list[int] = []

    async def handler(args, ctx):
        called.append(args["n"])
        return args["n"] ** 2

    async def made(app, run, steps):
        run.app.tools.register(run, "square", "Square.", ScriptTool(handler, SQUARE), category="test")
        script_model(run, steps)
        offered = ("square",) if tools or steps is STEPS else ()
        return await app.agents.create(run, AgentConfig(name="a", provider="fake", model="m", tools=offered))

    async with App.open() as app, app.run("one") as run, (await made(app, run, STEPS)).steps("go") as steps:
        taken = 0
        async for _ in steps:
            taken += 1
            if taken == number:
                break
        kept = json.dumps(steps.state())
    asked = (number + 1) // 2
    async with App.open() as app, app.run("two") as run:
        one = await made(app, run, STEPS[asked:])
        result = await one.resume(json.loads(kept))
        assert [one.history[0].text, *one.history[1:]] == ["go", *result.messages]
    return called, result


@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_a_run_goes_on_elsewhere_after_any_step_and_repeats_nothing(number):
    called, result = await _taken_up_after(number)
    assert called == [2, 3, 4]
    assert result.content == "29"
    assert [record.result for record in result.tool_calls] == [4, 9, 16]
    assert result.usage.requests == 3
    results = [part for message in result.messages for part in message.parts if isinstance(part, ToolResult)]
    assert [part.content for part in results] == ["4", "9", "16"]


async def test_a_tool_that_is_not_there_is_missed_before_anything_is_spent():
    with pytest.raises(RunStateError, match="lacks tools of the run it is to take up: square") as caught:
        await _taken_up_after(1, tools=False)
    assert caught.value.context["tools"] == ["square"]


async def test_a_run_that_has_ended_is_not_taken_up(model, agent):
    model([{"text": "x"}])
    one = await agent()
    async with one.steps("go") as steps:
        await steps.result()
        kept = steps.state()
    with pytest.raises(RunStateError, match="has ended"):
        await one.resume(kept)


async def test_a_run_of_another_agent_is_not_taken_up(model, agent):
    model([{"text": "x"}])
    one, other = await agent(), await agent(name="other")
    async with one.steps("go") as steps:
        await steps.result()
        state = steps.state()
    with pytest.raises(RunStateError, match="of agent 'tester', this one is called 'other'"):
        await other.resume(state)


async def test_a_failed_run_goes_on_without_doing_anything_again(model, agent, square):
    model([STEPS[0], {"error": {"type": "bad_request", "message": "not now"}}, STEPS[1], STEPS[2]])
    one = await agent(tools=("square",))
    with pytest.raises(BadRequestError) as caught:
        await one.execute("go")
    assert square == [2, 3]
    result = await one.resume(caught.value.run_state)
    assert square == [2, 3, 4]
    assert (result.content, len(result.tool_calls), result.usage.requests) == ("29", 3, 3)


async def test_calls_that_were_settled_when_another_ended_the_run_are_not_made_again(run, model, agent, square):
    done = asyncio.Event()
    broken = True

    async def last(args, ctx):
        await done.wait()
        if broken:
            raise LimitReachedError("no more")
        return "last"

    run.app.tools.register(run, "last", "Come last.", ScriptTool(last, {"type": "object"}), category="test")
    run.app.events.subscribe("tool_execution_completed", lambda _: done.set())
    model([{"tool_calls": [{"name": "last", "arguments": {}}, *STEPS[0]["tool_calls"][:1]]}, {"text": "x"}])
    one = await agent(tools=("square", "last"))
    with pytest.raises(LimitReachedError) as caught:
        await one.execute("go")
    broken = False
    result = await one.resume(caught.value.run_state)
    assert square == [2]
    assert [record.result for record in result.tool_calls] == ["last", {"square": 4}]


@pytest.mark.parametrize("limit", [{"turns": 1}, {"tokens": 1}, {"cost": 0.05}, {"tool_calls": 1}])
async def test_a_run_that_met_a_limit_goes_on_when_it_is_raised(model, agent, square, limit):
    model([{**step, "cost": 0.1} for step in STEPS])
    one = await agent(tools=("square",), limits=Limits(**limit))
    with pytest.raises(LimitReachedError) as caught:
        await one.execute("go " * 50)
    one.config = one.config.replace(limits=Limits())
    result = await one.resume(caught.value.run_state)
    assert result.content == "29"
    assert square == ([2, 4] if "tool_calls" in limit else [2, 3, 4])
    assert result.usage.money == "0.3"


async def test_a_run_that_failed_before_an_answer_has_nothing_to_go_on_from(model, agent):
    model([{"error": {"type": "bad_request", "message": "no"}}])
    with pytest.raises(BadRequestError) as caught:
        await (await agent()).execute("go")
    assert caught.value.run_state is None
