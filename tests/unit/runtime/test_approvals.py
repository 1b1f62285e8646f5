"""Tool calls that wait for a person: which ones, what may be decided, and that nothing is done twice or unasked."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import (
    ApprovalExpiredError,
    ApprovalRequiredError,
    LimitReachedError,
    RunStateError,
    ToolNotFoundError,
    ValidationError,
)
from llmspell.model.agent import Limits, RunDone, ToolRecord
from llmspell.model.approval import Decision
from llmspell.model.llm import ToolResult
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.tools import ScriptTool
from llmspell.testing import ManualClock, script_model

NUMBER = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}
YES, NO = Decision(verdict="approve"), Decision(verdict="reject")


def ask(*numbers, name="square"):
    return {"tool_calls": [{"name": name, "arguments": {"n": n}} for n in numbers]}


def told(result):
    return [part.content for m in result.messages for part in m.parts if isinstance(part, ToolResult)]


async def test_a_call_that_waits_pauses_the_run(run, model, agent, square):
    events = []
    run.app.events.subscribe("approval_required", lambda event: events.append(event.data))
    made = model([ask(2), {"text": "four"}])
    one = await agent(tools=("square",), approve=True)
    result = await one.execute("go")
    assert (result.status, square, one.history) == ("paused", [], ())
    (waiting,) = result.pending
    assert (waiting.tool, waiting.arguments) == ("square", {"n": 2})
    assert waiting.why == "agent 'tester' asks for every call"
    assert events == [{"agent": "tester", "calls": [{"id": waiting.id, "tool": "square", "why": waiting.why}]}]
    done = await one.resume(result.state, {waiting.id: YES})
    assert (done.status, done.content, square, done.state) == ("done", "four", [2], None)
    assert [m.role for m in one.history] == ["user", "assistant", "tool", "assistant"]
    made.assert_exhausted()


async def test_a_decision_is_told(run, model, agent, square):
    events = []
    run.app.events.subscribe("approval_decided", lambda event: events.append((event.data, event.run)))
    model([ask(2, 3), {"text": "x"}])
    one = await agent(tools=("square",), approve=True)
    paused = await one.execute("go")
    ids = [waiting.id for waiting in paused.pending]
    await one.resume(paused.state, {ids[0]: YES, ids[1]: NO})
    calls = [
        {"id": ids[0], "tool": "square", "verdict": "approve"},
        {"id": ids[1], "tool": "square", "verdict": "reject"},
    ]
    assert events == [({"agent": "tester", "calls": calls}, run.id)]


async def test_chat_has_no_answer_while_a_call_waits(model, agent, square):
    model([ask(2)])
    with pytest.raises(ApprovalRequiredError, match="waits for a decision about square") as caught:
        await (await agent(tools=("square",), approve=True)).chat("go")
    assert caught.value.context["state"]


async def test_a_rejected_call_is_refused_with_its_reason(model, agent, square):
    model([ask(2, 3), {"text": "{{results.0.error}}"}])
    one = await agent(tools=("square",), approve=True)
    paused = await one.execute("go")
    ids = [waiting.id for waiting in paused.pending]
    result = await one.resume(paused.state, {ids[0]: Decision(verdict="reject", reason="too small"), ids[1]: NO})
    assert [record.outcome for record in result.tool_calls] == ["refused", "refused"]
    assert told(result) == ["refused: too small", "refused: a person rejected this call"]
    assert square == []


async def test_other_arguments_are_run_and_told(model, agent, square):
    model([ask(2), {"text": "x"}])
    one = await agent(tools=("square",), approve=True)
    paused = await one.execute("go")
    decision = Decision(verdict="approve", arguments={"n": 5})
    result = await one.resume(paused.state, {paused.pending[0].id: decision})
    assert square == [5]
    assert result.tool_calls[0].changed
    assert result.tool_calls[0].call.arguments == {"n": 5}
    assert told(result) == ['run with other arguments, as a person decided: {"n": 5}\n{"square": 25}']


async def test_other_arguments_are_checked_before_anything_is_done(model, agent, square):
    made = model([ask(2, 3), {"text": "x"}])
    one = await agent(tools=("square",), approve=True)
    paused = await one.execute("go")
    first, second = (waiting.id for waiting in paused.pending)
    wrong = Decision(verdict="approve", arguments={"m": 1})
    with pytest.raises(ValidationError, match=f"tool 'square', whose call '{second}' is approved with other arguments"):
        await one.resume(paused.state, {first: YES, second: wrong})
    assert square == []
    assert len(made.requests) == 1


@pytest.mark.parametrize(
    ("rule", "waits"),
    [
        (("square",), ["square"]),
        (("sq*", "x?"), ["square"]),
        (("cube",), ["cube"]),
        (True, ["square", "cube"]),
        ((), []),
    ],
)
async def test_a_rule_names_tools_or_patterns(model, agent, square, rule, waits):
    async def cube(args, ctx):
        return args["n"] ** 3

    run = (await agent(name="other")).run
    run.app.tools.register(run, "cube", "Cube.", ScriptTool(cube, NUMBER), category="test")
    calls = [{"name": name, "arguments": {"n": 2}} for name in ("square", "cube")]
    model([{"tool_calls": calls}, {"text": "x"}])
    result = await (await agent(tools=("square", "cube"), approve=rule)).execute("go")
    assert [waiting.tool for waiting in result.pending] == waits
    assert len(result.tool_calls) == 2 - len(waits)


async def test_a_rule_with_a_name_that_no_tool_has_is_refused(agent, square):
    with pytest.raises(ToolNotFoundError, match="sqare"):
        await agent(tools=("square",), approve=("sqare",))


async def test_a_tool_may_ask_for_itself(run, model, agent):
    ran = []

    async def delete(args, ctx):
        ran.append(args["n"])

    extra = {"approval": True}
    run.app.tools.register(run, "delete", "Delete.", ScriptTool(delete, NUMBER), category="test", extra=extra)
    model([ask(1, name="delete"), {"text": "x"}])
    one = await agent(tools=("delete",))
    paused = await one.execute("go")
    assert [waiting.why for waiting in paused.pending] == ["the tool 'delete' asks for approval itself"]
    assert ran == []
    await one.resume(paused.state, {paused.pending[0].id: YES})
    assert ran == [1]


async def test_nobody_is_asked_about_what_will_not_run(model, agent, square):
    wrong = [
        {"name": "square", "arguments": {"m": 1}},
        {"name": "nobody", "arguments": {}},
        {"name": "square", "arguments": "x"},
    ]
    model([{"tool_calls": wrong}, {"text": "x"}])
    result = await (await agent(tools=("square",), approve=True)).execute("go")
    assert [record.outcome for record in result.tool_calls] == ["failed"] * 3


async def test_a_decision_may_hold_for_the_run(model, agent, square):
    model([ask(1, 2), ask(3), {"text": "x"}, ask(4)])
    one = await agent(tools=("square",), approve=True)
    paused = await one.execute("go")
    always = Decision(verdict="approve", always="run")
    result = await one.resume(json.loads(json.dumps(paused.state)), {paused.pending[1].id: always})
    assert (result.status, square) == ("done", [1, 2, 3])
    assert (await one.execute("again")).status == "paused"


async def test_a_decision_may_hold_for_the_agent(model, agent, square):
    model([ask(1), {"text": "x"}, ask(2), {"text": "y"}])
    one = await agent(tools=("square",), approve=True)
    paused = await one.execute("go")
    await one.resume(paused.state, {paused.pending[0].id: Decision(verdict="reject", reason="never", always="agent")})
    result = await one.execute("again")
    assert (result.status, square) == ("done", [])
    assert told(result) == ["refused: never"]


async def test_other_arguments_hold_for_one_call(model, agent, square):
    model([ask(1), ask(2), {"text": "x"}])
    one = await agent(tools=("square",), approve=True)
    paused = await one.execute("go")
    decision = Decision(verdict="approve", arguments={"n": 9}, always="run")
    await one.resume(paused.state, {paused.pending[0].id: decision})
    assert square == [9, 2]


async def test_a_decision_about_a_call_that_does_not_wait_is_refused(model, agent, square):
    made = model([ask(1), {"text": "x"}])
    one = await agent(tools=("square",), approve=True)
    paused = await one.execute("go")
    with pytest.raises(RunStateError, match="no call call_9 waits") as caught:
        await one.resume(paused.state, {"call_9": YES, paused.pending[0].id: YES})
    assert caught.value.suggestions == (f"decide about {paused.pending[0].id!r} (square)",)
    assert (square, len(made.requests)) == ([], 1)


async def test_an_approval_that_never_comes_expires():
    clock = ManualClock()
    async with App.open(clock=clock) as app, app.run("x") as run:
        ran = []

        async def handler(args, ctx):
            ran.append(args["n"])

        run.app.tools.register(run, "square", "Square.", ScriptTool(handler, NUMBER), category="test")
        script_model(run, [ask(1), {"text": "x"}])
        config = AgentConfig(name="a", provider="fake", model="m", tools=("square",), approve=True, approval_timeout=60)
        one = await app.agents.create(run, config)
        paused = await one.execute("go")
        await clock.advance(59)
        assert paused.state is not None
        still = await one.resume(paused.state)
        assert still.status == "paused"
        await clock.advance(2)
        assert still.state is not None
        for state in (paused.state, still.state):
            with pytest.raises(
                ApprovalExpiredError, match="the time to decide about tool calls of agent 'a' is over"
            ) as caught:
                await one.resume(state, {paused.pending[0].id: YES})
            assert caught.value.context["pending"] == [paused.pending[0].id]
        assert ran == []


async def test_a_call_that_nobody_made_is_not_approved(model, agent, square):
    model([ask(1), {"text": "x"}])
    one = await agent(tools=("square",), approve=True)
    state: Any = json.loads(json.dumps((await one.execute("go")).state))
    state["pending"][0]["arguments"]["n"] = 7
    with pytest.raises(RunStateError, match="nobody made the call"):
        await one.resume(state, {state["pending"][0]["id"]: YES})
    assert square == []


async def test_calls_beyond_the_limit_do_not_wait(model, agent, square):
    model([ask(1, 2, 3)])
    with pytest.raises(LimitReachedError, match="limit of 2 tool calls") as caught:
        await (await agent(tools=("square",), approve=True, limits=Limits(tool_calls=2))).execute("go")
    outcomes = [one["outcome"] for one in cast("list[Any]", caught.value.context["tool_calls"])]
    assert (outcomes, square) == (["not_run"] * 3, [])


async def test_a_stream_pauses_and_goes_on(model, agent, square):
    model([ask(1), {"text": "one"}])
    one = await agent(tools=("square",), approve=True)
    async with one.stream("go") as stream:
        parts = [part async for part in stream]
    assert isinstance(parts[-1], RunDone)
    paused = parts[-1].result
    assert paused.status == "paused"
    seen: list[object] = []

    async def sink(part):
        seen.append(part)

    await one.resume(paused.state, {paused.pending[0].id: YES}, sink=sink)
    assert [part.outcome for part in seen if isinstance(part, ToolRecord)] == ["done"]
    assert isinstance(seen[-1], RunDone)


async def test_steps_end_where_the_run_waits(model, agent, square):
    model([ask(1), {"text": "one"}])
    one = await agent(tools=("square",), approve=True)
    async with one.steps("go") as steps:
        kinds = [(step.kind, bool(step.state.pending)) async for step in steps]
        assert kinds == [("ask", False), ("tools", True)]
        assert (await steps.result()).status == "paused"


async def test_another_attempt_at_a_resumed_run_starts_from_where_it_waited(run, model, agent, square):
    model([ask(1), {"text": "x"}, {"text": "y"}])
    one = await agent(tools=("square",), approve=True)
    paused = await one.execute("go")

    async def twice(call, proceed):
        assert call.metadata["resumed"]
        await proceed(call)
        return await proceed(call)

    run.hooks.register("around_agent_execution", twice)
    result = await one.resume(paused.state, {paused.pending[0].id: YES})
    assert square == [1, 1]
    assert len(result.tool_calls) == 1
    assert result.content == "y"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.integers(0, 3), st.sampled_from(["approve", "reject"]), max_size=4), min_size=1, max_size=4
    )
)
async def test_whatever_is_decided_in_whatever_order_each_call_has_one_outcome(rounds):
    """Decide about any of four calls in any number of rounds, each through JSON; a fifth needs nobody."""
    ran: list[int] = []

    async def handler(args, ctx):
        ran.append(args["n"])
        return args["n"]

    async with App.open() as app, app.run("x") as run:
        app.tools.register(run, "do", "Do.", ScriptTool(handler, NUMBER), category="test")
        app.tools.register(run, "free", "Do.", ScriptTool(handler, NUMBER), category="test")
        calls = [{"name": "do", "arguments": {"n": n}} for n in range(4)]
        free = {"name": "free", "arguments": {"n": 9}}
        script_model(run, [{"tool_calls": [*calls[:2], free, *calls[2:]]}, {"text": "end"}])
        config = AgentConfig(name="a", provider="fake", model="m", tools=("do", "free"), approve=("do",))
        one = await app.agents.create(run, config)
        result = await one.execute("go")
        assert ran == [9]
        ids = [waiting.id for waiting in result.pending]
        verdicts: dict[int, str] = {}
        for chosen in [*rounds, dict.fromkeys(range(4), "approve")]:
            new = {n: verdict for n, verdict in chosen.items() if n not in verdicts}
            verdicts |= new
            decisions = {ids[n]: Decision(verdict=verdict) for n, verdict in new.items()}
            result = await one.resume(json.loads(json.dumps(result.state)), decisions)
            assert [waiting.id for waiting in result.pending] == [id_ for n, id_ in enumerate(ids) if n not in verdicts]
            assert sorted(ran) == sorted([9, *(n for n, verdict in verdicts.items() if verdict == "approve")])
            if result.status == "done":
                break
        wanted = ["done" if verdicts[n] == "approve" else "refused" for n in range(4)]
        assert [record.outcome for record in result.tool_calls] == [*wanted[:2], "done", *wanted[2:]]
        assert [record.call.arguments["n"] for record in result.tool_calls] == [0, 1, 9, 2, 3]
        assert result.content == "end"
        assert result.usage.requests == 2


async def test_nobody_is_asked_about_a_call_that_is_repeated_in_vain(model, agent, square):
    model([ask(1), ask(1), {"text": "x"}])
    one = await agent(tools=("square",), approve=True, limits=Limits(repeats=1))
    paused = await one.execute("go")
    result = await one.resume(paused.state, {paused.pending[0].id: YES})
    assert (result.status, square) == ("done", [1])
    assert [record.outcome for record in result.tool_calls] == ["done", "refused"]


async def test_what_a_person_approves_is_run_however_often(model, agent, square):
    model([ask(1, 1, 1), {"text": "x"}])
    one = await agent(tools=("square",), approve=True, limits=Limits(repeats=1))
    result = await one.execute("go")
    while result.status == "paused":
        result = await one.resume(result.state, {result.pending[0].id: YES})
    assert square == [1, 1, 1]
