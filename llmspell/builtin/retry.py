"""The one owner of retries: full jitter under a deadline, `retry_after` obeyed.

Delays follow "full jitter" of the AWS architecture blog (Exponential Backoff And Jitter, 2015): uniform in
`0..min(cap, base * 2**n)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import LlmspellError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tenacity import RetryCallState

    from llmspell.model.call import Call
    from llmspell.spec import Context

RETRIES = 3
BASE_SECONDS = 0.5
CAP_SECONDS = 30.0
LONGEST_WAIT = 120.0
"""A server that asks for more than this is not waited for: the error says when to come back."""


class Policy(NamedTuple):
    """How a failed call is repeated.

    attempts    how often it is made again; 0 never repeats
    base, cap   seconds: the wait before repetition n (from 0) is drawn from `0..min(cap, base * factor**n)`
    factor      by which that bound grows
    longest     seconds: a server that asks for more is not waited for
    within      seconds from the first failure after which nothing is repeated any more
    types       error types that are repeated besides those that call themselves retryable
    never       error types that are not repeated
    per         key of `llmspell.spec.recovery.keys_for` -> what of `attempts`, `base`, `cap` and `factor` holds after
                such errors instead; a type that is named is repeated, whatever it calls itself
    """

    attempts: int = RETRIES
    base: float = BASE_SECONDS
    cap: float = CAP_SECONDS
    longest: float = LONGEST_WAIT
    within: float | None = None
    types: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    factor: float = 2.0
    per: Mapping[str, Mapping[str, float]] = {}

    def after(self, error: LlmspellError) -> Policy:
        """Give the policy that holds after an error."""
        if not self.per:
            return self
        from llmspell.spec.recovery import keys_for  # noqa: PLC0415 - few policies tell errors apart

        own = next((self.per[key] for key in keys_for(error.type) if key in self.per), None)
        if own is None:
            return self
        types = (*self.types, error.type) if error.type in self.per else self.types
        return self._replace(**own, types=types)  # type: ignore[arg-type]  # `attempts` is whole


async def retrying(call: Call, proceed: Callable[[Call], Awaitable[object]], ctx: Context) -> object:
    """Run what is inside; on a retryable error wait and run it again, as the call's policy says.

    A hook further out may give a policy as `metadata["retry"]`, a mapping of the fields of `Policy`; else the keys
    `retry_attempts` (RETRIES by default) and `retry_delay` (BASE_SECONDS) of the component's section count.
    """
    try:
        return await proceed(call)
    except LlmspellError as error:
        run = _Repetition(call, ctx, _policy(call, ctx))
        if not run.worth_it(error, wait := run.delay(error, 0), 0):
            raise
        return await run.again(proceed, error, wait)


def _policy(call: Call, ctx: Context) -> Policy:
    given = call.metadata.get("retry")
    if isinstance(given, Mapping):
        return Policy(**given)
    attempts, base = _setting(ctx, "retry_attempts", RETRIES), _setting(ctx, "retry_delay", BASE_SECONDS)
    return Policy(attempts=int(attempts), base=base)


def _setting(ctx: Context, key: str, default: float) -> float:
    value = getattr(ctx.config, key, None)
    return default if value is None else float(value)


class _Repetition:
    """Repeat one call."""

    __slots__ = ("call", "ctx", "policy", "until")

    def __init__(self, call: Call, ctx: Context, policy: Policy) -> None:
        self.call = call
        self.ctx = ctx
        self.policy = policy
        ends = [ctx.scope.deadline, None if policy.within is None else ctx.clock.monotonic() + policy.within]
        self.until: float | None = min((end for end in ends if end is not None), default=None)

    async def again(self, proceed: Callable[[Call], Awaitable[object]], first: LlmspellError, wait: float) -> object:
        """Wait and run the call again until it succeeds or is not worth it any more."""
        from tenacity import AsyncRetrying  # noqa: PLC0415 - 30 ms that most runs never need

        from llmspell.spec.recovered import noted  # noqa: PLC0415 - likewise
        from llmspell.spec.recovery import note  # noqa: PLC0415

        waits = {0: wait}

        def delay(state: RetryCallState) -> float:
            return waits[state.attempt_number]

        def worth_it(state: RetryCallState) -> bool:
            error = state.outcome.exception() if state.outcome else None
            if not isinstance(error, LlmspellError):
                return False
            waits[state.attempt_number] = self.delay(error, state.attempt_number)
            return self.worth_it(error, waits[state.attempt_number], state.attempt_number)

        async def tell(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            await self.tell(error, state.attempt_number + 1, waits[state.attempt_number])

        await self.tell(first, 1, wait)
        await self.ctx.sleep(wait)
        policy = AsyncRetrying(
            wait=delay,
            retry=worth_it,
            sleep=self.ctx.sleep,
            before_sleep=tell,
            reraise=True,
        )
        async for attempt in policy:
            with attempt:
                result = await proceed(self.call)
                return noted(result, note("retry", self.call, first, attempts=attempt.retry_state.attempt_number))
        raise first

    def delay(self, error: LlmspellError, repeated: int) -> float:
        """Give the seconds to wait after an error: what the server asks for, else a draw with full jitter."""
        if error.retry_after is not None:
            return error.retry_after
        policy = self.policy.after(error)
        return self.ctx.random.random() * min(policy.cap, policy.base * policy.factor**repeated)

    def worth_it(self, error: LlmspellError, wait: float, repeated: int) -> bool:
        """Tell whether one more repetition may help and comes in time."""
        policy = self.policy.after(error)
        if repeated >= policy.attempts:
            return False
        if error.type in policy.never or not (error.retryable or error.type in policy.types):
            return False
        if wait > policy.longest:
            return False
        return self.until is None or self.ctx.clock.monotonic() + wait < self.until

    async def tell(self, error: BaseException | None, attempt: int, seconds: float) -> None:
        """Say that the call will be made again."""
        told = error.to_dict() if isinstance(error, LlmspellError) else None
        call = self.call
        data = {"subject": call.subject, "operation": call.operation, "attempt": attempt, "delay": seconds}
        await self.ctx.events.emit("retry_scheduled", {**data, "error": told})
