"""Results that were recovered, and streams of which parts were read."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from llmspell.model.llm import Completion, Reset
from llmspell.spec.tools import ToolOutput

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

T = TypeVar("T")


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

    def __call__(self, part: object) -> Awaitable[None]:
        """Hand a part on; no coroutine of its own, for every part of every stream comes by."""
        self.shown = not isinstance(part, Reset)
        return self._sink(part)
