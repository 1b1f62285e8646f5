"""The agent loop: one state machine behind `chat`, `execute`, `stream`, `steps` and `resume`.

    ask  -> the model answers     -> tools (it asks for some) | done
    tools -> every call is settled -> ask

All that a run knows is its `RunState`; what drives the machine, and where its parts go, makes no difference to it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell.errors import RunStateError
from llmspell.model.agent import AgentResult, RunDone, ToolRecord
from llmspell.model.llm import LlmRequest, Message
from llmspell.model.run_state import Step
from llmspell.runtime.llm import complete
from llmspell.runtime.loop_calls import Caller, told
from llmspell.runtime.loop_limits import Bounds
from llmspell.runtime.loop_offer import Offer, identified, offer
from llmspell.runtime.models import SCRIPTED
from llmspell.runtime.spending import Spending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from llmspell.model.llm import Completion
    from llmspell.model.run_state import RunState
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext

    Sink = Callable[[object], Awaitable[None]]
    Gate = Callable[[Step], Awaitable[None]]


class Loop:
    """Drive one run of one agent from its state to its end; `outer` is the run on whose behalf it works.

    Parts of answers and outcomes of tools go to `sink`; after each step `gate` is awaited before the next one begins.
    """

    def __init__(
        self,
        agent: Agent,
        ctx: CallContext,
        state: RunState,
        *,
        sink: Sink | None = None,
        settings: Mapping[str, object] | None = None,
        gate: Gate | None = None,
        outer: Spending | None = None,
    ) -> None:
        self.agent = agent
        self.ctx = ctx
        self.state = state
        self.sink = sink
        self.gate = gate
        self._settings = settings
        self.offered = Offer()
        self.completion: Completion | None = None
        self.choice = ctx.app.models.choose(ctx.run, agent.config.provider, agent.config.model)
        self.spending = ctx.spending = Spending(agent, state, outer)
        self.bounds = Bounds(ctx, self.spending, self.choice)

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
                result = await self._drive()
        except TimeoutError as error:
            if not timer.expired():
                raise
            raise await self.bounds.out_of_time(seconds) from error
        finally:
            self.spending.close()
        if self.sink is not None:
            await self.sink(RunDone(result))
        return result

    async def _drive(self) -> AgentResult:
        """Take step after step until there is none."""
        state = self.state
        if state.turns:
            await self._rebind()
        while state.phase != "done":
            kind = state.phase
            records = await (self._ask() if kind == "ask" else self._answer())
            if self.gate is not None:
                await self.gate(Step(kind=kind, turn=state.turns, state=state, records=tuple(records)))
        return self._result()

    async def _rebind(self) -> None:
        """Find the tools of a run that was taken up; raises `RunStateError` for those that are not there."""
        self.offered = await offer(self.agent, self.ctx)
        missing = sorted(set(self.state.offered) - set(self.offered.refs))
        if missing:
            message = f"agent {self.agent.name!r} lacks tools of the run it is to take up: {', '.join(missing)}"
            raise RunStateError(
                message,
                suggestions=["offer it tools of these names"],
                context={"agent": self.agent.name, "tools": missing},
            )

    # -- ask -----------------------------------------------------------------------------------------------------------

    async def _ask(self) -> Sequence[ToolRecord]:
        """Ask the model; it answers, or wants tools."""
        state = self.state
        await self.bounds.before_request()
        state.turns += 1
        request = await self._request()
        completion = await complete(self.ctx, self.choice, request, sink=self.sink, settings=self.settings)
        answer = identified(completion.message, (*state.input.history, *state.messages), self.ctx)
        state.messages.append(answer)
        self.spending.charge(self.bounds.priced(completion.usage))
        state.recoveries += completion.recoveries
        await self.bounds.after_answer()
        self.completion = completion
        state.phase = "tools" if answer.tool_calls else "done"
        return ()

    async def _request(self) -> LlmRequest:
        config = self.agent.config
        self.offered = await offer(self.agent, self.ctx)
        self.state.offered = tuple(self.offered.refs)
        return LlmRequest(
            model=self.choice.model,
            messages=self.state.conversation,
            system=self._system(),
            tools=self.offered.specs,
            temperature=config.temperature,
            top_p=config.top_p,
            max_tokens=config.max_tokens,
            extra={**config.extra, **self.choice.extra},
        )

    def _system(self) -> str:
        prompt, context = self.agent.config.system_prompt, self.state.input.context
        return self.ctx.templates.render(prompt, context) if context and "{{" in prompt else prompt

    # -- tools ---------------------------------------------------------------------------------------------------------

    async def _answer(self) -> Sequence[ToolRecord]:
        """Settle the calls of the last answer; those beyond the limit are not run."""
        state, limit = self.state, self.agent.config.limits.tool_calls
        calls = state.open_calls()
        room = max(0, limit - len(state.records))
        allowed, beyond = calls[:room], calls[room:]
        caller = Caller(self.ctx, self.offered.refs, self.settings, state.recoveries)
        caller.vain = {call.id: why for call in allowed if (why := await self.bounds.repeated(call)) is not None}
        records = await caller.run_all(allowed)
        records += [ToolRecord(call=call, outcome="not_run") for call in beyond]
        state.records += records
        await self._tell(records)
        state.messages.append(Message(role="tool", parts=tuple(told(one) for one in records)))
        state.phase = "ask"
        if beyond:
            raise await self.bounds.over("tool_calls", limit)
        return records

    async def _tell(self, records: list[ToolRecord]) -> None:
        """Show the outcomes to who looks on."""
        if self.sink is not None:
            for record in records:
                await self.sink(record)
        events = self.ctx.app.events
        if events.wants("after_tools_used"):
            told = [{"tool": r.call.name, "outcome": r.outcome, "seconds": r.seconds} for r in records]
            await events.emit("after_tools_used", {"agent": self.agent.name, "tools": told}, run=self.ctx.scope.run_id)

    # -- the end -------------------------------------------------------------------------------------------------------

    def _result(self) -> AgentResult:
        state, completion = self.state, self.completion
        assert completion is not None  # noqa: S101 - a run is done by an answer
        return AgentResult(
            content=completion.message.text,
            messages=tuple(state.messages),
            tool_calls=tuple(state.records),
            usage=self.spending.total,
            nested=state.nested,
            finish_reason=completion.finish_reason,
            metadata={
                "provider": self.choice.component.name,
                "model": completion.model or self.choice.model,
                "turns": state.turns,
                **({"cached": True} if completion.cached else {}),
                **({"recoveries": state.recoveries} if state.recoveries else {}),
            },
        )
