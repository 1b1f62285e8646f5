"""The objects and streams that a message mentions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.spec.wire import Message


STREAM = "$s"


class Reference(NamedTuple):
    """One object by its kind and number; streams have the kind `STREAM`."""

    kind: str
    number: int


def references(message: Message) -> tuple[Reference, ...]:
    """Give the references of a message to a script, in the order in which they were written."""
    return tuple(_found([message.get("args"), message.get("value"), message.get("params")]))


def _found(value: object) -> Iterator[Reference]:
    if isinstance(value, list):
        for one in value:
            yield from _found(one)
    elif isinstance(value, dict):
        handle, stream = value.get("$h"), value.get("$s")
        if isinstance(handle, list):
            yield Reference(str(handle[0]), int(handle[1]))
        elif isinstance(stream, int):
            yield Reference(STREAM, stream)
        for key, one in value.items():
            if key != "$h":
                yield from _found(one)
