"""Strategy: what to do about an error, as data; `recovery.py` beside this file does it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.definition import NO_LIST, NO_MAP, Options
from llmspell.bridge.spelling import snake
from llmspell.errors import ApiUnavailableError, ValidationError

if TYPE_CHECKING:
    from typing import Annotated

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.api.tool import ToolHandle
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.bridge.session import SpellSession

WAYS = {
    "retry": "retry",
    "retry_with_backoff": "retry",
    "exponential_backoff": "retry",
    "fallback": "fallback",
    "handler": "handler",
    "cascade": "cascade",
    "by_type": "by_type",
    "fail_fast": "fail_fast",
    "fail": "fail_fast",
    "stop_on_error": "fail_fast",
    "continue_degraded": "continue_degraded",
    "continue_on_error": "continue_degraded",
    "continue_with_warning": "continue_degraded",
    "skip_tool": "skip_tool",
    "skip_tool_and_continue": "skip_tool",
    "skip_and_continue": "skip_tool",
}
"""Every name of a way to recover -> the way it is."""

ELSEWHERE = "it belongs to the distribution llmspell-resilience, which guards every call of an application"
BEYOND = {
    "circuit_breaker": ELSEWHERE,
    "fallback_to_cached": ELSEWHERE,
    "use_cached_data": ELSEWHERE,
    "use_cached_results": ELSEWHERE,
    "retry_with_shorter_context": ELSEWHERE,
    "switch_to_fallback_provider": ELSEWHERE,
    "retry_with_different_tool": "name the other tool: ErrorStrategy.fallback({tool = ..., input = ...})",
    "use_fallback_agent": "name the other agent: ErrorStrategy.fallback({agent = ...})",
}
"""Ways that need more than a script has, and where they are."""


class Strategy(Options):
    """What to do about an error. Keys `on_<type of error>` name a strategy for that type alone."""

    positional = "type"
    collects = "by_type"

    type: Annotated[str | None, "which way, see `ErrorStrategy`; without it the other keys decide"] = None
    operation: Annotated[Callback | None, "function to call again, for `retry`"] = None
    attempts: Annotated[int, "how often, for `retry`"] = 3
    max_retries: Annotated[int | None, "the same as `attempts`"] = None
    retry_count: Annotated[int | None, "the same as `attempts`"] = None
    delay: Annotated[Duration, "wait before the first repetition"] = 1.0  # type: ignore[assignment]  # a Duration is a float
    initial_delay: Annotated[Duration | None, "the same as `delay`"] = None
    retry_delay: Annotated[Duration | None, "the same as `delay`"] = None
    backoff: Annotated[float, "factor by which the wait grows"] = 2.0
    backoff_multiplier: Annotated[float | None, "the same as `backoff`"] = None
    max_delay: Annotated[Duration, "longest wait"] = 30.0  # type: ignore[assignment]
    value: Annotated[object, "result to use, for `fallback` and `continue_degraded`"] = None
    agent: Annotated[AgentHandle | str | None, "agent to ask instead, for `fallback`"] = None
    tool: Annotated[ToolHandle | str | None, "tool to run instead, for `fallback`"] = None
    input: Annotated[object, "what the agent or tool is given; what failed was given this without it"] = None
    handler: Annotated[Callback | None, "`function(error)` whose value is the result, for `handler` and `fallback`"] = (
        None
    )
    strategies: Annotated[list[object], "strategies to try one after the other, for `cascade`"] = NO_LIST
    fallback_agents: Annotated[dict[str, object], "agent that failed -> agent to ask instead, for `cascade`"] = NO_MAP
    fallback_behavior: Annotated[str | None, "name of the strategy to end with"] = None
    only: Annotated[list[str] | None, "error types it is for; others are not recovered"] = None
    by_type: Annotated[dict[str, object], "keys `on_<type>` -> strategy"] = NO_MAP

    def way(self) -> str:
        """Give the way this strategy recovers.

        Raises `ApiUnavailableError` for one that needs more than a script has, `ValidationError` for anything else that
        says nothing.
        """
        named = None if self.type is None else snake(self.type)
        for name in (named, self.fallback_behavior, *(key for key in self.by_type if not key.startswith("on_"))):
            if name is not None and snake(name) in BEYOND:
                message = f"ErrorStrategy {snake(name)} is not available: {BEYOND[snake(name)]}"
                raise ApiUnavailableError(message)
        unknown = [key for key in self.by_type if not snake(key).startswith("on_")]
        found = self._meant() if named is None else WAYS.get(named)
        if found is None or unknown:
            about = f"key {unknown[0]!r}" if unknown else "kind" if named is None else f"type {named!r}"
            message = f"a strategy of no known {about}: it needs `operation`, `value`, `handler`, `agent` or `tool`"
            raise ValidationError(message, suggestions=[f"types: {', '.join(dict.fromkeys(WAYS.values()))}"])
        if found == "handler" and self.handler is None:
            raise ValidationError("a strategy of type 'handler' needs `handler`")
        return found

    def _meant(self) -> str | None:
        """Tell from the keys which way is meant."""
        keys = {
            "by_type": self.by_type,
            "cascade": self.strategies or self.fallback_agents or self.fallback_behavior,
            "handler": self.handler,
            "retry": self.operation or self.max_retries or self.retry_count,
            "fallback": self.value is not None or self.agent or self.tool,
        }
        return next((way for way, given in keys.items() if given), None)

    def table(self) -> dict[str, object]:
        """Give the strategy as a script holds it; checks it like `way`."""
        given = self.given()
        return {**given.pop("by_type", {}), **given, "type": self.way()}  # type: ignore[dict-item]  # a map of maps

    def tries(self) -> int:
        """Give how often to repeat."""
        return next((one for one in (self.max_retries, self.retry_count) if one is not None), self.attempts)

    def wait(self) -> float:
        """Give the seconds before the first repetition."""
        return next((one for one in (self.initial_delay, self.retry_delay) if one is not None), self.delay)

    def factor(self) -> float:
        """Give the factor by which the wait grows."""
        return self.backoff if self.backoff_multiplier is None else self.backoff_multiplier

    def parts(self, subject: str | None) -> list[object]:
        """Give the strategies of a cascade in order; `subject` is the agent that failed."""
        found: list[object] = []
        if self.retry_count or self.max_retries:
            found.append({"type": "retry", "attempts": self.tries(), "delay": self.wait(), "max_delay": self.max_delay})
        found += self.strategies
        if subject in self.fallback_agents:
            found.append({"type": "fallback", "agent": self.fallback_agents[subject]})
        return [*found, *([self.fallback_behavior] if self.fallback_behavior else [])]

    def for_type(self, kind: str) -> object:
        """Give the strategy for a type of error, None when there is none."""
        found = {snake(key).removeprefix("on_").removesuffix("_error"): one for key, one in self.by_type.items()}
        family = "provider" if kind not in found and kind in PROVIDER_TYPES else kind
        family = "tool" if family not in found and family.startswith("tool_") else family
        return found.get(family, found.get("error"))


PROVIDER_TYPES = ("provider", "authentication", "overloaded", "network", "service_unavailable", "model_not_found")
"""Types of errors that `on_provider_error` means."""


def read_strategy(session: SpellSession, given: object) -> Strategy:
    """Read a strategy, its name, or a table in which it lies below `strategy`; raises `ValidationError`."""
    from llmspell.bridge.binder import vocabulary  # noqa: PLC0415 - needed again for one shape
    from llmspell.bridge.converters import converter  # noqa: PLC0415

    inner = given.get("strategy") if isinstance(given, dict) else None
    table = inner if isinstance(inner, (dict, str)) else given
    faults: list[tuple[str, str]] = []
    strategy = converter(Strategy, vocabulary(Strategy))(table, "strategy", session.bare, faults)
    if faults or not isinstance(strategy, Strategy):
        raise ValidationError("; ".join(f"{path} {sentence}" for path, sentence in faults))
    return strategy


def check_strategy(session: SpellSession, strategy: Strategy) -> None:
    """Raise what `way` raises for a strategy, and for those within it: a fault is told before anything has failed."""
    strategy.way()
    for one in (*strategy.parts(None), *strategy.by_type.values()):
        check_strategy(session, read_strategy(session, one))
