"""One run of an agent under its error strategy, whole or in parts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from llmspell.bridge import shapes
from llmspell.bridge.api.agent_output import run_output
from llmspell.errors import RunStateError
from llmspell.runtime.waiting import bounded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from llmspell.bridge.api.agent_options import ExecuteOptions
    from llmspell.bridge.api.agent_runs import AgentRuns
    from llmspell.bridge.api.tool import CallOptions
    from llmspell.model.agent import AgentInput, AgentResult
    from llmspell.model.approval import Decision
    from llmspell.model.run_state import Step
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext

Table = dict[str, Any]


async def answer(
    agent: AgentRuns,
    given: str | AgentInput,
    options: ExecuteOptions,
    ctx: CallContext,
    *,
    sink: Callable[[object], Awaitable[None]] | None = None,
    twin: Agent | None = None,
) -> AgentResult:
    """Run an agent, or a twin of it, under the strategy of the call, else its own, which whoever runs it follows."""
    strategy, recover = options.error_strategy, None
    settings = await agent.settings_for(strategy)
    if strategy is not None:
        from llmspell.bridge.api.agent_recovery import Recovering  # noqa: PLC0415 - paid by calls with a strategy

        recover = Recovering(agent, strategy)
    output = run_output(agent.agent.config, options)
    start = await agent.input(given, options, ctx) if isinstance(given, str) else given
    return await (twin or agent.agent).execute(
        start, ctx=ctx, sink=sink, settings=settings, output=output, recover=recover, seconds=options.timeout
    )


async def concluded(
    agent: AgentRuns,
    given: str | AgentInput,
    options: ExecuteOptions,
    ctx: CallContext,
    *,
    twin: Agent | None = None,
) -> AgentResult:
    """Run an agent as `answer` does, where only an answer will do: a durable run waits until somebody has decided."""
    result = await answer(agent, given, options, ctx, twin=twin)
    if result.status == "done" or ctx.run.journal.people is None:
        return result
    from llmspell.runtime.journal.deciding import settled  # noqa: PLC0415 - paid by agents that wait

    settings = await agent.settings_for(options.error_strategy)
    return await settled(result, twin or agent.agent, ctx, settings=settings, seconds=options.timeout)


async def parts(agent: AgentRuns, message: str, options: ExecuteOptions, ctx: CallContext) -> AsyncIterator[object]:
    """Yield the parts of a run as scripts see them; the last one is `done` with the whole result."""
    from llmspell.runtime.parts import PartStream  # noqa: PLC0415 - paid by a script that streams

    stream = PartStream(lambda sink: answer(agent, message, options, ctx, sink=sink), f"agent {agent.agent.name!r}")
    async with stream as made:
        async for part in made:
            yield shapes.part(part)


async def steps(agent: AgentRuns, message: str, options: ExecuteOptions, ctx: CallContext) -> AsyncIterator[object]:
    """Yield the steps of a run as scripts see them; the last one is `done` with the whole result."""
    output = run_output(agent.agent.config, options)
    given = await agent.input(message, options, ctx)
    async with agent.agent.steps(given, ctx=ctx, output=output) as made:
        async for step in made:
            yield shapes.step(cast("Step", step), made.state())
        yield {"type": "done", **shapes.agent_result(await made.result())}


async def resumed(
    agent: AgentRuns, state: object, decisions: Mapping[str, Decision], options: CallOptions, ctx: CallContext
) -> Table:
    """Go on with a run and give the result as scripts see it."""
    settings = await agent.settings_for(options.error_strategy)
    work = agent.agent.resume(_read(state), decisions, ctx=ctx, settings=settings)
    return shapes.agent_result(await bounded(work, options.timeout, f"agent {agent.agent.name}", ctx))


async def resumed_parts(
    agent: AgentRuns, state: object, decisions: Mapping[str, Decision], ctx: CallContext
) -> AsyncIterator[object]:
    """Yield the parts of a run that goes on; the last one is `done` with the whole result."""
    from llmspell.runtime.parts import PartStream  # noqa: PLC0415 - paid by a script that streams

    given = _read(state)
    who = f"agent {agent.agent.name!r}"
    async with PartStream(lambda sink: agent.agent.resume(given, decisions, ctx=ctx, sink=sink), who) as made:
        async for part in made:
            yield shapes.part(part)


def _read(state: object) -> Mapping[str, object]:
    """Read what a script kept of a run: the text it was given, or the table that the text says."""
    if isinstance(state, str):
        try:
            state = json.loads(state)
        except ValueError as error:
            message = f"the state of a run is damaged: it is no JSON: {error}"
            raise RunStateError(message, suggestions=["pass `state` of a result as it is"]) from error
    return state  # type: ignore[return-value]  # it is looked at where it is read
