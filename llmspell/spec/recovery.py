"""What recoveries have in common: families of errors, and the note of what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.errors import LlmspellError
    from llmspell.model.call import Call

FAMILIES: Mapping[str, frozenset[str]] = {
    "context_length": frozenset({"context_length_exceeded"}),
    "timeout": frozenset({"provider_unreachable", "stream_interrupted"}),
    "provider": frozenset(
        {
            "authentication",
            "circuit_open",
            "model_not_found",
            "network",
            "overloaded",
            "provider_unreachable",
            "stream_interrupted",
        }
    ),
    "tool": frozenset({"tool_execution", "tool_not_found", "resource_unavailable"}),
}
"""Name of several types of errors -> those types, besides the one of that name; the first that is spoken of counts."""

ANY = "error"
"""The key that speaks of every error."""

FINAL = frozenset(
    {
        "guardrail",
        "hook",
        "hook_failed",
        "hook_timeout",
        "limit_reached",
        "non_determinism",
        "permission_denied",
        "refused",
        "uncertain_outcome",
    }
)
"""Decisions and not failures: nothing is put in their place unless a strategy names the type itself."""

NEVER = FINAL - {"limit_reached"}
"""Those that no strategy can name: what was refused stays refused."""


def keys_for(kind: str) -> tuple[str, ...]:
    """Give the keys that speak of a type of error, the most exact one first: the type, its families, `error`."""
    families = (name for name, types in FAMILIES.items() if kind in types)
    return (kind,) if kind in FINAL else (kind, *families, ANY)


def note(action: str, call: Call, error: LlmspellError, **more: object) -> dict[str, object]:
    """Write down that a call was recovered: JSON data for a result's `recoveries`."""
    return {"action": action, "operation": call.operation, "subject": call.subject, "error": error.type, **more}
