"""A run of an agent that failed, and what takes its place: whoever asked for the run, it is done here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

from attrs import evolve

from llmspell.errors import LlmspellError
from llmspell.model.agent import AgentInput, AgentResult, RunDone
from llmspell.model.llm import message
from llmspell.runtime.parts import without_end
from llmspell.spec.recovered import Watched

if TYPE_CHECKING:
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.drive import Drive


class FailedRun(NamedTuple):
    """Say what failed.

    given     what the agent was given; a conversation only where that is not its own
    ctx       on whose behalf it ran
    drive     how it was driven; parts go on into its sink
    watched   the same sink, which knows what of the run was shown; None where nobody looks on
    """

    agent: Agent
    given: AgentInput
    ctx: CallContext
    drive: Drive
    watched: Watched | None


Recover = Callable[[LlmspellError, FailedRun], Awaitable[AgentResult]]
"""What gives a result in the place of a run that failed; raises the last error when nothing helps."""


async def recovered(
    agent: Agent, given: str | AgentInput, ctx: CallContext, drive: Drive, recover: Recover
) -> AgentResult:
    """Run an agent, and have something take the place of the run when that fails.

    The part that ends the run comes once, at the end of all.
    """
    sink = drive.sink
    drive.sink = watched = None if sink is None else Watched(without_end(sink))
    begun = _apart(agent, given, drive)
    try:
        result = await agent.attempt(given, ctx, drive)
    except LlmspellError as error:
        result = await recover(error, FailedRun(agent, begun, ctx, drive, watched))
    if sink is not None:
        await sink(RunDone(result))
    return result


def _apart(agent: Agent, given: str | AgentInput, drive: Drive) -> AgentInput:
    """Give what a run starts from without the conversation that only this agent has."""
    if isinstance(given, str):
        return AgentInput(message=message("user", given))
    return evolve(given, history=()) if given.history is agent.history and not drive.alone else given
