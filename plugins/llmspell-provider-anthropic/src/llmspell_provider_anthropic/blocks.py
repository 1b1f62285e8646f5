"""Content as the Messages API writes it: from our parts to blocks, and the fields that travel beside a part."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from llmspell.errors import BadRequestError
from llmspell.model.llm import Media, Reasoning, Text, ToolCall, ToolResult, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmspell.model.llm import Content, Message

Json = dict[str, Any]
ORIGIN = "anthropic.messages"
"""Marks the unknown parts of this API, so that they only go back to it."""

FIELDS = ".fields"
"""`text.fields`, `tool_use.fields`, `thinking.fields`: what a block held besides what our parts have a name for.

Such a part follows the one it belongs to. Its data has `fields`, and `length` (of the block's text) or `id` (of the
call).
"""


def blocks_of(message: Message) -> list[Json]:
    """Give a message's blocks. Raises `BadRequestError` for content that this API has no form for."""
    if message.role == "assistant":
        return _own_turn(message.parts)
    return [block for part in message.parts if (block := _given(part)) is not None]


def _own_turn(parts: Sequence[Content]) -> list[Json]:
    """Give a model's own turn; text of nothing but white space is refused by the service, and left out."""
    blocks: list[Json] = []
    for part in parts:
        if isinstance(part, Media):
            raise BadRequestError(
                "this API takes no images, audio or files in a model's own message",
                suggestions=["put them into a user's message"],
            )
        if isinstance(part, Unknown) and part.origin == ORIGIN and part.type.endswith(FIELDS):
            _attach(blocks, part)
            continue
        block = _own(part)
        if block is not None:
            blocks.append(block)
    return [block for block in blocks if block["type"] != "text" or block["text"].strip()]


def _own(part: Content) -> Json | None:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, Reasoning):  # without its signature it is of another provider, and refused
        return {"type": "thinking", "thinking": part.text, "signature": part.signature} if part.signature else None
    if isinstance(part, ToolCall):
        arguments = {"INVALID_JSON": part.raw} if part.raw is not None else dict(part.arguments)
        return {"type": "tool_use", "id": part.id, "name": part.name, "input": arguments}
    return _given(part)


def _attach(blocks: list[Json], part: Unknown) -> None:
    """Put fields back where they were: into the call of that id, the last letters of the text, the last thinking."""
    kind, fields = part.type.removesuffix(FIELDS), part.data.get("fields")
    place = next(
        (
            n
            for n in reversed(range(len(blocks)))
            if blocks[n]["type"] == kind and _is_of(blocks[n], part.data.get("id"))
        ),
        None,
    )
    if place is None or not isinstance(fields, dict):
        return  # a hook took the part they belonged to
    length = part.data.get("length")
    if kind == "text" and isinstance(length, int) and 0 < length < len(text := blocks[place]["text"]):
        blocks[place : place + 1] = [
            {**blocks[place], "text": text[:-length]},
            {"type": "text", "text": text[-length:]},
        ]
        place += 1
    blocks[place] = {**blocks[place], **fields}


def _is_of(block: Json, identity: object) -> bool:
    return identity is None or block.get("id") == identity


def _given(part: Content) -> Json | None:
    """Give a part of a user's message; what belongs to another provider, or around a message, is left out."""
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    if isinstance(part, ToolResult):
        result: Json = {"type": "tool_result", "tool_use_id": part.id, "content": part.content}
        return result if part.outcome == "done" else {**result, "is_error": True}
    if isinstance(part, Media):
        return _MEDIA[part.kind](part)
    if isinstance(part, Unknown):
        if part.origin is None:  # a form this version has no name for: the caller knows what the service takes
            return {"type": part.type, **part.data}
        return dict(part.data) if part.origin == ORIGIN and part.data.get("type") == part.type else None
    if isinstance(part, Reasoning):
        return None
    raise BadRequestError(
        f"this API has no form for a {type(part).__name__} in a user's message",
        suggestions=["put it into a message of the model"],
    )


def _image(media: Media) -> Json:
    return {"type": "image", "source": _source(media)}


def _document(media: Media) -> Json:
    named = {"title": media.name} if media.name else {}
    if media.data is not None and media.media_type.startswith("text/"):
        try:
            text = media.data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadRequestError(f"the document {media.name or ''} is not UTF-8: {error}") from error
        return {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": text}, **named}
    if media.media_type != "application/pdf":
        raise BadRequestError(
            f"this API takes documents of text and PDF, not {media.media_type}",
            suggestions=["turn it into text or PDF first"],
        )
    return {"type": "document", "source": _source(media), **named}


def _audio(media: Media) -> Json:
    raise BadRequestError(
        f"this API takes no audio ({media.media_type})", suggestions=["choose a provider that declares audio"]
    )


def _source(media: Media) -> Json:
    if media.url is not None:
        return {"type": "url", "url": media.url}
    data = base64.b64encode(media.data or b"").decode()
    return {"type": "base64", "media_type": media.media_type, "data": data}


_MEDIA: dict[str, Callable[[Media], Json]] = {"image": _image, "audio": _audio, "file": _document}
