"""What a schema cannot say of plans, conclusions and solutions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.bridge.api.thinking_shapes import (
    lessons_schema,
    plan_faults,
    plan_schema,
    reasoning_faults,
    reasoning_schema,
    solution_faults,
    solution_schema,
    waves,
)
from llmspell.model.output import Shape

IDS = "abcdef"


def step(name: str, *needs: str) -> dict[str, Any]:
    return {"id": name, "title": name, "details": "", "needs": list(needs), "done_when": ""}


def plan(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"steps": list(steps), "assumptions": [], "risks": []}


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(IDS), st.lists(st.sampled_from(IDS), unique=True), min_size=1))
def test_an_order_has_every_step_after_those_it_needs(needs: dict[str, list[str]]) -> None:
    steps = [step(name, *(one for one in before if one in needs)) for name, before in needs.items()]
    found = waves(steps)
    if found is None:
        assert plan_faults(plan(*steps)) == ["some steps wait for each other in a circle"]
        return
    assert plan_faults(plan(*steps)) == []
    assert sorted(one for wave in found for one in wave) == sorted(needs)
    at = {one: number for number, wave in enumerate(found) for one in wave}
    for one in steps:
        assert all(at[before] < at[one["id"]] for before in one["needs"])
        assert at[one["id"]] == 1 + max((at[before] for before in one["needs"]), default=-1), "as early as it can be"


def test_what_is_wrong_with_plans() -> None:
    assert plan_faults(plan(step("a"), step("a"), step("b", "c"))) == [
        "the id 'a' belongs to several steps",
        "step 'b' needs 'c', which is no step",
    ]


@pytest.mark.parametrize(("named", "count"), [([0], 1), ([2], 1), ([1], 0), ([-1], 3)])
def test_evidence_that_nobody_gave(named: list[int], count: int) -> None:
    assert len(reasoning_faults({"steps": [{"thought": "", "evidence": named}]}, count)) == 1


def test_what_is_wrong_with_solutions() -> None:
    found = {"options": [{"name": "walk"}], "chosen": "fly", "checks": [{"number": 1}, {"number": 1}]}
    assert solution_faults(found, 2) == [
        "'fly' was chosen, and is none of the options",
        "the checks are about the constraints [1, 1], and there are 2",
    ]
    assert solution_faults({**found, "chosen": "walk", "checks": []}, 0) == []


@pytest.mark.parametrize(
    "schema", [plan_schema(3), reasoning_schema(), solution_schema(0), solution_schema(2), lessons_schema()]
)
def test_schemas_are_ones_that_answers_can_be_held_to(schema: dict[str, Any]) -> None:
    assert Shape.of(schema).judge({}).faults


def test_a_plan_has_no_more_steps_than_it_may() -> None:
    shape = Shape.of(plan_schema(1))
    assert not shape.judge(plan(step("a"))).faults
    assert shape.judge(plan(step("a"), step("b"))).faults
