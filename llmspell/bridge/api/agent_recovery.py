"""What an agent's error strategy does when a run of it fails, whoever asked for the run."""

from __future__ import annotations

import json
import weakref
from typing import TYPE_CHECKING, cast

from attrs import evolve

from llmspell.bridge import shapes
from llmspell.bridge.api.recovery import Failed, Outcome, Recovery, may_recover
from llmspell.model.agent import AgentResult, ToolRecord
from llmspell.model.llm import TextDelta, ToolCall, Usage
from llmspell.model.run_state import RunState
from llmspell.model.spent import Spent, together

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.bridge.api.agent_runs import AgentRuns
    from llmspell.bridge.api.strategy import Strategy
    from llmspell.errors import LlmspellError
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.run_recovery import FailedRun


class Recovering:
    """Follow the strategy of one run, else the agent's own; raises the last error when nothing helped.

    An agent knows this object and must not keep its own handle alive. `failed` are agents that failed before: none of
    them stands in for another.
    """

    __slots__ = ("_failed", "_handle", "_strategy")

    def __init__(self, handle: AgentRuns, strategy: Strategy | None = None, failed: tuple[Agent, ...] = ()) -> None:
        self._handle = weakref.ref(handle)
        self._strategy = strategy
        self._failed = failed

    async def __call__(self, error: LlmspellError, failed: FailedRun) -> AgentResult:
        """Give the result that stands for a run that failed."""
        handle = self._handle()
        strategy = self._strategy or (None if handle is None else handle.strategy)
        if handle is None or strategy is None or not may_recover(strategy, error):
            raise error
        what = Failed(
            "agent_execution",
            failed.agent.name,
            failed.given.message.text,
            agents=(*self._failed, failed.agent),
            sink=failed.watched,
            run=failed,
        )
        recovery = Recovery(handle.session, failed.ctx, what)
        outcome = await recovery.follow(strategy, error)
        if not outcome["success"]:
            last = recovery.error or error
            if last is error:
                raise error
            raise last from error
        return await _result(outcome, recovery, (error, *recovery.errors))


async def _result(outcome: Outcome, recovery: Recovery, errors: Iterable[LlmspellError]) -> AgentResult:
    """Give the result of whatever stands in, with the way by which it came and what the runs took that failed."""
    result, run = await _of(outcome["data"], recovery), recovery.what.run
    if run is not None and run.drive.output is not None and not isinstance(outcome["data"], AgentResult):
        from llmspell.runtime.output.told import judged_again  # noqa: PLC0415 - paid by structured answers

        result = judged_again(result, None, run.drive.output, run.agent.name, by="the error strategy")
    before = result.metadata.get("recoveries")
    notes = [*(before if isinstance(before, (list, tuple)) else ()), *recovery.notes]
    about: dict[str, object] = {"recoveries": notes, "recovery_attempts": outcome["attempts"]}
    if outcome.get("degraded"):
        about["degraded"] = True
    result = evolve(result, metadata={**result.metadata, **about})
    failed = {id(one.run_state): one.run_state for one in errors}
    for state in (one for one in failed.values() if isinstance(one, RunState)):
        lost = Spent(agent=state.agent, own=state.usage, nested=state.nested)
        result = evolve(result, usage=result.usage + lost.usage, nested=together(result.nested, (lost,)))
    return result


async def _of(value: object, recovery: Recovery) -> AgentResult:
    """Make a result of what stands in: that of an agent, also as a script has it, or a value; a stream has its text."""
    if isinstance(value, AgentResult):
        return value
    if isinstance(value, dict) and value.get("success") is True and "tool_calls" in value:
        return _read(value)
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
    if recovery.what.sink is not None and text:
        await recovery.what.sink(TextDelta(text))
    return AgentResult(content=text, data=None if isinstance(value, str) else value, messages=())


def _read(table: Mapping[str, object]) -> AgentResult:
    """Read a result that a script passes on; what it took was counted by the run that it is of."""
    content = str(table.get("content") or "")
    data = table.get("data")
    metadata = cast("dict[str, object]", table.get("metadata") or {})
    return AgentResult(
        content=content,
        messages=(),
        tool_calls=tuple(_record(one) for one in cast("list[dict[str, object]]", table["tool_calls"])),
        usage=_usage(table.get("usage")),
        data=None if data == content else data,
        finish_reason=str(metadata.get("finish_reason") or "stop"),
        metadata=metadata,
    )


def _record(table: Mapping[str, object]) -> ToolRecord:
    known = {key: table[key] for key in ("outcome", "result", "error", "seconds") if key in table}
    arguments = cast("Mapping[str, object]", table.get("arguments") or {})
    call = ToolCall(id=str(table.get("id") or ""), name=str(table.get("name") or ""), arguments=arguments)
    return ToolRecord(call=call, **known)  # type: ignore[arg-type]  # as `shapes.tool_record` wrote them


def _usage(table: object) -> Usage:
    fields = shapes.usage(Usage())
    if not isinstance(table, dict):
        return Usage()
    return Usage(**{key: one for key, one in table.items() if key in fields and key != "total_tokens"})
