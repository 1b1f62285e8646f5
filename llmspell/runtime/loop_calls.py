"""Tool calls of a model: each is run and gets exactly one outcome, which is told to the model."""

from __future__ import annotations

import functools
import json
import time
from typing import TYPE_CHECKING

from attrs import evolve

from llmspell.errors import (
    ApprovalExpiredError,
    ApprovalRequiredError,
    HookError,
    LimitReachedError,
    LlmspellError,
    NonDeterminismError,
    PermissionDeniedError,
    RefusedError,
    RunStateError,
    ToolExecutionError,
    UncertainOutcomeError,
)
from llmspell.model.agent import ToolRecord
from llmspell.model.llm import ToolResult
from llmspell.model.run_state import WITHIN
from llmspell.runtime.labels import APPROVED, DECIDED, Approved
from llmspell.runtime.ops import describe
from llmspell.runtime.tools import BoundTool

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.model.approval import Pending
    from llmspell.model.llm import ToolCall
    from llmspell.model.run_state import RunState
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.loop_offer import Offer

_FATAL = (LimitReachedError, HookError, UncertainOutcomeError, NonDeterminismError)
"""Failures of a tool call that end the run instead of being told to the model; `RefusedError` is the exception among
hook errors."""


class Caller:
    """Run tool calls for one run of an agent; their outcomes and notes of recoveries go into its state at once.

    `refused` says by id which calls are not run, and why; `changed` which ones are run with other arguments, and
    `approved` the hash of what a person approved. Calls in
    which an agent waits for a person have no outcome: `waiting` has what for. While anything waits, which `held` says
    of calls that are not among these, nobody hands over.
    """

    __slots__ = ("approved", "changed", "ctx", "held", "offered", "refused", "settings", "state", "waiting")

    def __init__(
        self,
        ctx: CallContext,
        offered: Offer,
        settings: Mapping[str, object],
        state: RunState,
        *,
        held: bool = False,
    ) -> None:
        self.ctx = ctx
        self.offered = offered
        self.settings = settings
        self.state = state
        self.held = held
        self.waiting: list[Pending] = []
        self.refused: dict[str, Mapping[str, object]] = {}
        self.changed: dict[str, Mapping[str, object]] = {}
        self.approved: dict[str, str] = {}

    async def run_all(self, calls: Sequence[ToolCall]) -> None:
        """Run calls, side by side where the tools allow it.

        Handoffs come last and one after the other: there is one answer, so the first that succeeds is the only one.
        """
        handing = [call for call in calls if isinstance(self.offered.refs.get(call.name), BoundTool)]
        await self._side_by_side([call for call in calls if call not in handing] if handing else calls)
        taken = ""
        for call in [] if self.held or self.waiting else handing:
            if taken:
                error = {"type": "handoff", "message": f"the conversation was handed over by {taken!r}"}
                self.state.records.append(ToolRecord(call=call, outcome="not_run", error=error))
            else:
                await self._settle(call)
                ended = next((one for one in self.state.records if one.call.id == call.id), None)
                taken = call.name if ended is not None and ended.outcome == "done" else ""

    async def _side_by_side(self, calls: Sequence[ToolCall]) -> None:
        extras = self.offered.extras
        if any(call.name in extras and extras[call.name].get("serial") for call in calls):
            for call in calls:
                await self._settle(call)
            return
        known = len(self.state.records)
        try:
            await self.ctx.app.executor.run_all([functools.partial(self._settle, call) for call in calls])
        finally:  # who was quicker does not show: a run that is taken up gives what the first one gave
            order = {call.id: number for number, call in enumerate(calls)}
            self.state.records[known:] = sorted(self.state.records[known:], key=lambda one: order[one.call.id])

    async def _settle(self, call: ToolCall) -> None:
        if (record := await self.run(call)) is not None:
            self.state.records.append(record)

    async def run(self, call: ToolCall) -> ToolRecord | None:
        """Run one call, None when an agent waits in it; raises what ends the run instead of being told to the model."""
        started = time.perf_counter()
        if (why := self.refused.get(call.id)) is not None:
            return ToolRecord(call=call, outcome="refused", error=why)
        if changed := call.id in self.changed:
            call = evolve(call, arguments=self.changed[call.id])
        if (fault := self._fault(call)) is not None:
            return ToolRecord(call=call, outcome="failed", error=fault)
        ref, again = await self._tool(call)
        try:
            at, approved = self._approved(call)
            output = await self.ctx.app.tools.execute(
                at, ref, call.arguments, id=call.id, settings=self.settings, approved=approved
            )
            _content(call.name, output.result)  # what cannot be told has failed
            self.state.recoveries += output.metadata.get("recoveries", ())  # type: ignore[arg-type]  # a list of notes
        except LlmspellError as failure:
            fatal = (*_FATAL, RunStateError, ApprovalExpiredError) if again else _FATAL
            if isinstance(failure, fatal) and not isinstance(failure, RefusedError):
                raise
            if isinstance(failure, ApprovalRequiredError) and await self._waits(call, failure):
                return None
            outcome = "refused" if isinstance(failure, (RefusedError, PermissionDeniedError)) else "failed"
            spent = time.perf_counter() - started
            return ToolRecord(call=call, outcome=outcome, error=describe(failure), seconds=spent, changed=changed)  # type: ignore[arg-type]
        spent = time.perf_counter() - started
        return ToolRecord(call=call, outcome="done", result=output.result, seconds=spent, changed=changed)

    def _approved(self, call: ToolCall) -> tuple[CallContext, Approved]:
        """Give the context of a call, and what a person approved of it."""
        digest = self.approved.get(call.id)
        if digest is None:
            return self.ctx, DECIDED
        scope = self.ctx.scope.child(APPROVED, call.name)
        return self.ctx.within(None, APPROVED, scope=scope), Approved(call.name, digest)

    async def _tool(self, call: ToolCall) -> tuple[str | BoundTool, bool]:
        """Give the tool of a call, and whether it goes on with an agent that waited in the call."""
        ref = self.offered.refs[call.name]
        if self.state.data.get(WITHIN):
            from llmspell.runtime.peers.within import goes_on  # noqa: PLC0415 - paid by agents that waited

            again = goes_on(self.state, call, await self.ctx.app.tools.bind(ref, run=self.ctx.run))
            if again is not None:
                return again, True
        return ref, False

    async def _waits(self, call: ToolCall, error: ApprovalRequiredError) -> bool:
        """Note what an agent within a call waits for, and tell whether it is one that can go on."""
        from llmspell.runtime.peers.within import waits  # noqa: PLC0415 - paid by agents that wait

        found = waits(
            self.state, call, await self.ctx.app.tools.bind(self.offered.refs[call.name], run=self.ctx.run), error
        )
        self.waiting += found
        return bool(found)

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
