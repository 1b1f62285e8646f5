"""An open application, a run, and models that say what a test wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.runtime.agents import Agent, AgentConfig
from llmspell.runtime.app import App
from llmspell.testing import script_model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from llmspell.runtime.run import Run
    from llmspell.testing import ScriptedModel


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
