from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ValidationError, WorkflowDefinitionError
from llmspell.testing.workflows import flow, made, step

if TYPE_CHECKING:
    from llmspell.model.workflow import Given


def boom(given: Given) -> object:
    raise ValidationError("boom")


def faults(error: Any) -> list[str]:
    return [f"{one['path']} {one['message']}" for one in error.value.context["faults"]]


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        (flow("sequential"), "steps are missing"),
        (flow("parallel", step("a", boom), max_concurrency=0), "max_concurrency must be 1 or more"),
        (flow("parallel", step("a", boom), require_minimum=2), "there are 1 steps"),
        (flow("parallel", step("a", boom), strategy="mix"), "'mix' is none of"),
        (flow("parallel", step("a", boom), strateggy="list"), "did you mean 'strategy'"),
        (flow("conditional"), "condition is missing"),
        (flow("conditional", condition="{{x}}"), "if_true is missing"),
        (flow("conditional", step("a", boom), step("b", boom)), "would never be done"),
        (flow("loop", step("a", boom)), "has no end"),
        (flow("loop", step("a", boom), items=[], count=1), "cannot both say"),
        (flow("loop", step("a", boom), count=-1), "must be 0 or more"),
        (flow("fan_out", step("a", boom)), "items are missing"),
        (flow("map_reduce", step("map", boom)), "reduce is missing"),
        (flow("custom"), "execute is missing"),
        (flow("sequential", step("a", boom), step("a", boom)), "as another step is called"),
        (flow("sequential", step("a/b", boom)), "has one of / [ ]"),
        (flow("parallel", step("a", boom, output="x"), step("b", boom, output="x")), "as that of another step"),
        (flow("graph", step("a", boom, output="x"), step("b", boom, output="x")), "as that of another step"),
        (flow("sequential", step("input", boom)), "means something else"),
        (flow("sequential", step("a", boom, input="{{#if x}}")), "is no template"),
        (flow("sequential", step("a", boom, input="{{b}}"), step("b", boom)), "does not come before it"),
        (flow("parallel", step("a", boom), step("b", boom, input="{{a}}")), "does not come before it"),
        (flow("graph", step("a", boom), step("b", boom, input="{{steps.a}}")), "does not come before it"),
        (flow("sequential", step("a", boom, input="{{steps.zz}}")), "is not there"),
        (flow("sequential", step("a", boom, condition="score > 5")), "without `{{...}}`"),
        (flow("sequential", step("a", boom, input="{{topc}}"), input={"properties": {"topic": {}}}), "wants 'topc'"),
        (flow("sequential", step("a", boom, input="{{input.topc}}"), input={"properties": {"topic": {}}}), "not given"),
        (flow("sequential", step("a", boom, timeout=0)), "longer than nothing"),
    ],
)
async def test_what_is_wrong_is_told_when_it_is_made(definition: Any, said: str) -> None:
    with pytest.raises(WorkflowDefinitionError, match="is wrong") as error:
        await made(definition)
    assert said in " ".join(faults(error))
