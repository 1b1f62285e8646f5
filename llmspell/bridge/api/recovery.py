"""Recovery: follow a strategy after an error. The outcome is `{success, data, result, attempts, error}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from llmspell.bridge.api.strategy import Strategy, inner_strategy
from llmspell.bridge.api.strategy_ways import NEEDS
from llmspell.errors import LlmspellError, ValidationError
from llmspell.spec.recovery import FINAL, NEVER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.tool import ToolHandle
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run_recovery import FailedRun
    from llmspell.spec.recovered import Watched

Outcome = dict[str, Any]
INSIDE = "it takes place inside of a run: make it an agent's `error_strategy`, or name `agent` and `input` to ask again"
WHO = ("agent", "fallback_agent_id", "input")
"""Keys that say who is asked, and what."""


class Failed:
    """Say what failed.

    operation  `agent_execution` or `tool_execution`; None when a script asks what to do about an error
    subject    name of the agent or tool
    given      what it was given: who stands in gets the same
    agents     agents that have been asked already: none of them stands in for another
    sink       where the parts of a stream go; nothing is begun anew when some were read, unless the strategy says so
    run        the run of an agent that failed: who stands in goes on where it began
    """

    def __init__(
        self,
        operation: str | None = None,
        subject: str = "",
        given: object = None,
        *,
        agents: Sequence[Agent] = (),
        sink: Watched | None = None,
        run: FailedRun | None = None,
    ) -> None:
        self.operation = operation
        self.subject = subject
        self.given = given
        self.agents = agents
        self.sink = sink
        self.run = run


class Recovery:
    """Recover from one error; `notes` tell what took place, `error` is what to raise when nothing helped.

    `errors` are those of what was tried in vain.
    """

    def __init__(self, session: SpellSession, ctx: CallContext, failed: Failed | None = None) -> None:
        self.session = session
        self.ctx = ctx
        self.what = failed or Failed()
        self.notes: list[dict[str, object]] = []
        self.error: LlmspellError | None = None
        self.errors: list[LlmspellError] = []
        self._resets = 1
        self._after_parts = False
        self._ended = False

    async def follow(self, strategy: Strategy, error: LlmspellError) -> Outcome:
        """Follow a strategy; raises `ValidationError` for one that cannot be followed."""
        self._after_parts = self._after_parts or strategy.after_parts
        way = strategy.way()
        if not strategy.is_for(error.type) or self._over(way, strategy):
            return self._failure(error)
        if way == "fail_fast":
            self._ended = True
            return self._failure(error)
        ways = {
            "by_type": self._by_type,
            "cascade": self._cascade,
            "retry": self._retry,
            "fallback": self._use_instead,
            "handler": self._use_instead,
            **dict.fromkeys(NEEDS, self._guarded),
        }
        return await ways.get(way, self._go_on)(strategy, error)

    async def _by_type(self, strategy: Strategy, error: LlmspellError) -> Outcome:
        chosen = strategy.for_type(error.type)
        return self._failure(error) if chosen is None else await self._inner(strategy, chosen, error)

    async def _use_instead(self, strategy: Strategy, error: LlmspellError) -> Outcome:
        return await self._attempt(strategy, lambda: self._instead(strategy, error), error, 1)

    async def _guarded(self, strategy: Strategy, error: LlmspellError) -> Outcome:
        """Ask the agent that the strategy names once more, with its calls guarded; say so when it names none."""
        agent, given = self._agent(strategy), self._given(strategy)
        if agent is None or not isinstance(given, str) or agent.recovering:
            reason = f"{agent.agent.name} is being recovered already" if agent and agent.recovering else INSIDE
            return {**self._failure(error), "reason": f"{strategy.way()}: {reason}"}
        return await self._attempt(strategy, lambda: self._once_more(agent, given, strategy), error, 1)

    async def _once_more(self, agent: AgentHandle, given: str, strategy: Strategy) -> object:
        from llmspell.bridge.api.agent_options import ExecuteOptions  # noqa: PLC0415 - the agent has it
        from llmspell.bridge.api.agent_run import answer  # noqa: PLC0415 - it follows strategies itself

        own = Strategy(**{key: one for key, one in strategy.given().items() if key not in WHO})
        agent.recovering = True  # its error hooks may ask for the same: once is enough
        try:
            options = ExecuteOptions(input=given, error_strategy=own)
            return (await answer(agent, given, options, self.ctx)).content
        finally:
            agent.recovering = False

    async def _inner(self, outer: Strategy, given: object, error: LlmspellError) -> Outcome:
        return await self.follow(inner_strategy(self.session, outer, given), error)

    def _over(self, way: str, strategy: Strategy) -> bool:
        """Tell whether nothing is left to do: its calls have done it, or parts were read."""
        inside = self.what.operation is not None and (way in NEEDS or (way == "retry" and strategy.operation is None))
        read = self.what.sink is not None and self.what.sink.shown and not self._after_parts
        return inside or (read and way not in ("by_type", "cascade", "fail_fast"))

    async def _cascade(self, strategy: Strategy, error: LlmspellError) -> Outcome:
        """Try one after the other until one works or says that none shall."""
        outcome, attempts = self._failure(error), 0
        for one in strategy.parts(self.what.subject):
            outcome = await self._inner(strategy, one, error)
            attempts += outcome["attempts"]
            if outcome["success"] or self._ended:
                break
        return {**outcome, "attempts": attempts}

    async def _retry(self, strategy: Strategy, error: LlmspellError) -> Outcome:
        """Call a function of the script again; the calls of a run are repeated by their own guard."""
        operation = strategy.operation
        if operation is None:
            raise ValidationError("a strategy of type 'retry' needs `operation`, the function to call again")
        delay, outcome = strategy.wait(), self._failure(error)
        for attempt in range(1, strategy.tries() + 1):
            await self.ctx.sleep(min(max(delay, error.retry_after or 0.0), strategy.max_delay))
            outcome = await self._attempt(strategy, operation, error, attempt)
            if outcome["success"]:
                break
            delay *= strategy.factor()
        return outcome

    async def _go_on(self, strategy: Strategy, error: LlmspellError) -> Outcome:
        """Go on without the result: with a value, or with a table that says so; a run of an agent needs the value."""
        if self.what.operation == "agent_execution" and (strategy.way() == "skip_tool" or not strategy.instead()):
            return self._failure(error)  # what its calls could do is done, and nothing is no answer
        way, value = strategy.way(), strategy.value
        if way == "skip_tool" and self.what.operation is not None:
            value = {"skipped": True, "tool": self.what.subject, "error": error.message, "error_type": error.type}
        outcome = await self._attempt(strategy, lambda: _just(value), error, 0)
        outcome |= {"degraded": True, "error": self.session.told(error)}
        return outcome if way == "continue_degraded" else {**outcome, "skipped": True}

    async def _instead(self, strategy: Strategy, error: LlmspellError) -> object:
        """Give the result that stands for the one that did not come."""
        from llmspell.bridge.api.tools import Tools  # noqa: PLC0415 - a tool holds strategies, too

        given = self._given(strategy)
        if strategy.handler is not None:
            return await strategy.handler(self.session.told(error))
        agent = self._agent(strategy)
        if agent is not None:
            return await self._ask(agent, given, error)
        tool = strategy.tool or strategy.fallback_tool_name
        if tool is not None:
            found = self.session.namespace(Tools).get(tool) if isinstance(tool, str) else tool
            return await self._use(found, given)
        return strategy.value

    def _given(self, strategy: Strategy) -> object:
        return self.what.given if strategy.input is None else strategy.input

    def _agent(self, strategy: Strategy) -> AgentHandle | None:
        """Give the agent that a strategy names; raises `agent_not_found`."""
        from llmspell.bridge.api.agent import Agents  # noqa: PLC0415 - an agent holds strategies, too

        named = strategy.agent or strategy.fallback_agent_id
        return self.session.namespace(Agents).get(named) if isinstance(named, str) else named

    async def _ask(self, agent: AgentHandle, given: object, error: LlmspellError) -> object:
        """Ask another agent: its whole result for a run, its text for anything else."""
        from attrs import evolve  # noqa: PLC0415 - the agent exists, so attrs is here already

        from llmspell.bridge.api.agent_recovery import Recovering  # noqa: PLC0415 - it follows strategies itself
        from llmspell.model.agent import AgentInput  # noqa: PLC0415 - likewise
        from llmspell.model.llm import message  # noqa: PLC0415 - likewise

        other, run = agent.agent, self.what.run
        if other in self.what.agents:
            raise error  # it has failed already: two agents that stand in for each other would never end
        if not isinstance(given, str):
            raise ValidationError("a fallback to an agent needs `input`, the text to say to it")
        recover = Recovering(agent, failed=tuple(self.what.agents))
        if run is None:
            start = AgentInput(message=message("user", given))
            return (await other.execute(start, ctx=self.ctx, recover=recover)).content
        start = run.given if given == self.what.given else evolve(run.given, message=message("user", given))
        drive = run.drive
        return await other.execute(
            start, ctx=self.ctx, sink=drive.sink, output=drive.output, alone=drive.alone, recover=recover
        )

    async def _use(self, tool: ToolHandle, given: object) -> object:
        arguments = cast("dict[str, object]", given) if isinstance(given, dict) else {}
        return (await tool.execute(self.ctx, arguments))["result"]

    async def _attempt(
        self,
        strategy: Strategy,
        operation: Callable[[], Awaitable[object]],
        error: LlmspellError,
        attempt: int,
    ) -> Outcome:
        """Do it, tell of it, and note that it worked."""
        note = self._note(strategy, error)
        await self.session.app.events.emit(
            "recovery_used",
            {**note, "error": self.session.told(error)},
            run=self.session.run.id,
            source=self.session.run.name,
        )
        await self._begin_anew()
        try:
            value = await operation()
        except LlmspellError as again:
            self.errors.append(again)
            return self._failure(again, attempt)
        self.notes.append(note)
        return {"success": True, "data": value, "result": value, "attempts": attempt}

    def _note(self, strategy: Strategy, error: LlmspellError) -> dict[str, object]:
        to = strategy.agent or strategy.fallback_agent_id or strategy.tool or strategy.fallback_tool_name
        name = to if isinstance(to, str) or to is None else to.fields()["name"]
        about = {
            "action": strategy.way(),
            "operation": self.what.operation,
            "subject": self.what.subject,
            "error": error.type,
        }
        return {key: value for key, value in {**about, "to": name}.items() if value}

    async def _begin_anew(self) -> None:
        """Say that what was read so far is void."""
        if self.what.sink is not None and self.what.sink.shown:
            from llmspell.model.llm import Reset  # noqa: PLC0415 - parts were shown, so it is here

            self._resets += 1
            await self.what.sink(Reset(self._resets))

    def _failure(self, error: LlmspellError, attempts: int = 0) -> Outcome:
        """Give the outcome of what did not work."""
        self.error = error
        return {"success": False, "error": self.session.told(error), "attempts": attempts}


async def _just(value: object) -> object:
    return value


def may_recover(strategy: Strategy | None, error: LlmspellError, *also: str) -> bool:
    """Tell whether a strategy is asked about an error: not about decisions, unless it names their type.

    `also` are types that say nothing of what failed, and count like decisions.
    """
    if strategy is None or error.type in NEVER:
        return False
    return (error.type not in FINAL and error.type not in also) or strategy.names(error.type)
