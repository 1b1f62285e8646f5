"""Events: what happened, told to whoever listens."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from llmspell.bridge.definition import NO_MAP, Handle, Namespace, Options, Stream, function
from llmspell.errors import ScriptError, SubscriptionError, ValidationError
from llmspell.runtime.journal.port import apart

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Annotated, Literal

    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.bridge.session import SpellSession
    from llmspell.model.event import Event
    from llmspell.runtime.context import CallContext
    from llmspell.services.subscription import Subscription


class SubscribeOptions(Options):
    """How a subscription is ordered and bounded."""

    priority: Annotated[int, "0-1000, higher is told first"] = 500
    timeout: Annotated[Duration | None, "how long the handler may take"] = None
    queue: Annotated[int, "events that may wait for the handler"] = 1000
    overflow: Annotated[
        Literal["block", "drop_oldest", "drop_newest", "error"], "what happens to an event that does not fit the queue"
    ] = "block"
    filter: Annotated[Callback | dict[str, object] | None, "`function(event)`, or fields that must be equal"] = None


class ReplayOptions(Options):
    """Which events to hand out again."""

    positional = "pattern"

    pattern: Annotated[str, "names, with `*`"] = "*"
    since: Annotated[object, "seconds since the epoch, or a time"] = None
    until: Annotated[object, "likewise"] = None
    limit: Annotated[int | None, "only so many, the newest"] = None


class EmittedEvent(Options):
    """An event as one table."""

    type: Annotated[str, "its name, snake_case"]
    data: Annotated[dict[str, object], "what it says"] = NO_MAP
    source: Annotated[str | None, "who says it; the spell's name without it"] = None
    metadata: Annotated[dict[str, object] | None, "kept in the data as `metadata`"] = None
    timestamp: Annotated[object, "ignored: the event bus owns the time"] = None


def event_table(event: Event) -> dict[str, object]:
    """Write an event as `{type, name, data, timestamp, ...}`, keys of its data on top where they do not collide.

    The data of a failure has `error_type`, `message` and `retry_after` beside the whole `error`.
    """
    data = dict(event.data)
    error = data.get("error")
    if isinstance(error, dict) and "type" in error:
        told = {"error_type": error["type"], "message": error.get("message"), "retry_after": error.get("retry_after")}
        data = {**told, **data}
    return {**data, **event.to_dict(), "data": data}


class SubscriptionHandle(Handle):
    """A subscription of this spell."""

    kind = "subscription"
    shows = ("pattern",)

    def __init__(self, session: SpellSession, pattern: str, handler: Callback, options: SubscribeOptions) -> None:
        super().__init__(session)
        self.pattern = pattern
        self.handler: Callback | None = handler
        self._options = options
        run = session.run.id
        self.subscription: Subscription = session.app.events.subscribe(
            pattern,
            self._deliver,
            filter=lambda event: event.run in ("", run),
            priority=options.priority,
            queue=options.queue,
            overflow=options.overflow,
        )

    async def _deliver(self, event: Event) -> None:
        with apart():
            await self._handle(event)

    async def _handle(self, event: Event) -> None:
        table = event_table(event)
        wanted = self._options.filter
        if isinstance(wanted, dict):
            if any(table.get(key) != value for key, value in wanted.items()):
                return
        elif wanted is not None and not await wanted(table):
            return
        if self.handler is None or self.session.ended:
            return
        try:
            await self.handler(table, timeout=self._options.timeout)
        except ScriptError:
            if not self.session.ended:  # what the end of the spell cut off is no failure of the handler
                raise

    def fields(self) -> dict[str, object]:
        """Give what scripts read without a call."""
        return {"pattern": self.pattern}

    @function(aliases=("unsubscribe", "cancel"))
    def remove(self) -> bool:
        """End the subscription and tell whether it was active."""
        active = self.subscription.active
        self.subscription.cancel()
        self.handler = (
            None  # the bus and this handle know each other: do not wait for the collector to free the function
        )
        return active

    @function()
    def stats(self) -> dict[str, object]:
        """Count: `{matched, filtered, failed, dropped, waiting, active}`."""
        return dict(self.subscription.stats._asdict())


class ViewHandle(Handle):
    """The event bus seen through a filter."""

    kind = "view"

    def __init__(self, session: SpellSession, predicate: Callback | dict[str, object]) -> None:
        super().__init__(session)
        self.predicate = predicate

    @function()
    def subscribe(self, pattern: str, handler: Callback, options: SubscribeOptions | None = None) -> SubscriptionHandle:
        """Subscribe to those events that pass the filter."""
        settings = SubscribeOptions(**(options.given() if options else {}))
        if settings.filter is not None:
            raise SubscriptionError(
                "this view has a filter already", suggestions=["put both conditions into one function"]
            )
        settings.filter = self.predicate
        return self.session.namespace(Events).subscribe(pattern, handler, settings)


class Events(Namespace):
    """What happened, told to whoever listens. docs/reference/events.md lists what the kernel emits.

    A handler gets `{type, name, data, timestamp, sequence, run, source}`; keys of `data` can be read on top where they
    do not collide. The data of a failure has `error` and, of it, `error_type`, `message` and `retry_after`. What a
    handler returns means nothing; a coroutine or promise it returns is run. Handlers see the events of their own run.
    """

    name = "Events"

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self._subscriptions: list[SubscriptionHandle] = []

    @function()
    def subscribe(self, pattern: str, handler: Callback, options: SubscribeOptions | None = None) -> SubscriptionHandle:
        """Call a function for each event whose name matches: `"agent_error"`, `"tool_*"`, `"*"`."""
        handle = SubscriptionHandle(self.session, pattern, handler, options or SubscribeOptions())
        self._subscriptions = [one for one in self._subscriptions if one.subscription.active]
        self._subscriptions.append(handle)
        return handle

    @function()
    def unsubscribe(self, subscription: SubscriptionHandle | str, handler: Callback | None = None) -> bool:
        """End a subscription: its handle, or its pattern and handler. Tells whether there was one."""
        if isinstance(subscription, SubscriptionHandle):
            return subscription.remove()
        found = [
            one
            for one in self._subscriptions
            if one.subscription.active and one.pattern == subscription and handler in (None, one.handler)
        ]
        return sum(one.remove() for one in found) > 0

    @function()
    async def emit(self, event: str | EmittedEvent, data: dict[str, object] = NO_MAP) -> None:
        """Tell everybody: `Events.emit("name", {...})` or `Events.emit{type = "name", data = {...}}`."""
        name, body, source = self._event(event, data)
        await self.session.app.events.emit(name, body, run=self.session.run.id, source=source)

    @function()
    def emit_sync(self, event: str | EmittedEvent, data: dict[str, object] = NO_MAP) -> None:
        """Tell everybody without waiting for full queues."""
        name, body, source = self._event(event, data)
        self.session.app.events.emit_nowait(name, body, run=self.session.run.id, source=source)

    def _event(self, event: str | EmittedEvent, data: dict[str, object]) -> tuple[str, dict[str, object], str]:
        if isinstance(event, str):
            return event, data, self.session.run.name
        body = event.data if event.metadata is None else {**event.data, "metadata": event.metadata}
        return event.type, body, event.source or self.session.run.name

    @function(name="filter")
    def filter_(self, predicate: Callback | dict[str, object]) -> ViewHandle:
        """See the bus through a filter: a function of the event, or fields that must be equal."""
        return ViewHandle(self.session, predicate)

    @function()
    def replay(self, options: ReplayOptions | float | dt.datetime | None = None, until: object = None) -> Stream:
        """Iterate over the remembered events of this run, oldest first: what options choose, or between two moments."""
        wanted = options if isinstance(options, ReplayOptions) else ReplayOptions(since=options)
        if until is not None:
            wanted.until = until
        events = self.session.app.events.replay(
            wanted.pattern,
            since=_time(wanted.since, "since"),
            until=_time(wanted.until, "until"),
            limit=wanted.limit,
            run=self.session.run.id,
        )
        return Stream(_each(events))

    @function()
    async def flush(self, timeout: Duration = 5.0) -> bool:  # type: ignore[assignment]  # a Duration is a float
        """Wait until the events so far have been handled, and tell whether they were in time.

        Handlers run beside the spell: call this before reading what they gathered. Within a handler it waits in vain.
        """
        return await self.session.app.events.drain(timeout)

    @function(aliases=("get_stats", "statistics"))
    def stats(self) -> dict[str, object]:
        """Count: `{total_events, events, subscriptions}` of the application and of this spell's subscriptions."""
        counts = self.session.app.events.statistics()
        own = [{"pattern": one.pattern, **one.stats()} for one in self._subscriptions]
        return {"total_events": counts["emitted"], "events": counts["events"], "subscriptions": own}

    @function()
    async def sleep(self, duration: Duration, ctx: CallContext) -> None:
        """Wait; a bare number is seconds (milliseconds in JavaScript)."""
        await ctx.sleep(duration)

    async def finishing(self) -> None:
        """Let handlers see what was emitted before the spell's last line."""
        if any(one.subscription.active for one in self._subscriptions):
            await self.flush()

    def detach(self) -> None:
        """End every subscription of the spell, with what waits in its queue."""
        for one in self._subscriptions:
            one.subscription.cancel()
            one.subscription.discard()


async def _each(events: list[Event]) -> AsyncIterator[object]:
    for event in events:
        yield event_table(event)


def _time(value: object, name: str) -> float | None:
    """Read a moment: seconds since the epoch, a time, or ISO text."""
    if value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)):
        return value
    try:
        moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
    except ValueError as error:
        message = f"{name} must be seconds since the epoch or a time such as 2026-01-31T12:00:00Z, got {value!r}"
        raise ValidationError(message) from error
    return moment.timestamp()
