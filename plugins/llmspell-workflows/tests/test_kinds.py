from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import (
    LimitReachedError,
    ValidationError,
    WorkflowConditionError,
    WorkflowDefinitionError,
    WorkflowMergeError,
    WorkflowStepError,
)
from llmspell.testing.workflows import asked, flow, made, ran, step

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.model.workflow import Given


def boom(given: Given) -> object:
    raise ValidationError("boom")


def gives(value: object) -> Callable[[Given], object]:
    return lambda given: value


def faults(error: Any) -> list[str]:
    return [f"{one['path']} {one['message']}" for one in error.value.context["faults"]]


# -- sequences ---------------------------------------------------------------------------------------------------------


async def test_a_sequence_passes_on_what_each_step_gave_and_knows_all_by_name() -> None:
    result = await ran(
        flow(
            "sequential",
            step("one", lambda given: given.value + 1),
            step("two", lambda given: given.value * 10, output="big"),
            step("three", lambda given: [given.values["one"], given.values["big"], given.values["input"]]),
        ),
        1,
    )
    assert result["output"] == [2, 20, 1]
    assert result["outputs"] == {"one": 2, "big": 20, "three": [2, 20, 1]}


async def test_a_step_whose_condition_does_not_hold_is_skipped_and_what_came_before_is_passed_on() -> None:
    result = await ran(
        flow(
            "sequential",
            step("one", lambda given: "one"),
            step("two", boom, condition="{{gt input 5}}"),
            step("three", lambda given: given.value),
        ),
        1,
    )
    assert result["output"] == "one"
    assert result["steps"]["two"]["status"] == "skipped"


async def test_a_pipeline_takes_each_item_through_all_steps_side_by_side() -> None:
    at_once, most = 0, 0

    async def slow(given: Given) -> object:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1
        return given.value * 2

    definition = flow(
        "pipeline",
        step("double", slow),
        step("more", lambda given: given.value + 1),
        items=[1, 2, 3, 4],
        max_concurrency=2,
    )
    result = await ran(definition)
    assert result["output"] == [3, 5, 7, 9]
    assert most == 2
    assert "double[3]" in result["steps"]


async def test_a_saga_takes_back_what_was_done_in_reverse_and_fails_with_the_first_error() -> None:
    undone: list[object] = []

    def undo(name: str) -> Any:
        return step(f"undo {name}", lambda given: undone.append((name, given.values["output"])), input=None)

    definition = flow(
        "saga",
        step("one", lambda given: 1, undo=undo("one")),
        step("two", lambda given: 2),
        step("three", lambda given: 3, undo=undo("three")),
        step("four", boom, undo=undo("four")),
    )
    with pytest.raises(ValidationError, match="boom") as error:
        await ran(definition)
    assert undone == [("three", 3), ("one", 1)]
    assert error.value.context["step"] == "four"


async def test_a_saga_without_anything_to_take_back_is_refused() -> None:
    with pytest.raises(WorkflowDefinitionError, match="compensate"):
        await made(flow("saga", step("one", boom)))


# -- side by side ------------------------------------------------------------------------------------------------------


async def test_the_first_failure_ends_the_other_steps() -> None:
    ended: list[str] = []

    async def waits(given: Given) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    with pytest.raises(ValidationError, match="boom"):
        await ran(flow("parallel", step("waits", waits), step("bad", boom)))
    assert ended == ["cancelled"]


async def test_without_fail_fast_a_failure_is_told_when_all_have_ended_and_never_lost() -> None:
    seen: list[str] = []
    definition = flow("parallel", step("bad", boom), step("good", lambda given: seen.append("good")), fail_fast=False)
    with pytest.raises(WorkflowStepError, match="1 of 2 steps") as error:
        await ran(definition)
    assert seen == ["good"]
    errors: Any = error.value.context["errors"]
    assert errors["bad"]["message"] == "boom"


@pytest.mark.parametrize(("least", "good"), [(1, True), (2, True), (3, False)])
async def test_so_many_steps_must_give_something(least: int, good: bool) -> None:
    steps = [step("one", lambda given: 1), step("bad", boom), step("two", lambda given: 2)]
    definition = flow("parallel", *steps, require_minimum=least)
    if good:
        result = await ran(definition)
        assert result["output"] == {"one": 1, "two": 2}
        assert result["metadata"]["failed_steps"] == ["bad"]
    else:
        with pytest.raises(WorkflowStepError, match="wanted 3"):
            await ran(definition)


async def test_steps_side_by_side_know_nothing_of_one_another() -> None:
    def known(given: Given) -> object:
        return sorted(given.values)

    result = await ran(flow("parallel", step("one", known), step("two", known)), {"a": 1})
    assert result["output"]["one"] == result["output"]["two"] == ["a", "input", "previous", "steps"]


@pytest.mark.parametrize(
    ("strategy", "values", "output"),
    [
        ("collect", [1, 2], {"s1": 1, "s2": 2}),
        ("list", [1, 2], [1, 2]),
        ("merge", [{"a": 1}, {"b": 2, "a": 1}], {"a": 1, "b": 2}),
        (
            "comprehensive_merge",
            [{"a": {"x": 1}, "c": 1}, {"a": {"y": [2]}, "c": 2}],
            {"a": {"x": 1, "y": [2]}, "c": [1, 2]},
        ),
        ("concat", ["one", {"a": 1}], 'one\n\n{"a": 1}'),
        ("first", [1, 2], 1),
        ("last", [1, 2], 2),
        ("majority", [{"a": 1}, 2, {"a": 1}], {"a": 1}),
    ],
)
async def test_results_are_put_together_by_a_named_strategy(strategy: str, values: list[Any], output: object) -> None:
    steps = [step(f"s{number}", gives(value)) for number, value in enumerate(values, 1)]
    assert (await ran(flow("parallel", *steps, strategy=strategy)))["output"] == output


@pytest.mark.parametrize(("strategy", "output"), [("majority", None), ("first", None), ("merge", {}), ("list", [])])
async def test_of_steps_that_were_all_skipped_nothing_is_put_together(strategy: str, output: object) -> None:
    definition = flow("parallel", step("one", boom, condition="{{gt input 5}}"), strategy=strategy)
    assert (await ran(definition, 1))["output"] == output


async def test_maps_that_contradict_each_other_are_not_merged() -> None:
    steps = [step("one", lambda given: {"a": 1}), step("two", lambda given: {"a": 2})]
    with pytest.raises(WorkflowMergeError, match="different values of 'a'"):
        await ran(flow("parallel", *steps, strategy="merge"))


@given(st.lists(st.integers(), min_size=1, max_size=12), st.integers(1, 5))
@settings(max_examples=20, deadline=None)
def test_a_fan_out_keeps_the_order_of_its_items_however_long_each_takes(items: list[int], limit: int) -> None:
    async def takes(given: Given) -> object:
        for _ in range(abs(given.value) % 5):
            await asyncio.sleep(0)
        return given.value * 2

    definition = flow("fan_out", step("one", takes), items=items, max_concurrency=limit)
    assert asyncio.run(ran(definition))["output"] == [item * 2 for item in items]


async def test_a_map_reduce_gives_what_reduce_makes_of_the_results() -> None:
    definition = flow(
        "map_reduce",
        step("map", lambda given: given.value**2),
        step("reduce", lambda given: sum(given.value)),
        items="{{input.numbers}}",
    )
    result = await ran(definition, {"numbers": [1, 2, 3]})
    assert result["output"] == 14
    assert result["outputs"]["map"] == [1, 4, 9]


async def test_what_is_no_list_cannot_be_fanned_out() -> None:
    with pytest.raises(ValidationError, match="wants a list of `items`, not int"):
        await ran(flow("fan_out", step("one", boom), items="{{input.n}}"), {"n": 1})


# -- choices and rounds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "output"), [(10, "large"), (1, None)])
async def test_a_branch_that_is_not_there_gives_nothing(size: int, output: object) -> None:
    definition = flow("conditional", step("if_true", lambda given: "large"), condition="{{gt input 5}}")
    assert (await ran(definition, size))["output"] == output


@pytest.mark.parametrize("said", [1, "yes", [], {}])
async def test_a_function_that_says_neither_yes_nor_no_is_no_condition(said: object) -> None:
    definition = flow("conditional", step("if_true", boom), condition=asked(lambda values: said))
    with pytest.raises(WorkflowConditionError, match="neither true nor false"):
        await ran(definition)


@pytest.mark.parametrize(
    ("said", "holds"), [("yes", True), ("No ", False), ("false", False), (0, False), ([], False), (3, True)]
)
async def test_a_template_holds_as_it_does_in_templates_and_no_is_no(said: object, holds: bool) -> None:
    definition = flow(
        "conditional", step("if_true", lambda given: True), step("if_false", lambda given: False), condition="{{input}}"
    )
    assert (await ran(definition, said))["output"] is holds


async def test_a_loop_ends_at_its_bound_with_an_error() -> None:
    definition = flow(
        "loop", step("one", lambda given: 1), **{"while": asked(lambda values: True), "max_iterations": 3}
    )
    with pytest.raises(LimitReachedError, match="not done after 3 rounds"):
        await ran(definition)


async def test_a_loop_that_counts_has_a_bound_too() -> None:
    with pytest.raises(LimitReachedError, match="not done after 10000 rounds"):
        await ran(flow("loop", step("one", gives(1), condition="{{gt input 5}}"), count=10**9), 1)


async def test_a_loop_over_items_ends_early_when_it_may() -> None:
    definition = flow("loop", step("one", lambda given: given.values["item"]), items=[1, 5, 9], until="{{gt one 4}}")
    assert (await ran(definition))["output"] == [1, 5]


async def test_a_loop_for_nothing_gives_nothing() -> None:
    assert (await ran(flow("loop", step("one", boom), items=[])))["output"] == []
    assert (await ran(flow("loop", step("one", boom), count=0)))["output"] == []
