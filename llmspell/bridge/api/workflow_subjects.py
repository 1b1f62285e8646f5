"""Who does a step of a script's workflow: agents under their strategies, and functions of the script."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from llmspell.bridge import shapes
from llmspell.model.workflow import told
from llmspell.runtime.workflows.values import shown

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.strategy import Strategy
    from llmspell.bridge.callbacks import Callback
    from llmspell.model.workflow import Definition, Given, Values
    from llmspell.runtime.context import CallContext

AT_ONCE: ContextVar[asyncio.Semaphore | None] = ContextVar("AT_ONCE", default=None)
"""What bounds how many agents work at once, within a spell that says so; an agent's own steps are not counted again."""


class AgentSubject:
    """An agent; what it gives is its structured output, else its text."""

    __slots__ = ("agent", "arguments", "name", "role", "strategy", "within")

    def __init__(self, agent: AgentHandle, strategy: Strategy | None = None) -> None:
        self.role = "agent"
        self.strategy = strategy
        self.name = agent.agent.name
        self.agent = agent
        self.arguments: Mapping[str, Any] | None = None
        self.within: Definition | None = None

    def under(self, strategy: Strategy) -> AgentSubject:
        """Give the agent under another strategy than its own."""
        return AgentSubject(self.agent, strategy)

    async def run(self, given: Given, ctx: CallContext) -> object:
        """Ask it; raises `ApprovalRequiredError` when a tool call waits for a person, unless the run is durable."""
        from llmspell.bridge.api.agent_options import ExecuteOptions  # noqa: PLC0415 - the agent has it
        from llmspell.bridge.api.agent_run import concluded  # noqa: PLC0415 - likewise

        message = said(given)
        context = {key: value for key, value in given.values.items() if key not in ("previous", "steps")}
        options = ExecuteOptions(input=message, context=context)
        if self.strategy is not None:
            options.error_strategy = self.strategy
        gate = AT_ONCE.get()
        if gate is None:
            result = await concluded(self.agent, message, options, ctx)
        else:
            async with gate:
                token = AT_ONCE.set(None)
                try:
                    result = await concluded(self.agent, message, options, ctx)
                finally:
                    AT_ONCE.reset(token)
        said_of_it = shapes.agent_result(result)
        if result.status != "done":
            raise self.agent.unanswered(said_of_it)
        return said_of_it["output"]


def said(given: Given) -> str:
    """Write what an agent is told: the instruction, then what it is given, as text or JSON.

    An instruction that speaks of values itself is told alone, unless the step has an `input`.
    """
    if not given.instruction:
        return shown(given.value)
    nothing = given.value is None or given.value == {}
    if nothing or (given.complete and not given.mapped):
        return given.instruction
    return f"{given.instruction}\n\n{shown(given.value)}"


class Question:
    """A mapping or condition of the script as a function of the values, with the rights of who asks."""

    __slots__ = ("_ctx", "_function")

    def __init__(self, function: Callback, ctx: CallContext | None = None) -> None:
        self._function = function
        self._ctx = ctx

    def on_behalf(self, ctx: CallContext) -> Question:
        """Give the function with at most the rights of a context."""
        return Question(self._function, ctx)

    async def __call__(self, values: Values) -> object:
        """Ask the script."""
        return await self._function(told(values), ctx=self._ctx)


def body(function: Callback) -> Any:
    """Give a step of the script: `function(context)`, or `function(context, input)` where the step has an `input`.

    It works on behalf of the step.
    """

    async def run(given: Given, ctx: CallContext) -> object:
        arguments = (told(given.values), given.value) if given.mapped else (told(given.values),)
        return await function(*arguments, timeout=None, ctx=ctx)

    return run
