"""What a hook may answer. `None` means it has no opinion."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from llmspell.model.call import Call


class Proceed(NamedTuple):
    """Go on with a changed call."""

    call: Call


class Answer(NamedTuple):
    """Take this as the result: before the call, instead of it; after it, in its place; on an error, to recover."""

    result: object


class Refuse(NamedTuple):
    """Stop the operation; it ends in a `RefusedError` with this reason."""

    reason: str


class Retry(NamedTuple):
    """From an error hook: run the operation again, after `delay` seconds."""

    delay: float = 0.0
