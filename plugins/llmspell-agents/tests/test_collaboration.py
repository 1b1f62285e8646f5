"""Collaborations: who does what in which order, how they agree, and what is done when somebody fails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmspell.errors import AgentNotFoundError, CollaborationError
from llmspell_agents.collaboration.module import Collaboration, Swarm, SwarmGiven
from llmspell_agents.collaboration.options import StepOptions, SwarmOptions, SyncOptions
from llmspell_agents.collaboration.voting import Vote, tally

BROKEN = {"error": {"type": "authentication", "message": "no key"}}


def vote(*ranking: int, **more: Any) -> str:
    return json.dumps({"ranking": ranking, "reason": "so", **more})


# -- one after the other, side by side


async def test_one_after_the_other_each_knows_what_came_before(stage):
    await stage.add("one", {"text": "first", "cost": 0.1})
    await stage.add("two", {"text": "second", "cost": 0.2})
    result = await stage.start("sequential", shared={"colour": "red"})
    assert (result["content"], result["cost"], result["usage"]["requests"]) == ("second", "0.3", 2)
    assert stage.asked("one") == ['Go.\n\n[What the team knows]\n{"colour": "red"}']
    assert stage.asked("two") == ['Go.\n\n[What the team knows]\n{"colour": "red", "one": "first"}']
    assert result["shared"] == {"colour": "red", "one": "first", "two": "second"}
    assert [(one["step"], one["success"]) for one in result["results"]] == [("one", True), ("two", True)]
    assert [one["agent"] for one in result["messages"]] == ["one", "two"]
    assert [(one["agent"], one["cost"]) for one in result["nested"]] == [("one", 0.1), ("two", 0.2)]


async def test_steps_say_who_does_what(stage):
    await stage.add("one", "a", "c")
    await stage.add("two", "b")
    steps = [StepOptions(name="x", task="X."), StepOptions(agent="two", task="Y."), StepOptions(name="z", agent="one")]
    result = await stage.start("sequential", steps=steps)
    assert [(one["step"], one["agent"], one["content"]) for one in result["results"]] == [
        ("x", "one", "a"), ("two", "two", "b"), ("z", "one", "c"),
    ]  # fmt: skip
    assert stage.asked("one")[0].startswith("Go.\n\nYour part: X.")


async def test_side_by_side_as_far_as_steps_do_not_wait(stage):
    for name in ("a", "b", "c"):
        await stage.add(name, name.upper())
    await stage.add("lead", "all of it")
    told = []
    stage.ctx.app.events.subscribe("collaboration_*", lambda event: told.append(event.name))
    steps = [StepOptions(name=n, agent=n) for n in "ab"] + [StepOptions(name="c", agent="c", depends_on=["both"])]
    points = [SyncOptions(name="both", wait_for=["a", "b"])]
    result = await stage.start("parallel", steps=steps, sync_points=points, leader="lead", concurrency=1)
    assert result["content"] == "all of it"
    assert result["sync_points"] == [{"name": "both", "done": ["a", "b"], "required": 2}]
    assert '"a": "A", "b": "B"' in stage.asked("c")[0]
    assert "## a\n\nA\n\n## b\n\nB\n\n## c\n\nC" in stage.asked("lead")[0]
    assert told == ["collaboration_started", "collaboration_synchronized", "collaboration_completed"]


async def test_a_sync_point_needs_so_many(stage):
    await stage.add("a", BROKEN)
    await stage.add("b", "B")
    points = [SyncOptions(name="both", wait_for=["a", "b"])]
    with pytest.raises(CollaborationError, match="sync point 'both' needs 2 of 2 steps, 1 succeeded"):
        await stage.start("parallel", sync_points=points)


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ([StepOptions(name="x", depends_on=["y"])], "no step is called y"),
        (
            [StepOptions(name="x", depends_on=["y"]), StepOptions(name="y", depends_on=["x"])],
            "in a circle: x > y > x|in a circle: y > x > y",
        ),
        ([StepOptions(name="x"), StepOptions(name="x")], "two steps are called 'x'"),
    ],
)
async def test_steps_that_cannot_be_ordered_are_refused(stage, steps, says):
    await stage.add("a", "A")
    with pytest.raises(CollaborationError, match=says):
        await stage.start("parallel", steps=steps)


# -- agreement


async def test_they_vote_and_agree(stage):
    await stage.add("a", "red", vote(2))
    await stage.add("b", "blue", vote(2))
    await stage.add("c", "green", vote(1))
    result = await stage.start("consensus")
    assert (result["content"], result["proposed_by"], result["consensus"], result["decided_by"]) == (
        "blue", "b", True, "votes",
    )  # fmt: skip
    (only,) = result["rounds"]
    assert [one["points"] for one in only["proposals"]] == [1.0, 2.0, 0.0]
    assert [one["ranking"] for one in only["votes"]] == [[2], [2], [1]]
    assert "### Proposal 1\n\nred" in stage.asked("a")[1]


async def test_what_is_not_agreed_on_is_argued_about(stage):
    await stage.add("a", "red", vote(1), "dark red", vote(1))
    await stage.add("b", "blue", vote(2), "dark red", vote(1))
    result = await stage.start("consensus")
    assert (result["content"], len(result["rounds"])) == ("dark red", 2)
    assert "Nothing was agreed on yet" in stage.asked("a")[2]


@pytest.mark.parametrize(("conflict", "by", "content"), [("best", "best", "red"), ("leader", "leader", "blue")])
async def test_what_is_not_agreed_on_is_decided(stage, conflict, by, content):
    await stage.add("a", "red", vote(1))
    await stage.add("b", "blue", vote(2), vote(2))
    result = await stage.start("consensus", conflict=conflict, leader="b")
    assert (result["content"], result["decided_by"], result["consensus"]) == (content, by, False)


async def test_no_agreement_is_an_error_when_nobody_decides(stage):
    await stage.add("a", "red", vote(1))
    await stage.add("b", "blue", vote(2))
    with pytest.raises(CollaborationError, match="2 agents did not agree after 1 rounds"):
        await stage.start("consensus", conflict="fail")


async def test_who_fails_neither_proposes_nor_votes(stage):
    await stage.add("a", "red", vote(1))
    await stage.add("b", BROKEN, vote(1))
    await stage.add("c", "blue", vote(1))
    result = await stage.start("consensus")
    assert [one["agent"] for one in result["rounds"][0]["proposals"]] == ["a", "c"]
    assert [(one["action"], one["agent"]) for one in result["recoveries"]] == [("skip", "b")]
    await stage.add("d", BROKEN)
    await stage.add("e", "x")
    with pytest.raises(CollaborationError, match="of 2 agents 1 remain"):
        await stage.start("consensus", "d", "e")


def votes(*rankings: tuple[int, ...], confidence: float = 1.0) -> list[Vote]:
    return [Vote(str(at), ranking, confidence) for at, ranking in enumerate(rankings)]


@pytest.mark.parametrize(
    ("given", "count", "rule", "winner", "agreed"),
    [
        (votes((0,), (0,), (1,)), 2, "majority", 0, True),
        (votes((0,), (1,)), 2, "majority", 0, False),
        (votes((0,), (0,), (1,)), 2, "unanimous", 0, False),
        (votes((1,), (1,)), 2, "unanimous", 1, True),
        (votes((0, 1, 2), (1, 2, 0), (1, 0, 2)), 3, "ranked", 1, True),
        (votes((2,), (2,), confidence=0.0), 3, "weighted", 0, False),
    ],
)
def test_votes_are_counted_by_rule(given, count, rule, winner, agreed):
    found = tally(given, count, rule, 0.5, {})
    assert (found.winner, found.agreed) == (winner, agreed)


def test_weights_and_confidence_count():
    given = [Vote("a", (0,), 0.9), Vote("b", (1,), 0.5), Vote("c", (1,), 0.3)]
    assert tally(given, 2, "weighted", 0.5, {}).winner == 0
    assert tally(given, 2, "weighted", 0.5, {"b": 3.0}).points == (0.9, 1.8)


def test_an_agreement_needs_more_than_the_threshold():
    given = votes((0,), (0,), (0,), (1,))
    assert tally(given, 2, "majority", 0.7, {}).agreed
    assert not tally(given, 2, "majority", 0.75, {}).agreed


# -- leaders and coordinators


def plan(*parts: tuple[str, str]) -> str:
    return json.dumps({"assignments": [{"agent": agent, "task": task} for agent, task in parts]})


async def test_a_leader_plans_and_puts_together(stage):
    await stage.add("boss", plan(("a", "Left."), ("b", "Right."), ("a", "Up.")), "whole")
    await stage.add("a", "l", "u", description="Knows left.")
    await stage.add("b", "r")
    result = await stage.start("hierarchical", concurrency=1)
    assert (result["content"], result["leader"]) == ("whole", "boss")
    assert [(one["step"], one["content"]) for one in result["results"]] == [("a 1", "l"), ("b 2", "r"), ("a 3", "u")]
    assert "- a: Knows left." in stage.asked("boss")[0]
    assert "## b 2\n\nr" in stage.asked("boss")[1]


async def test_work_of_who_fails_is_given_to_somebody_else(stage):
    await stage.add("boss", plan(("a", "Left.")), "whole")
    await stage.add("a", BROKEN)
    await stage.add("b", "l")
    result = await stage.start("hierarchical", "boss", "a", "b", on_failure="reassign")
    assert result["recoveries"][0]["action"] == "reassign"
    assert result["results"][0]["success"] is True


async def test_a_leader_that_gives_work_to_strangers_is_stopped(stage):
    await stage.add("boss", plan(("zoe", "Left.")))
    await stage.add("a", "never")
    with pytest.raises(CollaborationError, match="leader 'boss' gave work to zoe, who are not of the team"):
        await stage.start("hierarchical")


def choice(agent: str, **more: str) -> str:
    return json.dumps({"next": agent, **more})


async def test_a_coordinator_chooses_until_it_is_done(stage):
    await stage.add("boss", choice("a", task="Left."), choice("zoe"), choice("b"), choice("done", answer="whole"))
    await stage.add("a", BROKEN)
    await stage.add("b", "r")
    result = await stage.start("dynamic")
    assert result["content"] == "whole"
    assert [(one["step"], one["success"]) for one in result["results"]] == [("a 1", False), ("b 3", True)]
    assert '"a 1": "failed: no key"' in stage.asked("boss")[1]
    assert "there is no agent 'zoe'" in stage.asked("boss")[2]
    assert stage.asked("b")[0].startswith("Go.")


async def test_a_coordinator_that_never_ends_is_stopped(stage):
    await stage.add("boss", *[choice("a")] * 4)
    await stage.add("a", "x", "x", "x")
    with pytest.raises(CollaborationError, match="coordinator 'boss' was not done after 2 turns"):
        await stage.start("dynamic", rounds=2)


# -- failures


async def test_a_chain_tries_again_and_then_breaks(stage):
    await stage.add("one", BROKEN, "first")
    await stage.add("two", BROKEN, BROKEN)
    with pytest.raises(CollaborationError, match="'two' failed with agent 'two': no key") as caught:
        await stage.start("sequential")
    context: dict[str, Any] = caught.value.context
    assert [(one["action"], one["agent"]) for one in context["recoveries"]] == [("retry", "one"), ("retry", "two")]
    assert context["error"]["type"] == "authentication"


async def test_side_by_side_the_others_go_on_until_nobody_is_left(stage):
    await stage.add("a", BROKEN, BROKEN)
    await stage.add("b", "B")
    result = await stage.start("parallel")
    assert [one["success"] for one in result["results"]] == [False, True]
    assert result["content"] == "## b\n\nB"
    with pytest.raises(CollaborationError, match="every agent failed: a"):
        await stage.start("parallel", "a")


async def test_nothing_is_recovered_that_is_to_abort(stage):
    await stage.add("a", BROKEN)
    await stage.add("b", "B")
    with pytest.raises(CollaborationError, match="'a' failed"):
        await stage.start("parallel", on_failure="abort")


async def test_who_is_not_there_and_who_comes_twice_is_refused(stage):
    await stage.add("a", "x")
    with pytest.raises(AgentNotFoundError):
        await stage.start("parallel", "a", "b")
    with pytest.raises(CollaborationError, match="agent 'a' is named twice"):
        await stage.start("parallel", "a", "a")
    with pytest.raises(CollaborationError, match="nothing to do"):
        await stage.start("sequential", "a", task="")


async def test_every_word_is_a_handoff_operation(stage):
    await stage.add("a", "x")
    seen = []
    stage.ctx.run.hooks.register("before_handoff", lambda call, ctx: seen.append(dict(call.metadata)))
    await stage.start("parallel")
    assert seen == [{"from": "collaboration", "to": "a", "reason": "a", "kind": "message"}]


# -- swarms


def scores(*points: float) -> str:
    return json.dumps({"scores": points})


async def test_a_swarm_betters_its_best_solution(stage):
    await stage.add("a", "poor", scores(8), "fine", scores(5), "fine", scores(5))
    await stage.add("b", "good", scores(3), "other", scores(9), "other", scores(9))
    swarm = Swarm().create(SwarmOptions(agents=["a", "b"], rounds=5), stage.ctx)
    assert swarm["names"] == ["a", "b"]
    result = await Swarm().run(SwarmGiven(**swarm), "Go.", stage.ctx)
    assert (result["content"], result["score"], result["found_by"], len(result["rounds"])) == ("fine", 9.0, "a", 3)
    assert "### Scored 8.0 of 10\n\ngood" in stage.asked("a")[2]


async def test_a_swarm_stops_when_it_is_good_enough(stage):
    await stage.add("a", "x", scores(9))
    await stage.add("b", "y", scores(1))
    result = await Swarm().run(SwarmGiven(agents=["a", "b"], target=9), "Go.", stage.ctx)
    assert (result["content"], len(result["rounds"])) == ("y", 1)


async def test_a_swarm_of_one_is_none(stage):
    await stage.add("a", "x")
    with pytest.raises(CollaborationError, match="two agents or more"):
        Swarm().create(SwarmOptions(agents=["a"]), stage.ctx)
    with pytest.raises(CollaborationError, match="two agents or more"):
        await Swarm().run(SwarmGiven(agents=["a"]), "Go.", stage.ctx)


def test_every_strategy_has_its_way_of_recovery():
    assert Collaboration().strategies() == {
        "sequential": "retry", "parallel": "skip", "consensus": "skip", "hierarchical": "reassign", "dynamic": "skip",
    }  # fmt: skip
