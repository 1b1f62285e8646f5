"""Ways to recover: their names, what each is for, and which of them guard the calls inside of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

WAYS: Mapping[str, str] = {
    "retry": "retry",
    "retry_with_backoff": "retry",
    "exponential_backoff": "retry",
    "fallback": "fallback",
    "use_fallback_agent": "fallback",
    "retry_with_different_tool": "fallback",
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
    "skip_failed_tools": "skip_tool",
    "skip_and_continue": "skip_tool",
    "circuit_breaker": "circuit_breaker",
    "fallback_to_cached": "fallback_to_cached",
    "use_cached_data": "fallback_to_cached",
    "use_cached_results": "fallback_to_cached",
    "retry_with_shorter_context": "retry_with_shorter_context",
    "switch_to_fallback_provider": "switch_to_fallback_provider",
}
"""Every name of a way to recover -> the way it is."""

ACTIONS: Mapping[str, tuple[str, ...]] = {
    "fallback_to_cached": ("provider", "rate_limit", "timeout", "context_length", "tool"),
    "retry_with_shorter_context": ("context_length",),
    "switch_to_fallback_provider": ("provider", "rate_limit", "timeout"),
}
"""Ways that are followed inside of a run, by the call that failed -> the errors they are for unless it is said."""

SKIP = "skip_tool_and_continue"
"""What the calls of a run do about a tool that is skipped."""

NEEDS: Mapping[str, str] = {
    "circuit_breaker": "circuit_breaker",
    **dict.fromkeys(ACTIONS, "recovery"),
}
"""Ways that nobody can follow without the hook set that has this option of agents."""

DURATIONS = (
    "delay", "initial_delay", "retry_delay", "max_delay", "cache_timeout", "reset_timeout", "recovery_timeout",
)  # fmt: skip
"""Keys of a strategy that are durations."""

OWN = frozenset({"type", "strategies", "fallback_agents", "fallback_behavior", "by_type", "only", "circuit_breaker"})
"""Keys that a strategy keeps for itself; the others hold for what it names, too."""
