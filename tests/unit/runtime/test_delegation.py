"""Delegation, negotiation and finding: whose account, whose rights, who is chosen."""

from __future__ import annotations

import json

import pytest

from llmspell.builtin.scripted import ScriptedModel
from llmspell.errors import (
    AgentConfigError,
    AgentNotFoundError,
    HandoffError,
    LimitReachedError,
    PermissionDeniedError,
)
from llmspell.model.agent import Limits
from llmspell.runtime.peers.delegation import Bid, best, delegate, negotiate
from llmspell.services.permissions import Grants
from llmspell.spec import provider


@pytest.fixture
def played(run, agent):
    async def make(name, *steps, **config):
        described = provider(name, "llmspell.builtin.scripted:ScriptedModel", "Steps of a test.", price=(0, 0))
        model = ScriptedModel(list(steps))
        run.app.catalog.register(described, model, owner=run.id)
        made = await agent(name=name, provider=name, **config)
        run.directory.add(made)
        return made, model

    return make


def bid(accept, confidence, reason="because", **more):
    return {"text": json.dumps({"accept": accept, "confidence": confidence, "reason": reason, **more}), "cost": 0.1}


async def test_a_task_is_done_on_the_account_of_who_gives_it(run, played):
    boss, _ = await played("boss")
    worker, asked = await played("worker", {"text": "done", "cost": 0.3})
    result = await delegate(boss, worker, run.context(), "Sweep.", reason="it is dusty")
    assert result.content == "done"
    assert [m.text for m in asked.requests[0].messages] == [
        "[The agent 'boss' gives you a task: it is dusty]\n\nSweep."
    ]
    spent = boss.spending()
    assert (spent.usage.money, spent.own.requests, spent.nested[0].agent) == ("0.3", 0, "worker")
    assert worker.spending().usage.money == "0.3"
    assert (boss.history, worker.history) == ((), ())


async def test_it_stays_within_the_limits_of_who_gives_it(run, played):
    boss, _ = await played("boss", limits=Limits(cost=0.2))
    worker, _ = await played("worker", {"text": "dear", "cost": 0.3})
    with pytest.raises(LimitReachedError, match=r"agent 'boss' met its limit of \$0.2"):
        await delegate(boss, worker, run.context(), "Sweep.")


async def test_who_may_run_no_agent_cannot_delegate(run, played):
    boss, _ = await played("boss")
    boss.scope = boss.scope.child("agent", "boss", grants=Grants.parse(["agent.spawn=boss"]))
    worker, _ = await played("worker", {"text": "never"})
    with pytest.raises(PermissionDeniedError):
        await delegate(boss, worker, run.context(), "Sweep.")


async def test_nobody_delegates_to_itself(run, played):
    boss, _ = await played("boss")
    with pytest.raises(HandoffError, match="agent 'boss' cannot hand over to itself"):
        await delegate(boss, boss, run.context(), "Sweep.")


async def test_the_surest_of_those_that_accept_is_chosen(run, played):
    boss, _ = await played("boss")
    await played("sure", bid(False, 1.0))
    one, asked = await played("one", bid(True, 0.4, conditions=["a broom"]))
    two, _ = await played("two", bid(True, 0.7))
    broken, _ = await played("broken", {"error": {"type": "authentication", "message": "no key"}})
    sure = run.directory.get("sure")
    bids = await negotiate(boss, [sure, one, two, broken], run.context(), "Sweep.")
    assert [(b.agent, b.accept, b.confidence) for b in bids] == [
        ("sure", False, 1.0), ("one", True, 0.4), ("two", True, 0.7), ("broken", False, 0.0),
    ]  # fmt: skip
    assert bids[1].conditions == ("a broom",)
    assert (bids[3].error or {})["type"] == "authentication"
    assert best(bids) == bids[2]
    assert best(bids, 0.8) is None
    equal = [Bid("x", accept=True, confidence=0.5), Bid("y", accept=True, confidence=0.5)]
    assert best(equal) is equal[0]
    assert asked.requests[0].messages[-1].text.endswith("Sweep.")
    assert boss.spending().usage.money == "0.3"


async def test_an_offer_to_nobody_is_refused(run, played):
    boss, _ = await played("boss")
    with pytest.raises(AgentConfigError, match="nobody is there"):
        await negotiate(boss, [], run.context(), "Sweep.")


async def test_each_offer_is_a_handoff_operation(run, played):
    boss, _ = await played("boss")
    one, _ = await played("one", bid(True, 1))
    seen = []
    run.hooks.register("before_handoff", lambda call, ctx: seen.append(dict(call.metadata)))
    await negotiate(boss, [one], run.context(), "Sweep.")
    assert seen == [{"from": "boss", "to": "one", "reason": "", "kind": "message"}]


async def test_agents_are_found_by_capabilities_and_words(run, played):
    await played("poet", description="Writes verse.", capabilities=("writing", "rhyme"))
    await played("editor", description="Mends writing, also verse.", capabilities=("writing",))
    found = run.directory.find
    assert [one.name for one in found(["writing"])] == ["poet", "editor"]
    assert [one.name for one in found(["writing", "rhyme"])] == ["poet"]
    assert [one.name for one in found([], "mends verse")] == ["editor", "poet"]
    assert found(["singing"]) == []
    assert found([], "nothing") == []
    with pytest.raises(AgentNotFoundError, match="'poets'") as caught:
        run.directory.get("poets")
    assert list(caught.value.suggestions) == ["use 'poet'"]


async def test_a_model_finds_agents_by_a_tool(run, played):
    await played("poet", description="Writes verse.", capabilities=("writing",))
    asker, _ = await played(
        "asker", {"tool_calls": [{"name": "agent_finder", "arguments": {"capabilities": ["writing"]}}]},
        {"text": "{{last.agents.0.name}}"}, tools=("agent_finder",),
    )  # fmt: skip
    result = await asker.execute("who writes?")
    assert result.content == "poet"
    assert result.tool_calls[0].result == {
        "agents": [{"name": "poet", "description": "Writes verse.", "capabilities": ["writing"]}]
    }


async def test_components_find_and_ask_agents(run, played):
    poet, asked = await played("poet", {"text": "a verse"}, capabilities=("writing",))
    agents = run.context().agents
    (info,) = agents.find(["writing"])
    assert (info.name, info.capabilities) == ("poet", ("writing",))
    assert (await agents.get("poet").ask("Write.", source="somebody")).content == "a verse"
    assert asked.requests[0].messages[-1].text == "Write."
    assert poet.history == ()
    with pytest.raises(AgentNotFoundError, match="this is no agent"):
        agents.get(42)
