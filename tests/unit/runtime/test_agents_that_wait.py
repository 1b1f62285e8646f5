"""Agents within agents that wait for a person: the outermost run waits for them, and they go on where they were."""

from __future__ import annotations

import json

import pytest

from llmspell.builtin.scripted import ScriptedModel
from llmspell.errors import ApprovalExpiredError, RunStateError, ValidationError
from llmspell.model.approval import Decision
from llmspell.runtime.peers.tool import agent_tool
from llmspell.runtime.peers.transfers import Peer
from llmspell.spec import provider

GO, NO = Decision(verdict="approve"), Decision(verdict="reject", reason="not now")


@pytest.fixture
def played(run, agent):
    """Make an agent with steps of its own; `as_tool` offers it to others."""

    async def make(name, *steps, as_tool=False, **config):
        described = provider(name, "llmspell.builtin.scripted:ScriptedModel", "Steps of a test.", price=(0, 0))
        model = ScriptedModel(list(steps))
        run.app.catalog.register(described, model, owner=run.id)
        made = await agent(name=name, provider=name, **config)
        if as_tool:
            component, target = agent_tool(made)
            run.app.catalog.register(component, target, owner=run.id)
        return made, model

    return make


def calls(*some):
    return {"tool_calls": [{"name": name, "arguments": arguments} for name, arguments in some], "cost": 0.1}


def use(*numbers):
    return calls(*(("square", {"n": n}) for n in numbers))


def ask(name):
    return ("ask_" + name, {"input": "go"})


def stored(result):
    """Write a state out and read it back, as another process does."""
    return json.loads(json.dumps(result.state))


@pytest.mark.parametrize("handing", [False, True])
async def test_the_outermost_run_waits_and_goes_on_inside(played, square, handing):
    inner, asked = await played(
        "inner", use(3), {"text": "{{last.square}}"}, as_tool=True, tools=("square",), approve=True
    )
    call = ("transfer_to_inner", {"reason": "r"}) if handing else ask("inner")
    steps = [calls(call)] if handing else [calls(call), {"text": "it is {{last}}"}]
    options = {"handoffs": (Peer(inner),)} if handing else {"tools": ("ask_inner",)}
    outer, _ = await played("outer", *steps, **options)
    result = await outer.execute("go")
    assert (result.status, square, result.tool_calls) == ("paused", [], ())
    (pending,) = result.pending
    assert (pending.id, pending.tool, pending.arguments, pending.agent) == (
        "call_0_0/call_0_0",
        "square",
        {"n": 3},
        "inner",
    )
    assert result.usage.requests == 2

    again = await outer.resume(stored(result))
    assert (again.status, again.pending, square) == ("paused", result.pending, [])

    done = await outer.resume(stored(again), {"call_0_0/call_0_0": GO})
    assert (done.status, done.content, square) == ("done", "9" if handing else "it is 9", [3])
    assert done.tool_calls[0].outcome == "done"
    assert done.usage.requests == (3 if handing else 4)
    assert len(asked.requests) == 2
    assert inner.history == ()


async def test_three_levels_deep_and_with_siblings(played, square):
    await played(
        "leaf", use(4, 5), {"text": "{{results.0.square}}"}, as_tool=True, tools=("square",), approve=("square",)
    )
    await played("middle", calls(ask("leaf"), ("square", {"n": 2})), {"text": "m{{results.0}}"}, as_tool=True,
                 tools=("ask_leaf", "square"))  # fmt: skip
    outer, _ = await played("outer", calls(ask("middle"), ("square", {"n": 1})), {"text": "o{{results.0}}"},
                            tools=("ask_middle", "square"))  # fmt: skip
    result = await outer.execute("go")
    assert sorted(square) == [1, 2]
    ids = [one.id for one in result.pending]
    assert ids == ["call_0_0/call_0_0/call_0_0", "call_0_0/call_0_0/call_0_1"]
    assert {one.agent for one in result.pending} == {"leaf"}
    half = await outer.resume(stored(result), {ids[1]: NO})
    assert [one.id for one in half.pending] == ids[:1]
    done = await outer.resume(stored(half), {ids[0]: GO})
    assert (done.status, done.content) == ("done", "om16")
    assert sorted(square) == [1, 2, 4]


async def test_a_handoff_waits_until_other_calls_are_decided(played, square):
    billing, asked = await played("billing", {"text": "done"})
    outer, _ = await played(
        "outer", calls(("transfer_to_billing", {"reason": "r"}), ("square", {"n": 3})), tools=("square",),
        handoffs=(Peer(billing),), approve=("square",),
    )  # fmt: skip
    result = await outer.execute("go")
    assert (result.status, [one.tool for one in result.pending], asked.requests) == ("paused", ["square"], [])
    done = await outer.resume(stored(result), {"call_0_1": NO})
    assert [(r.call.name, r.outcome) for r in done.tool_calls] == [
        ("transfer_to_billing", "done"),
        ("square", "refused"),
    ]
    assert (done.content, square) == ("done", [])


async def test_a_handoff_can_need_approval_itself(played):
    billing, asked = await played("billing", {"text": "done"})
    outer, _ = await played(
        "outer", calls(("transfer_to_billing", {"reason": "r"})), {"text": "I stay"}, handoffs=(Peer(billing),),
        approve=("transfer_*",),
    )  # fmt: skip
    result = await outer.execute("go")
    assert [one.tool for one in result.pending] == ["transfer_to_billing"]
    assert (await outer.resume(stored(result), {"call_0_0": GO})).content == "done"
    assert len(asked.requests) == 1
    assert (await outer.resume(stored(result), {"call_0_0": NO})).content == "I stay"


async def test_other_arguments_are_checked_before_anything_is_done(played, square):
    await played("inner", use(3), {"text": "changed"}, as_tool=True, tools=("square",), approve=True)
    outer, _ = await played("outer", calls(ask("inner")), {"text": "{{last}}"}, tools=("ask_inner",))
    result = await outer.execute("go")
    changed = Decision(verdict="approve", arguments={"n": "x"})
    with pytest.raises(ValidationError, match="square"):
        await outer.resume(stored(result), {"call_0_0/call_0_0": changed})
    changed = Decision(verdict="approve", arguments={"n": 5})
    assert (await outer.resume(stored(result), {"call_0_0/call_0_0": changed})).content == "changed"
    assert square == [5]


async def test_what_was_decided_for_good_is_the_inner_agents(played, square):
    inner, _ = await played(
        "inner", use(3), use(4), {"text": "x"}, as_tool=True, tools=("square",), approve=True
    )  # fmt: skip
    outer, _ = await played("outer", calls(ask("inner")), {"text": "y"}, tools=("ask_inner",))
    result = await outer.execute("go")
    always = Decision(verdict="approve", always="agent")
    done = await outer.resume(stored(result), {"call_0_0/call_0_0": always})
    assert (done.status, square) == ("done", [3, 4])
    assert (inner.always, outer.always) == ({"square": always}, None)


async def test_a_decision_that_comes_too_late_ends_nothing_inside(run, played, square):
    await played("inner", use(3), {"text": "x"}, as_tool=True, tools=("square",), approve=True, approval_timeout=5)
    outer, _ = await played("outer", calls(ask("inner")), {"text": "y"}, tools=("ask_inner",))
    result = await outer.execute("go")
    late = stored(result)
    late["data"]["within"]["call_0_0"]["state"]["expires"] = 1.0
    with pytest.raises(ApprovalExpiredError):
        await outer.resume(late, {"call_0_0/call_0_0": GO})
    assert (await outer.resume(stored(result), {"call_0_0/call_0_0": GO})).content == "y"


async def test_a_state_with_calls_that_nobody_made_is_refused(played, square):
    await played("inner", use(3), {"text": "x"}, as_tool=True, tools=("square",), approve=True)
    outer, _ = await played("outer", calls(ask("inner")), {"text": "y"}, tools=("ask_inner",))
    state = stored(await outer.execute("go"))
    state["data"]["within"] = {}
    with pytest.raises(RunStateError, match="nobody made the call"):
        await outer.resume(state)


async def test_an_agent_within_that_lost_a_tool_says_so(played, square):
    inner, _ = await played("inner", use(3), {"text": "x"}, as_tool=True, tools=("square",), approve=True)
    outer, _ = await played("outer", calls(ask("inner")), {"text": "y"}, tools=("ask_inner",))
    state = stored(await outer.execute("go"))
    inner.remove_tool("square")
    with pytest.raises(RunStateError, match="agent 'inner' lacks tools"):
        await outer.resume(state, {"call_0_0/call_0_0": GO})
