"""The agent loop: one state machine behind `chat`, `execute`, `stream`, `steps` and `resume`.

    ask    the model answers: -> tools, if it wants some, else done
    tools  its calls are settled: -> ask; while some of them wait for a person, the run is paused

All that a run knows is its `RunState`; what drives the machine, and where its parts go, makes no difference to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from attrs import evolve

from llmspell.errors import LlmspellError, RunStateError
from llmspell.model.agent import AgentResult, ToolRecord
from llmspell.model.approval import Decision, Pending
from llmspell.model.llm import Completion, LlmRequest, Message
from llmspell.model.run_state import Step
from llmspell.runtime.approvals import Approvals
from llmspell.runtime.journal.timers import bounded
from llmspell.runtime.labels import noted, restore
from llmspell.runtime.llm import complete
from llmspell.runtime.loop_calls import Caller, told
from llmspell.runtime.loop_limits import Bounds
from llmspell.runtime.loop_offer import NOTHING, Offer, identified, offer
from llmspell.runtime.models import SCRIPTED
from llmspell.runtime.spending import Spending

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.model.llm import ToolCall, Usage
    from llmspell.model.output import Judged
    from llmspell.model.run_state import RunState
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.drive import Drive
    from llmspell.runtime.output.answers import Answers, Said
    from llmspell.runtime.parts import Sink
    from llmspell.runtime.peers.transfers import Transfers


E = TypeVar("E", bound=LlmspellError)
NO_MORE: Mapping[str, object] = {}


class Loop:
    """Drive one run of one agent from its state to its end, or to where it waits for a person.

    Parts of answers and outcomes of tools go to the sink of `ctx`; after each step `drive.gate` is awaited before the
    next one begins. `outer` is the run on whose behalf it works.
    """

    def __init__(
        self, agent: Agent, ctx: CallContext, state: RunState, drive: Drive, outer: Spending | None = None
    ) -> None:
        self.agent = agent
        self.ctx = ctx
        self.state = state
        self.drive = drive
        self.sink = ctx.sink
        self.offered = NOTHING
        self.view = None if agent.memory is None else agent.memory.view(state.data)
        self.completion: Completion | None = None
        self.choice = ctx.app.models.choose(ctx.run, agent.config.provider, agent.config.model)
        self.spending = ctx.spending = Spending(agent, state, outer)
        self.bounds = Bounds(ctx, self.spending, self.choice)
        self.answers: Answers | None = None
        self.judged: Judged | None = None
        if drive.output is not None:
            from llmspell.runtime.output.answers import Answers  # noqa: PLC0415 - paid by runs with structured output
            from llmspell.runtime.output.kept import KEPT, to_data  # noqa: PLC0415 - likewise

            state.data.setdefault(KEPT, to_data(drive.output))
            self.answers = Answers(drive.output, agent.name, self.choice.component, state.data)
        self.transfers: Transfers | None = None
        if agent.config.handoffs:
            from llmspell.runtime.peers.transfers import Transfers  # noqa: PLC0415 - paid by agents that hand over

            self.transfers = Transfers(self)

    @property
    def settings(self) -> Mapping[str, object]:
        """Give what holds for this run; what the agent's configuration says may change while it goes on."""
        own = self.drive.settings
        return self.agent.config.settings if own is None else own

    async def run(self) -> AgentResult:
        """Run to the final answer.

        Raises `LimitReachedError` or `AgentTimeoutError` with the transcript so far in `context`.
        """
        if self.choice.component.name == SCRIPTED and not self.choice.explicit:
            await self.ctx.app.events.emit("scripted_model_used", {"agent": self.agent.name}, run=self.ctx.scope.run_id)
        if self.spending.outer is not None:
            await self.bounds.within()
        seconds = self.agent.config.limits.seconds
        timer = bounded(self.ctx, "agent", seconds)
        try:
            async with timer:
                result = await self._drive()
        except TimeoutError as error:
            if not timer.expired():
                raise
            raise self._resumable(await self.bounds.out_of_time(seconds)) from error
        except LlmspellError as error:
            self._resumable(error)
            raise
        finally:
            self.spending.close()
        return result

    def _resumable(self, error: E) -> E:
        """Give an error from which the run can be taken up, when something was done that should not be done again."""
        if self.state.turns:
            error.run_state = self.state
        return error

    async def _drive(self) -> AgentResult:
        """Take step after step until there is none."""
        state = self.state
        restore(self.ctx.run, state.data)
        if state.turns:
            await self._rebind()
            await self._approvals().enter(self.drive.decisions or {})
        while state.phase != "done":
            kind = state.phase
            records = await (self._ask() if kind == "ask" else self._answer())
            if self.drive.gate is not None:
                await self.drive.gate(Step(kind=kind, turn=state.turns, state=state, records=tuple(records)))
            if state.pending:
                return self._paused()
        return self._result()

    async def _rebind(self) -> None:
        """Find the tools of a run that was taken up; raises `RunStateError` for those that are not there."""
        self.offered = await self._offer()
        missing = sorted(set(self.state.offered) - set(self.offered.refs))
        if missing:
            message = f"agent {self.agent.name!r} lacks tools of the run it is to take up: {', '.join(missing)}"
            raise RunStateError(
                message,
                suggestions=["offer it tools of these names"],
                context={"agent": self.agent.name, "tools": missing},
            )
        if self.answers is not None:
            self.answers.offered(self.offered.refs)

    # -- ask -----------------------------------------------------------------------------------------------------------

    async def _ask(self) -> Sequence[ToolRecord]:
        """Ask the model; it answers, or wants tools."""
        state = self.state
        await self.bounds.before_request()
        request, sink = await self._request(), self.sink
        if self.answers is not None:
            request, sink = self.answers.prepare(request), self.answers.sink(sink)
        if self.view is not None:
            request = await self.view.within(self, request)
        completion = await self._completed(request, sink)
        answer = identified(completion.message, (*state.input.history, *state.messages), self.ctx)
        state.turns += 1
        state.messages.append(answer)
        state.phase = "tools" if answer.tool_calls else "done"
        said = None
        if self.answers is not None and state.phase == "done":
            self._judge(said := self.answers.said(completion))
        state.recoveries += completion.recoveries
        self.completion = completion
        await self.bounds.after_answer()
        if said is not None and said.fault is not None:
            raise said.fault
        return ()

    async def _completed(self, request: LlmRequest, sink: Sink | None) -> Completion:
        """Ask the model and count what that took; what was asked in vain is counted, too, however it ends."""
        lost: list[Usage] = []
        bounds, spending = self.bounds, self.spending
        async with bounds.reserved(request):
            try:
                found = await complete(self.ctx, self.choice, request, sink=sink, settings=self.settings, lost=lost)
                spending.charge(found.usage if found.usage.cost is not None else bounds.priced(found.usage))
            finally:
                for usage in lost:
                    spending.charge(await bounds.of_lost(usage))
        return found

    def _judge(self, said: Said) -> None:
        """Take a structured answer, or have the model asked once more with what is wrong with it."""
        if said.judged is not None:
            self.judged, self.state.phase = said.judged, "done"
        elif said.again is not None:
            self.state.messages.append(said.again)
            self.state.phase = "ask"

    async def _request(self) -> LlmRequest:
        config = self.agent.config
        self.offered = await self._offer()
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

    async def _offer(self) -> Offer:
        return await offer(self.agent, self.ctx, None if self.transfers is None else self.transfers.tools)

    def _system(self) -> str:
        prompt, context = self.agent.config.system_prompt, self.state.input.context
        if self.transfers is not None:
            said = self.transfers.system(prompt, context)
        else:
            said = self.ctx.templates.render(prompt, context) if context and "{{" in prompt else prompt
        skills = self.agent.skills
        return said if skills is None else f"{said}\n\n{skills.told}".strip()

    # -- tools ---------------------------------------------------------------------------------------------------------

    async def _answer(self) -> Sequence[ToolRecord]:
        """Settle the calls of the last answer, but for those that wait for a person; tell the model when none is left.

        Those beyond the limit are not run.
        """
        state, limit = self.state, self.agent.config.limits.tool_calls
        calls, answers = self._parted(state.open_calls())
        known = len(state.records)
        room = max(0, limit - known)
        allowed, beyond = calls[:room], calls[room:]
        asked = {
            one.id.partition("/")[0] for one in state.pending
        }  # about these a person decides, however often they were made
        new = [call for call in allowed if call.id not in asked] if asked else allowed
        vain = {call.id: why for call in new if (why := await self.bounds.repeated(call)) is not None}
        by = await self._approvals().sorted_out([call for call in allowed if call.id not in vain] if vain else allowed)
        waiting = tuple(one for one in by.values() if isinstance(one, Pending)) if by else ()
        going = [call for call in allowed if not isinstance(by.get(call.id), Pending)] if waiting else allowed
        waiting += await self._run(going, by, vain, held=bool(waiting))
        if beyond:
            waiting = ()
            state.records += [ToolRecord(call=call, outcome="not_run") for call in self._parted(state.open_calls())[0]]
        records = state.records[known:]
        await self._tell(records)
        if waiting or state.pending:
            await self._wait(waiting)
        if not waiting:
            self._close(answers)
        if beyond:
            raise await self.bounds.over("tool_calls", limit)
        return records

    def _close(self, answers: Sequence[ToolCall]) -> None:
        """Tell the model what became of its calls; one of them may be the structured answer, or a handoff."""
        state, handed = self.state, self.transfers is not None and self.transfers.result is not None
        parts, state.phase = [told(one) for one in state.ordered()], "ask"
        if self.transfers is not None and handed:
            late = [self.transfers.too_late(call) for call in answers]
            state.messages += [Message(role="tool", parts=(*parts, *late)), *self.transfers.messages]
            state.phase = "done"
            return
        if self.answers is None or not answers:
            state.messages.append(Message(role="tool", parts=tuple(parts)))
            return
        said = self.answers.called(answers)
        state.messages.append(Message(role="tool", parts=(*parts, *said.told)))
        self._judge(said)
        if said.fault is not None:
            raise said.fault

    def _parted(self, calls: tuple[ToolCall, ...]) -> tuple[tuple[ToolCall, ...], tuple[ToolCall, ...]]:
        """Part the calls of tools that run from those that are the structured answer."""
        if self.answers is None:
            return calls, ()
        own = tuple(call for call in calls if self.answers.is_answer(call))
        return tuple(call for call in calls if call not in own), own

    async def _run(
        self,
        calls: Sequence[ToolCall],
        by: Mapping[str, Decision | Pending],
        vain: dict[str, Mapping[str, object]],
        *,
        held: bool,
    ) -> tuple[Pending, ...]:
        """Run calls as it was decided about them, but for those in vain; each is on record as soon as it is settled.

        Gives what agents wait for within them. Nobody hands over while other calls are `held`.
        """
        caller = Caller(self.ctx, self.offered, self.settings, self.state, held=held)
        caller.refused = vain
        for id_, decision in by.items():
            if isinstance(decision, Decision) and decision.verdict == "reject":
                vain[id_] = {"type": "rejected", "message": decision.reason or "a person rejected this call"}
            elif isinstance(decision, Decision):
                if decision.arguments is not None:
                    caller.changed[id_] = decision.arguments
                if decision.digest:
                    caller.approved[id_] = decision.digest
        await caller.run_all(calls)
        return tuple(caller.waiting)

    def _approvals(self) -> Approvals:
        return Approvals(self.agent, self.ctx, self.state, self.offered)

    async def _wait(self, waiting: tuple[Pending, ...]) -> None:
        """Have calls wait for a person, and say so."""
        state, seconds = self.state, self.agent.config.approval_timeout
        new = [one for one in waiting if one not in state.pending]
        state.pending = waiting
        if not waiting:
            state.expires = None
        elif state.expires is None and seconds is not None:
            state.expires = await self._now() + seconds
        if new:
            about = {
                "agent": self.agent.name,
                "calls": [{"id": one.id, "tool": one.tool, "why": one.why} for one in new],
            }
            await self.ctx.app.events.emit(
                "approval_required", about, run=self.ctx.scope.run_id, source=self.agent.name
            )

    async def _now(self) -> float:
        from llmspell.runtime.journal.effects import moment  # noqa: PLC0415 - paid by calls that wait for a person

        return await moment(self.ctx)

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

    def _paused(self) -> AgentResult:
        """Give what there is of a run that waits, and all that it takes to go on."""
        from llmspell.model.run_json import to_json  # noqa: PLC0415 - paid by a run that pauses

        state = self.state
        return evolve(
            self._so_far(state.messages[-1].text, "tool_calls"),
            status="paused",
            pending=state.pending,
            state=to_json(state),
        )

    def _result(self) -> AgentResult:
        if self.transfers is not None and self.transfers.result is not None:
            return self.transfers.concluded(self._so_far("", "stop"))
        state, judged = self.state, self.judged
        completion = self.completion or Completion(message=state.messages[-1])  # it was given before the run was paused
        about: dict[str, object] = {"cached": True} if completion.cached else {}
        if state.recoveries:
            about["recoveries"] = state.recoveries
        if self.answers is not None:
            about |= self.answers.about
        text = completion.message.text if judged is None else judged.text
        reason = completion.finish_reason if judged is None else "stop"
        return self._so_far(text, reason, completion.model, about)

    def _so_far(
        self, content: str, finish_reason: str, model: str = "", about: Mapping[str, object] = NO_MORE
    ) -> AgentResult:
        state, provider = self.state, self.choice.component.name
        about = {**about, **noted(self.ctx.run, state.data)}
        return AgentResult(
            content=content,
            messages=tuple(state.messages),
            tool_calls=tuple(state.records),
            usage=self.spending.total,
            nested=state.nested,
            data=None if self.judged is None else self.judged.built,
            finish_reason=finish_reason,
            metadata={"provider": provider, "model": model or self.choice.model, "turns": state.turns, **about},
        )
