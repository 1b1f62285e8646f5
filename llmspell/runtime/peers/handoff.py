"""Handoffs: what one agent passes to another, as one operation with hooks and events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import HandoffError, HookError
from llmspell.model.agent import AgentResult
from llmspell.model.call import Call
from llmspell.model.handoff import HandedOver, Handoff
from llmspell.runtime.ops import perform
from llmspell.runtime.parts import without_end
from llmspell.runtime.peers.crossing import crossing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.model.approval import Decision
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.drive import Gate
    from llmspell.runtime.peers.crossing import StateFilter


class Waited(NamedTuple):
    """Hold the state of an agent that waited for a person, and what was decided."""

    state: Mapping[str, object]
    decisions: Mapping[str, Decision]


class Taken(NamedTuple):
    """Say how an agent takes what it is given.

    It remembers the conversation as its own unless it is `alone` with it, goes on where it `waited` for a person if it
    did, and its answer must be what `output` says, as in `Agent.execute`; so it is with each step and the `gate`.
    """

    alone: bool = False
    waited: Waited | None = None
    output: object = None
    gate: Gate | None = None


async def hand_over(ctx: CallContext, target: Agent, given: Handoff, how: Taken | None = None) -> AgentResult:
    """Pass something to another agent, have it work on behalf of `ctx`, and return what it answers.

    Parts go to the sink of `ctx`, `how` says how the other agent takes it.

    Raises what a hook decides, and what the run raises.
    """
    how = how or Taken()

    async def core(call: Call, at: CallContext) -> AgentResult:
        taken = call.input
        if not isinstance(taken, Handoff):
            text = f"a hook gave the handoff to {target.name!r} {type(taken).__name__}, wanted a Handoff"
            raise HookError(text)
        if call.sink is not None and taken.kind == "transfer":
            await call.sink(HandedOver(given.source, target.name, taken.reason))
        sink = None if call.sink is None else without_end(call.sink)
        if how.waited is not None:
            from llmspell.runtime.peers.within import who_waited  # noqa: PLC0415 - paid by agents that waited

            taker = who_waited(target, how.waited.state, ctx.run)
            return await taker.resume(how.waited.state, how.waited.decisions, ctx=at, sink=sink, alone=how.alone)
        return await target.execute(taken.given(), ctx=at, sink=sink, gate=how.gate, output=how.output, alone=how.alone)

    about = {"from": given.source, "to": target.name, "reason": given.reason, "kind": given.kind}
    call = Call("handoff", target.name, given, effect="once", sink=ctx.sink, metadata=about)
    result = await perform(ctx.within(None, f"handoff:{target.name}", sink=ctx.sink), call, core)
    if not isinstance(result, AgentResult):
        text = f"a hook answered for the handoff to {target.name!r} with {type(result).__name__}, wanted an AgentResult"
        raise HookError(text)
    return result


async def handoff(
    source: Agent,
    target: Agent,
    ctx: CallContext,
    *,
    reason: str = "",
    input: str = "",  # noqa: A002 - the name that scripts write
    state_filter: StateFilter = "all",
    context: Mapping[str, object] | None = None,
) -> AgentResult:
    """Give an agent's conversation to another one, which goes on with what the filter lets through.

    That conversation is the other agent's from now on; the first one keeps its own as it is. Raises `HandoffError` for
    an agent that would hand over to itself.
    """
    not_itself(source, target)
    messages = await crossing(source.history, state_filter, who=f"agent {source.name!r}")
    given = Handoff(
        source=source.name, target=target.name, reason=reason, input=input, messages=messages, context=context or {}
    )
    return await hand_over(ctx, target, given)


def not_itself(source: Agent, target: Agent) -> None:
    """Raise `HandoffError` for an agent that would hand over to itself."""
    if source is target:
        message = f"agent {source.name!r} cannot hand over to itself"
        raise HandoffError(
            message, suggestions=["name another agent"], context={"from": source.name, "to": target.name}
        )
