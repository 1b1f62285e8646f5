"""The items of a response's output while they come: messages, tool calls, reasoning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.model.llm import ReasoningDelta, TextDelta, ToolCallDelta, ToolCallEnd, ToolCallStart, UnknownPart
from llmspell.spec.provider_faults import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.model.llm import Part

ORIGIN = "openai.responses"
"""Marks whole items of this API, which go back to it as they came."""
CONTENT = "openai.responses.content"
"""Marks content of a message that has no name here; it goes back inside its message."""
NOTE = "openai.responses.note"
"""Marks what stands beside the content, such as citations; it is kept and never sent."""

_MESSAGE = frozenset({"id", "type", "status", "role", "content", "phase"})
_CALL = frozenset({"id", "type", "status", "call_id", "name", "arguments"})
_NAMED = frozenset({"output_text", "refusal"})
_TEXT = frozenset({"type", "text", "refusal"})
_BETWEEN = "\n\n"


class Item:
    """An item under way; `number` counts the tool calls before it, `notes` are told at the end of the answer."""

    def __init__(self, number: int, new_id: Callable[[], str]) -> None:
        self.number = number
        self.done = False
        self.notes: list[Part] = []
        self._new_id = new_id

    def begin(self, data: dict[str, Any], parts: list[Part]) -> None:
        """Take the item as it was announced, mostly empty."""

    def more(self, kind: str, event: dict[str, Any], parts: list[Part]) -> None:
        """Take an event that carries a `delta`, or content of a message in full."""

    def end(self, data: dict[str, Any], parts: list[Part]) -> None:
        """Take the item in full."""

    def _note(self, data: dict[str, Any], known: frozenset[str]) -> None:
        self.notes += [
            UnknownPart(key, {key: value}, NOTE) for key, value in data.items() if value and key not in known
        ]


class MessageItem(Item):
    """What the model says, or its refusal."""

    def __init__(self, number: int, new_id: Callable[[], str]) -> None:
        super().__init__(number, new_id)
        self.refused = False
        self._shown: set[int] = set()  # the places of content of which deltas have come

    def more(self, kind: str, event: dict[str, Any], parts: list[Part]) -> None:
        """Show text as it comes, and what has no name between the texts beside it."""
        place = event.get("content_index", 0)
        if kind == "response.content_part.done":
            if event["part"]["type"] not in _NAMED and place not in self._shown:
                self._shown.add(place)
                parts.append(_unnamed(event["part"]))
            return
        if kind not in ("response.output_text.delta", "response.refusal.delta"):
            return
        text = text_of(event["delta"])
        if text:
            self.refused = self.refused or kind == "response.refusal.delta"
            self._shown.add(place)
            parts.append(TextDelta(text))

    def end(self, data: dict[str, Any], parts: list[Part]) -> None:
        """Give what was not shown yet, and keep what has no name."""
        for place, content in enumerate(data["content"]):
            kind = content["type"]
            if kind == "refusal":
                self.refused = True
            if kind not in _NAMED:
                if place not in self._shown:
                    parts.append(_unnamed(content))
                continue
            text = text_of(content["refusal" if kind == "refusal" else "text"])
            if text and place not in self._shown:
                parts.append(TextDelta(text))
            self._note(content, _TEXT)
        self._note(data, _MESSAGE)


class CallItem(Item):
    """A call of one of the caller's functions."""

    def __init__(self, number: int, new_id: Callable[[], str]) -> None:
        super().__init__(number, new_id)
        self._started = False
        self._shown = False

    def begin(self, data: dict[str, Any], parts: list[Part]) -> None:
        """Tell which tool is called, once its name is known."""
        name = text_of(data.get("name"))
        if name and not self._started:
            self._started = True
            parts.append(ToolCallStart(self.number, text_of(data.get("call_id")) or f"call_{self._new_id()}", name))

    def more(self, kind: str, event: dict[str, Any], parts: list[Part]) -> None:
        """Show the argument text as it comes."""
        text = text_of(event["delta"])
        if kind == "response.function_call_arguments.delta" and text and self._started:
            self._shown = True
            parts.append(ToolCallDelta(self.number, text))

    def end(self, data: dict[str, Any], parts: list[Part]) -> None:
        """Complete the call. Raises `KeyError` for one without a name."""
        self.begin({**data, "name": data["name"]}, parts)
        if not self._started:
            raise ValueError("a tool call came without the name of its tool")
        arguments = text_of(data.get("arguments"))
        if arguments and not self._shown:
            parts.append(ToolCallDelta(self.number, arguments))
        parts.append(ToolCallEnd(self.number))
        self._note(data, _CALL)


class ReasoningItem(Item):
    """What the model thought: a summary of it, or its words; the item itself is the signature that goes back."""

    def __init__(self, number: int, new_id: Callable[[], str]) -> None:
        super().__init__(number, new_id)
        self._last: tuple[str, int] | None = None  # the piece that was shown last

    def more(self, kind: str, event: dict[str, Any], parts: list[Part]) -> None:
        """Show thoughts as they come, an empty line between two pieces."""
        if kind == "response.reasoning_summary_text.delta":
            self._show(("summary", event.get("summary_index", 0)), text_of(event["delta"]), parts)
        elif kind == "response.reasoning_text.delta":
            self._show(("content", event.get("content_index", 0)), text_of(event["delta"]), parts)

    def end(self, data: dict[str, Any], parts: list[Part]) -> None:
        """Give what was not shown yet, and close the block with its signature."""
        if self._last is None:
            for where in ("summary", "content"):
                for place, piece in enumerate(data.get(where) or ()):
                    self._show((where, place), text_of(piece["text"]), parts)
        item = {key: value for key, value in data.items() if key != "status" and value is not None}
        parts.append(ReasoningDelta("", json.dumps(item, ensure_ascii=False, separators=(",", ":")), ORIGIN))

    def _show(self, piece: tuple[str, int], text: str | None, parts: list[Part]) -> None:
        if text:
            between = _BETWEEN if self._last is not None and self._last != piece else ""
            self._last = piece
            parts.append(ReasoningDelta(between + text))


def _unnamed(content: dict[str, Any]) -> UnknownPart:
    return UnknownPart(text_of(content["type"]) or "content", content, CONTENT)
