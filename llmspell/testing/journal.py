"""A journal in memory, for tests of what a durable run asks of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from llmspell.runtime.journal.port import NoJournal
from llmspell.runtime.journal.timers import TimerRecord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.model.call import Call
    from llmspell.runtime.context import CallContext


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

    async def through(self, ctx: CallContext, call: Call, proceed: Callable[[Call], Awaitable[object]]) -> object:
        """Give what is known of a call, or run it and keep how it ended."""
        self.asked.append(Asked(ctx.path, call.operation, call.subject, call.input))
        if ctx.path in self.known:
            ctx.replayed = True
            return self.known[ctx.path]
        try:
            self.results[ctx.path] = result = await proceed(call)
        except Exception as error:
            self.results[ctx.path] = error
            raise
        return result

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
