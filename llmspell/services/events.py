"""The event bus: something happened, and everybody who asked is told.

Fan-out goes to all subscribers, in the order of emission: an event emitted by a handler is delivered after the one
being delivered. Synchronous handlers run within the emission, asynchronous ones in a task of their own behind a bounded
queue. A subscriber that fails or is slow harms only itself. The bus belongs to one event loop; nothing here is safe
from another thread.
"""

from __future__ import annotations

import asyncio
import fnmatch
import re
import time
from collections import deque
from typing import TYPE_CHECKING

from llmspell.errors import ResourceExhaustedError, SubscriptionError
from llmspell.model.event import Event
from llmspell.model.near import near_words
from llmspell.services.events_catalog import EVENT_ALIASES, KERNEL_EVENTS
from llmspell.services.subscription import Subscription

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Self

    from llmspell.services.subscription import Filter, Handler, Mode, Overflow

DEFAULT_PRIORITY = 500
HISTORY = 1000
MAX_TOPICS = 4096
"""Names remembered with their subscribers; emitting more different names than this only costs speed."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,127}\Z")
_PATTERN = re.compile(r"[a-z0-9_*?\[\]!-]{1,128}\Z")
_MAGIC = re.compile(r"[*?\[]")
_new_event = tuple.__new__  # NamedTuple's own constructor costs as much as a delivery


_IDLE, _TELLING, _MORE = range(3)
"""States of a bus: no emission, one that tells everybody one event, one that leaves something to do after it."""


class Topic:
    """Hold what the bus knows of one event name.

    `entries` and `subscriptions` run parallel; `kept` means the replay ring takes the event though nobody listens. A
    caller on a hot path keeps the topic and looks at `wanted` before it builds an event's data.
    """

    __slots__ = ("count", "entries", "kept", "name", "subscriptions", "total", "wanted")

    def __init__(self, name: str, *, kept: bool) -> None:
        self.name = name
        self.kept = kept
        self.count = 0
        self.total = 0
        self.wanted = kept
        self.entries: tuple[Handler, ...] = ()
        self.subscriptions: tuple[Subscription, ...] = ()

    def route(self, subscriptions: Iterable[Subscription]) -> None:
        """Take a new set of subscribers, after crediting the old ones with what they got."""
        for one in self.subscriptions:
            one.counted += self.count
        self.total += self.count
        self.count = 0
        self.subscriptions = tuple(subscriptions)
        bare: set[int] = set()
        entries: list[Handler] = []
        for one in self.subscriptions:
            entry = one.entry
            if entry is one.handler and id(entry) in bare:
                entry = (
                    one.guarded
                )  # one function subscribed twice: each entry must be told from the others when it fails
            bare.add(id(one.handler))
            entries.append(entry)
        self.entries = tuple(entries)
        self.wanted = self.kept or bool(entries)


class EventBus:
    """Tell subscribers what happened.

    `history`   events kept for `replay`: those that somebody heard, custom ones, and those matching a pattern in `keep`
    `patience`  seconds an emission waits for a full queue whose overflow is `block`
    `now`       seconds since the epoch
    """

    def __init__(
        self,
        *,
        history: int = HISTORY,
        keep: Iterable[str] = (),
        patience: float = 30.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.patience = patience
        self.patient = False
        self.tasks: set[asyncio.Task[None]] = set()
        self.crowded: list[Subscription] = []
        self.overrun: list[Subscription] = []
        self._now = now
        self._keep = [_matcher(pattern) for pattern in keep]
        self._ring: deque[Event] = deque(maxlen=history)
        self._remember = self._ring.append
        self._topics: dict[str, Topic] = {}
        self._subscriptions: list[Subscription] = []
        self._matchers: dict[Subscription, Callable[[str], object]] = {}
        self._waiting: deque[tuple[Topic, Event]] = deque()
        self._state = _IDLE
        self._closed = False
        self._sequence = 0
        self.generation = 0
        self.on_route: list[Callable[[], object]] = []
        self._orders = 0
        self._failed = self._dropped = 0
        self.mask: Callable[[Mapping[str, object]], Mapping[str, object]] | None = None
        """Takes secrets out of what is told; None where nobody knows any."""

    # -- subscribing ---------------------------------------------------------------------------------------------------

    def subscribe(
        self,
        pattern: str,
        handler: Handler,
        *,
        filter: Filter | None = None,  # noqa: A002 - the name users know
        priority: int = DEFAULT_PRIORITY,
        queue: int = 1000,
        overflow: Overflow = "block",
        mode: Mode = "auto",
        run: str = "",
    ) -> Subscription:
        """Call `handler(event)` for every event whose name matches the fnmatch pattern.

        `filter(event)` must be true; `run` limits to one run's events; a higher priority (0-1000) is told first. Mode
        `auto` queues asynchronous handlers and runs the others inline. `overflow` says what happens when `queue` events
        wait: the emission waits (`block`; a synchronous emission cannot, and drops), one event is dropped and counted,
        or the emission fails (`error`). Raises `SubscriptionError`.
        """
        if self._closed:
            raise SubscriptionError(f"cannot subscribe to {pattern!r}: the event bus is closed")
        pattern = EVENT_ALIASES.get(pattern, pattern)
        matches = _matcher(pattern)
        self._orders += 1
        made = Subscription(
            self, pattern, handler,
            filter=filter, priority=priority, queue=queue, overflow=overflow, mode=mode, run=run, order=self._orders,
        )  # fmt: skip
        self._matchers[made] = matches
        self._subscriptions.append(made)
        self._subscriptions.sort(key=lambda one: (-one.priority, one.order))
        self._reroute(matches)
        return made

    def remove(self, subscription: Subscription) -> None:
        """Forget a cancelled subscription; `Subscription.cancel` is the way to call it."""
        self._subscriptions.remove(subscription)
        self._reroute(self._matchers.pop(subscription))
        self._failed += subscription.failed
        self._dropped += subscription.dropped

    def cancel_run(self, run: str) -> None:
        """Cancel every subscription that belongs to a run."""
        for one in [one for one in self._subscriptions if one.run == run]:
            one.cancel()

    def pending_count(self, subscription: Subscription) -> int:
        """Count the events a subscription matched that are not yet in its own counter."""
        return sum(topic.count for topic in self._topics.values() if subscription in topic.subscriptions)

    def _reroute(self, matches: Callable[[str], object]) -> None:
        self.generation += 1
        for told in self.on_route:
            told()
        for topic in self._topics.values():
            if matches(topic.name):
                topic.route(one for one in self._subscriptions if self._matchers[one](topic.name))

    def topic(self, name: str) -> Topic:
        """Give the topic of a name, for callers that ask `topic.wanted` often; a bad name is a `SubscriptionError`."""
        found = self._topics.get(name)
        if found is None:
            if not _NAME.match(name):
                raise SubscriptionError(
                    f"event name {name!r} is not snake_case of at most 128 characters",
                    suggestions=(f"Use {suggested!r}." for suggested in [_snake(name)] if suggested),
                )
            if len(self._topics) >= MAX_TOPICS:
                self._forget_topics()
            found = Topic(name, kept=name not in KERNEL_EVENTS or any(matches(name) for matches in self._keep))
            found.route(one for one in self._subscriptions if self._matchers[one](name))
            self._topics[name] = found
        return found

    def _forget_topics(self) -> None:
        """Let go of custom names only: callers may hold the topics of kernel events."""
        for name in [name for name in self._topics if name not in KERNEL_EVENTS]:
            self._topics.pop(name).route(())

    # -- emitting ------------------------------------------------------------------------------------------------------

    def wants(self, name: str) -> bool:
        """Tell whether an event of this name would reach anybody or the replay ring."""
        topic = self._topics.get(name)
        return topic.wanted if topic is not None else self.topic(name).wanted

    def emit_nowait(
        self, name: str, data: Mapping[str, object] | None = None, *, run: str = "", source: str = ""
    ) -> None:
        """Tell everybody at once; a full queue that blocks drops the event for its subscriber, counted.

        Raises `ResourceExhaustedError` when a subscriber with `overflow="error"` is full; everybody else was told.
        """
        try:
            topic = self._topics[name]
        except KeyError:
            topic = self.topic(name)
        if not topic.wanted:
            return
        if self.mask is not None and data:
            data = self.mask(data)
        self._sequence = sequence = self._sequence + 1
        event = _new_event(Event, (name, {} if data is None else data, self._now(), sequence, run, source))
        self._remember(event)
        if self._state:
            self._waiting.append((topic, event))
            self._state = _MORE
            return
        self._state = _TELLING
        topic.count += 1
        entries, subscriptions = topic.entries, topic.subscriptions
        try:
            for entry in entries:
                if (result := entry(event)) is not None:
                    subscriptions[_position(entries, entry)].drive(result)
        except Exception as error:  # noqa: BLE001 - a subscriber's failure is its own: counted and logged
            failed = _position(entries, entry)
            subscriptions[failed].fail_inline(error)
            _deliver(entries[failed + 1 :], subscriptions[failed + 1 :], event)
        finally:
            more = self._state == _MORE
            self._state = _IDLE
        if more:
            self._finish()

    async def emit(
        self, name: str, data: Mapping[str, object] | None = None, *, run: str = "", source: str = ""
    ) -> None:
        """Tell everybody, then wait until no queue that blocks is over its bound. Raises as `emit_nowait`."""
        self.patient = True
        try:
            self.emit_nowait(name, data, run=run, source=source)
        finally:
            self.patient = False
        while self.crowded:
            await self.crowded.pop().wait_for_room(self.patience)

    def overran(self, subscription: Subscription) -> None:
        """Hear of a full queue whose rule is `error`: the emitter is told when everybody else was."""
        self.overrun.append(subscription)
        self._state = _MORE

    def _finish(self) -> None:
        """Deliver what handlers emitted meanwhile, then tell the emitter about full queues."""
        self._state = _TELLING
        try:
            while self._waiting:
                topic, event = self._waiting.popleft()
                topic.count += 1
                _deliver(topic.entries, topic.subscriptions, event)
        finally:
            self._state = _IDLE
        if self.overrun:
            full = ", ".join(one.label for one in self.overrun)
            self.overrun.clear()
            raise ResourceExhaustedError(
                f"an event did not fit the queue of {full}",
                suggestions=("Give the subscription a longer `queue` or another `overflow`.",),
            )

    # -- looking back --------------------------------------------------------------------------------------------------

    def replay(
        self,
        pattern: str = "*",
        *,
        since: float | None = None,
        until: float | None = None,
        limit: int | None = None,
        run: str | None = None,
    ) -> list[Event]:
        """Give the remembered events of a pattern, oldest first; times in seconds since the epoch, both ends included.

        `limit` keeps the newest.
        """
        matches = _matcher(EVENT_ALIASES.get(pattern, pattern))
        found = [
            event
            for event in self._ring
            if matches(event.name)
            and (since is None or event.time >= since)
            and (until is None or event.time <= until)
            and (run is None or event.run == run)
        ]
        return found if limit is None else found[max(0, len(found) - limit) :]

    def statistics(self) -> dict[str, object]:
        """Give the counters of the bus, of each event name and of each subscriber as JSON data."""
        each = [
            {"pattern": one.pattern, "handler": one.label, "run": one.run, **one.stats._asdict()}
            for one in self._subscriptions
        ]
        return {
            "emitted": self._sequence,
            "remembered": len(self._ring),
            "failed": self._failed + sum(one.failed for one in self._subscriptions),
            "dropped": self._dropped + sum(one.dropped for one in self._subscriptions),
            "events": {n: t.total + t.count for n, t in sorted(self._topics.items()) if t.total + t.count},
            "subscribers": each,
        }

    # -- life ----------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        for one in self._subscriptions:
            one.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def drain(self, deadline: float = 5.0) -> bool:
        """Wait until every queue is empty, at most `deadline` seconds; tell whether they are."""
        try:
            async with asyncio.timeout(deadline):
                while self.tasks:
                    await asyncio.wait(self.tasks)
        except TimeoutError:
            return False
        return True

    async def aclose(self, deadline: float = 5.0) -> None:
        """Take no more subscribers, let queues run empty for `deadline` seconds, drop the rest, end all tasks."""
        self._closed = True
        await self.drain(deadline)
        tasks = list(self.tasks)
        for one in list(self._subscriptions):
            one.discard()
            one.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.tasks.clear()


def _deliver(entries: Iterable[Handler], subscriptions: Iterable[Subscription], event: Event) -> None:
    for entry, one in zip(entries, subscriptions, strict=True):
        try:
            one.drive(entry(event))
        except Exception as error:  # noqa: BLE001 - a subscriber's failure is its own: counted and logged
            one.fail_inline(error)


def _position(entries: tuple[Handler, ...], wanted: Handler) -> int:
    return next(index for index, entry in enumerate(entries) if entry is wanted)


def _matcher(pattern: str) -> Callable[[str], object]:
    """Compile a pattern; `custom` means every name the kernel does not emit."""
    if not _PATTERN.match(pattern):
        raise SubscriptionError(
            f"event pattern {pattern!r} is not snake_case with *, ? or [...]",
            suggestions=[f"Use {n!r}." for n in [_snake(pattern)] if n] or ["Use '*' for every event."],
        )
    if pattern == "custom":
        return lambda name: name == "custom" or name not in KERNEL_EVENTS
    if not _MAGIC.search(pattern):
        return pattern.__eq__
    return re.compile(fnmatch.translate(pattern)).match


def _snake(name: str) -> str:
    """Guess the snake_case name that was meant, or give an empty string."""
    guess = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()).strip("_")
    near = near_words(guess, KERNEL_EVENTS, n=1, cutoff=0.8)
    return near[0] if near else guess if _NAME.match(guess) else ""
