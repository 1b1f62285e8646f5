"""ErrorHandler: reading errors, and ways to recover from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge.api.agent import AgentHandle
from llmspell.bridge.api.agent_options import ExecuteOptions
from llmspell.bridge.api.recovery import Recovery
from llmspell.bridge.api.strategy import Strategy, check_strategy, read_strategy
from llmspell.bridge.definition import NO_MAP, Namespace, function
from llmspell.bridge.faults import from_wire

if TYPE_CHECKING:
    from llmspell.bridge.session import SpellSession
    from llmspell.errors import LlmspellError
    from llmspell.runtime.context import CallContext


class ErrorHandler(Namespace):
    """Reading errors, and ways to recover from them.

    An error is a table `{type, code, message, recoverable, retryable, retry_after, suggestions, context, where,
    trace_id}`; of it, `recovery_strategy` ("retry" or "none") and `recovery_suggestion` can be read, too.
    """

    name = "ErrorHandler"
    modules = ("errors", "error")

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self._reported: dict[str, int] = {}
        self._recovered = 0
        self._attempted = 0

    @function(local=True, aliases=("parse_error",))
    def parse(self, error: object) -> dict[str, Any]:  # type: ignore[empty-body]  # implemented by engines
        """Read anything that was raised as an error table; never raises. `category` is the same as `type`."""

    @function(local=True)
    def is_(self, error: object, types: str | list[str]) -> bool:  # type: ignore[empty-body]
        """Tell whether an error is of a type, or of one of several; `"validation_error"` means `validation`."""

    @function()
    def enrich_error(self, error: object, context: dict[str, object]) -> dict[str, Any]:
        """Give the error with more context."""
        known = from_wire(error)
        known.context.update(context)
        return self.session.told(known)

    @function(aliases=("create_recovery_strategy",))
    def create_strategy(self, options: Strategy) -> dict[str, object]:
        """Check a strategy and give it as a table for `attempt_recovery`. Raises `validation`."""
        check_strategy(self.session, options)
        return options.table()

    @function()
    async def attempt_recovery(
        self, first: object, second: object, third: object = None, *, ctx: CallContext
    ) -> dict[str, Any] | str:
        """Try to recover, in three shapes.

        `(error, strategy)` gives `{success, data, result, attempts, error}`. `(error, {strategy = ...})` is the same.
        `(agent, input, error)` asks the agent again when the error is recoverable and gives its text; it raises when
        that fails too.

        A strategy that guards calls asks its `agent` for `input` once more; where it names none, the outcome has a
        `reason`.
        """
        self._attempted += 1
        if isinstance(first, AgentHandle):
            return await self._again(first, str(second), from_wire(third), ctx)
        strategy = read_strategy(self.session, second)
        outcome = await Recovery(self.session, ctx).follow(strategy, from_wire(first))
        self._recovered += outcome["success"] is True
        return outcome

    @function()
    async def report_error(self, error: object, context: dict[str, object] = NO_MAP) -> None:
        """Count an error, note it and tell it as the event `error_reported`."""
        known = from_wire(error)
        self._reported[known.type] = self._reported.get(known.type, 0) + 1
        data = {"error": self.session.told(known), "context": context}
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

    async def _again(self, agent: AgentHandle, text: str, error: LlmspellError, ctx: CallContext) -> str:
        if not error.recoverable:
            raise error
        await ctx.sleep(error.retry_after or 0.0)
        result = await agent.chat(ExecuteOptions(input=text), ctx)
        self._recovered += 1
        return str(result)
