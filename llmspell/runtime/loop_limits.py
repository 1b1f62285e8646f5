"""Limits of a run: turns, tool calls, tokens, money, time, and calls that are repeated without need."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING, NamedTuple

from attrs import evolve

from llmspell.errors import AgentDepthError, AgentTimeoutError, LimitReachedError, RepeatedCallError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.model.agent import ToolRecord
    from llmspell.model.llm import LlmRequest, ToolCall, Usage
    from llmspell.model.price import Tariff
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.models import ModelChoice
    from llmspell.runtime.spending import Spending

REPEATED = "repeated_call"
UNKNOWN = "unknown_price"
UNLIMITED: AbstractAsyncContextManager[object] = nullcontext()


class Met(NamedTuple):
    """A limit that was met: `tokens`, `cost` or `unknown_price`, of this run (0) or the one so far around it."""

    depth: int
    what: str
    spent: float = 0.0


class Bounds:
    """Hold one run of an agent to its limits, and to those of the runs on whose behalf it works."""

    __slots__ = ("_tariff", "choice", "ctx", "spending")

    def __init__(self, ctx: CallContext, spending: Spending, choice: ModelChoice) -> None:
        self.ctx = ctx
        self.spending = spending
        self.choice = choice
        self._tariff: Tariff | None = None

    async def within(self) -> None:
        """Raise when the runs around this one do not want agents to run one another that deep."""
        for depth, one in enumerate(self.spending.chain()):
            bound = one.agent.config.limits.depth
            if depth > bound:
                raise await self._too_deep(one, bound)

    async def before_request(self) -> None:
        """Raise what forbids one more request."""
        turns = self.spending.agent.config.limits.turns
        if self.spending.state.turns >= turns:
            raise await self.over("turns", turns)
        await self.affordable()

    async def affordable(self) -> None:
        """Raise what forbids spending more on this model."""
        if self._tariff is None and any(one.agent.config.limits.cost is not None for one in self.spending.chain()):
            self._tariff = await self.ctx.app.hook_sets.tariff(self.choice.component, self.choice.model)

        async def find() -> Met | None:
            return self.unaffordable()

        await self.hold("affordable", find)

    def unaffordable(self) -> Met | None:
        """Tell which limit forbids a request: its price is not known, or there is no money left for it."""
        for depth, one in enumerate(self.spending.chain()):
            cost, spent = one.agent.config.limits.cost, one.total.cost
            if cost is None:
                continue
            if self._tariff is None or (spent is None and one.total.requests):
                return Met(depth, UNKNOWN)
            if (spent or 0.0) >= cost and self._tariff[:2] != (0, 0):
                return Met(depth, "cost", spent or 0.0)
        return None

    async def hold(self, name: str, find: Callable[[], Awaitable[Met | None]]) -> None:
        """Raise the limit that is found to be met.

        Where runs side by side share one it matters who was faster: in a durable run it is met by whom it was.
        """
        outer = self.spending.outer
        shared = outer is not None and any(
            one.agent.config.limits.cost is not None or one.agent.config.limits.tokens is not None
            for one in outer.chain()
        )
        met = await self.ctx.once(name, find) if shared else await find()
        if met is not None:
            raise await self._over_in(Met(*met))

    def reserved(self, request: LlmRequest) -> AbstractAsyncContextManager[object]:
        """Hold back the money of a request while it is under way, where somebody has a limit of money."""
        if self._tariff is None:
            return UNLIMITED
        from llmspell.runtime.reserving import Reserved  # noqa: PLC0415 - paid by runs with a limit of money

        return Reserved(self, request, self._tariff)

    async def of_lost(self, usage: Usage) -> Usage:
        """Give what an attempt took that gave no answer, with its cost where the price of the model is known."""
        if usage.cost is not None:
            return usage
        tariff = self._tariff or await self.ctx.app.hook_sets.tariff(self.choice.component, self.choice.model)
        return usage if tariff is None else evolve(usage, cost=tariff.cost(usage))

    def priced(self, usage: Usage) -> Usage:
        """Give what an answer took that does not say its cost, with it where the price of the model is known."""
        return usage if self._tariff is None else evolve(usage, cost=self._tariff.cost(usage))

    async def after_answer(self) -> None:
        """Raise what an answer went beyond."""

        async def find() -> Met | None:
            for depth, one in enumerate(self.spending.chain()):
                limits, total = one.agent.config.limits, one.total
                if limits.tokens is not None and total.total_tokens > limits.tokens:
                    return Met(depth, "tokens", total.total_tokens)
                if limits.cost is not None and total.cost is None:
                    return Met(depth, UNKNOWN)
                if limits.cost is not None and (total.cost or 0.0) > limits.cost:
                    return Met(depth, "cost", total.cost or 0.0)
            return None

        await self.hold("spent", find)

    async def repeated(self, call: ToolCall) -> Mapping[str, object] | None:
        """Say why a call is not made that had the same outcome so often; raises when the model was told so before."""
        limit, records = self.spending.agent.config.limits.repeats, self.spending.state.records
        if not limit or len(records) < limit:
            return None
        before = [one for one in records if one.call.name == call.name and one.call.arguments == call.arguments]
        if before and before[-1].error is not None and before[-1].error.get("type") == REPEATED:
            await self._tell("repeats", limit)
            message = f"agent {self.spending.agent.name!r} calls {call.name!r} again and again with the same arguments"
            raise RepeatedCallError(
                message,
                suggestions=["let the tool say what else to do", "raise limits.repeats"],
                context={"limit": "repeats", "bound": limit, "tool": call.name, **self.so_far()},
            )
        if len(before) < limit or any(not _same(one, before[-1]) for one in before[-limit:]):
            return None
        message = (
            f"{call.name!r} was called {limit} times with these arguments and gave the same each time; it was not run "
            "again. Use what it gave, call it with other arguments, or answer."
        )
        return {"type": REPEATED, "message": message}

    # -- what is said --------------------------------------------------------------------------------------------------

    async def over(self, what: str, bound: float) -> LimitReachedError:
        """Give the error of a run that met a limit of its own."""
        await self._tell(what, bound)
        message = f"agent {self.spending.agent.name!r} met its limit of {bound} {what.replace('_', ' ')}"
        return LimitReachedError(message, context=self.so_far(), suggestions=[f"raise limits.{what}"])

    async def out_of_time(self, seconds: float | None) -> AgentTimeoutError:
        """Give the error of a run that took too long."""
        await self._tell("seconds", seconds)
        message = f"agent {self.spending.agent.name!r} was still running after {seconds} s"
        return AgentTimeoutError(message, context=self.so_far(), suggestions=["raise limits.seconds"])

    async def _over_in(self, met: Met) -> LimitReachedError:
        """Give the error of this run, or one around it, that has spent what it may."""
        one, what = list(self.spending.chain())[met.depth], met.what
        limits = one.agent.config.limits
        if what == UNKNOWN:
            return await self._unknown(one, limits.cost or 0.0)
        spent, bound = (met.spent, limits.cost or 0.0) if what == "cost" else (int(met.spent), limits.tokens or 0)
        await self._tell(what, bound)
        name = one.agent.name
        shown = f"${bound:g}" if what == "cost" else f"{bound} {what}"
        message = f"agent {name!r} met its limit of {shown}"
        return LimitReachedError(
            message,
            context={"limit": what, "bound": bound, "spent": spent, "agent": name, **self.so_far()},
            suggestions=[f"raise limits.{what} of agent {name!r}"],
        )

    async def _too_deep(self, one: Spending, bound: int) -> AgentDepthError:
        """Give the error of an agent that runs within others, deeper than one of them allows."""
        await self._tell("depth", bound)
        path = [around.agent.name for around in self.spending.chain()][::-1]
        name = one.agent.name
        message = f"agents run one another deeper than the {bound} that agent {name!r} allows: {' > '.join(path)}"
        return AgentDepthError(
            message,
            context={"limit": "depth", "bound": bound, "agent": name, "path": path},
            suggestions=["let none of them ask an agent that asks it", f"raise limits.depth of agent {name!r}"],
        )

    async def _unknown(self, one: Spending, bound: float) -> LimitReachedError:
        await self._tell("cost", bound)
        target = f"{self.choice.component.name}/{self.choice.model}"
        message = f"the price of {target} is not known, so agent {one.agent.name!r} may not ask it under limits.cost"
        return LimitReachedError(
            message,
            context={"limit": "cost", "reason": UNKNOWN, "bound": bound, **self.so_far()},
            suggestions=[
                f'set it: [resilience.prices.models."{target}"] input = 1.0, output = 2.0 (dollars per million tokens)',
                "install llmspell-resilience, which knows the prices of many models",
            ],
        )

    async def _tell(self, what: str, bound: float | None) -> None:
        agent = self.spending.agent.name
        data = {"agent": agent, "limit": what, "bound": bound}
        await self.ctx.app.events.emit("limit_reached", data, run=self.ctx.scope.run_id, source=agent)

    def so_far(self) -> dict[str, object]:
        """Give how far the run has come, for an error's context."""
        state = self.spending.state
        return {
            "turns": state.turns,
            "tool_calls": [{"tool": r.call.name, "outcome": r.outcome} for r in state.records],
            "text": state.messages[-1].text if state.messages else "",
        }


def _same(one: ToolRecord, other: ToolRecord) -> bool:
    return (one.outcome, one.result, one.error) == (other.outcome, other.result, other.error)
