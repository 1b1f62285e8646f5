"""Handoffs that a model decides on: it is offered a tool for each agent that may take over."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from attrs import evolve

from llmspell.errors import AgentConfigError
from llmspell.model.handoff import Handoff
from llmspell.model.llm import Message, ToolCall, ToolResult, message
from llmspell.model.schema import ArgumentSchema
from llmspell.runtime.peers.crossing import as_text, crossing
from llmspell.runtime.peers.handoff import Taken, Waited, hand_over, not_itself
from llmspell.runtime.peers.tool import tool_name
from llmspell.runtime.tools import BoundTool, ScriptTool
from llmspell.runtime.unanswered import answered
from llmspell.spec.descriptor import Component

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.agent import AgentResult
    from llmspell.model.approval import Decision
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.loop import Loop
    from llmspell.runtime.peers.crossing import StateFilter

TARGET = "llmspell.runtime.peers.transfers:TransferTool"
ANY = "any"
"""What `handoffs` of an agent are that may hand over to every agent which others can find."""

ANYONE = "transfer_to_agent"
PLACE = "{{agents}}"
PROMPT = """\
You work together with other agents. When one of them is better suited for what the user wants, call its tool: it \
takes over the conversation, with what was said so far, and answers in your place.
"""
_REASON = {"type": "string", "description": "Why the other agent takes over, in one sentence."}
_INPUT = {"type": "string", "description": "What it should do, if that is not just what the user asked for."}


class Peer:
    """An agent that may take over.

    `tool` is the name by which a model hands over to it; `holder` is kept for as long as it may.
    """

    __slots__ = ("agent", "description", "holder", "state_filter", "tool")

    def __init__(
        self,
        agent: Agent,
        *,
        description: str = "",
        state_filter: StateFilter = "all",
        tool: str = "",
        holder: object = None,
    ) -> None:
        self.agent = agent
        self.description = description
        self.state_filter = state_filter
        self.tool = tool or tool_name("transfer_to", agent)
        self.holder = holder

    @property
    def about(self) -> str:
        """Say what the agent is for."""
        return self.description or self.agent.config.description or f"the agent {self.agent.name!r}"


class TransferTool(ScriptTool):
    """Hand one run over to one agent."""

    __slots__ = ("peer", "transfers")

    def __init__(self, transfers: Transfers, peer: Peer) -> None:
        super().__init__(self._take, _schema().json_schema)
        self.transfers = transfers
        self.peer = peer

    async def _take(self, args: Mapping[str, object], ctx: CallContext) -> object:
        return await self.transfers.take(self.chosen(args), args, ctx)

    def chosen(self, args: Mapping[str, object]) -> Peer:  # noqa: ARG002 - for the tool below
        """Give the agent that takes over."""
        return self.peer

    def again(self, state: Mapping[str, object], decisions: Mapping[str, Decision]) -> ScriptTool:
        """Give a tool that goes on with a run in which the other agent waited for a person."""
        waited = Waited(state, decisions)

        async def go_on(args: Mapping[str, object], ctx: CallContext) -> object:
            return await self.transfers.take(self.chosen(args), args, ctx, waited)

        return ScriptTool(go_on, self.json_schema)


class AnyTransferTool(TransferTool):
    """Hand one run over to any agent of the run that others can find."""

    __slots__ = ()

    def __init__(self, transfers: Transfers) -> None:
        super().__init__(transfers, Peer(transfers.loop.agent))
        self.json_schema = _schema(anyone=True).json_schema

    def chosen(self, args: Mapping[str, object]) -> Peer:
        """Give the agent that the model names; raises `AgentNotFoundError`."""
        return Peer(self.transfers.loop.ctx.run.directory.get(str(args["agent"])))


class Transfers:
    """The handoffs of one run: what is offered for them, and the answer of the agent that took over."""

    __slots__ = ("handed", "loop", "result", "tools")

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.result: AgentResult | None = None
        self.handed: Handoff | None = None
        self.tools: dict[str, BoundTool] = {}
        peers = loop.agent.config.handoffs
        if isinstance(peers, str):
            what = "Hand the conversation over to another agent, by its name."
            self.tools[ANYONE] = _tool(ANYONE, what, "any", AnyTransferTool(self))
            return
        distinct(loop.agent.name, peers)
        for peer in peers:
            what = f"Hand the conversation over to {peer.agent.name!r}: {peer.about}"
            self.tools[peer.tool] = _tool(peer.tool, what, peer.agent.name, TransferTool(self, peer))

    def system(self, prompt: str, context: Mapping[str, object]) -> str:
        """Give the system prompt with the agents that may take over: where it says `{{agents}}`, else below it.

        Agents that hooks kept from being offered are not mentioned.
        """
        offered, render = self.loop.offered.refs, self.loop.ctx.templates.render
        peers = {name: cast("TransferTool", tool.target).peer for name, tool in self.tools.items() if name in offered}
        if self.loop.agent.config.handoffs == ANY and peers:
            others = [one for one in self.loop.ctx.run.directory.find() if one is not self.loop.agent]
            listed = "\n".join(f"- {one.name}: {Peer(one).about}" for one in others)
        else:
            listed = "\n".join(f"- {name}: {peer.agent.name}. {peer.about}" for name, peer in peers.items())
        if PLACE in prompt:
            return render(prompt, {**context, "agents": listed})
        prompt = render(prompt, context) if context and "{{" in prompt else prompt
        return f"{prompt}\n\n{PROMPT}{listed}".lstrip() if listed else prompt

    async def take(
        self, peer: Peer, args: Mapping[str, object], ctx: CallContext, waited: Waited | None = None
    ) -> object:
        """Hand the run over to an agent; what it answers is the answer of the run.

        Raises `ApprovalRequiredError` when that agent waits for a person.
        """
        agent, state = self.loop.agent, self.loop.state
        not_itself(agent, peer.agent)
        messages = await crossing(state.conversation, peer.state_filter, who=f"the handoff to {peer.agent.name!r}")
        given = Handoff(
            source=agent.name,
            target=peer.agent.name,
            reason=str(args["reason"]),
            input=str(args.get("input") or ""),
            messages=messages,
            context=state.input.context,
        )
        inner = ctx.within(None, "transfer", sink=ctx.sink)  # the rights of who hands over, not those of a tool
        drive = self.loop.drive
        how = Taken(alone=True, waited=waited, output=drive.output, gate=drive.gate)
        result = await hand_over(inner, peer.agent, given, how)
        answered(result, peer.agent.name)
        self.result, self.handed = result, given
        return {"transferred_to": peer.agent.name}

    def too_late(self, call: ToolCall) -> ToolResult:
        """Say of an answer that came together with a handoff that it is none."""
        return ToolResult(id=call.id, name=call.name, content=f"not run: {self.taken}", outcome="not_run")

    @property
    def taken(self) -> str:
        """Say who has the conversation now."""
        assert self.handed is not None  # noqa: S101 - asked only after a handoff
        return f"the conversation was handed over to agent {self.handed.target!r}"

    @property
    def messages(self) -> tuple[Message, ...]:
        """Give what the other agent said and did, for the conversation of the first one."""
        if self.result is None:
            return ()
        found, content = as_text(self.result.messages), self.result.content
        return found if found and found[-1].text == content else (*found, message("assistant", content))

    def concluded(self, own: AgentResult) -> AgentResult:
        """Give the result of the whole run; `own` is what there is of the agent that began it."""
        result, handed = self.result, self.handed
        assert result is not None and handed is not None  # noqa: S101, PT018 - asked only after a handoff
        note = {"from": handed.source, "to": handed.target, "reason": handed.reason}
        earlier = result.metadata.get("handoffs")
        about = {
            **result.metadata,
            "turns": own.metadata["turns"],
            "agent": result.metadata.get("agent", handed.target),
            "handoffs": [note, *(earlier if isinstance(earlier, list) else ())],
        }
        return evolve(
            own,
            content=result.content,
            data=result.data,
            finish_reason=result.finish_reason,
            tool_calls=(*own.tool_calls, *result.tool_calls),
            metadata=about,
        )


def distinct(name: str, peers: Iterable[Peer]) -> None:
    """Raise `AgentConfigError` when a model could not tell two agents apart to which it may hand over."""
    known: set[str] = set()
    for peer in peers:
        if peer.tool in known:
            text = f"agent {name!r} can hand over to two agents by {peer.tool!r}"
            raise AgentConfigError(text, suggestions=['give one of them another tool = "transfer_to_..."'])
        known.add(peer.tool)


def _tool(name: str, summary: str, peer: str, target: TransferTool) -> BoundTool:
    component = Component(
        "tool", name, TARGET, summary,
        category="agent", needs=("agent.spawn",), cost="paid", duration="long", extra={"handoff": peer},
    )  # fmt: skip
    component.plugin = "llmspell"
    return BoundTool(component, target, _schema(anyone=isinstance(target, AnyTransferTool)))


@cache
def _schema(*, anyone: bool = False) -> ArgumentSchema:
    agent = {"agent": {"type": "string", "description": "The name of the agent."}} if anyone else {}
    properties = {**agent, "reason": _REASON, "input": _INPUT}
    schema = {"type": "object", "properties": properties, "required": [*agent, "reason"]}
    return ArgumentSchema.from_json_schema(schema)
