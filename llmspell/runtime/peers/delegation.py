"""Delegation: an agent has another one do a task, on its own account; and asks around who would take it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import AgentConfigError, LimitReachedError, LlmspellError
from llmspell.model.agent import AgentInput
from llmspell.model.handoff import Handoff
from llmspell.model.llm import message
from llmspell.model.run_state import RunState
from llmspell.runtime.journal.deciding import settled
from llmspell.runtime.ops import describe
from llmspell.runtime.peers.handoff import Taken, hand_over, not_itself
from llmspell.runtime.spending import Spending
from llmspell.runtime.unanswered import answered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.model.agent import AgentResult
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext

BID: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "accept": {"type": "boolean", "description": "Whether you take the task."},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1, "description": "How sure you are to do it well."},
        "reason": {"type": "string", "description": "Why, in one sentence."},
        "conditions": {"type": "array", "items": {"type": "string"}, "description": "What you would need."},
    },
    "required": ["accept", "confidence", "reason"],
}
ASKED = """\
[The agent {source!r} asks whether you would take this task. Do not do it yet: say whether you accept, how sure you \
are to do it well from 0 to 1, and why.]

{task}"""


class Bid(NamedTuple):
    """What an agent says to a task that it is offered; `error` is why it said nothing, in an error's JSON form."""

    agent: str
    accept: bool
    confidence: float = 0.0
    reason: str = ""
    conditions: tuple[str, ...] = ()
    error: Mapping[str, object] | None = None


async def delegate(
    source: Agent,
    target: Agent,
    ctx: CallContext,
    task: str,
    *,
    reason: str = "",
    context: Mapping[str, object] | None = None,
    output: object = None,
) -> AgentResult:
    """Have another agent do a task for this one: with the rights that both have, and within this one's limits.

    What it takes is counted for both. Raises `HandoffError` for the agent itself, and what the other one's run raises.
    """
    not_itself(source, target)
    given = Handoff(
        source=source.name, target=target.name, kind="delegate", reason=reason, input=task, context=context or {}
    )
    return await _on_account(source, target, ctx, given, output)


async def negotiate(source: Agent, candidates: Sequence[Agent], ctx: CallContext, task: str) -> list[Bid]:
    """Offer a task to agents side by side, and give what they say to it, in their order.

    One that fails says nothing, and why. Raises what limits of the asking agent raise.
    """
    if not candidates:
        raise AgentConfigError("nobody is there to take the task", suggestions=["name the agents that may take it"])

    async def ask(one: Agent) -> Bid:
        text = ASKED.format(source=source.name, task=task)
        given = Handoff(source=source.name, target=one.name, kind="message", input=text)
        try:
            result = await _on_account(source, one, ctx, given, BID, wait=True)
            answered(result, one.name)
        except LimitReachedError as error:
            if error.context.get("agent") == source.name and one is not source:
                raise
            return Bid(one.name, accept=False, error=describe(error))
        except LlmspellError as error:
            return Bid(one.name, accept=False, error=describe(error))
        return _bid(one.name, result)

    return await ctx.app.executor.run_all([lambda one=one: ask(one) for one in candidates])  # type: ignore[misc]  # bound now


def best(bids: Sequence[Bid], least: float = 0.0) -> Bid | None:
    """Give the surest of those that accept, the first of equals; None when nobody is as sure as that."""
    taken = [bid for bid in bids if bid.accept and bid.confidence >= least]
    return max(taken, key=lambda bid: bid.confidence) if taken else None


def _bid(name: str, result: AgentResult) -> Bid:
    told = result.data if isinstance(result.data, dict) else json.loads(result.content)
    conditions = tuple(str(one) for one in told.get("conditions") or ())
    return Bid(name, bool(told["accept"]), float(told["confidence"]), str(told["reason"]), conditions)


async def _on_account(
    source: Agent, target: Agent, ctx: CallContext, given: Handoff, output: object, *, wait: bool = False
) -> AgentResult:
    """Run an agent as one that another runs: its rights, its limits and its books are those of both.

    Where it is to `wait` a durable run waits until a person has decided, if it comes to that.
    """
    state = RunState(agent=source.name, input=AgentInput(message=message("user", given.input)))
    inner = ctx.within(None, f"{given.kind}:{source.name}", scope=source.scope_for(ctx))
    inner.spending = account = Spending(source, state, ctx.spending)
    try:
        result = await hand_over(inner, target, given, Taken(alone=True, output=output))
        return await settled(result, target, inner, alone=True) if wait else result
    finally:
        account.close()
