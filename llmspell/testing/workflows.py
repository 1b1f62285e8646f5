"""Workflows of functions, for who writes a kind of them: made and run by a real application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.model.workflow import Definition, Given, Step
from llmspell.runtime.workflows.subjects import FunctionSubject
from llmspell.runtime.workflows.workflow import Workflow, make
from llmspell.testing.context import open_context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def step(name: str, body: Callable[[Given], object], **more: Any) -> Step:
    """Make a step of a function of what it is given; a coroutine is awaited."""

    async def run(given: Given, ctx: object) -> object:  # noqa: ARG001 - a subject is given it
        value = body(given)
        return await value if hasattr(value, "__await__") else value

    return Step(name=name, subject=FunctionSubject(run), **more)


def flow(kind: str, *steps: Step, name: str = "flow", **more: Any) -> Definition:
    """Make a definition; what is no field of one is an option of its kind."""
    fields = {key: more.pop(key) for key in ("output", "timeout", "tolerant", "input") if key in more}
    return Definition(name=name, kind=kind, steps=steps, options=more, **fields)


async def made(definition: Definition, plugins: Iterable[str] = ()) -> Workflow:
    """Make a workflow, which is not run; `plugins` are modules as `-p` takes them."""
    async with open_context(plugins=plugins) as ctx:
        return await make(ctx.app, definition)


async def ran(definition: Definition, given: object = None, plugins: Iterable[str] = ()) -> dict[str, Any]:
    """Make a workflow, run it, and give its result."""
    async with open_context(plugins=plugins) as ctx:
        return await (await make(ctx.app, definition)).execute(given, ctx=ctx)


def asked(body: Callable[[Any], object]) -> Any:
    """Make a condition or mapping of a function of the values."""

    async def ask(values: Any) -> object:
        return body(values)

    return ask
