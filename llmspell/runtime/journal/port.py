"""The journal port of the pipeline: look a call up before it runs, record it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from llmspell.runtime.journal.timers import TimerJournal

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.model.call import Call
    from llmspell.runtime.journal.timers import DurableTimer, TimerRecord


class Hit(NamedTuple):
    """A recorded outcome."""

    result: object


class Journal(TimerJournal, Protocol):
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

    def __init__(self) -> None:
        self.timers: list[DurableTimer] = []

    async def look_up(self, path: str, call: Call) -> Hit | None:  # noqa: ARG002 - the port's signature
        """Find nothing."""
        return None

    async def record(self, path: str, call: Call, result: object, error: Exception | None) -> None:
        """Keep nothing."""

    def atomic(self) -> bool:
        """Say that nothing is."""
        return False

    def timer_started(self, path: str, name: str, due: float) -> TimerRecord | None:  # noqa: ARG002 - likewise
        """Find nothing."""
        return None

    def timer_ended(self, path: str, fired: bool, left: float | None = None) -> None:  # noqa: FBT001 - likewise
        """Keep nothing."""

    def when_live(self, call: Callable[[], None]) -> None:
        """Call it: there is nothing to repeat."""
        call()
