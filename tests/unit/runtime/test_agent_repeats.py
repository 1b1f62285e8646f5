"""Calls that a model repeats: it is told first, then the run ends; a tool whose outcome changes is left alone."""

from __future__ import annotations

import pytest

from llmspell.errors import AgentConfigError, LimitReachedError, RepeatedCallError
from llmspell.model.agent import Limits
from llmspell.runtime.tools import ScriptTool

ANY = {"type": "object"}


def ask(n=1):
    return {"tool_calls": [{"name": "square", "arguments": {"n": n}}]}


async def test_the_model_is_told_and_may_do_something_else(model, agent, square):
    made = model([ask(), ask(), ask(), ask(2), {"text": "{{results.2.error}}"}])
    result = await (await agent(tools=("square",), limits=Limits(repeats=2))).execute("go")
    assert square == [1, 1, 2]
    assert [record.outcome for record in result.tool_calls] == ["done", "done", "refused", "done"]
    assert "called 2 times with these arguments and gave the same each time" in result.content
    assert result.tool_calls[2].error["type"] == "repeated_call"
    made.assert_exhausted()


async def test_a_model_that_was_told_and_goes_on_is_stopped(run, model, agent, square):
    told = []
    run.app.events.subscribe("limit_reached", lambda event: told.append(event.data["limit"]))
    model([ask()] * 9)
    with pytest.raises(RepeatedCallError, match="calls 'square' again and again") as caught:
        await (await agent(tools=("square",), limits=Limits(repeats=3))).execute("go")
    assert square == [1, 1, 1]
    assert caught.value.context["tool"] == "square"
    assert isinstance(caught.value, LimitReachedError)
    assert told == ["repeats"]


async def test_other_calls_in_between_do_not_hide_a_loop(model, agent, square):
    model([ask(n % 2) for n in range(12)])
    with pytest.raises(RepeatedCallError):
        await (await agent(tools=("square",), limits=Limits(repeats=3))).execute("go")
    assert square == [0, 1] * 3


async def test_failures_that_stay_the_same_count(model, agent, square):
    model([ask(13)] * 9)
    with pytest.raises(RepeatedCallError):
        await (await agent(tools=("square",), limits=Limits(repeats=2))).execute("go")
    assert square == [13, 13]


async def test_a_tool_whose_outcome_changes_may_be_asked_again(run, model, agent):
    progress = iter([1, 1, 2, 2, 3, 3])

    async def poll(args, ctx):
        return next(progress)

    run.app.tools.register(run, "poll", "Tell how far it is.", ScriptTool(poll, ANY), category="test")
    model([{"tool_calls": [{"name": "poll", "arguments": {}}]}] * 6 + [{"text": "x"}])
    result = await (await agent(tools=("poll",), limits=Limits(repeats=3))).execute("go")
    assert [record.result for record in result.tool_calls] == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("repeats", [0, None])
async def test_it_can_be_switched_off(model, agent, square, repeats):
    model([*([ask()] * 15), {"text": "x"}])
    result = await (await agent(tools=("square",), limits=Limits(repeats=repeats))).execute("go")
    assert len(square) == len(result.tool_calls) == 15


async def test_it_is_on_unless_it_is_switched_off(model, agent, square):
    model([ask()] * 15)
    with pytest.raises(RepeatedCallError):
        await (await agent(tools=("square",))).execute("go")
    assert len(square) == 10


@pytest.mark.parametrize("wrong", [{"repeats": -1}, {"cost": -0.5}, {"cost": float("nan")}, {"turns": -1}])
def test_a_limit_that_bounds_nothing_is_refused(wrong):
    with pytest.raises(AgentConfigError, match=f"limits.{next(iter(wrong))} is"):
        Limits(**wrong)
