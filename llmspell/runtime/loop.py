"""The agent loop.

Ask the model, run the tools it asks for, tell it what came out, until it answers or a limit is met.
"""

from __future__ import annotations

import asyncio
import functools
import json
import time
from typing import TYPE_CHECKING

from attrs import evolve

from llmspell.errors import (
    AgentConfigError,
    AgentTimeoutError,
    HookError,
    LimitReachedError,
    LlmspellError,
    NonDeterminismError,
    PermissionDeniedError,
    RefusedError,
    ToolExecutionError,
    UncertainOutcomeError,
)
from llmspell.model.agent import AgentResult, RunDone, ToolRecord
from llmspell.model.call import Call
from llmspell.model.llm import LlmRequest, Message, ToolCall, ToolResult, ToolSpec, Usage
from llmspell.runtime.llm import complete
from llmspell.runtime.models import SCRIPTED
from llmspell.runtime.ops import describe, perform

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.model.agent import AgentInput
    from llmspell.model.llm import Completion, Content
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext

_FATAL = (LimitReachedError, HookError, UncertainOutcomeError, NonDeterminismError)
"""Failures of a tool call that end the run instead of being told to the model; `RefusedError` is the exception among
hook errors."""


class Loop:
    """Hold the state of one run of one agent."""

    def __init__(
        self,
        agent: Agent,
        ctx: CallContext,
        start: AgentInput,
        sink: Callable[[object], Awaitable[None]] | None,
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.agent = agent
        self.ctx = ctx
        self.start = start
        self.sink = sink
        self._settings = settings
        self.messages: list[Message] = []
        self.records: list[ToolRecord] = []
        self.recoveries: list[Mapping[str, object]] = []
        self.usage = Usage()
        self.turns = 0
        self.offered: dict[str, str] = {}
        self.choice = ctx.app.models.choose(ctx.run, agent.config.provider, agent.config.model)

    @property
    def settings(self) -> Mapping[str, object]:
        """Give what holds for this run; what the agent's configuration says may change while it goes on."""
        return self.agent.config.settings if self._settings is None else self._settings

    async def run(self) -> AgentResult:
        """Run to the final answer.

        Raises `LimitReachedError` or `AgentTimeoutError` with the transcript so far in `context`.
        """
        if self.choice.component.name == SCRIPTED and not self.choice.explicit:
            await self.ctx.app.events.emit("scripted_model_used", {"agent": self.agent.name}, run=self.ctx.scope.run_id)
        seconds = self.agent.config.limits.seconds
        timer = asyncio.timeout(seconds)
        try:
            async with timer:
                result = await self._turns()
        except TimeoutError as error:
            if not timer.expired():
                raise
            await self._limit("seconds", seconds)
            message = f"agent {self.agent.name!r} was still running after {seconds} s"
            raise AgentTimeoutError(message, context=self._so_far(), suggestions=["raise limits.seconds"]) from error
        if self.sink is not None:
            await self.sink(RunDone(result))
        return result

    async def _turns(self) -> AgentResult:
        limits = self.agent.config.limits
        while True:
            if self.turns >= limits.turns:
                await self._over("turns", limits.turns)
            self.turns += 1
            completion = await self._ask()
            self.messages.append(self._identified(completion.message))
            self.usage = self.usage + completion.usage
            self.recoveries += completion.recoveries
            if limits.tokens is not None and self.usage.total_tokens > limits.tokens:
                await self._over("tokens", limits.tokens)
            calls = self.messages[-1].tool_calls
            if not calls:
                return self._result(completion)
            await self._run_calls(calls)

    async def _ask(self) -> Completion:
        config = self.agent.config
        request = LlmRequest(
            model=self.choice.model,
            messages=(*self.start.history, self.start.message, *self.messages),
            system=self._system(),
            tools=await self._offered(),
            temperature=config.temperature,
            top_p=config.top_p,
            max_tokens=config.max_tokens,
            extra={**config.extra, **self.choice.extra},
        )
        return await complete(self.ctx, self.choice, request, sink=self.sink, settings=self.settings)

    def _system(self) -> str:
        prompt = self.agent.config.system_prompt
        if self.start.context and "{{" in prompt:
            return self.ctx.templates.render(prompt, self.start.context)
        return prompt

    async def _offered(self) -> tuple[ToolSpec, ...]:
        tools = self.ctx.app.tools
        refs: dict[str, str] = {}
        specs: list[ToolSpec] = []
        for ref in self.agent.tools:
            spec = await tools.spec(ref, owner=self.ctx.run.id)
            if spec.name in refs:
                self._same_tool(spec.name, refs[spec.name], ref)
                continue
            refs[spec.name] = ref
            specs.append(spec)
        offered: object = tuple(specs)
        if self.ctx.scope.table().plan("tools_available") is not None:

            async def core(call: Call, _: CallContext) -> object:
                return call.input

            call = Call("tools_available", self.agent.name, offered, effect="pure")
            offered = await perform(self.ctx, call, core)
        if not isinstance(offered, (tuple, list)) or not all(isinstance(one, ToolSpec) for one in offered):
            message = f"a hook offered {type(offered).__name__} to agent {self.agent.name!r}, wanted tool descriptions"
            raise HookError(message)
        self.offered = {spec.name: refs.get(spec.name, spec.name) for spec in offered}
        return tuple(offered)

    def _same_tool(self, name: str, one: str, other: str) -> None:
        """Pass over a tool that is named twice; refuse two tools that a model could not tell apart."""
        catalog, owner = self.ctx.app.catalog, self.ctx.run.id
        if catalog.get("tool", one, owner=owner) is not catalog.get("tool", other, owner=owner):
            message = f"agent {self.agent.name!r} offers two tools called {name!r}: {one!r} and {other!r}"
            raise AgentConfigError(message, suggestions=["offer one of them"])

    def _identified(self, answer: Message) -> Message:
        """Give every tool call of an answer an id of its own: providers omit and repeat them, outcomes go by them."""
        if not answer.tool_calls:
            return answer
        taken = {call.id for turn in (*self.start.history, *self.messages) for call in turn.tool_calls}
        parts: list[Content] = []
        for part in answer.parts:
            if isinstance(part, ToolCall):
                if not part.id or part.id in taken:
                    part = evolve(part, id=self.ctx.new_id())  # noqa: PLW2901 - the same part under its own id
                taken.add(part.id)
            parts.append(part)
        return evolve(answer, parts=tuple(parts))

    async def _run_calls(self, calls: tuple[ToolCall, ...]) -> None:
        """Run the calls of one answer, side by side where the tools allow it; each gets exactly one outcome."""
        limit = self.agent.config.limits.tool_calls
        room = max(0, limit - len(self.records))
        allowed, beyond = calls[:room], calls[room:]
        serial = any(self._serial(self.offered[call.name]) for call in allowed if call.name in self.offered)
        if serial:
            records = [await self._run_call(call) for call in allowed]
        else:
            jobs = [functools.partial(self._run_call, call) for call in allowed]
            records = await self.ctx.app.executor.run_all(jobs)
        records += [ToolRecord(call=call, outcome="not_run") for call in beyond]
        self.records += records
        parts = tuple(_told(record) for record in records)
        self.messages.append(Message(role="tool", parts=parts))
        await self._after_tools(records)
        if beyond:
            await self._over("tool_calls", limit)

    async def _after_tools(self, records: list[ToolRecord]) -> None:
        if self.sink is not None:
            for record in records:
                await self.sink(record)
        events = self.ctx.app.events
        if events.wants("after_tools_used"):
            told = [{"tool": r.call.name, "outcome": r.outcome, "seconds": r.seconds} for r in records]
            await events.emit("after_tools_used", {"agent": self.agent.name, "tools": told}, run=self.ctx.scope.run_id)

    def _serial(self, name: str) -> bool:
        return bool(self.ctx.app.catalog.get("tool", name, owner=self.ctx.run.id).extra.get("serial"))

    async def _run_call(self, call: ToolCall) -> ToolRecord:
        started = time.perf_counter()
        if call.name not in self.offered:
            known = ", ".join(sorted(self.offered)) or "none"
            error: Mapping[str, object] = {
                "type": "tool_not_found",
                "message": f"there is no tool {call.name!r}; offered: {known}",
            }
            return ToolRecord(call=call, outcome="failed", error=error)
        if call.raw is not None:
            error = {
                "type": "validation",
                "message": f"the arguments of {call.name!r} are not a JSON object: {call.raw[:200]}",
            }
            return ToolRecord(call=call, outcome="failed", error=error)
        try:
            ref = self.offered[call.name]
            output = await self.ctx.app.tools.execute(self.ctx, ref, call.arguments, id=call.id, settings=self.settings)
            _content(call.name, output.result)  # what cannot be told has failed
            self.recoveries += output.metadata.get("recoveries", ())  # type: ignore[arg-type]  # a list of notes
        except LlmspellError as failure:
            if isinstance(failure, _FATAL) and not isinstance(failure, RefusedError):
                raise
            outcome = "refused" if isinstance(failure, (RefusedError, PermissionDeniedError)) else "failed"
            spent = time.perf_counter() - started
            return ToolRecord(call=call, outcome=outcome, error=describe(failure), seconds=spent)  # type: ignore[arg-type]
        return ToolRecord(call=call, outcome="done", result=output.result, seconds=time.perf_counter() - started)

    async def _over(self, what: str, bound: float) -> None:
        await self._limit(what, bound)
        message = f"agent {self.agent.name!r} met its limit of {bound} {what.replace('_', ' ')}"
        raise LimitReachedError(message, context=self._so_far(), suggestions=[f"raise limits.{what}"])

    async def _limit(self, what: str, bound: float | None) -> None:
        data = {"agent": self.agent.name, "limit": what, "bound": bound}
        await self.ctx.app.events.emit("limit_reached", data, run=self.ctx.scope.run_id, source=self.agent.name)

    def _so_far(self) -> dict[str, object]:
        return {
            "turns": self.turns,
            "tool_calls": [{"tool": r.call.name, "outcome": r.outcome} for r in self.records],
            "text": self.messages[-1].text if self.messages else "",
        }

    def _result(self, completion: Completion) -> AgentResult:
        return AgentResult(
            content=completion.message.text,
            messages=tuple(self.messages),
            tool_calls=tuple(self.records),
            usage=self.usage,
            finish_reason=completion.finish_reason,
            metadata={
                "provider": self.choice.component.name,
                "model": completion.model or self.choice.model,
                "turns": self.turns,
                **({"cached": True} if completion.cached else {}),
                **({"recoveries": self.recoveries} if self.recoveries else {}),
            },
        )


def _told(record: ToolRecord) -> ToolResult:
    """Say to the model what became of its call: JSON of the result, or a sentence it can act on."""
    if record.outcome == "done":
        content = _content(record.call.name, record.result)
    elif record.error is not None:
        content = f"{record.outcome}: {record.error.get('message')}"
    else:
        content = "not run: the limit of tool calls was met"
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
