"""What agents do with one another, as scripts see it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.bridge import shapes
from llmspell.bridge.api.tool import ToolHandle
from llmspell.bridge.definition import NO_LIST, NO_MAP, Handle, Options, function
from llmspell.errors import HandoffError, LlmspellError, ValidationError
from llmspell.runtime.waiting import bounded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Annotated, Literal

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.agent import Agents as AgentNamespace
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.model.llm import Message
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.peers.crossing import StateFilter
    from llmspell.runtime.peers.tool import AgentTool
    from llmspell.runtime.peers.transfers import Peer
    from llmspell.spec import Component


class AsToolOptions(Options):
    """How an agent is offered to others as a tool."""

    positional = "name"

    name: Annotated[str, "snake_case name that models call; `ask_` and the agent's name"] = ""
    description: Annotated[str, "one sentence for models; the agent's own"] = ""
    remember: Annotated[bool, "whether it remembers what it was asked before"] = False


class PeerOptions(Options):
    """An agent that a model may hand over to."""

    positional = "agent"

    agent: Annotated[AgentHandle | str, "the agent, or its name"]
    description: Annotated[str, "what it is for; the agent's own"] = ""
    state_filter: Annotated[
        Literal["all", "messages", "last", "none"] | int | Callback,
        "what crosses: all, what was said without use of tools, the user's last word, nothing, so many messages, or "
        "what a function of them returns",
    ] = "all"
    tool: Annotated[str, "name by which the model hands over; `transfer_to_` and the agent's name"] = ""


class FindOptions(Options):
    """Which agents are wanted."""

    positional = "text"

    capabilities: Annotated[list[str], "capabilities that they have, all of them"] = NO_LIST
    text: Annotated[str, "words in their name, description or capabilities"] = ""


class DelegateOptions(Options):
    """How a task goes to another agent."""

    reason: Annotated[str, "why, for the other agent and for hooks"] = ""
    context: Annotated[dict[str, object], "values for `{{x}}` in the other agent's prompt"] = NO_MAP
    output: Annotated[object, "what the answer must be, as for `agent:execute`"] = None
    timeout: Annotated[Duration | None, "how long it may take"] = None
    on_error: Annotated[Literal["raise", "return"], "`return` gives `{success=false, error}` instead of raising"] = (
        "raise"
    )


class NegotiateOptions(Options):
    """Who is asked about a task."""

    agents: Annotated[list[AgentHandle | str], "agents that may take it, besides those with the `capabilities`"] = (
        NO_LIST
    )
    capabilities: Annotated[list[str], "capabilities that an agent must have"] = NO_LIST
    min_confidence: Annotated[float, "how sure the agent must be that takes it, from 0 to 1"] = 0.0
    execute: Annotated[bool, "whether the agent that takes it does it at once"] = False
    context: Annotated[dict[str, object], "values for `{{x}}` in the prompt of the agent that does it"] = NO_MAP
    timeout: Annotated[Duration | None, "how long all of it may take"] = None


class HandoffOptions(Options):
    """How a conversation goes to another agent."""

    positional = "to"

    to: Annotated[AgentHandle | str, "the agent that takes over, or its name"]
    reason: Annotated[str, "why, for the other agent and for hooks"] = ""
    input: Annotated[str | dict[str, object] | None, "what it should do, instead of going on"] = None
    state_filter: Annotated[
        Literal["all", "messages", "last", "none"] | int | Callback, "what crosses, see the option `handoffs`"
    ] = "all"
    context: Annotated[dict[str, object], "values for `{{x}}` in the other agent's prompt"] = NO_MAP
    timeout: Annotated[Duration | None, "how long the other agent may take"] = None
    on_error: Annotated[Literal["raise", "return"], "`return` gives `{success=false, error}` instead of raising"] = (
        "raise"
    )

    def text(self) -> str:
        """Give what is to be done; a table is written as JSON."""
        return "" if self.input is None else _text(self.input)


class AgentPeers(Handle):
    """The part of an agent that is about other agents."""

    agent: Agent
    _registry: AgentNamespace

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
        if (known := self._offered(component.name, tool)) is not None:
            return ToolHandle(self.session, known)
        component.plugin = "script"
        return ToolHandle(self.session, component, BoundTool(component, tool, ArgumentSchema.from_json_schema(ASKED)))

    def _offered(self, name: str, tool: AgentTool) -> Component | None:
        """Give the tool that several agents may be offered, where this agent is one already, under this name."""
        catalog, owner = self.session.app.catalog, self.session.run.id
        for one in catalog.list("tool", owner=owner):
            if one.name == name and catalog.owner(one) == owner:
                target = catalog.resolve(one)
                same = type(target) is type(tool) and (target.agent, target.remember) == (tool.agent, tool.remember)
                return one if same else None
        return None

    @function()
    async def handoff(self, options: HandoffOptions, ctx: CallContext) -> dict[str, Any]:
        """Give the agent's conversation to another agent, which goes on with it; returns what its `execute` returns.

        The conversation is the other agent's from now on, this one keeps its own as it is. Raises `handoff` for an
        agent that would hand over to itself, `agent_not_found`, and what the other agent's run raises.
        """
        from llmspell.runtime.peers.handoff import handoff  # noqa: PLC0415 - paid by who hands over

        other = self._registry.found(options.to).agent
        work = handoff(
            self.agent,
            other,
            ctx,
            reason=options.reason,
            input=options.text(),
            state_filter=state_filter(options.state_filter),
            context=options.context,
        )
        try:
            return shapes.agent_result(await bounded(work, options.timeout, f"agent {other.name}", ctx))
        except LlmspellError as error:
            if options.on_error == "return":
                return shapes.failure(self.session.told(error))
            raise

    @function()
    async def delegate_to(
        self,
        other: AgentHandle | str,
        task: str | dict[str, object],
        options: DelegateOptions = DelegateOptions(),  # noqa: B008 - never changed
        *,
        ctx: CallContext,
    ) -> dict[str, Any]:
        """Have another agent do a task for this one; returns what its `execute` returns.

        It has the rights that both have and stays within this agent's limits; what it takes is counted for both, and
        neither conversation changes. Raises `handoff` for the agent itself, `agent_not_found`, and what the other
        agent's run raises.
        """
        from llmspell.runtime.peers.delegation import delegate  # noqa: PLC0415 - paid by who delegates

        agent = self._registry.found(other).agent
        given = {"reason": options.reason, "context": options.context, "output": options.output}
        work = delegate(self.agent, agent, ctx, _text(task), **given)  # type: ignore[arg-type]  # as the options declare
        try:
            return shapes.agent_result(await bounded(work, options.timeout, f"agent {agent.name}", ctx))
        except LlmspellError as error:
            if options.on_error == "return":
                return shapes.failure(self.session.told(error))
            raise

    @function()
    async def negotiate_task(
        self,
        task: str | dict[str, object],
        options: NegotiateOptions = NegotiateOptions(),  # noqa: B008 - never changed
        *,
        ctx: CallContext,
    ) -> dict[str, Any]:
        """Ask agents whether they take a task, side by side, and choose the surest of those that do.

        Returns `{accepted, agent, confidence, bids}`; a bid is `{agent, accept, confidence, reason, conditions}`, or
        has the `error` for which there is none. With `execute` the chosen agent does the task, as `delegate_to` has it,
        and `result` is what it gave. Without agents or capabilities the agent itself is asked.
        """
        return await bounded(self._negotiated(_text(task), options, ctx), options.timeout, "the negotiation", ctx)

    async def _negotiated(self, task: str, options: NegotiateOptions, ctx: CallContext) -> dict[str, Any]:
        from llmspell.runtime.peers.delegation import best, delegate, negotiate  # noqa: PLC0415 - as in `delegate_to`

        named = [self._registry.found(one).agent for one in options.agents]
        able = self.session.run.directory.find(options.capabilities) if options.capabilities else []
        asked = named + [one for one in able if one not in named and one is not self.agent]
        bids = await negotiate(self.agent, asked or ([] if options.capabilities else [self.agent]), ctx, task)
        chosen = best(bids, options.min_confidence)
        told: dict[str, Any] = {
            "accepted": chosen is not None,
            "agent": None if chosen is None else chosen.agent,
            "confidence": 0.0 if chosen is None else chosen.confidence,
            "bids": [{**one._asdict(), "conditions": list(one.conditions)} for one in bids],
        }
        if chosen is not None and options.execute:
            target = asked[bids.index(chosen)] if asked else self.agent
            work = (
                self.agent.execute(task, ctx=ctx)
                if target is self.agent
                else delegate(self.agent, target, ctx, task, reason=chosen.reason, context=options.context)
            )
            told["result"] = shapes.agent_result(await work)
        return told


def _text(task: str | dict[str, object]) -> str:
    return task if isinstance(task, str) else json.dumps(task, ensure_ascii=False)


def shown_peers(given: tuple[Peer, ...] | Literal["any"]) -> object:
    """Write the agents to which a model may hand over; `true` for all."""
    if isinstance(given, str):
        return True
    return [{"agent": one.agent.name, "tool": one.tool, "description": one.about} for one in given]


def peers(
    registry: AgentNamespace,
    given: bool | Sequence[AgentHandle | str | PeerOptions],  # noqa: FBT001 - as it is written
    name: str,
    handle: object = None,
) -> tuple[Peer, ...] | Literal["any"]:
    """Read the option `handoffs` of the agent `name`; `handle` is that agent when it is there already.

    Raises `HandoffError` for the agent itself, `AgentNotFoundError`, and `AgentConfigError` for two of one name.
    """
    from llmspell.runtime.peers.transfers import Peer, distinct  # noqa: PLC0415 - paid by who hands over

    if isinstance(given, bool):
        return "any" if given else ()
    found: list[Peer] = []
    for one in given:
        about = one if isinstance(one, PeerOptions) else PeerOptions(agent=one)
        other = registry.found(about.agent)
        if other is handle:
            raise HandoffError(f"agent {name!r} cannot hand over to itself", suggestions=["leave it out of `handoffs`"])
        wanted = state_filter(about.state_filter)
        found.append(
            Peer(other.agent, description=about.description, state_filter=wanted, tool=about.tool, holder=other)
        )
    distinct(name, found)
    return tuple(found)


def state_filter(given: Literal["all", "messages", "last", "none"] | int | Callback) -> StateFilter:
    """Read a state filter; a function of the script is given the messages as `agent:history` shows them."""
    if isinstance(given, str):
        return given
    if isinstance(given, int):
        if given < 0:
            message = f"`state_filter` lets so many messages through, not {given}"
            raise ValidationError(message, suggestions=["write 'none' to let nothing through"])
        return given
    function_ = given

    async def chosen(messages: tuple[Message, ...]) -> tuple[Message, ...]:
        from llmspell.bridge.contexts import read_messages  # noqa: PLC0415 - paid by filters of scripts

        return read_messages(await function_([shapes.message(one) for one in messages]), messages)

    return chosen
