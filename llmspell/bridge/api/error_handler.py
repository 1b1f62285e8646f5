"""ErrorHandler: reading errors, and ways to recover from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge.api.agent import AgentHandle
from llmspell.bridge.definition import NO_MAP, Namespace, Options, function
from llmspell.bridge.faults import from_wire, to_wire
from llmspell.errors import LlmspellError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Annotated, Literal

    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext


class Strategy(Options):
    """What to do about an error."""

    positional = "type"

    type: Annotated[Literal["retry", "fallback", "handler"] | None, "which way; without it the other keys decide"] = (
        None
    )
    operation: Annotated[Callback | None, "function to call again, for `retry`"] = None
    attempts: Annotated[int, "how often, for `retry`"] = 3
    delay: Annotated[Duration, "wait before the first repetition"] = 1.0  # type: ignore[assignment]  # a Duration is a float
    backoff: Annotated[float, "factor by which the wait grows"] = 2.0
    max_delay: Annotated[Duration, "longest wait"] = 30.0  # type: ignore[assignment]
    value: Annotated[object, "result to use, for `fallback`"] = None
    handler: Annotated[Callback | None, "`function(error)`, for `handler`"] = None
    only: Annotated[list[str] | None, "error types it is for; others are not recovered"] = None

    def way(self) -> str:
        """Give the way this strategy recovers; raises `ValidationError` when it has none."""
        found = self.type or (
            "handler" if self.handler else "retry" if self.operation else "fallback" if self.value is not None else None
        )
        if found is None:
            raise ValidationError(
                "a strategy needs `operation`, `value` or `handler`",
                suggestions=["give it one of these keys"],
            )
        if found == "handler" and self.handler is None:
            raise ValidationError("a strategy of type 'handler' needs `handler`")
        return found


class ErrorHandler(Namespace):
    """Reading errors, and ways to recover from them.

    An error is a table `{type, code, message, recoverable, retryable, retry_after, suggestions, context, where,
    trace_id}`.
    """

    name = "ErrorHandler"

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self._reported: dict[str, int] = {}
        self._recovered = 0
        self._attempted = 0

    @function(local=True, aliases=("parse_error",))
    def parse(self, error: object) -> dict[str, Any]:  # type: ignore[empty-body]  # implemented by engines
        """Read anything that was raised as an error table; never raises. `category` is the same as `type`."""

    @function()
    def enrich_error(self, error: object, context: dict[str, object]) -> dict[str, Any]:
        """Give the error with more context."""
        known = from_wire(error)
        known.context.update(context)
        return to_wire(known)

    @function(aliases=("create_recovery_strategy",))
    def create_strategy(self, options: Strategy) -> dict[str, object]:
        """Check a strategy and give it as a table for `attempt_recovery`. Raises `validation`."""
        return {**options.given(), "type": options.way()}

    @function()
    async def attempt_recovery(
        self, first: object, second: object, third: object = None, *, ctx: CallContext
    ) -> dict[str, Any] | str:
        """Try to recover, in three shapes.

        `(error, strategy)` gives `{success, data, result, attempts, error}`. `(error, {strategy = ...})` is the same.
        `(agent, input, error)` asks the agent again when the error is recoverable and gives its text; it raises when
        that fails too.
        """
        self._attempted += 1
        if isinstance(first, AgentHandle):
            return await self._again(first, str(second), from_wire(third), ctx)
        strategy = self._strategy(second)
        error = from_wire(first)
        if strategy.only is not None and error.type not in [name.removesuffix("_error") for name in strategy.only]:
            return _outcome(error=error, attempts=0)
        outcome = await self._recover(strategy, error, ctx)
        self._recovered += outcome["success"] is True
        return outcome

    @function()
    async def report_error(self, error: object, context: dict[str, object] = NO_MAP) -> None:
        """Count an error, note it and tell it as the event `error_reported`."""
        known = from_wire(error)
        self._reported[known.type] = self._reported.get(known.type, 0) + 1
        data = {"error": to_wire(known), "context": context}
        await self.session.app.events.emit(
            "error_reported", data, run=self.session.run.id, source=self.session.run.name
        )

    @function(aliases=("get_stats", "stats"))
    def get_error_stats(self) -> dict[str, object]:
        """Count the errors of this spell: `{total_errors, by_type, recovery_attempts, recovered}`."""
        return {
            "total_errors": sum(self._reported.values()),
            "by_type": dict(self._reported),
            "recovery_attempts": self._attempted,
            "recovered": self._recovered,
        }

    def _strategy(self, given: object) -> Strategy:
        """Read a strategy that may lie below `strategy`."""
        from llmspell.bridge.binder import vocabulary  # noqa: PLC0415 - needed again for one shape
        from llmspell.bridge.converters import converter  # noqa: PLC0415

        table = given["strategy"] if isinstance(given, dict) and isinstance(given.get("strategy"), dict) else given
        faults: list[tuple[str, str]] = []
        strategy = converter(Strategy, vocabulary(ErrorHandler))(table, "strategy", self.session.bare, faults)
        if faults or not isinstance(strategy, Strategy):
            raise ValidationError("; ".join(f"{path} {sentence}" for path, sentence in faults))
        return strategy

    async def _recover(self, strategy: Strategy, error: LlmspellError, ctx: CallContext) -> dict[str, Any]:
        way = strategy.way()
        if way == "fallback":
            return _outcome(strategy.value, attempts=1)
        if way == "handler":
            handler = strategy.handler

            async def handled() -> object:
                return None if handler is None else await handler(to_wire(error))

            return await _attempt(handled, 1)
        if strategy.operation is None:
            raise ValidationError("a strategy of type 'retry' needs `operation`, the function to call again")
        return await self._retry(strategy, strategy.operation, error, ctx)

    @staticmethod
    async def _retry(strategy: Strategy, operation: Callback, error: LlmspellError, ctx: CallContext) -> dict[str, Any]:
        delay: float = strategy.delay
        outcome = _outcome(error=error, attempts=0)
        for attempt in range(1, strategy.attempts + 1):
            wait = max(delay, error.retry_after or 0.0)
            await ctx.sleep(min(wait, strategy.max_delay))
            outcome = await _attempt(operation, attempt)
            if outcome["success"]:
                break
            delay *= strategy.backoff
        return outcome

    async def _again(self, agent: AgentHandle, text: str, error: LlmspellError, ctx: CallContext) -> str:
        if not error.recoverable:
            raise error
        await ctx.sleep(error.retry_after or 0.0)
        result = await agent.chat(text, ctx)
        self._recovered += 1
        return str(result)


async def _attempt(operation: Callable[[], Awaitable[object]], attempt: int) -> dict[str, Any]:
    try:
        return _outcome(await operation(), attempts=attempt)
    except LlmspellError as error:
        return _outcome(error=error, attempts=attempt)


def _outcome(value: object = None, *, attempts: int, error: LlmspellError | None = None) -> dict[str, Any]:
    if error is not None:
        return {"success": False, "error": to_wire(error), "attempts": attempts}
    return {"success": True, "data": value, "result": value, "attempts": attempts}
