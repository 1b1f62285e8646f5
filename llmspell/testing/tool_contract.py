"""The contract of a tool."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import jsonschema_rs
import pytest

from llmspell.errors import PermissionDeniedError, ValidationError
from llmspell.services.permission_rights import RIGHTS
from llmspell.testing.context import open_context
from llmspell.testing.contract import Contract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from pathlib import Path

    from llmspell.runtime.context import CallContext
    from llmspell.runtime.tools import BoundTool
    from llmspell.spec.descriptor import Component
    from llmspell.spec.tools import Example, ToolOutput

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FEWEST_EXAMPLES = 3
DENIED = 2006
UNKNOWN_ARGUMENT = "no_tool_has_this_argument"


class ToolContract(Contract):
    """Check a tool through the real pipeline, in a folder of its own.

    class TestFetch(ToolContract):
        tool = "web_fetch"
    """

    tool: ClassVar[str | Component]
    """The tool's name, or a `Component` made with `tool()`."""

    plugins: ClassVar[tuple[str, ...]] = ()
    """Modules of plugins that are not installed, as `-p` takes them."""

    options: ClassVar[Mapping[str, object] | None] = None
    """Options of the tool's constructor, for tools that have them."""

    @asynccontextmanager
    async def bound(self, folder: Path, grants: Iterable[str] = ()) -> AsyncIterator[tuple[BoundTool, CallContext]]:
        """Open an application in a folder and give the tool, ready to be called, and a context to call it with."""
        async with open_context(grants=grants, cwd=folder, plugins=self.plugins) as ctx:
            yield await ctx.app.tools.bind(self.tool, self.options), ctx

    async def run_example(self, folder: Path, example: Example) -> ToolOutput:
        """Write an example's files, grant its rights, and call the tool."""
        for name, text in (example.files or {}).items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        async with self.bound(folder, example.grants) as (bound, ctx):
            return await ctx.app.tools.execute(ctx, bound, example.args)

    async def test_schema_is_valid(self, tmp_path: Path) -> None:
        """Models and users are told the arguments as JSON Schema 2020-12, which must be valid and closed.

        If this fails, look at the types of the arguments.
        """
        async with self.bound(tmp_path) as (bound, _):
            schema = bound.schema.json_schema
            assert jsonschema_rs.meta.is_valid({"$schema": DRAFT, **schema}), f"not JSON Schema 2020-12: {schema}"
            assert schema.get("type") == "object"
            assert schema.get("additionalProperties") is False, "a misspelt argument would be passed over in silence"

    async def test_parameters_are_documented(self, tmp_path: Path) -> None:
        """A model chooses arguments by their descriptions.

        If this fails, annotate the parameter: `Annotated[int, Doc("Digits to show.")]`.
        """
        async with self.bound(tmp_path) as (bound, _):
            bare = list(_undocumented(bound.schema.json_schema))
            assert not bare, f"no description of {', '.join(bare)}"

    async def test_examples_are_enough(self, tmp_path: Path) -> None:
        """Examples are the tool's documentation, so there are at least three, each with a name of its own.

        If this fails, add `Example`s to the class attribute `examples`.
        """
        async with self.bound(tmp_path) as (bound, _):
            names = [example.name for example in _examples(bound)]
            assert len(names) >= FEWEST_EXAMPLES, f"{len(names)} examples; {FEWEST_EXAMPLES} are the least"
            assert len(names) == len(set(names)), f"two examples share a name: {', '.join(names)}"

    async def test_examples_pass(self, tmp_path: Path) -> None:
        """Every example gives what it says, with the files and rights it declares and no others.

        If this fails, the example or the tool is wrong; a reader would have believed the example.
        """
        async with self.bound(tmp_path) as (bound, _):
            examples = _examples(bound)
        for example in examples:
            folder = tmp_path / example.name.replace(" ", "-").replace("/", "-")
            folder.mkdir()
            output = await self.run_example(folder, example)
            if example.result is not None:
                assert_like(output.result, example.result, f"example {example.name!r}")

    async def test_results_are_json(self, tmp_path: Path) -> None:
        """A result travels to scripts, models and records as JSON.

        If this fails, return dicts with text keys, lists, text, finite numbers, booleans and None.
        """
        for example, folder in await self._each_example(tmp_path):
            output = await self.run_example(folder, example)
            where = f"the result of example {example.name!r}"
            assert _plain(output.result), f"{where} is not JSON data: {output.result!r}"
            assert _plain(dict(output.metadata)), f"the metadata of example {example.name!r} are not JSON data"

    async def test_unknown_argument_is_a_fault(self, tmp_path: Path) -> None:
        """A misspelt argument is told to the caller, never ignored.

        If this fails, the schema was written by hand without `additionalProperties: false`.
        """
        example, folder = (await self._each_example(tmp_path))[0]
        with pytest.raises(ValidationError) as caught:
            await self.run_example(folder, example._replace(args={**example.args, UNKNOWN_ARGUMENT: 1}))
        assert UNKNOWN_ARGUMENT in str(caught.value)

    async def test_missing_argument_is_a_fault(self, tmp_path: Path) -> None:
        """Each required argument that is missing is named.

        If this fails, the tool fills in a value that its schema says the caller must give.
        """
        async with self.bound(tmp_path) as (bound, _):
            required = bound.schema.json_schema.get("required", [])
        if not required:
            pytest.skip("the tool has no required argument")
        example, folder = (await self._each_example(tmp_path))[0]
        for name in required:
            left = {key: value for key, value in example.args.items() if key != name}
            with pytest.raises(ValidationError) as caught:
                await self.run_example(folder, example._replace(args=left))
            assert name in str(caught.value)

    async def test_without_rights_it_is_denied(self, tmp_path: Path) -> None:
        """A tool that declares needs does nothing for a caller without rights.

        If this fails, the tool reaches the world by another way than `ctx`, or only some of its calls need the right:
        then declare it in `optional_needs=`.
        """
        async with self.bound(tmp_path) as (bound, _):
            component = bound.component
        if not component.needs or component.native:
            pytest.skip("the tool declares no rights")
        for example, folder in await self._each_example(tmp_path):
            with pytest.raises(PermissionDeniedError) as caught:
                await self.run_example(folder, example._replace(grants=()))
            assert caught.value.code == DENIED

    async def test_rights_are_asked_for_each_use(self, tmp_path: Path) -> None:
        """A right for one place is no right for another: an example's files are closed when only elsewhere is open.

        If this fails, the tool opens files by itself instead of through `ctx.fs`.
        """
        reading = [(example, folder) for example, folder in await self._each_example(tmp_path) if example.files]
        if not reading:
            pytest.skip("no example has files")
        elsewhere = tuple(f"{right}={tmp_path / 'elsewhere'}" for right in ("fs.read", "fs.write"))
        for example, folder in reading:
            with pytest.raises(PermissionDeniedError):
                await self.run_example(folder, example._replace(grants=elsewhere))

    async def test_rights_are_known(self, tmp_path: Path) -> None:
        """Declared rights are those of the permission list, so that a user can grant them.

        If this fails, correct `needs=` or `optional_needs=` of the descriptor.
        """
        async with self.bound(tmp_path) as (bound, _):
            unknown = bound.component.rights - set(RIGHTS)
            assert not unknown, f"there is no right {', '.join(sorted(unknown))}"

    async def test_pure_means_the_same_result_twice(self, tmp_path: Path) -> None:
        """Results of pure tools may be cached and repeated.

        If this fails, the effect is `idempotent` or `once`, or the tool depends on time, order or chance.
        """
        async with self.bound(tmp_path) as (bound, _):
            effect = bound.component.effect
        if effect != "pure":
            pytest.skip(f"the tool's effect is {effect}")
        for example, folder in await self._each_example(tmp_path):
            first = await self.run_example(folder, example)
            second = await self.run_example(folder, example)
            assert first.result == second.result, f"example {example.name!r} gave two results"

    async def _each_example(self, tmp_path: Path) -> list[tuple[Example, Path]]:
        """Pair each example with an empty folder of its own."""
        async with self.bound(tmp_path) as (bound, _):
            examples = _examples(bound)
        assert examples, "the tool has no examples"
        pairs = []
        for index, example in enumerate(examples):
            folder = tmp_path / f"example-{index}"
            folder.mkdir()
            pairs.append((example, folder))
        return pairs


def _examples(bound: BoundTool) -> tuple[Example, ...]:
    return tuple(getattr(bound.target, "examples", ()))


def _undocumented(schema: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Yield the paths of properties without a description, at every depth of a schema."""
    for name, value in schema.get("properties", {}).items():
        if not value.get("description"):
            yield f"{path}{name}"
        yield from _undocumented(value, f"{path}{name}.")
    if isinstance(schema.get("items"), Mapping):
        yield from _undocumented(schema["items"], f"{path}[].")
    for name, value in schema.get("$defs", {}).items():
        yield from _undocumented(value, f"{name}.")


def assert_like(result: object, expected: object, where: str) -> None:
    """Compare a result with an example: mappings by the example's keys, floats to nine digits, all else exactly."""
    if isinstance(expected, Mapping):
        assert isinstance(result, Mapping), f"{where}: {result!r} is not a mapping"
        for key, value in expected.items():
            assert key in result, f"{where}: no key {key!r} in {result!r}"
            assert_like(result[key], value, f"{where}.{key}")
    elif isinstance(expected, float) and isinstance(result, (int, float)):
        assert math.isclose(result, expected, rel_tol=1e-9, abs_tol=1e-12), f"{where}: {result!r} is not {expected!r}"
    elif isinstance(expected, (list, tuple)) and isinstance(result, (list, tuple)):
        assert len(result) == len(expected), f"{where}: {result!r} is not {expected!r}"
        for index, (one, other) in enumerate(zip(result, expected, strict=True)):
            assert_like(one, other, f"{where}[{index}]")
    else:
        assert result == expected, f"{where}: {result!r} is not {expected!r}"


def _plain(value: object) -> bool:
    """Tell whether a value is JSON data that comes back from JSON as it went."""
    try:
        return bool(json.loads(json.dumps(value, allow_nan=False)) == value)
    except (TypeError, ValueError):
        return False
