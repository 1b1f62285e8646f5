"""The contract holds for good tools; a tool with one fault fails exactly the test made for it."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any

import pytest

from llmspell.runtime.tools import ScriptTool
from llmspell.spec import Context, Doc, Example, ToolOutput, tool
from llmspell.testing import ToolContract
from llmspell.testing.tool_contract import assert_like

if TYPE_CHECKING:
    from collections.abc import Iterator


HERE = "llmspell_contract_subjects"
"""The module in which the tools below can be found by their targets."""

counter = itertools.count()


def square(value: Annotated[float, Doc("Number to square.")]) -> float:
    return value * value


square.examples = (  # type: ignore[attr-defined]
    Example("small", {"value": 3}, 9.0),
    Example("fraction", {"value": 0.1}, 0.01),
    Example("negative", {"value": -2}, 4.0),
)


async def size(path: Annotated[str, Doc("File to measure.")], ctx: Context) -> dict[str, object]:
    return {"path": path, "bytes": (await ctx.fs.stat(path)).size}


size.examples = tuple(  # type: ignore[attr-defined]
    Example(name, {"path": name}, {"bytes": len(name)}, files={name: name}, grants=("fs.read=.",))
    for name in ("a", "bb", "c/d")
)


@pytest.fixture(autouse=True)
def subjects() -> Iterator[ModuleType]:
    module = sys.modules[HERE] = ModuleType(HERE)
    vars(module).update(square=square, size=size)
    yield module
    del sys.modules[HERE]


def contract(name: str, *, needs: tuple[str, ...] = (), effect: str = "pure") -> type[ToolContract]:
    class Checked(ToolContract):
        tool = globals()["tool"](name, f"{HERE}:{name}", f"Do {name}.", category="test", needs=needs, effect=effect)

    return Checked


class TestSquare(ToolContract):
    tool = tool("square", f"{HERE}:square", "Square a number.", category="test", effect="pure")


class TestSize(ToolContract):
    tool = tool("size", f"{HERE}:size", "Measure a file.", category="test", needs={"fs.read"}, effect="idempotent")


def size_by_a_second_door(path: Annotated[str, Doc("File.")]) -> dict[str, object]:
    return {"path": path, "bytes": len(Path(path).name if "/" not in path else path)}


size_by_a_second_door.examples = size.examples  # type: ignore[attr-defined]


def undocumented(value: float) -> float:
    return value * value


def impure(value: Annotated[float, Doc("Number.")]) -> float:
    return value * value + next(counter) * 1e-14


def not_json(value: Annotated[float, Doc("Number.")]) -> object:
    return {value}


def infinite(value: Annotated[float, Doc("Number.")]) -> object:
    return float("inf")


def odd_metadata(value: Annotated[float, Doc("Number.")]) -> ToolOutput:
    return ToolOutput(value * value, metadata={"when": object()})


def wrong(value: Annotated[float, Doc("Number.")]) -> float:
    return value + 1


BARE = tuple(example._replace(result=None) for example in square.examples)  # type: ignore[attr-defined]
for subject in (undocumented, impure, odd_metadata, wrong):
    subject.examples = square.examples  # type: ignore[union-attr, attr-defined]
not_json.examples = infinite.examples = BARE  # type: ignore[attr-defined]


def few(value: Annotated[float, Doc("Number.")]) -> float:
    return value * value


few.examples = square.examples[:2]  # type: ignore[attr-defined]


def twins(value: Annotated[float, Doc("Number.")]) -> float:
    return value * value


twins.examples = tuple(e._replace(name="same") for e in square.examples[:1]) * 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (undocumented, "test_parameters_are_documented"),
        (few, "test_examples_are_enough"),
        (wrong, "test_examples_pass"),
        (not_json, "test_results_are_json"),
        (infinite, "test_results_are_json"),
        (odd_metadata, "test_results_are_json"),
        (impure, "test_pure_means_the_same_result_twice"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_fault_is_found(failing: Any, subjects: ModuleType, subject: Any, expected: str) -> None:
    setattr(subjects, subject.__name__, subject)
    assert failing(contract(subject.__name__)) == {expected}


def test_examples_of_one_name_are_found(failing: Any, subjects: ModuleType) -> None:
    subjects.twins = twins  # type: ignore[attr-defined]
    assert "test_examples_are_enough" in failing(contract("twins"))


def test_an_unknown_right_is_found(failing: Any) -> None:
    assert "test_rights_are_known" in failing(contract("square", needs=("fs.everything",)))


def test_a_tool_that_goes_around_the_guard_is_found(failing: Any, subjects: ModuleType) -> None:
    subjects.size_by_a_second_door = size_by_a_second_door  # type: ignore[attr-defined]
    checked = contract("size_by_a_second_door", needs=("fs.read",), effect="idempotent")
    assert failing(checked) == {"test_rights_are_asked_for_each_use", "test_without_rights_it_is_denied"}


def test_a_schema_that_accepts_anything_is_found(failing: Any, subjects: ModuleType) -> None:
    async def handler(args: Any, ctx: Any) -> object:
        return args["value"] * args["value"]

    number = {"type": "number", "description": "Number to square."}
    schema = {"type": "object", "properties": {"value": number}, "required": ["value"]}
    subjects.loose = ScriptTool(handler, schema, examples=square.examples)  # type: ignore[attr-defined]
    assert failing(contract("loose")) == {"test_schema_is_valid", "test_unknown_argument_is_a_fault"}


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"a": 1, "more": 2}, {"a": 1}),
        ([1, {"a": 0.1 + 0.2}], [1, {"a": 0.3}]),
        ((1, 2), [1, 2]),
        (None, None),
    ],
)
def test_results_that_are_like_an_example(result: object, expected: object) -> None:
    assert_like(result, expected, "it")


@pytest.mark.parametrize(
    ("result", "expected"), [({"b": 1}, {"a": 1}), ([1], [1, 2]), (1.1, 1.0), ("1", 1), (None, {"a": 1}), ([2], [1])]
)
def test_results_that_are_not_like_an_example(result: object, expected: object) -> None:
    with pytest.raises(AssertionError, match=r"^it"):
        assert_like(result, expected, "it")
