"""Agents: a model with a prompt, tools, limits and a memory of its conversation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Literal, cast

from attrs import evolve, field, frozen

from llmspell.errors import AgentConfigError, HookError, RunStateError
from llmspell.model.agent import AgentInput, AgentResult, Limits, RunDone
from llmspell.model.call import Call
from llmspell.model.llm import Message, Reset, message
from llmspell.model.memory import MemoryOptions
from llmspell.model.run_state import RunState
from llmspell.model.spent import Spent
from llmspell.runtime.agent_streams import AgentSteps, AgentStream
from llmspell.runtime.drive import Drive
from llmspell.runtime.loop import Loop
from llmspell.runtime.ops import perform
from llmspell.runtime.unanswered import answered
from llmspell.runtime.waiting import bounded

if TYPE_CHECKING:
    from llmspell.kernel.hooks import HookTable
    from llmspell.kernel.scope import Scope
    from llmspell.model.approval import Decision
    from llmspell.model.output import Output
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.drive import Gate
    from llmspell.runtime.memory.keeper import Memory, Whole
    from llmspell.runtime.parts import Sink
    from llmspell.runtime.peers.transfers import Peer  # noqa: TC004 - attrs does not resolve it
    from llmspell.runtime.run import Run
    from llmspell.runtime.run_recovery import Recover
    from llmspell.runtime.skills import Skills
    from llmspell.services.permissions import Grants


Judge = Callable[[Mapping[str, object], "CallContext"], Awaitable[object]]
"""A function that is told `{id, tool, arguments, agent}` of a call."""

Rule = Literal[True] | tuple[str, ...] | Judge | None


@frozen(kw_only=True)
class AgentConfig:
    """Say what an agent is.

    `tools` are names of the catalogue; `extra` goes to the provider as it is; `settings` are options that belong to
    hook sets, by name (`budget`, `retry`, ...). `approve` says which tool calls a person is asked about: all, those of
    names or patterns, or what a function says of each: True (it may go), False (it is rejected) or "ask".
    `approval_timeout` is in seconds, from the first call that waits. A model may hand over to the agents of `handoffs`;
    `capabilities` are words by which others find this one. `output` is what the answers must be, as `output_of` takes
    it; `guards` are a `Guards`. `skills` are folders of instructions. Without `memory` the model is told the whole
    conversation.
    """

    name: str
    description: str = ""
    provider: str | None = None
    model: str | None = None
    system_prompt: str = ""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    tools: tuple[str, ...] = ()
    limits: Limits = field(factory=Limits)
    remember: bool = True
    approve: Rule = None
    approval_timeout: float | None = None
    memory: MemoryOptions | None = None
    skills: tuple[str, ...] = ()
    handoffs: tuple[Peer, ...] | Literal["any"] = ()
    capabilities: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(factory=dict)
    settings: Mapping[str, object] = field(factory=dict)
    output: object = None
    output_mode: str = "auto"
    output_retries: int = 2
    guards: object = None

    def replace(self, **changes: object) -> AgentConfig:
        """Return a copy with other fields."""
        return evolve(self, **changes)  # type: ignore[arg-type]  # attrs checks the names


class Agent:
    """Run a model in a loop with its tools.

    An agent lives in a run, has a scope of its own (hooks registered there see only this agent) and remembers its
    conversation.
    """

    __slots__ = (
        "always",
        "closed",
        "config",
        "history",
        "id",
        "memory",
        "recover",
        "run",
        "scope",
        "skills",
        "spent",
        "state",
        "tools",
    )

    def __init__(self, run: Run, config: AgentConfig, scope: Scope, id: str = "") -> None:  # noqa: A002 - its name
        if not config.name:
            message = "an agent needs a name"
            raise AgentConfigError(message, suggestions=['give it one: name = "researcher"'])
        self.run = run
        self.config = config
        self.scope = scope
        self.id = id or run.app.services.new_id()
        self.tools: tuple[str, ...] = config.tools
        self.history: tuple[Message, ...] = ()
        self.memory: Memory | None = None
        self.skills: Skills | None = None
        self.recover: Recover | None = None
        """What is done when a run of it fails."""
        self.state: Mapping[str, object] = {}
        self.spent: Spent | None = None
        self.always: Mapping[str, Decision] | None = None
        """What was decided once and for all, by tool."""
        self.closed = False

    @property
    def name(self) -> str:
        """Give the agent's name."""
        return self.config.name

    @property
    def hooks(self) -> HookTable:
        """Give the hook table of this agent alone."""
        return self.scope.hooks

    async def chat(self, text: str) -> str:
        """Say something and return the answer's text; raises `ApprovalRequiredError` when a tool call waits for one."""
        return answered(await self.execute(text), self.name)

    async def execute(
        self,
        given: str | AgentInput,
        *,
        ctx: CallContext | None = None,
        sink: Sink | None = None,
        settings: Mapping[str, object] | None = None,
        gate: Gate | None = None,
        output: object = None,
        alone: bool = False,
        recover: Recover | None = None,
        seconds: float | None = None,
    ) -> AgentResult:
        """Run the loop to its end and return result, transcript, tool outcomes and usage.

        `settings` hold for this run instead of those of the configuration; hook sets have checked them. So does
        `output`: a Python type, a JSON Schema, its short form, or an `Output`. `sink` is given the parts, `gate` each
        step; the run goes on when they return. `seconds` are how long it may take. When it fails `recover` is asked, or
        what the agent has for that, whoever runs it; not of a run that is taken step by step.

        Raises `LimitReachedError`, `AgentTimeoutError`, `OutputMismatchError`, a `ProviderError`, or what a hook
        decides; a cancelled or
        failed run leaves the conversation as it was. Otherwise what the model was told, as hooks left it, and what it
        said are added to the conversation; a conversation that comes with the input replaces the one before. A run that
        is `alone` knows of no conversation but that of its input, and is not remembered.
        """
        drive = Drive(sink, settings, gate, output=self._output(output), alone=alone, seconds=seconds)
        recover, outer = recover or self.recover, ctx or self.run.context()
        if recover is None or gate is not None:
            return await self.attempt(given, outer, drive)
        from llmspell.runtime.run_recovery import recovered  # noqa: PLC0415 - paid by agents with a strategy

        return await recovered(self, given, outer, drive, recover)

    async def attempt(self, given: str | AgentInput, ctx: CallContext, drive: Drive) -> AgentResult:
        """Run the loop once, as `execute` does for who has nothing to take its place; raises what that raises."""
        if self.memory is not None and not drive.alone:
            given = await self.memory.opened(self, ctx, given)
        work = self._perform(self._input(given, alone=drive.alone), None, ctx, drive)
        return await (work if drive.seconds is None else bounded(work, drive.seconds, f"agent {self.name}", ctx))

    async def resume(
        self,
        state: RunState | Mapping[str, object],
        decisions: Mapping[str, Decision] | None = None,
        *,
        ctx: CallContext | None = None,
        sink: Sink | None = None,
        settings: Mapping[str, object] | None = None,
        alone: bool = False,
    ) -> AgentResult:
        """Go on with a run from its state, which an agent of the same name may have begun in another process.

        What has an outcome is not done again. A run that failed goes on from `run_state` of its error. `decisions` are
        about calls that wait, by their ids; the others go on waiting.

        Raises `RunStateError`, `ApprovalExpiredError` and `ValidationError` before anything is spent, and as `execute`
        does.
        """
        begun, output = self._taken_up(state), None
        if "output" in begun.data:
            from llmspell.runtime.output.kept import KEPT, from_data  # noqa: PLC0415 - likewise

            output = from_data(self.config, begun.data[KEPT])
        drive = Drive(sink, settings, None, decisions, output, alone=alone)
        return await self._perform(begun.input, begun, ctx or self.run.context(), drive)

    async def _perform(
        self, start: AgentInput, begun: RunState | None, outer: CallContext, drive: Drive
    ) -> AgentResult:
        """Run the loop from its start, or from a state it has reached, as one operation."""
        if self.closed:
            text = f"agent {self.name!r} is closed"
            raise AgentConfigError(text)
        inner = outer.within(None, f"agent:{self.name}", scope=self.scope_for(outer), sink=drive.sink)
        about: dict[str, object] = {"agent_id": self.id, "tools": list(self.tools)}
        if chosen := self.config.settings if drive.settings is None else drive.settings:
            about["settings"] = chosen
        if begun is not None:
            about["resumed"] = True
        if drive.output is not None:
            about["structured"] = True
        call = Call("agent_execution", self.name, start, effect="once", sink=drive.sink, metadata=about)
        attempts = 0
        seen = start
        ran: RunState | None = None
        ended: AgentResult | None = None
        own = start.history is self.history or self.history[: len(start.history)] == start.history

        async def core(call: Call, at: CallContext) -> AgentResult:
            nonlocal attempts, seen, ran, ended
            attempts += 1
            seen = cast("AgentInput", call.input)
            at.sink = call.sink
            if attempts > 1 and call.sink is not None:
                await call.sink(Reset(attempts))
            ran = self._fresh(seen) if begun is None else begun.copy()
            ran.input = seen
            ended = await Loop(self, at, ran, drive, outer.spending).run()
            return ended

        result = self._fitting(await perform(inner, call, core, self._authorize), ended, drive)
        if drive.sink is not None:
            await drive.sink(RunDone(result))
        if self.config.remember and not drive.alone and result.status == "done":
            before = self.history if own and seen.history is start.history else seen.history
            state = ran or self._fresh(seen)
            await self._remember(outer, (seen.message, *_said(result, drive, state)), before, state)
        return result

    def _fitting(self, given: object, ended: AgentResult | None, drive: Drive) -> AgentResult:
        """Give the result as hooks left it; what they put in the place of a structured answer is judged, too."""
        if not isinstance(given, AgentResult):
            text = f"a hook answered for agent {self.name!r} with {type(given).__name__}, wanted an AgentResult"
            raise HookError(text)
        if drive.output is None or given is ended or given.status != "done":
            return given
        from llmspell.runtime.output.told import judged_again  # noqa: PLC0415 - paid by who asks for it

        return judged_again(given, ended, drive.output, self.name)

    async def _remember(self, ctx: CallContext, turn: Whole, before: Whole, state: RunState) -> None:
        """Add a turn to the conversation; chats side by side each add their own."""
        if self.memory is None:
            self.history = (*before, *turn)
        else:
            await self.memory.settle(self, ctx, turn, before, state)

    def _fresh(self, start: AgentInput) -> RunState:
        """Give the state of a run that begins; one that goes on from the conversation knows what stands before it."""
        state = RunState(agent=self.name, input=start)
        if self.memory is not None and start.history is self.history:
            state.data.update(self.memory.begin())
        return state

    def _output(self, given: object) -> Output | None:
        """Give what the answer of a run must be; None costs nothing."""
        if given is None and self.config.output is None:
            return None
        from llmspell.runtime.output.kept import output_for  # noqa: PLC0415 - paid by who asks for it

        return output_for(self.config, given)

    def _taken_up(self, state: RunState | Mapping[str, object]) -> RunState:
        """Give a state that this agent can go on from; what has ended or is another agent's is none."""
        if not isinstance(state, RunState):
            from llmspell.model.run_json import from_json  # noqa: PLC0415 - paid by who takes up a run

            state = from_json(state)
        if state.agent != self.name:
            text = f"the state is of a run of agent {state.agent!r}, this one is called {self.name!r}"
            raise RunStateError(text, suggestions=[f"resume it with an agent called {state.agent!r}"])
        if state.phase == "done":
            text = f"this run of agent {self.name!r} has ended: there is nothing left to do"
            raise RunStateError(text)
        return state

    def scope_for(self, outer: CallContext) -> Scope:
        """Give the agent's scope, narrowed to the caller's rights and deadline where those are less."""
        mine, callers = cast("Grants", self.scope.grants), outer.grants
        grants = mine.intersect(callers)
        if grants is mine and outer.scope.deadline == self.scope.deadline:
            return self.scope
        return self.scope.child("call", self.name, grants=grants, deadline=outer.scope.deadline)

    def stream(self, given: str | AgentInput, *, ctx: CallContext | None = None, output: object = None) -> AgentStream:
        """Run the loop and hand out its parts: `async with agent.stream(x) as s: async for part in s: ...`.

        `ctx` is the caller's, as in `execute`: the run has at most its rights. `output` as in `execute`; then there are
        parts `Partial`, too.
        """
        return AgentStream(self, given, ctx, output)

    def steps(self, given: str | AgentInput, *, ctx: CallContext | None = None, output: object = None) -> AgentSteps:
        """Run the loop step by step: `async with agent.steps(x) as s: async for step in s: ...`.

        A step begins when it is asked for. `s.state()` gives the run as JSON data that `resume` takes.
        """
        return AgentSteps(self, given, ctx, output)

    def spending(self) -> Spent:
        """Give what its runs took so far, and those of the agents that they ran."""
        return self.spent or Spent(agent=self.name)

    async def estimated_cost(self) -> str | None:
        """Give what its runs cost so far in US dollars, None when nobody knows.

        Where answers did not tell their cost, their tokens count by the price of the agent's model.
        """
        spent = self.spending()
        own = spent.own
        if own.cost is None and own.requests:
            choice = self.run.app.models.choose(self.run, self.config.provider, self.config.model)
            tariff = await self.run.app.hook_sets.tariff(choice.component, choice.model)
            own = evolve(own, cost=None if tariff is None else tariff.cost(own))
        usage = evolve(spent, own=own).usage
        return usage.money if usage.requests else "0"

    def add_tool(self, name: str) -> None:
        """Offer one more tool from the next request on; raises `ToolNotFoundError`."""
        self.run.app.catalog.get("tool", name, owner=self.run.id)
        if name not in self.tools:
            self.tools = (*self.tools, name)

    def remove_tool(self, name: str) -> bool:
        """Offer a tool no longer and tell whether it was offered."""
        there = name in self.tools
        self.tools = tuple(tool for tool in self.tools if tool != name)
        return there

    async def add_history(self, *messages: Message, ctx: CallContext | None = None) -> None:
        """Add messages to the conversation without asking the model."""
        self.history = (*self.history, *messages)
        if self.memory is not None:
            await self.memory.save(self, ctx or self.run.context(), messages)

    async def reset(self, ctx: CallContext | None = None) -> None:
        """Forget the conversation, also where it is kept."""
        self.history = ()
        if self.memory is not None:
            await self.memory.clear(self, ctx or self.run.context())

    async def close(self) -> None:
        """End the agent; its hooks are gone with it."""
        if not self.closed:
            self.closed = True
            if self.skills is not None:
                self.skills.release()
            await self.run.app.events.emit(
                "agent_closed", {"agent_id": self.id, "name": self.name}, run=self.run.id, source=self.name
            )

    def _input(self, given: str | AgentInput, *, alone: bool) -> AgentInput:
        if isinstance(given, str):
            return AgentInput(message=message("user", given), history=() if alone else self.history)
        return given if alone or given.history or not self.config.remember else evolve(given, history=self.history)

    def _authorize(self, call: Call, ctx: CallContext) -> None:
        ctx.scope.grants.require("agent.spawn", self.name, who=f"agent {call.subject}")


def _said(result: AgentResult, drive: Drive, state: RunState) -> Whole:
    """Give what a run adds to the conversation; a structured answer stands there as what was said."""
    if drive.output is None or "output_tool" not in state.data:
        return result.messages
    from llmspell.runtime.output.told import as_text  # noqa: PLC0415 - paid by answers that are calls of a tool

    return as_text(result.messages, state.data, drive.output)
