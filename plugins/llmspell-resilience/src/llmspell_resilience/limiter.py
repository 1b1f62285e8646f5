"""The limiter of one model: requests and tokens a minute, and what the service itself says of its limits.

After a 429 the rate is halved, once for all requests that were on their way, and grows by a twentieth with each
success ("additive increase, multiplicative decrease", Chiu and Jain, 1989). Nobody goes on before the pause that the
service asked for is over; then they go on one after the other, not all at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import LimitReachedError, RateLimitError, StreamInterruptedError
from llmspell_resilience.bucket import Bucket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.spec import Context
    from llmspell_resilience.part import Target

MINUTE = 60.0
BURST = 0.1
SLOWEST = 1 / 16
FASTER = 0.05
PAUSE = 1.0
"""Seconds without requests after a 429 that does not say how long."""


class Limits(NamedTuple):
    """What holds for one model; a limit of None is none."""

    requests: float | None
    tokens: float | None
    burst: int | None
    max_wait: float
    adapt: bool


class Turn(NamedTuple):
    """A request that may go: the tokens it was counted with, and when it went."""

    tokens: float
    at: float


class Limiter:
    """Let requests to one model go when it is their turn."""

    def __init__(self, target: Target, limits: Limits, now: float) -> None:
        self.target = target
        self.limits = limits
        self.requests = None if limits.requests is None else _requests(limits.requests, limits.burst, now)
        self.tokens = None if limits.tokens is None else Bucket(limits.tokens / 2 / MINUTE, limits.tokens / 2, now)
        self.counts = {"admitted": 0, "waited": 0, "refused": 0, "told_to_slow_down": 0}
        self.waited = 0.0
        self.share = 1.0
        self._paused_until = 0.0
        self._behind = 0
        self._slowed_at = float("-inf")

    async def admit(self, tokens: float, ctx: Context) -> Turn:
        """Wait for a turn; raises `RateLimitError` at once when the wait would be too long."""
        start = ctx.clock.monotonic()
        wait = max(self._take(tokens, start), self._pause(start, ctx))
        if wait > 0:
            await self._wait(wait, tokens, start, ctx)
        self.counts["admitted"] += 1
        return Turn(tokens, ctx.clock.monotonic())

    def done(self, turn: Turn, tokens: float, told: Mapping[str, Mapping[str, float]] | None, now: float) -> None:
        """Count what an answer really took, and believe what the service says is left."""
        self._settle(turn, tokens)
        if not self.limits.adapt:
            return
        if self.share < 1.0:
            self._slow(min(1.0, self.share + FASTER), now)
        for name, bucket in (("requests", self.requests), ("tokens", self.tokens)):
            about = (told or {}).get(name, {})
            left, reset = about.get("remaining"), about.get("reset")
            if left is None:
                continue
            if bucket is not None:
                bucket.at_most(left, now)
            if left <= 0 and reset:
                self._paused_until = max(self._paused_until, now + reset)

    def failed(self, turn: Turn, error: Exception, now: float) -> None:
        """Give the tokens of a failed request back; slow down when the service asks for it."""
        if not isinstance(error, (StreamInterruptedError, LimitReachedError)):  # of which tokens have come
            self._settle(turn, 0.0)
        if not (self.limits.adapt and isinstance(error, RateLimitError)):
            return
        self.counts["told_to_slow_down"] += 1
        self._paused_until = max(self._paused_until, now + (PAUSE if error.retry_after is None else error.retry_after))
        if turn.at > self._slowed_at:  # later than the last lesson, so that it is a new one
            self._slowed_at = now
            self._slow(max(SLOWEST, self.share / 2), now)

    def give_back(self, turn: Turn) -> None:
        """Undo an admission of which nothing came."""
        self._settle(turn, 0.0)
        if self.requests is not None:
            self.requests.give(1.0)

    def soon(self, now: float) -> float:
        """Give the seconds after which a request that comes now may go."""
        waits = [b.wait(n, now) for b, n in ((self.requests, 1.0), (self.tokens, 0.0)) if b is not None]
        return max(0.0, self._paused_until - now, *waits)

    def statistics(self) -> dict[str, object]:
        """Count requests; `share` is the part of the rate that the service bears."""
        return {**self.counts, "seconds_waited": self.waited, "share": self.share}

    async def _wait(self, wait: float, tokens: float, start: float, ctx: Context) -> None:
        self.counts["waited"] += 1
        self._behind += 1
        try:
            while wait > 0:
                self._bound(wait, start, ctx)
                before = ctx.clock.monotonic()
                await ctx.sleep(wait)
                now = ctx.clock.monotonic()
                self.waited += now - before
                wait = self._pause(now, ctx)  # a 429 may have come meanwhile
        except BaseException:
            self.give_back(Turn(tokens, start))
            raise
        finally:
            self._behind -= 1

    def _take(self, tokens: float, now: float) -> float:
        waits = [b.take(n, now) for b, n in ((self.requests, 1.0), (self.tokens, tokens)) if b is not None]
        return max(waits, default=0.0)

    def _pause(self, now: float, ctx: Context) -> float:
        """Give what is left of a pause, and a place behind its end: all at once would bring the next 429."""
        left = self._paused_until - now
        if left <= 0:
            return 0.0
        return left if self._behind == 0 else left + ctx.random.random() * min(left, 0.1 * self._behind)

    def _bound(self, wait: float, start: float, ctx: Context) -> None:
        now = ctx.clock.monotonic()
        deadline = ctx.scope.deadline
        late = deadline is not None and now + wait >= deadline
        if not late and now - start + wait <= self.limits.max_wait:
            return
        self.counts["refused"] += 1
        why = "the run ends before" if late else f"no longer than {self.limits.max_wait:g} s is waited"
        message = f"the next request to {self.target} may go in {wait:.1f} s, and {why}"
        raise RateLimitError(
            message,
            suggestions=["ask less often, or raise max_wait or the limits of [resilience.rate_limit]"],
            context={"provider": self.target.provider, "model": self.target.model, "own_limit": True},
            retry_after=wait,
            retryable=False,
        )

    def _settle(self, turn: Turn, tokens: float) -> None:
        if self.tokens is not None:
            self.tokens.give(turn.tokens - tokens)

    def _slow(self, share: float, now: float) -> None:
        self.share = share
        for bucket in (self.requests, self.tokens):
            if bucket is not None:
                bucket.slow(share, now)


def _requests(limit: float, burst: int | None, now: float) -> Bucket:
    """Make a bucket of which no more than `limit` come in any minute, those that come at once included."""
    size = float(min(limit, max(1, round(limit * BURST)) if burst is None else burst))
    return Bucket((limit - size + 1) / MINUTE, size, now)
