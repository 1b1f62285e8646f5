"""One run of an agent under its error strategy, whole or in parts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from llmspell.bridge import shapes
from llmspell.bridge.api.agent_output import run_output
from llmspell.bridge.waiting import bounded
from llmspell.errors import LlmspellError, RunStateError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from llmspell.bridge.api.agent_options import ExecuteOptions
    from llmspell.bridge.api.agent_runs import AgentRuns
    from llmspell.bridge.api.recovery import Recovery
    from llmspell.bridge.api.strategy import Strategy
    from llmspell.bridge.api.tool import CallOptions
    from llmspell.model.approval import Decision
    from llmspell.model.run_state import Step
    from llmspell.runtime.context import CallContext

Table = dict[str, Any]


async def answer(
    agent: AgentRuns,
    message: str,
    options: ExecuteOptions,
    ctx: CallContext,
    *,
    sink: Callable[[object], Awaitable[None]] | None = None,
    agents: Sequence[AgentRuns] = (),
) -> Table:
    """Run an agent and follow the call's strategy, else its own, when that fails; give the result as scripts see it.

    Parts go to `sink`, all but the last one, which is this result. `agents` have failed before and stand in for nobody.
    Raises the last error when nothing helped; once parts were read, the error itself, unless the strategy begins anew.
    """
    settings = await agent.settings_for(options.error_strategy)
    strategy = options.error_strategy or agent.strategy
    watched = None
    if sink is not None:
        from llmspell.spec.recovered import Watched  # noqa: PLC0415 - paid by streams

        watched = Watched(_without_end(sink))
    try:
        output = run_output(agent.agent.config, options)
        given = await agent.input(message, options, ctx)
        work = agent.agent.execute(given, ctx=ctx, sink=watched, settings=settings, output=output)
        return shapes.agent_result(await bounded(work, options.timeout, f"agent {agent.agent.name}"))
    except LlmspellError as error:
        from llmspell.bridge.api.recovery import Failed, Recovery, may_recover  # noqa: PLC0415 - paid by a failure

        if not may_recover(strategy, error):
            raise
        what = Failed("agent_execution", agent.agent.name, message, agents=(*agents, agent), sink=watched)
        return await _recovered(Recovery(agent.session, ctx, what), strategy, error)  # type: ignore[arg-type]  # not None


async def _recovered(recovery: Recovery, strategy: Strategy, error: LlmspellError) -> Table:
    """Follow a strategy; raises the last error when it does not help."""
    outcome = await recovery.follow(strategy, error)
    if not outcome["success"]:
        last = recovery.error or error
        if last is error:
            raise error
        raise last from error
    data = outcome["data"]
    if not (isinstance(data, dict) and data.get("success") is True and "tool_calls" in data):
        data = await _of_value(data, recovery)
    notes = [*data["metadata"].get("recoveries", ()), *recovery.notes]
    about = {**shapes.recovered(notes), "recovery_attempts": outcome["attempts"]}
    if outcome.get("degraded"):
        about["degraded"] = True
    return {**data, "metadata": {**data["metadata"], **about}}


async def _of_value(data: object, recovery: Recovery) -> Table:
    """Make a result of a value; a stream has its text as a part."""
    from llmspell.model.agent import AgentResult  # noqa: PLC0415 - the agent exists, so attrs is here already
    from llmspell.model.llm import TextDelta  # noqa: PLC0415

    text = data if isinstance(data, str) else "" if data is None else json.dumps(data, ensure_ascii=False)
    if recovery.what.sink is not None and text:
        await recovery.what.sink(TextDelta(text))
    result = AgentResult(content=text, data=None if isinstance(data, str) else data, messages=())
    return shapes.agent_result(result)


async def parts(agent: AgentRuns, message: str, options: ExecuteOptions, ctx: CallContext) -> AsyncIterator[object]:
    """Yield the parts of a run as scripts see them; the last one is `done` with the whole result."""
    from llmspell.runtime.parts import PartStream  # noqa: PLC0415 - paid by a script that streams

    stream = PartStream(lambda sink: answer(agent, message, options, ctx, sink=sink), f"agent {agent.agent.name!r}")
    async with stream as made:
        async for part in made:
            yield shapes.part(part)
        yield {"type": "done", **await made.result()}


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
    return shapes.agent_result(await bounded(work, options.timeout, f"agent {agent.agent.name}"))


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


def _without_end(sink: Callable[[object], Awaitable[None]]) -> Callable[[object], Awaitable[None]]:
    """Keep the part that ends a run: another run may follow it."""
    from llmspell.model.agent import RunDone  # noqa: PLC0415 - the agent exists, so attrs is here already

    async def show(part: object) -> None:
        if not isinstance(part, RunDone):
            await sink(part)

    return show
