"""An open application, a run, and models that say what a test wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from llmspell.runtime.agents import Agent, AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.tools import ScriptTool
from llmspell.testing import script_model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from llmspell.runtime.run import Run
    from llmspell.testing import ScriptedModel


SQUARE = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


@pytest.fixture
async def app() -> AsyncIterator[App]:
    async with App.open() as app:
        yield app


@pytest.fixture
async def run(app: App) -> AsyncIterator[Run]:
    async with app.run("test") as run:
        yield run


@pytest.fixture
def model(run: Run) -> Callable[[Sequence[Any]], ScriptedModel]:
    """Put a scripted model in place as provider `fake`."""

    def make(steps: Sequence[Any]) -> ScriptedModel:
        return script_model(run, steps)

    return make


@pytest.fixture
def agent(run: Run) -> Callable[..., object]:
    """Make an agent of the scripted model."""

    async def make(**config: object) -> Agent:
        given = {"name": "tester", "provider": "fake", "model": "m", **config}
        return await run.app.agents.create(run, AgentConfig(**given))  # type: ignore[arg-type]

    return make


@pytest.fixture
def square(run: Run) -> list[int]:
    """A tool that squares, counts, and fails for 13."""
    calls: list[int] = []

    async def handler(args: Mapping[str, object], ctx: object) -> object:
        n = cast("int", args["n"])
        calls.append(n)
        if n == 13:
            message = "unlucky"
            raise ValueError(message)
        return {"square": n**2}

    run.app.tools.register(run, "square", "Square a number.", ScriptTool(handler, SQUARE), category="test")
    return calls
