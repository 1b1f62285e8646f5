"""An agent as a tool of other agents: it is asked, works on its own, and what it answers is the result."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmspell.errors import AgentConfigError, AgentExecutionError, LimitReachedError, PluginError
from llmspell.model.agent import AgentPart, RunDone
from llmspell.runtime.journal.deciding import settled
from llmspell.runtime.tools import ScriptTool
from llmspell.runtime.unanswered import answered
from llmspell.spec.descriptor import Component

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.model.agent import AgentResult
    from llmspell.model.approval import Decision
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.parts import Sink

ASKED: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "input": {"type": "string", "description": "What to do or to answer, with all that must be known for it."}
    },
    "required": ["input"],
}
TARGET = "llmspell.runtime.peers.tool:AgentTool"
_ODD = re.compile(r"[^a-z0-9]+")


class AgentTool(ScriptTool):
    """Run an agent on behalf of another one: with the rights that both have, and on the other one's account.

    It begins each time with an empty conversation, unless it is to `remember` what it was asked before. `holder` is
    kept for as long as the tool is there.
    """

    __slots__ = ("agent", "holder", "remember")

    def __init__(self, agent: Agent, *, remember: bool = False, holder: object = None) -> None:
        super().__init__(self._ask, ASKED)
        self.agent = agent
        self.remember = remember
        self.holder = holder

    def again(self, state: Mapping[str, object], decisions: Mapping[str, Decision]) -> ScriptTool:
        """Give a tool that goes on with a run in which the agent waited for a person."""
        from llmspell.runtime.peers.within import who_waited  # noqa: PLC0415 - paid by agents that waited

        alone = not self.remember

        async def go_on(_: Mapping[str, object], ctx: CallContext) -> object:
            agent, sink = who_waited(self.agent, state, ctx.run), said_by(self.agent, ctx.sink)
            return await self._answer(
                lambda caller: agent.resume(state, decisions, ctx=caller, sink=sink, alone=alone), ctx
            )

        return ScriptTool(go_on, ASKED)

    async def _ask(self, args: Mapping[str, object], ctx: CallContext) -> object:
        wanted, alone, sink = str(args["input"]), not self.remember, said_by(self.agent, ctx.sink)
        return await self._answer(lambda caller: self.agent.execute(wanted, ctx=caller, sink=sink, alone=alone), ctx)

    async def _answer(self, run: Callable[[CallContext], Awaitable[AgentResult]], ctx: CallContext) -> object:
        """Give the answer: structured output as it is, else the text.

        Raises `ApprovalRequiredError` for an agent that waits for a person within the run of another agent, or one that
        is not durable.
        """
        try:
            caller = ctx.within(None, f"ask:{self.agent.name}")  # the caller's rights, not those of a tool
            result = await run(caller)
            if ctx.spending is None:  # no agent asks, which would wait with this one
                result = await settled(result, self.agent, caller, alone=not self.remember)
        except LimitReachedError as error:
            if ctx.spending is not None and error.context.get("agent") in {
                one.agent.name for one in ctx.spending.chain()
            }:
                raise  # the caller's own limit, or one around it
            message = f"agent {self.agent.name!r} gave up: {error.message}"
            raise AgentExecutionError(message, context=error.context, suggestions=error.suggestions) from error
        text = answered(result, self.agent.name)
        return text if result.data is None else result.data


def said_by(agent: Agent, outer: Sink | None) -> Sink | None:
    """Give the sink of a run within another one: its parts go into the outer stream, under the agent's name."""
    if outer is None:
        return None
    name = agent.name

    async def show(part: object) -> None:
        if not isinstance(part, RunDone):
            await outer(AgentPart(name, part))

    return show


def agent_tool(
    agent: Agent, *, name: str = "", description: str = "", remember: bool = False, holder: object = None
) -> tuple[Component, AgentTool]:
    """Describe an agent as a tool; `ask_<agent>` unless it has another name.

    Raises `AgentConfigError` for a name that is none of a tool.
    """
    summary = description or agent.config.description or f"Ask the agent {agent.name!r}."
    try:
        component = Component(
            "tool", name or tool_name("ask", agent), TARGET, summary,
            category="agent", needs=("agent.spawn",), cost="paid", duration="long", extra={"agent": agent.name},
        )  # fmt: skip
    except PluginError as error:
        raise AgentConfigError(error.message, suggestions=['give the tool a name: name = "ask_expert"']) from error
    return component, AgentTool(agent, remember=remember, holder=holder)


def tool_name(verb: str, agent: Agent) -> str:
    """Give the name of a tool that is about an agent: `ask_code_reviewer` for "Code reviewer"."""
    return f"{verb}_{_ODD.sub('_', agent.name.lower()).strip('_')}"[:64]
