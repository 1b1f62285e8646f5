"""What of a conversation crosses to another agent, and in which form.

Another model may know nothing of the tools that were used, and its provider may refuse to hear of calls that it did not
offer. So the use of tools crosses as text, and what only the first model understands stays behind.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from llmspell.errors import HandoffError, LlmspellError
from llmspell.model.llm import Media, Message, Text, ToolResult, message

if TYPE_CHECKING:
    from llmspell.model.llm import Content, ToolCall

FilterFunction = Callable[[tuple[Message, ...]], "Sequence[Message] | Awaitable[Sequence[Message]]"]
StateFilter = Literal["all", "messages", "last", "none"] | int | FilterFunction
"""All, or only what was said (no use of tools), the last word of the user, nothing, so many of the last messages; or a
function of all."""


async def crossing(conversation: Iterable[Message], wanted: StateFilter, *, who: str) -> tuple[Message, ...]:
    """Pick what crosses; raises `HandoffError` when a filter function fails or gives what are no messages."""
    if callable(wanted):
        return await _chosen(as_text(conversation), wanted, who)
    if wanted == "none":
        return ()
    if wanted == "last":
        said = [one for one in conversation if one.role == "user"]
        return tuple(said[-1:])
    found = as_text(conversation, tools=wanted != "messages")
    return found if isinstance(wanted, str) else found[max(0, len(found) - wanted) :]


async def _chosen(messages: tuple[Message, ...], function: FilterFunction, who: str) -> tuple[Message, ...]:
    try:
        given = function(messages)
        chosen = await given if inspect.isawaitable(given) else given
    except Exception as error:
        said = error.message if isinstance(error, LlmspellError) else f"{type(error).__name__}: {error}"
        raise HandoffError(f"the state filter of {who} failed: {said}") from error
    if not isinstance(chosen, (list, tuple)) or not all(isinstance(one, Message) for one in chosen):
        raise HandoffError(f"the state filter of {who} gave {type(chosen).__name__}, wanted messages")
    return as_text(chosen)


def as_text(conversation: Iterable[Message], *, tools: bool = True) -> tuple[Message, ...]:
    """Write a conversation so that any model understands it; calls that have no outcome yet are left out."""
    calls: dict[str, ToolCall] = {}
    found: list[Message] = []
    for one in conversation:
        calls.update((call.id, call) for call in one.tool_calls)
        parts: list[Content] = [part for part in one.parts if isinstance(part, Media) or _says(part)]
        if parts:
            found.append(Message(role=one.role, parts=tuple(parts)))
        results = [part for part in one.parts if isinstance(part, ToolResult)]
        if tools and results:
            found.append(message("user", "\n".join(_used(part, calls.get(part.id)) for part in results)))
    return tuple(found)


def _says(part: Content) -> bool:
    return isinstance(part, Text) and bool(part.text)


def _used(result: ToolResult, call: ToolCall | None) -> str:
    """Tell a user of tools what another one did; as a note, so that no model takes it for a way to call them."""
    arguments = "" if call is None else f" with {json.dumps(dict(call.arguments), ensure_ascii=False, default=str)}"
    return f"[The tool {result.name!r} was used{arguments} ({result.outcome}): {result.content}]"
