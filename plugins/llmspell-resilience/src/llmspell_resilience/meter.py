"""A meter on one attempt: count what a stream has brought so far and stop it at the cap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.model.llm import ReasoningDelta, Reset, TextDelta, ToolCallDelta, UsagePart
from llmspell.model.tokens import estimate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.model.llm import Usage

ENOUGH = 200
"""Characters of text that are judged together, some 50 tokens: single words are estimated too high, and cost time."""


_TEXTS = frozenset({TextDelta, ReasoningDelta, ToolCallDelta})


class Meter:
    """Pass parts on and count them; `judge(usage so far)` raises when it is too much.

    `usage(output tokens)` makes usage of an estimate; what the service itself says replaces it.
    """

    def __init__(
        self,
        sink: Callable[[object], Awaitable[None]],
        usage: Callable[[int], Usage],
        judge: Callable[[Usage], None],
    ) -> None:
        self._sink = sink
        self._usage = usage
        self._judge = judge
        self._text = ""
        self._tokens = 0
        self.told: Usage | None = None

    @property
    def so_far(self) -> Usage:
        """Give what was used, as far as it is known."""
        return self.told or self._usage(self._tokens + estimate(self._text))

    def __call__(self, part: object) -> Awaitable[None]:
        """Count a part and hand it on; no coroutine of its own, for every part of every stream comes by."""
        if type(part) in _TEXTS:
            self._text += part.text  # type: ignore[attr-defined]  # as all of them have
            if len(self._text) >= ENOUGH:
                self._tokens += estimate(self._text)
                self._text = ""
                self._judge(self.so_far)
        elif isinstance(part, UsagePart):
            self.told = part.usage
        elif isinstance(part, Reset):
            self._text, self._tokens, self.told = "", 0, None
        return self._sink(part)
