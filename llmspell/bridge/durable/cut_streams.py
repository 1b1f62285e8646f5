"""Streams that a crash cut off, as the messages know them that went to the script."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.spec.wire import Message


class CutStreams(NamedTuple):
    """The recorded streams of a script, by number.

    opened      those of which items were recorded
    told_last   those whose last part was given, though not that it was the last
    texts       those that had no end, each with the text that came
    """

    opened: set[int]
    told_last: set[int]
    texts: dict[int, str]


def cut_streams(messages: Iterable[Message]) -> CutStreams:
    """Find the streams in recorded messages."""
    found = CutStreams(set(), set(), {})
    for message in messages:
        if message["t"] != "item":
            continue
        number = cast("int", message["s"])
        found.opened.add(number)
        if "value" in message:
            found.texts[number] = found.texts.get(number, "") + _text_of(message["value"])
            if _is_last(message["value"]):
                found.told_last.add(number)
        else:
            found.told_last.discard(number)
            found.texts.pop(number, None)
    for number in found.told_last:
        del found.texts[number]
    return found


def _is_last(value: object) -> bool:
    """Tell the last part of a stream, which has the whole result."""
    return isinstance(value, dict) and value.get("type") == "done"


def _text_of(value: object) -> str:
    """Give the text of one part of a stream, as scripts see it."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value.get("type") in ("text", "content", "delta"):
        found = value.get("text", value.get("content", ""))
        return found if isinstance(found, str) else ""
    return ""
