"""The one owner of retries: full jitter under a deadline, `retry_after` obeyed.

Delays follow "full jitter" of the AWS architecture blog (Exponential Backoff And Jitter, 2015): uniform in
`0..min(cap, base * 2**n)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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


async def retrying(call: Call, proceed: Callable[[Call], Awaitable[object]], ctx: Context) -> object:
    """Run what is inside; on a retryable error wait and run it again, as often as the component's section says.

    `retry_attempts` (RETRIES by default) and `retry_delay` (BASE_SECONDS) are keys of the section; 0 attempts switches
    retries off.
    """
    try:
        return await proceed(call)
    except LlmspellError as error:
        retries = _setting(ctx, "retry_attempts", RETRIES)
        if retries < 1 or not _worth_it(error, ctx, 0.0):
            raise
        return await _again(call, proceed, ctx, error, int(retries))


def _setting(ctx: Context, key: str, default: float) -> float:
    value = getattr(ctx.config, key, None)
    return default if value is None else float(value)


async def _again(
    call: Call, proceed: Callable[[Call], Awaitable[object]], ctx: Context, first: LlmspellError, retries: int
) -> object:
    from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt  # noqa: PLC0415 - 30 ms that most runs never need

    def delay(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        return _delay(error, state.attempt_number, ctx)

    def worth_it(error: BaseException) -> bool:
        return isinstance(error, LlmspellError) and _worth_it(error, ctx, error.retry_after or 0.0)

    async def tell(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        await _tell(call, ctx, error, state.attempt_number + 1, wait)

    wait = _delay(first, 0, ctx)
    await _tell(call, ctx, first, 1, wait)
    await ctx.sleep(wait)
    policy = AsyncRetrying(
        stop=stop_after_attempt(retries),
        wait=delay,
        retry=retry_if_exception(worth_it),
        sleep=ctx.sleep,
        before_sleep=tell,
        reraise=True,
    )
    async for attempt in policy:
        with attempt:
            return await proceed(call)
    raise first


async def _tell(call: Call, ctx: Context, error: BaseException | None, attempt: int, seconds: float) -> None:
    told = error.to_dict() if isinstance(error, LlmspellError) else None
    data = {"subject": call.subject, "operation": call.operation, "attempt": attempt, "delay": seconds, "error": told}
    await ctx.events.emit("retry_scheduled", data)


def _delay(error: BaseException | None, attempt: int, ctx: Context) -> float:
    asked = error.retry_after if isinstance(error, LlmspellError) else None
    if asked is not None:
        return asked
    return ctx.random.random() * min(CAP_SECONDS, _setting(ctx, "retry_delay", BASE_SECONDS) * 2.0**attempt)


def _worth_it(error: LlmspellError, ctx: Context, wait: float) -> bool:
    if not error.retryable or (error.retry_after or 0.0) > LONGEST_WAIT:
        return False
    deadline = ctx.scope.deadline
    return deadline is None or ctx.clock.monotonic() + max(wait, error.retry_after or 0.0) < deadline
