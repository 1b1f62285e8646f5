"""Agents as tools of other agents: rights, conversations, costs, failures, and no end."""

from __future__ import annotations

import pytest

from llmspell.builtin.scripted import ScriptedModel
from llmspell.errors import AgentConfigError, AgentDepthError, LimitReachedError, PermissionDeniedError
from llmspell.model.agent import Limits
from llmspell.runtime.peers.tool import agent_tool
from llmspell.runtime.tools import ScriptTool
from llmspell.services.permissions import Grants
from llmspell.spec import provider


@pytest.fixture
def peer(run, agent):
    """Make an agent with steps of its own, and offer it as a tool."""

    async def make(name, *steps, tool=None, **config):
        described = provider(name, "llmspell.builtin.scripted:ScriptedModel", "Steps of a test.", price=(0, 0))
        model = ScriptedModel(list(steps))
        run.app.catalog.register(described, model, owner=run.id)
        made = await agent(name=name, provider=name, **config)
        component, target = agent_tool(made, **(tool or {}))
        run.app.catalog.register(component, target, owner=run.id)
        return made, model

    return make


def ask(name, text="go", cost=0.0):
    return {"tool_calls": [{"name": f"ask_{name}", "arguments": {"input": text}}], "cost": cost}


async def test_an_agent_answers_another_one(model, agent, peer):
    _, inner = await peer("expert", {"text": "forty-two"}, description="Knows numbers.")
    outer = model([ask("expert", "what is it?"), {"text": "{{last}}"}])
    result = await (await agent(tools=("ask_expert",))).execute("tell me")
    assert result.content == "forty-two"
    assert [(one.outcome, one.result) for one in result.tool_calls] == [("done", "forty-two")]
    assert [m.text for m in inner.requests[0].messages] == ["what is it?"]
    spec = outer.requests[0].tools[0]
    assert (spec.name, spec.description, spec.schema["required"]) == ("ask_expert", "Knows numbers.", ["input"])


async def test_it_begins_anew_each_time_unless_it_is_to_remember(model, agent, peer):
    forgetful, one = await peer("one", {"text": "a"}, {"text": "b"})
    keeping, two = await peer("two", {"text": "a"}, {"text": "b"}, tool={"remember": True})
    model([ask("one"), ask("two"), ask("one"), ask("two"), {"text": "done"}])
    await (await agent(tools=("ask_one", "ask_two"))).execute("go")
    assert [len(r.messages) for r in one.requests] == [1, 1]
    assert [len(r.messages) for r in two.requests] == [1, 3]
    assert (len(forgetful.history), len(keeping.history)) == (0, 4)


async def test_its_own_conversation_is_left_alone(model, agent, peer):
    inner, asked = await peer("inner", {"text": "mine"}, {"text": "yours"})
    await inner.chat("before")
    model([ask("inner"), {"text": "done"}])
    await (await agent(tools=("ask_inner",))).execute("go")
    assert [m.text for m in inner.history] == ["before", "mine"]
    assert len(asked.requests[1].messages) == 1


async def test_what_it_takes_is_counted_once_and_for_its_caller(model, agent, peer):
    leaf, _ = await peer("leaf", {"text": "x", "cost": 0.3})
    middle, _ = await peer("middle", ask("leaf", cost=0.1), {"text": "y", "cost": 0.1}, tools=("ask_leaf",))
    model([ask("middle", cost=0.01), {"text": "z", "cost": 0.01}])
    outer = await agent(tools=("ask_middle",))
    result = await outer.execute("go")
    assert result.usage.money == "0.52"
    assert [(one.agent, one.usage.money) for one in result.nested] == [("middle", "0.5")]
    assert [(one.agent, one.usage.money) for one in result.nested[0].nested] == [("leaf", "0.3")]
    assert [one.spending().usage.money for one in (outer, middle, leaf)] == ["0.52", "0.5", "0.3"]
    assert result.usage.requests == 5


async def test_rights_are_those_that_both_have(run, model, agent, peer):
    seen = []

    async def look(args, ctx):
        grants = ctx.within(None, "look").grants
        seen.append((grants.allows("net.connect", "a.example"), grants.allows("net.connect", "b.example")))
        grants.require("net.connect", "a.example", who="look")
        return "looked"

    run.app.tools.register(run, "look", "Look.", ScriptTool(look, {"type": "object"}), category="test")
    spawn = "agent.spawn=*"
    inner, _ = await peer(
        "inner", {"tool_calls": [{"name": "look", "arguments": {}}]}, {"text": "{{last}}"}, tools=("look",)
    )
    inner.scope = inner.scope.child("agent", "inner", grants=Grants.parse([spawn, "net.connect=a.example"]))
    model([ask("inner"), {"text": "done"}])
    outer = await agent(tools=("ask_inner",))
    outer.scope = outer.scope.child("agent", "outer", grants=Grants.parse([spawn, "net.connect=b.example"]))
    await outer.execute("go")
    assert seen == [(False, False)]


async def test_who_may_not_run_agents_cannot_ask_one(model, agent, peer):
    await peer("inner", {"text": "never"})
    model([ask("inner"), {"text": "done"}])
    outer = await agent(tools=("ask_inner",))
    outer.scope = outer.scope.child("agent", "tester", grants=Grants.parse(["agent.spawn=tester"]))
    result = await outer.execute("go")
    assert [one.outcome for one in result.tool_calls] == ["refused"]
    assert result.tool_calls[0].error["type"] == PermissionDeniedError.type


async def test_agents_that_ask_each_other_without_end_are_stopped(run, model, agent, peer):
    pong, _ = await peer("pong", *[ask("ping") for _ in range(9)], limits=Limits(depth=30))
    ping, _ = await peer("ping", *[ask("pong") for _ in range(9)], tools=("ask_pong",), limits=Limits(depth=3))
    pong.add_tool("ask_ping")
    told = []
    run.app.events.subscribe("limit_reached", lambda event: told.append(event.data["limit"]))
    with pytest.raises(AgentDepthError) as caught:
        await ping.execute("go")
    assert caught.value.context["path"] == ["ping", "pong", "ping", "pong", "ping"]
    assert caught.value.context["agent"] == "ping"
    assert told == ["depth"]
    assert ping.history == ()


async def test_depth_zero_forbids_any_other_agent(model, agent, peer):
    await peer("inner", {"text": "never"})
    model([ask("inner")])
    with pytest.raises(AgentDepthError, match="deeper than the 0 that agent 'tester' allows: tester > inner"):
        await (await agent(tools=("ask_inner",), limits=Limits(depth=0))).execute("go")


async def test_a_limit_of_the_asked_agent_is_told_to_who_asked(model, agent, peer, square):
    more = [{"tool_calls": [{"name": "square", "arguments": {"n": n}}]} for n in range(5)]
    await peer("inner", *more, tools=("square",), limits=Limits(turns=2))
    model([ask("inner"), {"text": "never mind"}])
    result = await (await agent(tools=("ask_inner",))).execute("go")
    assert result.content == "never mind"
    (record,) = result.tool_calls
    assert (record.outcome, record.error["type"]) == ("failed", "agent_execution")
    assert "agent 'inner' gave up: agent 'inner' met its limit of 2 turns" in record.error["message"]


async def test_a_limit_of_who_asks_ends_the_run(model, agent, peer):
    await peer("inner", {"text": "dear", "cost": 1.0})
    model([ask("inner", cost=0.1)])
    with pytest.raises(LimitReachedError, match=r"agent 'tester' met its limit of \$0.5"):
        await (await agent(tools=("ask_inner",), limits=Limits(cost=0.5))).execute("go")


async def test_a_name_that_no_tool_can_have_is_refused(agent):
    with pytest.raises(AgentConfigError, match="not snake_case"):
        agent_tool(await agent(), name="Ask Me")


async def test_any_name_of_an_agent_makes_the_name_of_a_tool(agent):
    component, _ = agent_tool(await agent(name="Code Reviewer-2"))
    assert component.name == "ask_code_reviewer_2"
    assert component.summary == "Ask the agent 'Code Reviewer-2'."
