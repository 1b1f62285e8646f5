"""A stage for teams: agents whose models say what a test wants."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.builtin.scripted import ScriptedModel
from llmspell.runtime.agents import AgentConfig
from llmspell.spec import provider
from llmspell.testing import open_context
from llmspell_agents.collaboration.module import Collaboration
from llmspell_agents.collaboration.options import StartOptions


class Stage:
    """A run with agents that say what a test wants, and the models behind them."""

    def __init__(self, ctx: Any) -> None:
        self.ctx = ctx
        self.models: dict[str, ScriptedModel] = {}

    async def add(self, name: str, *steps: Any, **config: Any) -> None:
        described = provider(name, "llmspell.builtin.scripted:ScriptedModel", "Steps of a test.", price=(0, 0))
        self.models[name] = ScriptedModel([{"text": one} if isinstance(one, str) else one for one in steps])
        run = self.ctx.run
        run.app.catalog.register(described, self.models[name], owner=run.id)
        made = await run.app.agents.create(run, AgentConfig(name=name, provider=name, model="m", **config))
        run.directory.add(made)

    async def start(self, strategy: str, *agents: str, **options: Any) -> dict[str, Any]:
        names = agents or tuple(self.models)
        given = StartOptions(agents=list(names), strategy=strategy, **{"task": "Go.", **options})
        return await Collaboration().start(given, self.ctx)

    def asked(self, name: str) -> list[str]:
        return [request.messages[-1].text for request in self.models[name].requests]


@pytest.fixture
async def stage():
    async with open_context() as ctx:
        yield Stage(ctx)
