"""Tool calls of a model: each is run and gets exactly one outcome, which is told to the model."""

from __future__ import annotations

import functools
import json
import time
from typing import TYPE_CHECKING

from attrs import evolve

from llmspell.errors import (
    HookError,
    LimitReachedError,
    LlmspellError,
    NonDeterminismError,
    PermissionDeniedError,
    RefusedError,
    ToolExecutionError,
    UncertainOutcomeError,
)
from llmspell.model.agent import ToolRecord
from llmspell.model.llm import ToolResult
from llmspell.runtime.ops import describe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.model.llm import ToolCall
    from llmspell.model.run_state import RunState
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.loop_offer import Offer

_FATAL = (LimitReachedError, HookError, UncertainOutcomeError, NonDeterminismError)
"""Failures of a tool call that end the run instead of being told to the model; `RefusedError` is the exception among
hook errors."""


class Caller:
    """Run tool calls for one run of an agent; their outcomes and notes of recoveries go into its state at once.

    `refused` says by id which calls are not run, and why; `changed` which ones are run with other arguments.
    """

    __slots__ = ("changed", "ctx", "offered", "refused", "settings", "state")

    def __init__(self, ctx: CallContext, offered: Offer, settings: Mapping[str, object], state: RunState) -> None:
        self.ctx = ctx
        self.offered = offered
        self.settings = settings
        self.state = state
        self.refused: dict[str, Mapping[str, object]] = {}
        self.changed: dict[str, Mapping[str, object]] = {}

    async def run_all(self, calls: Sequence[ToolCall]) -> None:
        """Run calls, side by side where the tools allow it."""
        extras = self.offered.extras
        if any(call.name in extras and extras[call.name].get("serial") for call in calls):
            for call in calls:
                await self._settle(call)
        else:
            await self.ctx.app.executor.run_all([functools.partial(self._settle, call) for call in calls])

    async def _settle(self, call: ToolCall) -> None:
        self.state.records.append(await self.run(call))

    async def run(self, call: ToolCall) -> ToolRecord:
        """Run one call; raises what ends the run instead of being told to the model."""
        started = time.perf_counter()
        if (why := self.refused.get(call.id)) is not None:
            return ToolRecord(call=call, outcome="refused", error=why)
        if changed := call.id in self.changed:
            call = evolve(call, arguments=self.changed[call.id])
        if (fault := self._fault(call)) is not None:
            return ToolRecord(call=call, outcome="failed", error=fault)
        ref = self.offered.refs[call.name]
        try:
            output = await self.ctx.app.tools.execute(self.ctx, ref, call.arguments, id=call.id, settings=self.settings)
            _content(call.name, output.result)  # what cannot be told has failed
            self.state.recoveries += output.metadata.get("recoveries", ())  # type: ignore[arg-type]  # a list of notes
        except LlmspellError as failure:
            if isinstance(failure, _FATAL) and not isinstance(failure, RefusedError):
                raise
            outcome = "refused" if isinstance(failure, (RefusedError, PermissionDeniedError)) else "failed"
            spent = time.perf_counter() - started
            return ToolRecord(call=call, outcome=outcome, error=describe(failure), seconds=spent, changed=changed)  # type: ignore[arg-type]
        spent = time.perf_counter() - started
        return ToolRecord(call=call, outcome="done", result=output.result, seconds=spent, changed=changed)

    def _fault(self, call: ToolCall) -> Mapping[str, object] | None:
        """Say why a call cannot even be tried."""
        if call.name not in self.offered.refs:
            known = ", ".join(sorted(self.offered.refs)) or "none"
            return {"type": "tool_not_found", "message": f"there is no tool {call.name!r}; offered: {known}"}
        if call.raw is not None:
            message = f"the arguments of {call.name!r} are not a JSON object: {call.raw[:200]}"
            return {"type": "validation", "message": message}
        return None


def told(record: ToolRecord) -> ToolResult:
    """Say to the model what became of its call: JSON of the result, or a sentence it can act on."""
    if record.outcome == "done":
        content = _content(record.call.name, record.result)
    elif record.error is not None:
        content = f"{record.outcome}: {record.error.get('message')}"
    else:
        content = "not run: the limit of tool calls was met"
    if record.changed:
        given = json.dumps(dict(record.call.arguments), ensure_ascii=False, default=str)
        content = f"run with other arguments, as a person decided: {given}\n{content}"
    return ToolResult(id=record.call.id, name=record.call.name, content=content, outcome=record.outcome)


def _content(tool: str, result: object) -> str:
    """Write a result for the model; raises `ToolExecutionError` for one that JSON cannot hold (a circle, odd keys)."""
    if isinstance(result, str):
        return result
    try:
        return json.dumps(result, ensure_ascii=False, default=str)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"the result of tool {tool!r} is no JSON data: {error}"
        raise ToolExecutionError(message, context={"tool": tool}) from error
