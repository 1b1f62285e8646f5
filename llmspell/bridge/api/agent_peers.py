"""What agents do with one another, as scripts see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.api.tool import ToolHandle
from llmspell.bridge.definition import Handle, Options, function

if TYPE_CHECKING:
    from typing import Annotated

    from llmspell.runtime.agents import Agent


class AsToolOptions(Options):
    """How an agent is offered to others as a tool."""

    positional = "name"

    name: Annotated[str, "snake_case name that models call; `ask_` and the agent's name"] = ""
    description: Annotated[str, "one sentence for models; the agent's own"] = ""
    remember: Annotated[bool, "whether it remembers what it was asked before"] = False


class AgentPeers(Handle):
    """The part of an agent that is about other agents."""

    agent: Agent

    @function()
    def as_tool(self, options: AsToolOptions = AsToolOptions()) -> ToolHandle:  # noqa: B008 - never changed
        """Make a tool of the agent, whose argument is `input` and whose result is what the agent answers.

        It has the rights that both the agent and its caller have; what it takes is counted for its caller, too. Where
        tools are listed an agent may stand for itself: `tools = {agent}`.
        """
        from llmspell.model.schema import ArgumentSchema  # noqa: PLC0415 - comes with the first tool
        from llmspell.runtime.peers.tool import ASKED, agent_tool  # noqa: PLC0415 - paid by who has such tools
        from llmspell.runtime.tools import BoundTool  # noqa: PLC0415 - likewise

        component, tool = agent_tool(
            self.agent, name=options.name, description=options.description, remember=options.remember, holder=self
        )
        component.plugin = "script"
        return ToolHandle(self.session, component, BoundTool(component, tool, ArgumentSchema.from_json_schema(ASKED)))
