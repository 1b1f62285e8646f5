"""What recoveries have in common: families of errors, a note of what was done, and whether a reader has seen parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from llmspell.model.llm import Completion, Reset
from llmspell.spec.tools import ToolOutput

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.errors import LlmspellError
    from llmspell.model.call import Call

T = TypeVar("T")

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


def noted(result: T, *notes: Mapping[str, object]) -> T:
    """Give an answer or a tool's output with notes about how it came; anything else as it is."""
    if isinstance(result, Completion):
        return result.noted(*notes)  # type: ignore[return-value]  # the same class
    if isinstance(result, ToolOutput):
        before = result.metadata.get("recoveries")
        kept = before if isinstance(before, (list, tuple)) else ()
        return result._replace(metadata={**result.metadata, "recoveries": [*kept, *notes]})
    return result


class Watched:
    """A sink that knows whether parts were shown which no `Reset` has made void."""

    __slots__ = ("_sink", "shown")

    def __init__(self, sink: Callable[[object], Awaitable[None]]) -> None:
        self._sink = sink
        self.shown = False

    async def __call__(self, part: object) -> None:
        """Hand a part on."""
        self.shown = not isinstance(part, Reset)
        await self._sink(part)
