"""Structured answers after their run: what hooks put in the place of one, and one that was given as a tool call.

The conversation keeps that as text: the tool was of one run, later requests do not offer it, and there are services
that refuse to hear of calls of a tool that is not offered.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from attrs import evolve

from llmspell.errors import OutputMismatchError
from llmspell.model.llm import Message, Text, ToolCall, ToolResult
from llmspell.model.output import VALUE
from llmspell.runtime.output.answers import SHOWN, TAKEN, TOOL, TWICE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from llmspell.model.agent import AgentResult
    from llmspell.model.llm import Content
    from llmspell.model.output import Output


def judged_again(
    given: AgentResult, ended: AgentResult | None, output: Output, agent: str, *, by: str = "a hook or guard"
) -> AgentResult:
    """Give the result of a run with what was put in the place of its answer, built as the answer would be.

    `ended` is what the run came to, None when there was no answer; `by` says who did it. Raises `OutputMismatchError`
    for what does not fit.
    """
    if ended is not None and given.data is ended.data and given.content == ended.content:
        return given
    changed = ended is None or given.data is not ended.data
    value = given.data if changed and given.data is not None else _of_text(given.content)
    if ended is not None and ended.data is not None and not _plain(value) and isinstance(value, type(ended.data)):
        return given
    judged = output.shape.judge(value)
    if judged.faults:
        listed = "; ".join(f"{one.path}: {one.message}" if one.path else one.message for one in judged.faults[:SHOWN])
        raise OutputMismatchError(
            f"what {by} put in the place of the answer of agent {agent!r} does not fit: {listed}",
            suggestions=["have it give data of the same form"],
            context={"agent": agent, "text": given.content, "faults": [one._asdict() for one in judged.faults]},
        )
    return evolve(given, data=judged.built, content=judged.text)


def _plain(value: object) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, list, dict))


def _of_text(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


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
