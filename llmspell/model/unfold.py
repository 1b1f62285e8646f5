"""A whole answer as the parts of a stream: what `fold` makes into one, for who listens to an answer that is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from llmspell.model.llm import (
    Finish,
    Media,
    MediaPart,
    Reasoning,
    ReasoningDelta,
    Text,
    TextDelta,
    ToolCall,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    Unknown,
    UnknownPart,
    UsagePart,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.model.llm import Completion, Content, Part


def unfold(completion: Completion) -> Iterator[Part]:
    """Give the parts that fold to an answer, each content in one piece, without the last one (`Done`)."""
    for index, content in enumerate(completion.message.parts):
        yield from _parts(index, content)
    yield UsagePart(completion.usage)
    yield Finish(completion.finish_reason, completion.model, completion.id, completion.limits)


def _parts(index: int, content: Content) -> Iterator[Part]:
    if isinstance(content, Text):
        yield TextDelta(content.text)
    elif isinstance(content, Reasoning):
        yield ReasoningDelta(content.text, content.signature, content.origin)
    elif isinstance(content, Media):
        yield MediaPart(content)
    elif isinstance(content, Unknown):
        yield UnknownPart(content.type, content.data, content.origin)
    elif isinstance(content, ToolCall):
        yield ToolCallStart(index, content.id, content.name)
        text = json.dumps(dict(content.arguments), ensure_ascii=False) if content.raw is None else content.raw
        yield ToolCallDelta(index, text)
        yield ToolCallEnd(index)
