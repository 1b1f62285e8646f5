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

    Those that guard the calls of a run (`circuit_breaker`, `retry`, `fallback_to_cached`, `retry_with_shorter_context`,
    `switch_to_fallback_provider`) need `llmspell-resilience`, and come before those that stand for the whole run.
    """

    name = "ErrorStrategy"

    @function(aliases=("retry_with_backoff", "exponential_backoff"))
    def retry(self, options: Strategy | None = None) -> dict[str, object]:
        """Do it again up to `attempts` times, with a growing `delay` between: what failed, or the function `operation`.

        An agent's strategy repeats the call that failed and not the run; a tool is repeated when it may be.
        """
        return self._made("retry", options)

    @function(aliases=("use_fallback_agent", "retry_with_different_tool"))
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
        return self._made("fail_fast", Strategy(**options.given()) if options else None)

    @function()
    def circuit_breaker(self, options: Strategy | None = None) -> dict[str, object]:
        """Leave a model alone for `reset_timeout` after `failure_threshold` failures in a row."""
        return self._made("circuit_breaker", options)

    @function(aliases=("use_cached_results", "use_cached_data"))
    def fallback_to_cached(self, options: Strategy | None = None) -> dict[str, object]:
        """Use the last good answer to the same request, or result of the same call, not older than `cache_timeout`."""
        return self._made("fallback_to_cached", options)

    @function()
    def retry_with_shorter_context(self, options: Strategy | None = None) -> dict[str, object]:
        """Ask the model again without the older half of the conversation, until it fits."""
        return self._made("retry_with_shorter_context", options)

    @function()
    def switch_to_fallback_provider(self, options: Strategy | None = None) -> dict[str, object]:
        """Ask the models of `fallback_providers`, in order; without it those of the option or section `fallback`."""
        return self._made("switch_to_fallback_provider", options)

    @function(aliases=("continue_on_error", "continue_with_warning"))
    def continue_degraded(self, options: Strategy | None = None) -> dict[str, object]:
        """Go on with less: without tools that fail and with kept results, or with `value` when nothing else is there.

        `skip_failed_tools` and `use_cached_results` say which; the outcome has `degraded` and the error.
        """
        return self._made("continue_degraded", options)

    @function(aliases=("skip_tool_and_continue", "skip_and_continue", "skip_failed_tools"))
    def skip_tool(self, options: Strategy | None = None) -> dict[str, object]:
        """Go on without the result; the outcome has `skipped` and the error."""
        return self._made("skip_tool", options)

    def _made(self, way: str, options: Strategy | None) -> dict[str, object]:
        strategy = Strategy(**{**(options.given() if options else {}), "type": way})
        check_strategy(self.session, strategy)
        return strategy.table()
