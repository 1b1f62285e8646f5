"""A journal in memory, for tests of what a durable run asks of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell.runtime.journal.port import Hit, NoJournal
from llmspell.runtime.journal.timers import TimerRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell.model.call import Call


class Asked(NamedTuple):
    """An operation that was looked up."""

    path: str
    operation: str
    subject: str
    input: object


class MemoryJournal(NoJournal):
    """Record operations and timers; answer with what is `known` of them, from an earlier journal or made up.

    `known` has results by paths, `known_timers` records by theirs. While it is not `live` a repetition goes on.
    """

    active = True

    def __init__(
        self,
        known: Mapping[str, object] | None = None,
        known_timers: Mapping[str, TimerRecord] | None = None,
        *,
        live: bool = True,
    ) -> None:
        super().__init__()
        self.known = dict(known or {})
        self.known_timers = dict(known_timers or {})
        self.asked: list[Asked] = []
        self.results: dict[str, object] = {}
        self.started: dict[str, float] = {}
        """When timers are due, by their paths, of which nothing was known."""
        self.ended: dict[str, TimerRecord] = {}
        self.inside = False
        self.live = live
        self._waiting: list[Callable[[], None]] = []

    async def look_up(self, path: str, call: Call) -> Hit | None:
        """Take note of the call and give what is known of it."""
        self.asked.append(Asked(path, call.operation, call.subject, call.input))
        return Hit(self.known[path]) if path in self.known else None

    async def record(self, path: str, call: Call, result: object, error: Exception | None) -> None:  # noqa: ARG002 - the port's signature
        """Keep how the call ended."""
        self.results[path] = result if error is None else error

    def atomic(self) -> bool:
        """Tell what the test says."""
        return self.inside

    def timer_started(self, path: str, name: str, due: float) -> TimerRecord | None:  # noqa: ARG002 - the port's signature
        """Give what is known of a timer, or keep when it is due."""
        if path not in self.known_timers:
            self.started[path] = due
        return self.known_timers.get(path)

    def timer_ended(self, path: str, fired: bool, left: float | None = None) -> None:  # noqa: FBT001 - the port's signature
        """Keep how a timer ended."""
        due = self.started[path] if path in self.started else self.known_timers[path].due
        self.ended[path] = TimerRecord(due, fired, left, number=len(self.ended) + 1)

    def when_live(self, call: Callable[[], None]) -> None:
        """Call it, now or when `catch_up` is."""
        if self.live:
            call()
        else:
            self._waiting.append(call)

    def catch_up(self) -> None:
        """Say that all that is recorded was repeated."""
        self.live = True
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()
