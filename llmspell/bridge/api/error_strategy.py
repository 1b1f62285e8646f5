"""ErrorStrategy: strategies by name, for `ErrorHandler.attempt_recovery` and the `error_strategy` of an agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.api.strategy import Strategy, check_strategy
from llmspell.bridge.definition import NO_LIST, Namespace, Options, function

if TYPE_CHECKING:
    from typing import Annotated


class FailOptions(Options):
    """When to give up at once."""

    only: Annotated[list[str] | None, "error types it is for; others are not recovered either"] = None


class ErrorStrategy(Namespace):
    """What to do about an error, by name. Each function checks its options and gives the strategy as a table.

    What guards every call of an application, such as a circuit breaker or another provider, belongs to the distribution
    `llmspell-resilience`.
    """

    name = "ErrorStrategy"

    @function(aliases=("retry_with_backoff", "exponential_backoff"))
    def retry(self, options: Strategy | None = None) -> dict[str, object]:
        """Do it again: `operation`, else what failed, up to `attempts` times with a growing `delay` between."""
        return self._made("retry", options)

    @function()
    def fallback(self, options: Strategy) -> dict[str, object]:
        """Use something else: a `value`, a `handler(error)`, another `agent`, or a `tool` with `input`."""
        return self._made("fallback", options)

    @function()
    def handler(self, options: Strategy) -> dict[str, object]:
        """Call `handler(error)` and use what it returns."""
        return self._made("handler", options)

    @function()
    def cascade(self, options: Strategy | list[object] = NO_LIST) -> dict[str, object]:
        """Try several strategies, one after the other, until one works.

        A list of them, or `{retry_count, strategies, fallback_agents = {["Failed"] = "Instead"}, fallback_behavior}`.
        """
        if isinstance(options, list):
            options = Strategy(strategies=options)
        return self._made("cascade", options)

    @function(aliases=("stop_on_error",))
    def fail_fast(self, options: FailOptions | None = None) -> dict[str, object]:
        """Recover from nothing: the error stays."""
        return {"type": "fail_fast", **(options.given() if options else {})}

    @function(aliases=("continue_on_error", "continue_with_warning"))
    def continue_degraded(self, options: Strategy | None = None) -> dict[str, object]:
        """Go on with `value`; the outcome has `degraded` and the error."""
        return self._made("continue_degraded", options)

    @function(aliases=("skip_tool_and_continue", "skip_and_continue"))
    def skip_tool(self, options: Strategy | None = None) -> dict[str, object]:
        """Go on without the result; the outcome has `skipped` and the error."""
        return self._made("skip_tool", options)

    def _made(self, way: str, options: Strategy | None) -> dict[str, object]:
        strategy = Strategy(**{**(options.given() if options else {}), "type": way})
        check_strategy(self.session, strategy)
        return strategy.table()
