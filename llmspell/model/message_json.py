"""Messages as JSON data, and back: what is kept of a conversation.

Reading checks every type; nothing is looked up or imported by what the data say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from llmspell.errors import ConversionError
from llmspell.model.llm import Content, Media, Message, Reasoning, Role, Text, ToolCall, ToolResult, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

_PARTS: dict[str, type[Any]] = {
    "text": Text,
    "media": Media,
    "reasoning": Reasoning,
    "tool_call": ToolCall,
    "tool_result": ToolResult,
    "unknown": Unknown,
}
_NAMES = {kind: name for name, kind in _PARTS.items()}


def message_to_json(message: Message) -> dict[str, object]:
    """Write a message as `{role, parts, automatic}`, a part as its fields with its kind in `part`; bytes are base64."""
    parts = [{"part": _NAMES[type(part)], **_plain(part)} for part in message.parts]
    return {"role": message.role, "parts": parts, **({"automatic": True} if message.automatic else {})}


def message_from_json(data: object) -> Message:
    """Read a message; raises `ConversionError` that says what does not fit."""
    try:
        given = msgspec.convert(data, dict[str, Any])
        role = msgspec.convert(given.get("role"), Role)
        parts = msgspec.convert(given.get("parts"), list[dict[str, Any]])
        automatic = msgspec.convert(given.get("automatic", False), bool)
        return Message(role=role, parts=tuple(map(_part, parts)), automatic=automatic)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ConversionError(f"this is no message: {error}") from error


def messages_from_json(data: Iterable[object]) -> tuple[Message, ...]:
    """Read messages in their order."""
    return tuple(map(message_from_json, data))


def _part(data: dict[str, Any]) -> Content:
    name = data.get("part")
    kind = _PARTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise msgspec.ValidationError(f"a part is of the unknown kind {name!r}")
    return cast("Content", msgspec.convert({key: one for key, one in data.items() if key != "part"}, kind))


def _plain(part: Content) -> dict[str, object]:
    return cast("dict[str, object]", msgspec.to_builtins(part, enc_hook=str, str_keys=True))
