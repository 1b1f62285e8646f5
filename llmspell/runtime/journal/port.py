"""The journal port of the pipeline: look a call up before it runs, record it afterwards."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from llmspell.model.call import Call

WITHIN: ContextVar[bool] = ContextVar("llmspell_within_effect", default=False)
"""Whether this happens within one effect of a durable run: it is kept as a whole, or not at all."""


def within() -> bool:
    """Tell whether this happens within one effect of a durable run."""
    return WITHIN.get()


class Hit(NamedTuple):
    """A recorded outcome."""

    result: object


class Journal(Protocol):
    """Remember what was done.

    `active` is False when nothing is ever recorded; the pipeline then skips both calls.
    """

    active: bool

    async def look_up(self, path: str, call: Call) -> Hit | None:
        """Return the recorded outcome of the call at this path, or record the intent to run it and return None."""
        ...

    async def record(self, path: str, call: Call, result: object, error: Exception | None) -> None:
        """Record how the call ended, before anybody sees its result."""
        ...


class NoJournal:
    """Record nothing: the journal of a run that is not durable."""

    active = False

    async def look_up(self, path: str, call: Call) -> Hit | None:  # noqa: ARG002 - the port's signature
        """Find nothing."""
        return None

    async def record(self, path: str, call: Call, result: object, error: Exception | None) -> None:
        """Keep nothing."""
