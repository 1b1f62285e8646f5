"""Timers of containers that outlive their process: a time limit that was met once is met again, and no other is.

A journal keeps of each when it is due, in seconds since the epoch, and how it ended. Within one process the time that
is left is measured by the loop's own clock, so a wall clock that is set forward fires nothing and one that is set back
extends nothing. Across processes only the wall clock goes on: what is left then is what lies between now and `due`, at
least nothing and at most what was left when the timer was set.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from llmspell.runtime.context import CallContext
    from llmspell.spec.timeouts import Timeout


class TimerRecord(NamedTuple):
    """What a journal knows of a timer.

    due     when it was to fire, in seconds since the epoch
    fired   whether it did, None when nothing is known of its end
    left    seconds it had left when it was stopped, None when it was not
    number  the place of its end in the log
    """

    due: float
    fired: bool | None = None
    left: float | None = None
    number: int = 0


class TimerJournal(Protocol):
    """What timers need of a journal.

    `active` is False when nothing is ever recorded, and `timers` are those under way, which this module keeps.
    """

    active: bool
    timers: list[DurableTimer]

    def atomic(self) -> bool:
        """Tell whether the task at hand is inside an effect, of which nothing within is recorded."""
        ...

    def timer_started(self, path: str, name: str, due: float) -> TimerRecord | None:
        """Give what is known of the timer at this path, or note its beginning and give None; nobody waits for it."""
        ...

    def timer_ended(self, path: str, fired: bool, left: float | None = None) -> None:  # noqa: FBT001 - as it is recorded
        """Note how a timer ended, of which `timer_started` did not know it."""
        ...

    def when_live(self, call: Callable[[], None]) -> None:
        """Call something once all that is recorded was repeated: at once when that is so."""
        ...


def bounded(ctx: CallContext, name: str, seconds: float | None) -> Timeout:
    """Give a context manager that ends what is within it after so many seconds, as `asyncio.timeout` does.

    It is just that in a run that is not durable, without a limit, and inside an effect. In a durable run it has a place
    below `ctx`: make it where the order of what `ctx` begins does not depend on time.
    """
    journal = ctx.run.journal
    if seconds is None or not journal.active or journal.atomic():
        return asyncio.timeout(seconds)
    return DurableTimer(ctx, journal, name, seconds)


def expire_innermost(journal: TimerJournal, path: str) -> bool:
    """Have the innermost timer around a path fire that fired before, and tell whether there was one.

    For an effect that is recorded as cancelled, and when nothing else of the repetition can go on: it was cancelled by
    a timer, or by somebody who is still to come. A function of a script that works on nobody's behalf has a path of its
    own; of the timers that may be around it the one counts that fired first.
    """
    waiting = [one for one in journal.timers if one.will_fire]
    around = [one for one in waiting if one.holds(path)]
    if around:
        max(reversed(around), key=lambda one: len(one.base)).fire()  # of equals the one that began last is within
    elif waiting:
        min(waiting, key=lambda one: one.ended_at).fire()
    return bool(waiting)


class DurableTimer:
    """A timer whose beginning and end are on record.

    Each time it is set anew is a record of its own. Who sets it to a time that has come ends what is within by a
    decision, which a repetition takes again: that is on record as passed. When what is within was cancelled from
    outside nothing is known of its end, as when the process died.
    """

    __slots__ = (
        "_clock", "_inner", "_journal", "_known", "_left", "_over", "_path", "_times", "base", "name", "will_fire",
    )  # fmt: skip

    def __init__(self, ctx: CallContext, journal: TimerJournal, name: str, seconds: float) -> None:
        self.base = ctx.path
        self.name = name
        self.will_fire = False
        """Whether it fired before, and has not done so again."""
        self._journal = journal
        self._clock = ctx.clock
        self._path = ctx.child(f"timer:{name}").path
        self._inner = asyncio.timeout(None)
        self._left = seconds
        self._known: TimerRecord | None = None
        self._times = 0
        self._over = True

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        self._journal.timers.append(self)
        self._set(self._left)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journal.timers.remove(self)
        try:
            await self._inner.__aexit__(kind, error, trace)
        except TimeoutError:
            self._end(fired=True)
            raise
        if kind is None or issubclass(kind, Exception):
            self._end(fired=self._inner.expired())
        self._over = True

    @property
    def ended_at(self) -> int:
        """Give the place of its end in the log."""
        return 0 if self._known is None else self._known.number

    def holds(self, path: str) -> bool:
        """Tell whether what has this path is within what it bounds."""
        return not self.base or path.startswith(f"{self.base}/")

    def when(self) -> float | None:
        """Give when it fires, by the loop's clock; None when it is stopped."""
        if self._over:
            return None
        return self._inner.when() or asyncio.get_running_loop().time() + self._rest()

    def reschedule(self, when: float | None) -> None:
        """Stop it, set it anew, or have it fire at once."""
        now = asyncio.get_running_loop().time()
        until = self.when()
        self._end(fired=False, left=None if until is None else max(0.0, until - now))
        if when is None or when <= now:
            self._inner.reschedule(when)
        else:
            self._set(when - now)

    def expired(self) -> bool:
        """Tell whether it fired."""
        return self._inner.expired()

    def fire(self) -> None:
        """Fire as it did before."""
        self.will_fire = False
        self._inner.reschedule(asyncio.get_running_loop().time())

    # -- inside --------------------------------------------------------------------------------------------------------

    def _set(self, left: float) -> None:
        self._times += 1
        self._left, self._over = left, False
        self._known = self._journal.timer_started(self._place(), self.name, self._clock.now() + left)
        if self._known is None:
            self._count_down(left)
        elif self._known.fired is None:
            times = self._times
            self._journal.when_live(lambda: self._go_on(times))
        else:
            self._inner.reschedule(None)
            self.will_fire = self._known.fired

    def _place(self) -> str:
        return self._path if self._times == 1 else f"{self._path}#{self._times}"

    def _go_on(self, times: int) -> None:
        """Count down what is left of a time that began in another process."""
        if times == self._times and not self._over:
            self._count_down(self._rest())

    def _count_down(self, left: float) -> None:
        self._inner.reschedule(asyncio.get_running_loop().time() + left)

    def _rest(self) -> float:
        """Give the seconds that are left now of what is on record."""
        known = self._known
        if known is None:
            return self._left
        if known.left is not None:
            return known.left
        return min(self._left, max(0.0, known.due - self._clock.now()))

    def _end(self, *, fired: bool, left: float | None = None) -> None:
        """Note how it ended, unless that is known."""
        if not self._over and (self._known is None or self._known.fired is None):
            self._journal.timer_ended(self._place(), fired, left)
        self._over, self.will_fire = True, False
