"""What went into an operation and came out of it, in one line each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from llmspell.runtime.journal.trace import Operation, Trace

LONGEST: Final = 400
"""Characters of a line at most; how many of them are shown is up to who shows them."""

_BYTES = "base64"


def asked(trace: Trace, one: Operation) -> str:
    """Tell what an operation was given: of a request the last message."""
    value = trace.whole(one.input)
    messages = value.get("messages") if isinstance(value, dict) else None
    if isinstance(messages, list) and messages:
        return cut(message(trace.whole(messages[-1])))
    given = value.get("message") if isinstance(value, dict) else None
    return cut(message(given) if isinstance(given, dict) else shown(value))


def answered(trace: Trace, one: Operation) -> str:
    """Tell what came of an operation: its error, the message of a model's answer, or its value."""
    if one.error is not None:
        return cut(f"{one.error.get('type', 'error')}: {one.error.get('message', '')}")
    value = trace.whole(one.output)
    if isinstance(value, dict) and isinstance(value.get("message"), dict):
        return cut(message(value["message"]))
    only = isinstance(value, dict) and set(value) == {"result"}  # of a tool
    return cut(shown(value["result"] if only else value))


def message(said: Any) -> str:
    """Tell a message of a conversation: its role, its texts, and its other parts in brackets."""
    if not isinstance(said, dict) or not isinstance(said.get("parts"), list):
        return shown(said)
    return f"{said.get('role', '?')}: {' '.join(map(_part, said['parts']))}"


def _part(part: Any) -> str:
    kind = part.get("part", "text") if isinstance(part, dict) else ""
    if kind == "text":
        return str(part.get("text", ""))
    if kind == "tool_call":
        return f"[{part.get('name')}({shown(part.get('arguments'))})]"
    if kind == "tool_result":
        return f"[{part.get('name')}: {part.get('content')}]"
    return f"[{kind}]" if kind else shown(part)


def shown(value: Any) -> str:
    """Write a value as JSON, a text as it is, nothing as nothing, bytes as their number."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, dict) and set(value) == {_BYTES}:
        return f"<{len(str(value[_BYTES])) * 3 // 4} bytes>"
    return json.dumps(value, ensure_ascii=False, default=str)


def cut(text: str) -> str:
    """Put a text on one line of a bounded length."""
    line = " ".join(text[: 4 * LONGEST].split())
    return line if len(line) <= LONGEST and len(text) <= 4 * LONGEST else line[: LONGEST - 1] + "…"
