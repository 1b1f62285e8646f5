"""Functions that approve tool calls: they let go, reject or ask, and whatever goes wrong with them asks."""

from __future__ import annotations

import asyncio
import re

import pytest

from llmspell.errors import ValidationError
from llmspell.model.approval import Decision
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.tools import ScriptTool
from llmspell.testing import ManualClock, script_model

NUMBER = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


def ask(*numbers, name="square"):
    return {"tool_calls": [{"name": name, "arguments": {"n": n}} for n in numbers]}


async def test_a_function_lets_go_rejects_or_asks(model, agent, square):
    seen = []

    async def judge(call, ctx):
        seen.append(call)
        return [True, False, "ask"][call["arguments"]["n"]]

    model([ask(0, 1, 2), {"text": "x"}])
    result = await (await agent(tools=("square",), approve=judge)).execute("go")
    assert square == [0]
    assert [record.outcome for record in result.tool_calls] == ["done", "refused"]
    assert [waiting.arguments["n"] for waiting in result.pending] == [2]
    assert seen[0] == {"id": result.tool_calls[0].call.id, "tool": "square", "arguments": {"n": 0}, "agent": "tester"}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (None, "gave None, neither true, false nor 'ask'"),
        (1, "gave 1, neither"),
        ("yes", "gave 'yes', neither"),
        ([], "gave \\[\\], neither"),
        (ValueError("broken"), "failed: ValueError\\('broken'\\)"),
        (ValidationError("no such thing"), "failed: no such thing"),
        (RecursionError(), "failed: RecursionError"),
    ],
)
async def test_a_function_that_does_not_answer_lets_nothing_go(model, agent, square, answer, why):
    async def judge(call, ctx):
        if isinstance(answer, Exception):
            raise answer
        return answer

    model([ask(2), {"text": "x"}])
    result = await (await agent(tools=("square",), approve=judge)).execute("go")
    assert square == []
    assert re.search(why, result.pending[0].why)


async def test_a_function_that_hangs_lets_nothing_go():
    clock = ManualClock()
    async with App.open(clock=clock) as app, app.run("x") as run:
        gone = asyncio.Event()

        async def judge(call, ctx):
            try:
                await asyncio.Event().wait()
            finally:
                gone.set()

        async def handler(args, ctx):
            raise AssertionError

        run.app.tools.register(run, "square", "Square.", ScriptTool(handler, NUMBER), category="test")
        script_model(run, [ask(1)])
        config = AgentConfig(name="a", provider="fake", model="m", tools=("square",), approve=judge)
        working = asyncio.ensure_future((await app.agents.create(run, config)).execute("go"))
        while not working.done():
            await clock.advance(10)
        assert working.result().pending[0].why == "the function that approves calls gave no answer within 30 s"
        assert gone.is_set()


async def test_a_rule_that_rejects_is_stronger_than_what_was_once_approved(model, agent, square):
    answers = iter(["ask", False])

    async def judge(call, ctx):
        return next(answers)

    model([ask(1), ask(2), {"text": "x"}])
    one = await agent(tools=("square",), approve=judge)
    paused = await one.execute("go")
    result = await one.resume(paused.state, {paused.pending[0].id: Decision(verdict="approve", always="run")})
    assert square == [1]
    assert [record.outcome for record in result.tool_calls] == ["done", "refused"]
