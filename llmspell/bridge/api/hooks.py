"""Hooks: functions of a script around what agents, models and tools do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge.api import listener
from llmspell.bridge.api.listener import CollectorOptions, LoggerOptions
from llmspell.bridge.definition import Handle, Namespace, function
from llmspell.bridge.hooks import HookSettings, ScriptHook, Timings, register_hook
from llmspell.bridge.points import canonical
from llmspell.errors import HookError, HookNotFoundError
from llmspell.kernel.points import POINTS
from llmspell.runtime.journal.port import apart

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.bridge.api.listener import ListenerHandle
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.session import SpellSession
    from llmspell.kernel.hooks import HookTable, Registration
    from llmspell.kernel.points import Point
    from llmspell.model.call import Call
    from llmspell.model.event import Event
    from llmspell.services.subscription import Subscription


class HookHandle(Handle):
    """A hook this spell registered."""

    kind = "hook"
    shows = ("name", "point")

    def __init__(
        self,
        session: SpellSession,
        point: str,
        name: str,
        table: HookTable | None,
        registration: Registration | Subscription,
    ) -> None:
        super().__init__(session)
        self.point = point
        self.name = name
        self.table = table
        self.registration: Any = registration

    def fields(self) -> dict[str, object]:
        """Give what scripts read without a call."""
        return {"name": self.name, "point": self.point}

    @function(aliases=("unregister",))
    def remove(self) -> bool:
        """Take the hook away and tell whether it was there."""
        return self.session.namespace(Hooks).discard(self)

    @function()
    def stats(self) -> dict[str, object]:
        """Count the hook's work: `{name, point, calls, failures, seconds}`; events have no seconds."""
        one = self.registration
        if self.table is None:
            counts = one.stats
            return {
                "name": self.name,
                "point": self.point,
                "calls": counts.matched - counts.filtered,
                "failures": counts.failed,
            }
        return {
            "name": self.name,
            "point": self.point,
            "calls": one.calls,
            "failures": one.failures,
            "seconds": one.seconds,
        }


class ProceedHandle(Handle):
    """What an `around_*` hook wraps."""

    kind = "proceed"

    def __init__(
        self,
        session: SpellSession,
        hook: ScriptHook,
        call: Call,
        shown: dict[str, Any],
        proceed: Callable[[Call], Awaitable[object]],
    ) -> None:
        super().__init__(session)
        self.results: list[object] = []
        self._hook = hook
        self._call = call
        self._shown = shown
        self._proceed = proceed

    @function(aliases=("call",))
    async def run(self, context: dict[str, object] | None = None) -> object:
        """Run what is inside and return its output; a context with changed fields changes the call."""
        call = self._call if context is None else self._hook.changed(self._call, self._shown, context)
        result = await self._proceed(call)
        self.results.append(result)
        return self._hook.view.output(result)


class Hooks(Namespace):
    """Functions around what agents, models, tools and stores do. docs/reference/hooks.md lists the points.

    A hook gets a context table. Before an operation it may return nothing (no opinion), the context with changed
    fields, or `{refuse = "reason"}`; after it nothing or the context with a changed `output`; on an error nothing or a
    value to use instead. Around an operation it gets `(context, proceed)` and calls `proceed:run()`. Anything else is
    an error, and a hook that raises fails the operation.
    """

    name = "Hooks"

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self.timings = Timings()
        self._hooks: list[HookHandle] = []

    @function()
    def register(self, point: str, hook: Callback | ListenerHandle | HookSettings) -> HookHandle:
        """Register a hook for this spell, as a function or `{handler=, priority=, when=, mode=, timeout=, name=, ...}`.

        Raises `hook_not_found` with the nearest points, `hook_priority`, `hook_dependency`.
        """
        return register_hook(self.session, self.session.run.hooks, point, hook)

    @function()
    def unregister(self, hook: HookHandle | str, name: str | HookHandle | None = None) -> bool:
        """Take a hook away: its handle, or its point and name. Tells whether it was there."""
        if isinstance(hook, HookHandle) or isinstance(name, HookHandle):
            return self.discard(hook if isinstance(hook, HookHandle) else name)  # type: ignore[arg-type]  # one of them is a handle
        point = canonical(hook) if name is not None else None
        wanted = name if name is not None else hook
        found = next((one for one in self._hooks if one.name == wanted and point in (None, one.point)), None)
        if found is None:
            known = ", ".join(one.name for one in self._hooks) or "none"
            raise HookNotFoundError(f"this spell has no hook {wanted!r}", suggestions=[f"known: {known}"])
        return self.discard(found)

    @function(name="list")
    def list_(self, point: str | None = None) -> list[HookHandle]:
        """List the hooks of this spell, all or those at one point."""
        wanted = None if point is None else canonical(point)
        return [one for one in self._hooks if wanted in (None, one.point)]

    @function()
    def create_logger(self, options: LoggerOptions | None = None) -> ListenerHandle:
        """Make a hook that notes every operation it is registered for."""
        return listener.Logger(self.session, options or LoggerOptions())

    @function()
    def create_metrics_collector(self, options: CollectorOptions | None = None) -> ListenerHandle:  # noqa: ARG002 - checked
        """Make a hook that counts operations, failures and seconds; register it at `after_*` and `*_error`."""
        return listener.Collector(self.session)

    @function()
    def create_validator(self, schema: dict[str, object]) -> ListenerHandle:
        """Make a hook that refuses operations whose input does not fit a JSON Schema; register it at `before_*`."""
        return listener.Validator(self.session, schema)

    @function()
    def create_transformer(self, transformer: Callback) -> ListenerHandle:
        """Make a hook that sends the input (before) or the output (after) through a function."""
        return listener.Transformer(self.session, transformer)

    @function()
    def points(self) -> list[str]:
        """List the names of all hook points."""
        return list(POINTS)

    @function(aliases=("get_stats", "statistics"))
    def stats(self) -> dict[str, object]:
        """Count the work of this spell's hooks: `{total_executions, total_failures, hooks = {...}}`."""
        each = [one.stats() for one in self._hooks]
        return {
            "total_executions": sum(int(str(one["calls"])) for one in each),
            "total_failures": sum(int(str(one["failures"])) for one in each),
            "hooks": each,
        }

    @function()
    def parts(self) -> dict[str, object]:
        """Give what the hooks of plugins that are switched on part by part have counted: `{retry = ..., budget = ...}`.

        They count for the whole process; a part that is off is not there.
        """
        return self.session.app.hook_sets.statistics()

    def add(self, handle: HookHandle) -> HookHandle:
        """Remember a hook until it is removed or the spell ends."""
        self._hooks.append(handle)
        return handle

    def discard(self, handle: HookHandle) -> bool:
        """Take a hook away."""
        if handle not in self._hooks:
            return False
        self._hooks.remove(handle)
        if handle.table is None:
            handle.registration.cancel()
            handle.registration.discard()
            return True
        return handle.table.remove(handle.registration)

    def forget(self, table: HookTable) -> None:
        """Forget the hooks of a table that is gone, as an agent's is when the agent has been closed."""
        self._hooks = [one for one in self._hooks if one.table is not table]
        self.timings.forget(table)

    def subscribe(self, at: Point, settings: HookSettings) -> HookHandle:
        """Register a hook at a lifecycle point: a subscription to the event of that name, whose value means nothing."""
        from llmspell.bridge.api.events import event_table  # noqa: PLC0415 - only lifecycle hooks are events

        handler, run = settings.function(), self.session.run.id
        if settings.dependencies or settings.conflicts or settings.when or settings.condition:
            raise HookError(
                f"{at.name} is an event: `dependencies`, `conflicts` and `when` do not apply",
                suggestions=["use Events.subscribe"],
            )

        async def deliver(event: Event) -> None:
            with apart():
                await handler(event_table(event), timeout=settings.timeout)

        subscription = self.session.app.events.subscribe(
            at.name, deliver, filter=lambda event: event.run in ("", run), priority=settings.priority
        )
        return self.add(
            HookHandle(
                self.session, at.name, settings.name or f"{self.session.run.name}:{handler.number}", None, subscription
            )
        )

    def detach(self) -> None:
        """Take every hook of the spell away."""
        for one in list(self._hooks):
            self.discard(one)
