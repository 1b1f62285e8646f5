"""A run of an agent from outside: its parts one by one, or its steps one after the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell.errors import AgentConfigError
from llmspell.model.agent import AgentResult
from llmspell.runtime.parts import PartStream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.model.agent import AgentInput
    from llmspell.model.run_state import Step
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext


class AgentStream(PartStream[AgentResult]):
    """Iterate over the parts of one agent run; the last one is `RunDone(result)`."""

    def __init__(
        self, agent: Agent, given: str | AgentInput, ctx: CallContext | None = None, output: object = None
    ) -> None:
        super().__init__(lambda sink: agent.execute(given, ctx=ctx, sink=sink, output=output), f"agent {agent.name!r}")


class AgentSteps(PartStream[AgentResult]):
    """Iterate over the steps of one agent run; the run waits after each until the next one is asked for."""

    def __init__(
        self, agent: Agent, given: str | AgentInput, ctx: CallContext | None = None, output: object = None
    ) -> None:
        super().__init__(
            lambda _: agent.execute(given, ctx=ctx, gate=self._hand, output=output), f"agent {agent.name!r}"
        )
        self._asked = asyncio.Event()
        self._step: Step | None = None

    async def _hand(self, step: Step) -> None:
        """Hand out a step and wait until the next one is wanted."""
        self._step = step
        self._asked.clear()
        await self._parts.put(step)
        await self._asked.wait()

    async def __aiter__(self) -> AsyncIterator[object]:
        self._asked.set()
        async for step in super().__aiter__():
            yield step
            self._asked.set()

    def state(self) -> dict[str, object]:
        """Give the run after the last step as JSON data, for `resume`."""
        from llmspell.model.run_json import to_json  # noqa: PLC0415 - paid by who keeps a run

        if self._step is None:
            message = "no step of the run was taken yet"
            raise AgentConfigError(message, suggestions=["ask for the state after a step"])
        return to_json(self._step.state)
