"""A team whose members wait for a person: siblings finish, nobody is asked twice, and another process goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmspell.errors import AgentNotFoundError, RunStateError, ValidationError
from llmspell.model.agent import AgentPart, AgentResult
from llmspell.model.approval import Pending
from llmspell.model.llm import TextDelta
from llmspell.testing import open_context
from llmspell_agents.collaboration.journal import Journal
from llmspell_agents.collaboration.module import Collaboration, Swarm, SwarmGiven
from llmspell_agents.collaboration.options import StartOptions, StepOptions

from .conftest import Stage

WANTS = {"tool_calls": [{"name": "agent_finder", "arguments": {}}], "cost": 0.5}
CAREFUL: dict[str, Any] = {"tools": ("agent_finder",), "approve": True}
BROKEN = {"error": {"type": "authentication", "message": "no key"}}


def vote(number: int) -> str:
    return json.dumps({"ranking": [number], "reason": "so"})


def plan(*names: str) -> str:
    return json.dumps({"assignments": [{"agent": name, "task": "x"} for name in names]})


async def resumed(paused, **models: list[Any]) -> tuple[Any, Stage]:
    """Approve and go on as another process does: agents and models are new, and know only what is still to be said."""
    async with open_context() as ctx:
        there = Stage(ctx)
        for name, steps in models.items():
            await there.add(name, *steps, **CAREFUL)
        decisions: dict[str, object] = {one["id"]: "approve" for one in paused["pending"]}
        result = await Collaboration().resume(paused["state"], ctx, decisions)
        for model in there.models.values():
            model.assert_exhausted()
        return result, there


async def test_siblings_finish_and_the_one_that_waited_goes_on(stage):
    await stage.add("a", {"text": "A", "cost": 0.25})
    await stage.add("b", WANTS, **CAREFUL)
    await stage.add("c", BROKEN)
    paused = await stage.start("parallel", shared={"colour": "red"})
    assert (paused["status"], paused["content"], paused["cost"]) == ("paused", "", "0.75")
    assert [(one["agent"], one["tool"], one["arguments"]) for one in paused["pending"]] == [("b", "agent_finder", {})]
    assert paused["pending"][0]["id"].startswith("b:b:1/")
    assert json.loads(paused["state"])["said"].keys() == {"a:a:1", "c:c:1"}
    done, _ = await resumed(paused, a=[], b=[{"text": "B", "cost": 0.125}], c=[])
    assert (done["status"], done["content"], done["cost"]) == ("done", "## a\n\nA\n\n## b\n\nB", "0.875")
    assert [(one["action"], one["agent"]) for one in done["recoveries"]] == [("skip", "c")]
    assert done["shared"] == {"colour": "red", "a": "A", "b": "B", "c": "failed: no key"}


async def test_one_that_is_not_decided_about_goes_on_waiting(stage):
    await stage.add("a", WANTS, **CAREFUL)
    await stage.add("b", WANTS, **CAREFUL)
    paused = await stage.start("parallel")
    first, second = paused["pending"]
    half = await Collaboration().resume(paused["state"], stage.ctx)
    assert [one["id"] for one in half["pending"]] == [first["id"], second["id"]]
    stage.models["b"].steps.append({"text": "B"})
    half = await Collaboration().resume(half["state"], stage.ctx, {second["id"]: "approve"})
    assert [one["id"] for one in half["pending"]] == [first["id"]]
    stage.models["a"].steps.append({"text": "not allowed"})
    done = await Collaboration().resume(half["state"], stage.ctx, {first["id"]: {"reason": "no"}})
    assert done["content"] == "## a\n\nnot allowed\n\n## b\n\nB"


async def test_a_chain_goes_on_with_who_comes_next(stage):
    await stage.add("one", WANTS, **CAREFUL)
    await stage.add("two", "never")
    steps = [StepOptions(name="x", agent="one"), StepOptions(name="y", agent="two", task="Y.")]
    paused = await stage.start("sequential", steps=steps)
    done, there = await resumed(paused, one=["first"], two=["second"])
    assert [(one["step"], one["content"]) for one in done["results"]] == [("x", "first"), ("y", "second")]
    assert '"x": "first"' in there.asked("two")[0]
    assert "Your part: Y." in there.asked("two")[0]


async def test_votes_are_not_cast_again(stage):
    await stage.add("a", "red", vote(1))
    await stage.add("b", "blue", WANTS, **CAREFUL)
    paused = await stage.start("consensus")
    done, _ = await resumed(paused, a=[], b=[vote(1)])
    assert (done["content"], done["consensus"]) == ("red", True)


async def test_a_leader_does_not_plan_again(stage):
    await stage.add("boss", plan("a", "b"))
    await stage.add("a", WANTS, **CAREFUL)
    await stage.add("b", "B")
    paused = await stage.start("hierarchical")
    done, _ = await resumed(paused, boss=["whole"], a=["A"], b=[])
    assert (done["content"], [one["content"] for one in done["results"]]) == ("whole", ["A", "B"])


async def test_a_coordinator_goes_on_choosing(stage):
    await stage.add("boss", json.dumps({"next": "a"}))
    await stage.add("a", WANTS, **CAREFUL)
    paused = await stage.start("dynamic", leader="boss")
    done, _ = await resumed(paused, boss=[json.dumps({"next": "done", "answer": "whole"})], a=["A"])
    assert (done["content"], done["results"][0]["content"]) == ("whole", "A")


async def test_a_swarm_goes_on_scoring(stage):
    await stage.add("a", "x", WANTS, **CAREFUL)
    await stage.add("b", "y", json.dumps({"scores": [9]}))
    paused = await Swarm().run(SwarmGiven(agents=["a", "b"], target=9), "Go.", stage.ctx)
    assert paused["status"] == "paused"
    stage.models["a"].steps.append({"text": json.dumps({"scores": [1]})})
    decisions: dict[str, object] = {one["id"]: "approve" for one in paused["pending"]}
    done = await Swarm().resume(paused["state"], stage.ctx, decisions)
    assert (done["content"], done["score"], done["status"]) == ("x", 9.0, "done")


async def test_what_the_agents_say_is_told_while_they_work(stage):
    await stage.add("a", "A")
    await stage.add("b", WANTS, **CAREFUL)
    given = {"agents": ["a", "b"], "strategy": "parallel", "task": "Go."}
    told = [one async for one in Collaboration().stream(StartOptions(**given), stage.ctx).source]
    said = [
        (one.agent, one.part.text) for one in told if isinstance(one, AgentPart) and isinstance(one.part, TextDelta)
    ]
    messages = [(one["agent"], one["content"]) for one in told if isinstance(one, dict) and one["type"] == "message"]
    assert (said, messages) == ([("a", "A")], [("a", "A")])
    paused: Any = told[-1]
    assert (paused["type"], paused["status"]) == ("done", "paused")
    stage.models["b"].steps.append({"text": "B"})
    decisions: dict[str, object] = {one["id"]: "approve" for one in paused["pending"]}
    going = Collaboration().resume_stream(paused["state"], stage.ctx, decisions).source
    told = [one async for one in going]
    assert {one.agent for one in told if isinstance(one, AgentPart)} == {"b"}
    done: Any = told[-1]
    assert done["content"] == "## a\n\nA\n\n## b\n\nB"


async def test_a_failure_ends_the_stream_and_leaving_it_ends_the_work(stage):
    await stage.add("a", BROKEN)
    options = StartOptions(agents=["a"], strategy="parallel", task="Go.", on_failure="abort")
    with pytest.raises(Exception, match="'a' failed"):
        [one async for one in Collaboration().stream(options, stage.ctx).source]
    await stage.add("b", *["x"] * 100)
    options = StartOptions(agents=["b"], steps=[StepOptions(name=str(n)) for n in range(100)], task="Go.")
    parts: Any = Collaboration().stream(options, stage.ctx).source
    await anext(parts)
    await parts.aclose()
    assert 1 <= len(stage.models["b"].requests) < 100


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("no json", RunStateError),
        ({"kind": "swarm", "given": {}}, RunStateError),
        ({"kind": "collaboration", "given": {}, "format": 2}, RunStateError),
        ({"kind": "collaboration", "given": {}, "format": 1, "said": [], "waiting": {}}, RunStateError),
        ({"kind": "collaboration", "given": {"agents": 1}, "format": 1, "said": {}, "waiting": {}}, RunStateError),
    ],
)
async def test_what_is_no_state_is_refused(stage, state, error):
    with pytest.raises(error):
        await Collaboration().resume(state, stage.ctx)


async def test_decisions_and_agents_must_be_known(stage):
    await stage.add("a", WANTS, **CAREFUL)
    paused = await stage.start("parallel")
    with pytest.raises(ValidationError, match="no call waits under 'x'"):
        await Collaboration().resume(paused["state"], stage.ctx, {"x": "approve"})
    with pytest.raises(ValidationError, match="the decision about"):
        await Collaboration().resume(paused["state"], stage.ctx, {paused["pending"][0]["id"]: "perhaps"})
    stage.ctx.run.directory.__init__()
    with pytest.raises(AgentNotFoundError):
        await Collaboration().resume(paused["state"], stage.ctx, {paused["pending"][0]["id"]: "approve"})


def test_who_goes_on_has_the_labels_of_what_all_have_said():
    journal = Journal()
    told = AgentResult(content="A", messages=(), metadata={"labels": ["private", "untrusted"]})
    journal.answered("a:a:1", told, told.usage)
    state: dict[str, Any] = {"agent": "b", "data": {"labels": {"private": ["file_reader"]}, "output": 1}}
    waits = Pending(id="1", tool="t", digest="abc")
    journal.waits("b:b:1", "b", AgentResult(content="", messages=(), status="paused", pending=(waits,), state=state))
    kept = journal.data()["waiting"]["b:b:1"]
    assert kept["state"]["data"] == {
        "labels": {"private": ["file_reader", "what a said"], "untrusted": ["what a said"]}, "output": 1,
    }  # fmt: skip
    assert kept["pending"][0]["digest"] == "abc"
    assert state["data"]["labels"] == {"private": ["file_reader"]}
