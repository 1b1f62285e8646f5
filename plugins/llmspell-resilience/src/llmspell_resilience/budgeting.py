"""Budgets: checked before a call, while it streams, and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from attrs import evolve

from llmspell.errors import LimitReachedError, LlmspellError, StreamInterruptedError
from llmspell.model.llm import Completion, Usage
from llmspell.model.tokens import estimate_parts, estimate_request
from llmspell_resilience.ledger import PICO, Account, Sum, account_of
from llmspell_resilience.meter import Meter
from llmspell_resilience.part import MIDDLE, Part, Target, around, given, read
from llmspell_resilience.sections import AgentBudget, BudgetSection
from llmspell_resilience.sessions import SessionSums

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.call import Call
    from llmspell.model.llm import LlmRequest
    from llmspell.spec import Context, Hook
    from llmspell_resilience.part import Proceed
    from llmspell_resilience.pricing import Pricing
    from llmspell_resilience.resilience import Resilience

_TOKENS, _MONEY = Sum._fields.index("tokens"), Sum._fields.index("money")
SCOPES = {"agent": "agent", "session": "session", "run": "run", "process": "total"}
"""The keys of the section by kind of account."""


class Cap(NamedTuple):
    """One bound: of an account, or of one call when there is none. `key` is the key that sets it."""

    key: str
    account: Account | None
    bound: int
    money: bool

    def spent(self, amount: Sum, *, with_held: bool = True) -> int:
        """Give what would be spent with `amount` more."""
        at = _MONEY if self.money else _TOKENS
        account = self.account
        if account is None:
            return amount[at]
        return amount[at] + account.spent[at] + account.elsewhere[at] + (account.held[at] if with_held else 0)

    def shown(self, value: int) -> str:
        """Write an amount."""
        return f"${value / PICO:.6g}" if self.money else f"{value} tokens"


class Budgeting(Part[BudgetSection]):
    """Let nobody spend more than they may."""

    kind = BudgetSection
    option = "budget"

    def __init__(self, whole: Resilience) -> None:
        super().__init__(whole)
        self.root = Account("process", "llmspell")
        self.refused = self.stopped = 0
        self._sessions = SessionSums(whole)
        self._bound: dict[int, tuple[Target, Account, list[Cap]]] = {}

    def hooks(self) -> Iterable[Hook]:
        """Check in the band `budget`, count each attempt, and what is answered from records."""
        self._pricing.leave_to_budget()
        return [
            around("llm_call", "audit", self.again, "budget_again"),
            around("llm_call", "budget", self.call, "budget"),
            around("llm_call", "timeout", self.attempt, "budget_attempt", MIDDLE),
            around("spell_execution", "budget", self.spell, "budget_of_runs"),
        ]

    def check(self, value: object, bare: str) -> object:
        """Check an agent's own budget."""
        return read(AgentBudget, value, self.option, bare)

    async def again(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Count what was spent in an earlier life of a durable run; its session knows of it already."""
        result = await proceed(call)
        if getattr(ctx, "replayed", False) and isinstance(result, Completion):
            account, target = account_of(self.root, ctx.scope, ctx.session), Target.of(call)
            usage = self._pricing.priced(result, target).usage
            usage = usage if usage.total_tokens else self._estimated(call, result, target)
            self._charge(account, usage)
            for one in self._kept(account, ctx):
                one.noted = one.noted.plus(Sum.of(usage.total_tokens, usage.cost))
        return result

    async def call(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Refuse a call that would go beyond a cap; else hold what it will at least take."""
        account = account_of(self.root, ctx.scope, ctx.session)
        caps = self._caps(call, account)
        if not caps:
            return await proceed(call)
        for one in self._kept(account, ctx):
            await self._sessions.look(one)
        amount = self._least(call, caps)
        for cap in caps:
            if cap.spent(amount) > cap.bound:
                self.refused += 1
                raise await self._over(cap, cap.spent(amount), ctx, "would")
        account.hold(amount)
        self._bound[id(ctx)] = (Target.of(call), account, caps)  # each attempt needs them again
        try:
            return await proceed(call)
        finally:
            self._bound.pop(id(ctx), None)  # a hook further out may have asked twice at once
            account.release(amount)

    async def attempt(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Count what one attempt takes, whole or cut; stop a stream that reaches a cap."""
        known = self._bound.get(id(ctx))
        if known is None:
            account = account_of(self.root, ctx.scope, ctx.session)
            known = (Target.of(call), account, self._caps(call, account))
        target, account, caps = known
        for cap in caps:  # what earlier attempts of this call took counts, too, and what others did meanwhile
            if cap.account is not None and cap.spent(Sum()) > cap.bound:
                self.refused += 1
                raise await self._over(cap, cap.spent(Sum()), ctx, "would")
        meter = self._meter(call, caps, target)
        made = call if meter is None else call.with_sink(meter)
        try:
            result = await proceed(made)
        except BaseException as error:
            self._charge_broken(error, call, account, meter)
            if isinstance(error, LimitReachedError) and meter is not None:
                self.stopped += 1
            try:
                await self._note(account, ctx)
            except LlmspellError as fault:  # the next call notes it
                error.add_note(f"what it spent could not be added to its session: {fault.message}")
            raise
        if not isinstance(result, Completion):
            return result
        priced = self._pricing.priced(result, target)
        usage = priced.usage if priced.usage.total_tokens else self._estimated(call, result, target)
        self._charge(account, usage)
        await self._note(account, ctx)
        await self._judge_after(caps, usage, ctx)
        return priced

    async def spell(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Forget the accounts of a run when its spell has ended."""
        try:
            return await proceed(call)
        finally:
            self.root.close("run", ctx.scope.run_id)

    def statistics(self) -> Mapping[str, object]:
        """Show all accounts; `refused` counts calls that were not made, `stopped` streams that were cut."""
        return {**self.root.shown(), "refused": self.refused, "stopped": self.stopped}

    # -- inside --------------------------------------------------------------------------------------------------------

    @property
    def _pricing(self) -> Pricing:
        return cast("Pricing", self.whole.part("prices"))

    def _kept(self, account: Account, ctx: Context) -> list[Account]:
        """Give the account of the run's session, if sessions have a cap."""
        section = self.section
        if section is None or (section.session_tokens is None and section.session_cost is None):
            return []
        return [one for one in account.chain() if (one.kind, one.name) == ("session", ctx.session)]

    async def _note(self, account: Account, ctx: Context) -> None:
        for one in self._kept(account, ctx):
            if one.spent != one.noted:
                await self._sessions.note(one)

    def _caps(self, call: Call, account: Account) -> list[Cap]:
        own: Mapping[str, float] = given(call, self.option) or {}
        if not own and self.section is None:
            return []
        caps: list[Cap] = []

        def add(key: str, account: Account | None, bound: float | None, *, money: bool) -> None:
            if bound is not None:
                caps.append(Cap(key, account, round(bound * PICO) if money else round(bound), money))

        for word, money in (("cost", True), ("tokens", False)):
            of_call = f"call_{word}"
            add(of_call, None, own.get(of_call, getattr(self.section, of_call, None)), money=money)
            for one in account.chain():
                key = f"{SCOPES[one.kind]}_{word}"
                add(key, one, getattr(self.section, key, None), money=money)
            add(f"budget.{word}", account, own.get(word), money=money)
        return caps

    def _least(self, call: Call, caps: list[Cap]) -> Sum:
        """Give what a call will take: its input, and the longest answer that it allows, where it says so."""
        request = cast("LlmRequest", call.input)
        usage = Usage(input_tokens=estimate_request(request), output_tokens=request.max_tokens or 0)
        target = Target.of(call)
        found = self._pricing.tariff(target)
        if found is None and any(cap.money for cap in caps):
            self.refused += 1
            message = f"the price of {target} is not known, so it cannot be asked under a cap of money"
            raise LimitReachedError(
                message,
                suggestions=[f'set it: [resilience.prices.models."{target}"] input = 1.0, output = 2.0'],
                context={"limit": "cost", "reason": "unknown_price", **target._asdict()},
            )
        return Sum.of(usage.total_tokens, None if found is None else found.cost(usage))

    def _meter(self, call: Call, caps: list[Cap], target: Target) -> Meter | None:
        if call.sink is None or not caps:
            return None
        read_tokens = estimate_request(cast("LlmRequest", call.input))

        def usage(written: int) -> Usage:
            return Usage(requests=1, input_tokens=read_tokens, output_tokens=written)

        def judge(so_far: Usage) -> None:
            amount = self._sum(so_far, target)
            for cap in caps:
                spent = cap.spent(amount, with_held=False)
                if spent > cap.bound:
                    raise self._error(cap, spent, "has")

        return Meter(call.sink, usage, judge)

    def _estimated(self, call: Call, completion: Completion, target: Target) -> Usage:
        """Estimate what an answer took whose service does not count: nothing is not what it cost."""
        asked = estimate_request(cast("LlmRequest", call.input))
        usage = Usage(requests=1, input_tokens=asked, output_tokens=estimate_parts(completion.message.parts))
        found = self._pricing.tariff(target)
        cost = completion.usage.cost if found is None else found.cost(usage)
        return evolve(usage, cost=cost)

    def _sum(self, usage: Usage, target: Target) -> Sum:
        found = self._pricing.tariff(target)
        cost = usage.cost if usage.cost is not None or found is None else found.cost(usage)
        return Sum.of(usage.total_tokens, cost)

    @staticmethod
    def _charge(account: Account, usage: Usage) -> None:
        account.charge(Sum.of(usage.total_tokens, usage.cost), priced=usage.cost is not None)

    def _charge_broken(self, error: BaseException, call: Call, account: Account, meter: Meter | None) -> None:
        """Count an answer that began and has no end: it is paid for, by estimate. A failure before it costs nothing."""
        begun = isinstance(error, (StreamInterruptedError, LimitReachedError)) or not isinstance(error, Exception)
        if not begun:
            return
        request = cast("LlmRequest", call.input)
        usage = Usage(input_tokens=estimate_request(request)) if meter is None else meter.so_far
        account.charge(self._sum(usage, Target.of(call)))

    async def _judge_after(self, caps: list[Cap], usage: Usage, ctx: Context) -> None:
        amount = Sum.of(usage.total_tokens, usage.cost)
        for cap in caps:
            spent = cap.spent(amount if cap.account is None else Sum(), with_held=False)
            if spent > cap.bound:
                raise await self._over(cap, spent, ctx, "has")

    async def _over(self, cap: Cap, spent: int, ctx: Context, verb: str) -> LimitReachedError:
        data = {"agent": ctx.scope.name, "limit": cap.key, "bound": cap.bound / (PICO if cap.money else 1)}
        await ctx.events.emit("limit_reached", data)
        return self._error(cap, spent, verb)

    @staticmethod
    def _error(cap: Cap, spent: int, verb: str) -> LimitReachedError:
        whose = "one call" if cap.account is None else f"{cap.account.kind} {cap.account.name!r}"
        message = f"{whose} {verb} spent {cap.shown(spent)}, more than its {cap.key} of {cap.shown(cap.bound)}"
        unit = PICO if cap.money else 1
        return LimitReachedError(
            message.replace("would spent", "would spend"),
            suggestions=[f"raise {cap.key}, or ask for less, e.g. with max_tokens"],
            context={"limit": cap.key, "bound": cap.bound / unit, "spent": spent / unit},
        )
