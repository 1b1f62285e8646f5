"""What the methods of agents that ask for something have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge import shapes
from llmspell.bridge.api.agent_run import concluded
from llmspell.bridge.api.agent_runs import AgentRuns
from llmspell.bridge.definition import function
from llmspell.errors import LlmspellError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.bridge.api.agent_options import ExecuteOptions
    from llmspell.bridge.api.tool import CallOptions
    from llmspell.model.agent import AgentInput
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext

    Table = dict[str, Any]


class Asking(AgentRuns):
    """An agent that can be asked for more than an answer."""

    @function()
    async def initialize(self, ctx: CallContext) -> dict[str, object]:
        """Make sure that the agent could work, before anything is asked: `{ready=true, provider, model, tools}`.

        An agent needs no such call: it is ready when it is made. Raises `agent_configuration` without a model,
        `component_unavailable` and `tool_not_found` for a provider or tool that cannot be loaded.
        """
        agent, app = self.agent, self.session.app
        choice = app.models.choose(agent.run, agent.config.provider, agent.config.model)
        await app.components.instance(choice.component, run=ctx.run)
        tools = [(await app.tools.bind(name, run=agent.run)).spec.name for name in agent.tools]
        return {"ready": not agent.closed, "provider": choice.component.name, "model": choice.model, "tools": tools}

    async def answered(
        self,
        given: ExecuteOptions,
        options: CallOptions | None,
        ctx: CallContext,
        *,
        start: AgentInput | None = None,
        twin: Agent | None = None,
    ) -> Table:
        """Run the agent, or a twin of it, as `execute` does, strategies included; `start` is what is given, if known.

        Raises `approval_required` for a run that waits, unless the run is durable.
        """
        given.error_strategy = None if options is None else options.error_strategy
        given.timeout = None if options is None else options.timeout
        result = await concluded(self, given.message() if start is None else start, given, ctx, twin=twin)
        return self.ended(shapes.agent_result(result))

    def ended(self, result: Table) -> Table:
        """Give a result; raises `ApprovalRequiredError` for one that is none yet, with the state to go on from."""
        if result.get("status") == "paused":
            raise self.unanswered(result)
        return result

    async def failing_as_asked(self, work: Callable[[], Awaitable[Table]], options: CallOptions | None) -> Table:
        """Do what was asked for; give its failure as a table where that is wanted."""
        try:
            return await work()
        except LlmspellError as error:
            if options is not None and options.on_error == "return":
                return shapes.failure(self.session.told(error))
            raise
