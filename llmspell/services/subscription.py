"""One subscriber of the event bus: what it wants, what waits for it, and how it is doing."""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from llmspell.errors import SubscriptionError
from llmspell.model.event import Event

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Handler = Callable[[Event], object]
    Filter = Callable[[Event], object]
    Overflow = Literal["block", "drop_oldest", "drop_newest", "error"]
    Mode = Literal["auto", "inline", "queued"]

OVERFLOWS = ("block", "drop_oldest", "drop_newest", "error")
MODES = ("auto", "inline", "queued")
MAX_FAILURES = 10
"""So many failures in a row switch a subscriber off."""

log = logging.getLogger("llmspell.events")


class SubscriptionStats(NamedTuple):
    """Count what became of a subscriber's events; `matched` = those of its pattern, `waiting` = in its queue now."""

    matched: int
    filtered: int
    failed: int
    dropped: int
    waiting: int
    active: bool


class Subscription:
    """Hold one handler with its filter, bounds and counters; `cancel()` ends it.

    An inline handler runs within the emission. A queued one has a bounded queue and at most one task, which lives only
    while the queue holds something and runs in the subscriber's own context variables.
    """

    __slots__ = (
        "_bus",
        "_context",
        "_last_failure",
        "_queue",
        "_room",
        "_row",
        "_stalled",
        "_task",
        "active",
        "counted",
        "dropped",
        "failed",
        "filter",
        "filtered",
        "handler",
        "limit",
        "order",
        "overflow",
        "pattern",
        "priority",
        "queued",
        "run",
    )

    def __init__(
        self,
        bus: Any,
        pattern: str,
        handler: Handler,
        *,
        filter: Filter | None,  # noqa: A002 - the name users know
        priority: int,
        queue: int,
        overflow: Overflow,
        mode: Mode,
        run: str,
        order: int,
    ) -> None:
        self._bus = bus
        self._context = contextvars.copy_context()
        self._queue: deque[Event | Awaitable[object]] = deque()
        self._room: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None
        self._stalled = False
        self._row = 0
        self._last_failure = -1
        self.pattern = pattern
        self.handler = handler
        self.filter = filter
        self.priority = priority
        self.limit = queue
        self.overflow = overflow
        self.run = run
        self.order = order
        self.active = True
        self.counted = self.filtered = self.failed = self.dropped = 0
        self.queued = mode == "queued" or (mode == "auto" and _is_async(handler))
        self._check(mode)

    def _check(self, mode: str) -> None:
        if not callable(self.handler):
            raise SubscriptionError(
                f"the handler for {self.pattern!r} is {type(self.handler).__name__}, not a function"
            )
        if self.overflow not in OVERFLOWS or mode not in MODES:
            wrong, known = (mode, MODES) if self.overflow in OVERFLOWS else (self.overflow, OVERFLOWS)
            raise SubscriptionError(f"{wrong!r} is none of {', '.join(known)}", suggestions=(f"Use {known[0]!r}.",))
        if mode == "inline" and _is_async(self.handler):
            raise SubscriptionError(
                f"the handler {self.label} is asynchronous and cannot run inline", suggestions=("Leave `mode` out.",)
            )
        if self.limit < 1 or not 0 <= self.priority <= 1000:  # noqa: PLR2004 - the range of every priority
            raise SubscriptionError(
                f"queue is {self.limit} and priority {self.priority}: need at least 1, and 0 to 1000"
            )

    @property
    def label(self) -> str:
        """Name the handler for messages."""
        return getattr(self.handler, "__qualname__", None) or repr(self.handler)

    @property
    def entry(self) -> Handler:
        """Give what the bus calls with each matching event: the bare handler where nothing stands before it."""
        if self.queued:
            return self._push
        return self.guarded if self.filter is not None or self.run else self.handler

    @property
    def stats(self) -> SubscriptionStats:
        """Give the counters as they are now."""
        matched = self.counted + self._bus.pending_count(self)
        return SubscriptionStats(matched, self.filtered, self.failed, self.dropped, len(self._queue), self.active)

    def cancel(self) -> None:
        """Stop receiving; what waits in the queue is still handled. Calling it again does nothing."""
        if self.active:
            self.active = False
            self._bus.remove(self)

    def discard(self) -> None:
        """Drop what still waits, counted, and stop the task."""
        while self._queue:
            self._drop(self._queue.popleft())
        if self._task is not None:
            self._task.cancel()

    def drive(self, pending: object) -> None:
        """Await in this subscriber's task what its handler returned, if it can be awaited; else it means nothing."""
        if inspect.isawaitable(pending):
            self._enqueue(pending)

    def _wanted(self, event: Event) -> bool:
        if (self.run and event.run != self.run) or (self.filter is not None and not self.filter(event)):
            self.filtered += 1
            return False
        return True

    def guarded(self, event: Event) -> object:
        """Call the handler if the event passes this subscriber's run and filter."""
        return self.handler(event) if self._wanted(event) else None

    def _push(self, event: Event) -> None:
        if self._wanted(event):
            self._enqueue(event)

    def _enqueue(self, item: Event | Awaitable[object]) -> None:
        if len(self._queue) >= self.limit and not self._make_room():
            self._drop(item)
            return
        self._queue.append(item)
        if self._task is None:
            self.start()

    def _make_room(self) -> bool:
        """Apply the overflow rule to a full queue and tell whether the new item may enter."""
        if self.overflow == "drop_oldest":
            self._drop(self._queue.popleft())
            return True
        if self.overflow == "error":
            self._bus.overran(self)
        elif (
            self.overflow == "block"
            and self._bus.patient
            and not self._stalled
            and asyncio.current_task() is not self._task
        ):
            self._bus.crowded.append(self)
            return True
        return False

    def _drop(self, item: Event | Awaitable[object]) -> None:
        self.dropped += 1
        if inspect.iscoroutine(item):
            item.close()

    def start(self) -> None:
        """Begin to work off the queue; without a running loop it waits for an event within one, or for the bus."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._queue and self._task is None:
            self._task = loop.create_task(self._work(), name=f"event:{self.pattern}", context=self._context)
            self._bus.tasks.add(self._task)

    async def _work(self) -> None:
        task = self._task
        try:
            while self._queue:
                item = self._queue.popleft()
                self._stalled = False
                if self._room is not None and len(self._queue) < self.limit:
                    self._room.set()
                await self._handle(item)
        finally:
            self._task = None
            self._bus.tasks.discard(task)
            if self._room is not None:
                self._room.set()

    async def _handle(self, item: Event | Awaitable[object]) -> None:
        try:
            result = self.handler(item) if isinstance(item, Event) else item
            if inspect.isawaitable(result):
                await result
            self._row = 0
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            self.fail(error)  # something that the handler waited for was cancelled, not we
        except Exception as error:  # noqa: BLE001 - a subscriber's failure is its own: counted and logged
            self.fail(error)

    async def wait_for_room(self, patience: float) -> None:
        """Wait until the queue is below its bound; who takes longer than `patience` seconds loses events then."""
        if self._room is None:
            self._room = asyncio.Event()
        try:
            async with asyncio.timeout(patience):
                while len(self._queue) >= self.limit and self.active:
                    self._room.clear()
                    await self._room.wait()
        except TimeoutError:
            self._stalled = True
            log.warning("subscriber %s of %s stands still: it loses events until it goes on", self.label, self.pattern)

    def fail_inline(self, error: Exception) -> None:
        """Count a failure within an emission; "in a row" is read off the counters, so that a success costs nothing."""
        handled = self.stats.matched - self.filtered
        if handled > self._last_failure + 1:
            self._row = 0
        self._last_failure = handled
        self.fail(error)

    def fail(self, error: BaseException) -> None:
        """Count a failure and switch the subscriber off after `MAX_FAILURES` in a row."""
        self._row += 1
        self.failed += 1
        if self._row == 1:
            log.warning("subscriber %s of %s failed: %s", self.label, self.pattern, error, exc_info=error)
        elif self._row >= MAX_FAILURES and self.active:
            self.cancel()
            log.warning("subscriber %s of %s failed %d times in a row and is off", self.label, self.pattern, self._row)

    def __repr__(self) -> str:
        return f"<subscription {self.pattern} -> {self.label}>"


def _is_async(handler: object) -> bool:
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(getattr(handler, "__call__", None))  # noqa: B004
