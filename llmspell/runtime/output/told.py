"""A structured answer that was given as a tool call, as the conversation keeps it: as text.

The tool was of one run. Later requests do not offer it, and there are services that refuse to hear of calls of a tool
that is not offered.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attrs import evolve

from llmspell.model.llm import Message, Text, ToolCall, ToolResult
from llmspell.model.output import VALUE
from llmspell.runtime.output.answers import TAKEN, TOOL, TWICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llmspell.model.llm import Content
    from llmspell.model.output import Output


def as_text(messages: Iterable[Message], data: Mapping[str, object], output: Output) -> tuple[Message, ...]:
    """Write calls of the output tool as what the model said, and what it was told of one that did not fit likewise.

    `data` are those of the run.
    """
    tool = str(data[TOOL])
    return tuple(told for one in messages for told in _told(one, tool, output))


def _told(one: Message, tool: str, output: Output) -> Iterator[Message]:
    if one.role == "assistant":
        calls = [part for part in one.parts if isinstance(part, ToolCall) and part.name == tool]
        yield one if not calls else evolve(one, parts=tuple(_said(part, tool, output) for part in one.parts))
        return
    results = [part for part in one.parts if isinstance(part, ToolResult) and part.name == tool]
    if not results:
        yield one
        return
    rest = tuple(part for part in one.parts if part not in results)
    if rest:
        yield evolve(one, parts=rest)
    for part in results:
        if part.content not in (TAKEN, TWICE):
            yield Message(role="user", parts=(Text(text=part.content),), automatic=True)


def _said(part: Content, tool: str, output: Output) -> Content:
    if not isinstance(part, ToolCall) or part.name != tool:
        return part
    if part.raw is not None:
        return Text(text=part.raw)
    wrapped = output.shape.wrapped and part.arguments.keys() == {VALUE}
    return Text(text=json.dumps(part.arguments[VALUE] if wrapped else part.arguments, ensure_ascii=False, default=str))
