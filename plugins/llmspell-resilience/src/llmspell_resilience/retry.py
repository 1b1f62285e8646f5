"""Retry: the policy by which the owner of the band `retry` repeats failed calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.model.decision import Proceed
from llmspell.spec import Hook, HookOptions
from llmspell_resilience.part import Part
from llmspell_resilience.sections import RetryRule, RetrySection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.model.call import Call


class Retry(Part[RetrySection]):
    """Tell the retry hook of the kernel what the section and the agent say; it alone repeats."""

    kind = RetrySection
    option = "retry"

    def hooks(self) -> Iterable[Hook]:
        """Say it before each call of a model or tool."""
        options = HookOptions(band="budget", name="retry_policy")
        return [Hook("before_llm_call", self.before, options), Hook("before_tool_execution", self.before, options)]

    def before(self, call: Call) -> Proceed | None:
        """Put the policy where the owner looks for it."""
        section = self.settings(call)
        if section is None or (call.operation == "tool_execution" and not section.tools):
            return None
        policy = {
            "attempts": section.attempts,
            "base": section.delay,
            "cap": section.max_delay,
            "longest": section.longest_wait,
            "within": section.within,
            "types": section.on,
            "never": section.never,
            "factor": section.multiplier,
            "per": {key: _fields(rule) for key, rule in section.per.items()},
        }
        return Proceed(call.replace(metadata={**call.metadata, "retry": policy}))


def _fields(rule: RetryRule) -> dict[str, float]:
    """Give what a rule says in the words of the owner's policy."""
    words = {"attempts": rule.attempts, "base": rule.delay, "cap": rule.max_delay, "factor": rule.multiplier}
    return {word: value for word, value in words.items() if value is not None}
