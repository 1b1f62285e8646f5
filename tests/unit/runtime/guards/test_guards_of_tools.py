"""Guards of tool calls, and guards that fail: they let nothing pass."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from llmspell.errors import (
    AgentConfigError,
    GuardrailError,
    HookError,
    HookFailedError,
    HookTimeoutError,
    LlmspellError,
)
from llmspell.model.decision import Answer, Refuse
from llmspell.model.guard import Guard, Guards, Replace, Trip
from llmspell.model.llm import Completion, message

ASK = {"tool_calls": [{"name": "square", "arguments": {"n": 3}}]}


# -- tools -------------------------------------------------------------------------------------------------------------


async def test_a_tool_guard_stops_the_run_before_the_tool_runs(model, agent, square):
    model([ASK, {"text": "never"}])
    one = await agent(
        tools=("square",), guards=Guards(tools=lambda c: Trip("three") if c.arguments["n"] == 3 else None)
    )
    with pytest.raises(GuardrailError, match="the tool 'square' of agent 'tester': three") as caught:
        await one.execute("go")
    assert square == []
    assert caught.value.context["tool"] == "square"


async def test_a_tool_guard_refuses_a_call_and_the_model_is_told(model, agent, square):
    model([ASK, {"text": "{{results.0.error}}"}])
    one = await agent(tools=("square",), guards=Guards(tools=lambda _: Refuse("not today")))
    result = await one.execute("go")
    assert ([r.outcome for r in result.tool_calls], square) == (["refused"], [])
    assert "not today" in result.content


async def test_a_tool_guard_changes_arguments_and_results(model, agent, square):
    model([ASK, {"text": "{{last}}"}])
    guards = Guards(
        tools=[
            lambda c: Replace({"n": c.arguments["n"] + 1}),
            Guard(check=lambda c: Replace(f"hidden {cast('dict[str, int]', c.result)['square']}"), when="result"),
        ]
    )
    result = await (await agent(tools=("square",), guards=guards)).execute("go")
    assert (result.content, square) == ("hidden 16", [4])
    assert [(one["stage"], one["action"]) for one in result.metadata["guards"]] == [("tool", "replaced")] * 2


async def test_changed_arguments_are_checked_again(model, agent, square):
    model([ASK, {"text": "{{results.0.error}}"}])
    one = await agent(tools=("square",), guards=Guards(tools=lambda _: Replace({"m": 1})))
    assert "there is no argument 'm'" in (await one.execute("go")).content
    assert square == []


async def test_a_tool_that_has_run_cannot_be_refused(model, agent, square):
    model([ASK])
    one = await agent(tools=("square",), guards=Guards(tools=Guard(check=lambda _: Refuse("late"), when="result")))
    with pytest.raises(HookError, match="wanted nothing, True, False, Trip or Replace"):
        await one.execute("go")


async def test_what_a_hook_answers_in_the_place_of_model_or_tool_is_guarded_too(model, agent, square):
    model([ASK])
    seen: list[object] = []
    guards = Guards(
        output=lambda c: Replace(c.text.upper()),
        tools=Guard(check=lambda c: seen.append(c.result), when="result"),
    )
    one = await agent(tools=("square",), guards=guards)
    one.hooks.register("before_tool_execution", lambda call: Answer("instead"))
    said = Completion(message=message("assistant", "from a hook"))
    one.hooks.register("before_llm_call", lambda call: Answer(said) if len(call.input.messages) > 1 else None)
    assert (await one.execute("go")).content == "FROM A HOOK"
    assert (seen, square) == (["instead"], [])


async def test_what_a_hook_changes_afterwards_is_guarded_once_more(model, agent):
    model([{"text": "fine"}])
    seen: list[str] = []
    one = await agent(guards=Guards(output=lambda c: seen.append(c.text)))
    said = Completion(message=message("assistant", "sk-123"))
    one.hooks.register("after_llm_call", lambda result: Answer(said))
    await one.execute("go")
    assert seen == ["fine", "sk-123"]


async def test_a_guard_that_takes_too_long_stops_the_run(model, agent):
    made = model([{"text": "never"}])
    slow = Guard(check=lambda _: asyncio.Event().wait(), name="slow", first=True, timeout=0.01)
    with pytest.raises(HookTimeoutError, match="guard 'slow' took longer"):
        await (await agent(guards=Guards(input=slow))).execute("go")
    assert made.requests == []


# -- what fails, fails closed ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["input", "output", "tools"])
@pytest.mark.parametrize(
    ("check", "kind"),
    [
        (lambda _: 1 / 0, HookFailedError),
        (lambda _: "no", HookError),
        (lambda _: Replace(3), LlmspellError),
    ],
)
async def test_a_guard_that_fails_or_mumbles_stops_the_run(model, agent, square, stage, check, kind):  # noqa: PLR0917
    model([ASK, {"text": "9"}])
    one = await agent(tools=("square",), guards=Guards(**{stage: check}))
    with pytest.raises(kind):
        await one.execute("go")
    assert one.history == ()
    assert square == [] or stage == "output"


@pytest.mark.parametrize("wrong", [{"input": "pii"}, {"output": [3]}])
def test_what_is_no_guard_is_refused(wrong):
    with pytest.raises(AgentConfigError, match="a guard is a function"):
        Guards(**wrong)


async def test_guards_are_guards(agent):
    with pytest.raises(AgentConfigError, match="are dict"):
        await agent(guards={"input": print})
    with pytest.raises(AgentConfigError, match="every 0"):
        Guard(check=print, every=0)


async def test_an_agent_without_guards_has_no_hooks(agent):
    assert (await agent()).hooks.own() == ()
