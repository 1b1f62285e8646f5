from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import ValidationError, WorkflowCycleError, WorkflowDefinitionError, WorkflowStateError
from llmspell.testing.workflows import flow, made, ran, step

if TYPE_CHECKING:
    from llmspell.model.workflow import Given


def boom(given: Given) -> object:
    raise ValidationError("boom")


def faults(error: Any) -> list[str]:
    return [f"{one['path']} {one['message']}" for one in error.value.context["faults"]]


async def test_a_graph_joins_and_each_step_knows_only_what_it_depends_on() -> None:
    def known(given: Given) -> object:
        return [sorted(set(given.values) - {"input", "previous", "steps"}), given.value]

    definition = flow(
        "graph",
        step("end", known, after=("left", "right")),
        step("left", lambda given: "l", after=("start",)),
        step("right", lambda given: "r", after=("start",)),
        step("start", lambda given: "s"),
        step("alone", known),
    )
    result = await ran(definition)
    assert result["output"] == {"alone": [[], None], "end": [["left", "right", "start"], {"left": "l", "right": "r"}]}


async def test_what_needs_a_skipped_step_is_skipped_and_a_join_goes_on_with_the_other() -> None:
    definition = flow(
        "graph",
        step("a", boom, condition="{{gt input 5}}"),
        step("after a", boom, after=("a",)),
        step("b", lambda given: "b"),
        step("join", lambda given: given.value, after=("after a", "b")),
    )
    result = await ran(definition, 1)
    assert result["output"] == {"b": "b"}
    assert result["steps"]["a"]["status"] == "skipped"


async def test_a_join_of_any_begins_with_the_first() -> None:
    never = asyncio.Event()

    async def waits(given: Given) -> object:
        await never.wait()
        return "late"

    def first(given: Given) -> object:
        never.set()
        return given.value

    definition = flow(
        "graph",
        step("slow", waits),
        step("quick", lambda given: "quick"),
        step("join", first, after=("slow", "quick"), join="any"),
    )
    assert (await ran(definition))["output"] == {"quick": "quick"}


@given(st.integers(2, 9), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_no_step_of_a_graph_begins_before_those_that_it_needs(count: int, random: Any) -> None:
    began: list[int] = []
    names = list(range(count))
    random.shuffle(names)
    needs = {name: tuple(other for other in names if other < name and random.random() < 0.4) for name in names}

    def body(name: int) -> Any:
        async def run(given: Given) -> object:
            began.append(name)
            await asyncio.sleep(0)
            return name

        return run

    steps = [step(f"s{name}", body(name), after=tuple(f"s{one}" for one in needs[name])) for name in names]
    asyncio.run(ran(flow("graph", *steps, max_concurrency=random.randint(1, 4))))
    assert sorted(began) == sorted(names)
    for name in names:
        assert all(began.index(one) < began.index(name) for one in needs[name])


async def test_circles_are_found_when_a_graph_is_made() -> None:
    definition = flow(
        "graph", step("a", boom, after=("b",)), step("b", boom, after=("a",)), step("c", boom, after=("b",))
    )
    with pytest.raises(WorkflowCycleError) as error:
        await made(definition)
    assert faults(error) == ["steps wait for one another in a circle: a, b; repeat steps with a loop"]


async def test_a_circle_and_an_unknown_step_are_told_together() -> None:
    definition = flow("graph", step("one", boom, after=("one",)), step("two", boom, after=("onne",)))
    with pytest.raises(WorkflowDefinitionError) as error:
        await made(definition)
    assert not isinstance(error.value, WorkflowCycleError)
    assert faults(error) == [
        "steps wait for one another in a circle: one; repeat steps with a loop",
        "steps[2].depends_on names 'onne', which is no step; did you mean 'one'?",
    ]


async def test_no_step_is_done_after_the_end() -> None:
    kept: list[Any] = []

    async def execute(values: Any, do: Any) -> object:
        kept.append(do)
        return await do("add", 1)

    await ran(flow("custom", step("add", lambda given: given.value + 1), execute=execute))
    with pytest.raises(WorkflowStateError, match="is completed: no step of it is done any more"):
        await kept[0]("add", 2)


async def test_a_function_decides_which_step_comes_next() -> None:
    async def execute(values: Any, do: Any) -> object:
        first = await do("add", 1)
        return await do("add", first) + await do("add", 10)

    result = await ran(flow("custom", step("add", lambda given: given.value + 1), execute=execute))
    assert result["output"] == 14
    assert list(result["steps"]) == ["add", "add[2]", "add[3]"]
