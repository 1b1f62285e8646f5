"""Rate limits: the first attempt waits in the band `rate`, every further one where it is made.

A retry is a request, too: so each attempt is counted inside the retry hook, and what came of it is learnt at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from llmspell.errors import LlmspellError
from llmspell.model.schema_keys import snake
from llmspell.model.tokens import estimate_request
from llmspell_resilience.limiter import Limiter, Limits, Turn
from llmspell_resilience.part import INNER, Part, Target, around, given
from llmspell_resilience.sections import RateLimitSection, RateRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.model.call import Call
    from llmspell.model.llm import Completion, LlmRequest
    from llmspell.spec import Context, Hook
    from llmspell_resilience.part import Proceed
    from llmspell_resilience.resilience import Resilience


OLDER = {"burst_allowance": "burst"}


class RateLimit(Part[RateLimitSection]):
    """Keep requests and tokens a minute of each model below its limits."""

    kind = RateLimitSection
    option = "rate_limit"

    def __init__(self, whole: Resilience) -> None:
        super().__init__(whole)
        self._limiters: dict[tuple[Target, str], Limiter] = {}
        self._waiting: dict[int, tuple[Limiter, Turn]] = {}

    def hooks(self) -> Iterable[Hook]:
        """Admit the first attempt in the band `rate`, and judge each one."""
        return [
            around("llm_call", "rate", self.first, "rate_limit"),
            around("llm_call", "timeout", self.attempt, "rate_limit_attempt", INNER + 1),
        ]

    def check(self, value: object, bare: str) -> object:
        """Check the agent's option; `burst_allowance` is the older name of `burst`."""
        if isinstance(value, Mapping):
            value = {OLDER.get(snake(key), key): one for key, one in value.items()}
        return super().check(value, bare)

    async def first(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Wait for the turn of a call."""
        limiter = self._limiter(call, ctx)
        if limiter is None:
            return await proceed(call)
        turn = await limiter.admit(_tokens(call, limiter), ctx)
        self._waiting[id(ctx)] = (limiter, turn)
        try:
            return await proceed(call)
        finally:
            unused = self._waiting.pop(id(ctx), None)
            if unused is not None:
                limiter.give_back(unused[1])

    async def attempt(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Count an attempt, waiting for the turn of a repeated one."""
        admitted = self._waiting.pop(id(ctx), None)
        limiter = self._limiter(call, ctx) if admitted is None else admitted[0]
        if limiter is None:
            return await proceed(call)
        turn = admitted[1] if admitted is not None else await limiter.admit(_tokens(call, limiter), ctx)
        try:
            completion = cast("Completion", await proceed(call))
        except BaseException as error:
            unsent = self.whole.unsent
            if id(ctx) in unsent:
                unsent.discard(id(ctx))
                limiter.give_back(turn)
            elif isinstance(error, LlmspellError):
                limiter.failed(turn, error, ctx.clock.monotonic())
            raise  # a request that was cancelled on its way has been made: it counts with what it was thought to take
        limiter.done(turn, completion.usage.total_tokens, completion.limits, ctx.clock.monotonic())
        return completion

    def soon(self, target: Target, now: float) -> float:
        """Give the seconds after which a request to a model may go."""
        limiter = self._limiters.get((target, ""))
        return 0.0 if limiter is None else limiter.soon(now)

    def statistics(self) -> Mapping[str, object]:
        """Count by model."""
        found: dict[str, object] = {}
        for (target, own), limiter in self._limiters.items():
            found[f"{target} {own}".rstrip()] = limiter.statistics()
        return found

    def _limiter(self, call: Call, ctx: Context) -> Limiter | None:
        settings = self.settings(call)
        if settings is None:
            return None
        target = Target.of(call)
        own = given(call, self.option)
        key = (target, "" if own is None else repr(sorted(own.items())))
        known = self._limiters.get(key)
        if known is None:
            known = self._limiters[key] = Limiter(target, _limits(settings, target), ctx.clock.monotonic())
        return known


def _limits(section: RateLimitSection, target: Target) -> Limits:
    rule = section.per.get(str(target)) or section.per.get(target.provider)
    source: RateRule | RateLimitSection = section if rule is None else rule
    return Limits(source.requests_per_minute, source.tokens_per_minute, source.burst, section.max_wait, section.adapt)


def _tokens(call: Call, limiter: Limiter) -> float:
    """Estimate what a request will take, where that is limited: its input and the longest answer it allows."""
    if limiter.tokens is None:
        return 0.0
    request = cast("LlmRequest", call.input)
    return estimate_request(request) + (request.max_tokens or 0)
