"""Hooks written in scripts: functions that get a table and answer with nothing, a changed table or a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell.bridge.contexts import Table, view
from llmspell.bridge.definition import NO_LIST, Options
from llmspell.bridge.faults import log, to_wire
from llmspell.bridge.points import canonical
from llmspell.errors import HookError
from llmspell.kernel.points import Point, point
from llmspell.model.decision import Answer, Proceed, Refuse
from llmspell.runtime.journal.port import apart
from llmspell.spec.markers import DEFAULT_PRIORITY, HookOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Annotated, Literal

    from llmspell.bridge.api.hooks import HookHandle
    from llmspell.bridge.api.listener import ListenerHandle
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.bridge.session import SpellSession
    from llmspell.kernel.hooks import HookTable
    from llmspell.model.call import Call
    from llmspell.runtime.context import CallContext

NO_CACHE = "the answer of a hook is never cached: a decision about one call says nothing about the next"


class HookSettings(Options):
    """How a hook is ordered and bounded."""

    function_key = "handler"

    handler: Annotated[Callback | ListenerHandle | None, "`function(context)`, or a listener"] = None
    execute: Annotated[Callback | ListenerHandle | None, "the same as `handler`"] = None
    priority: Annotated[int, "0-1000, higher runs further out"] = DEFAULT_PRIORITY
    when: Annotated[Callback | dict[str, object] | None, "`function(context)`, or fields that must be equal"] = None
    condition: Annotated[Callback | dict[str, object] | None, "the same as `when`"] = None
    mode: Annotated[
        Literal["sync", "sequential", "conditional", "background", "parallel"],
        "`background` runs beside the operation and only observes; `parallel` is for events",
    ] = "sync"
    execution_mode: Annotated[
        Literal["sync", "sequential", "conditional", "background", "parallel"] | None, "the same as `mode`"
    ] = None
    timeout: Annotated[Duration | None, "how long it may take"] = None
    name: Annotated[str | None, "name in statistics and for `dependencies`"] = None
    dependencies: Annotated[list[str], "hooks at the same point that must run further out"] = NO_LIST
    conflicts: Annotated[list[str], "hooks that may not be at the same point"] = NO_LIST
    cache: Annotated[object, "refused: the answer of a hook is never cached"] = None
    cache_strategy: Annotated[object, "refused, likewise"] = None

    def function(self) -> Callback | ListenerHandle:
        """Give the one function; raises `HookError` for none, two, or a cache."""
        if self.cache or self.cache_strategy:
            raise HookError(NO_CACHE, suggestions=["leave `cache` out"])
        given = [one for one in (self.handler, self.execute) if one is not None]
        if len(given) != 1:
            raise HookError(
                "a hook needs one function: `handler`",
                suggestions=["give it the key `handler`, a function of the context"],
            )
        return given[0]


class ScriptHook:
    """Carry one hook of a script: show the context, call the function, read the answer."""

    def __init__(self, session: SpellSession, at: Point, settings: HookSettings, timings: Timings) -> None:
        self.session = session
        self.point = at
        self.function = settings.function()
        self.when = settings.when if settings.when is not None else settings.condition
        self.background = (settings.execution_mode or settings.mode) == "background"
        # The kernel bounds the others, and its error names the hook: a second timer here would race with it.
        self.timeout = settings.timeout if self.background else None
        self.name = settings.name or f"{session.run.name}:{self.function.number}"
        self.view = view(at.operation)
        self.timings = timings

    def implementation(self) -> Callable[..., Awaitable[object]]:
        """Give the function that the kernel registers."""
        return cast("Callable[..., Awaitable[object]]", getattr(self, self.point.shape))

    async def before(self, call: Call, ctx: CallContext) -> object:
        """Decide about a call."""
        shown = self._context(call, ctx)
        answer = await self._ask(shown)
        if answer is None:
            return None
        table = self._table(answer)
        if set(table) == {"refuse"}:
            return Refuse(str(table["refuse"]))
        if set(table) == {"answer"}:
            return Answer(self.view.result(table["answer"], None))
        new = self.changed(call, shown, table)
        return None if new is call else Proceed(new)

    def changed(self, call: Call, shown: Table, answer: Table) -> Call:
        """Apply what a returned context changes; the same call when it changes nothing."""
        changed = self._changes(shown, answer, self.view.writable)
        return self.view.change(call, changed) if changed else call

    async def around(self, call: Call, proceed: Callable[[Call], Awaitable[object]], ctx: CallContext) -> object:
        """Wrap a call: the function gets `(context, proceed)` and calls `proceed:run()` as often as it likes."""
        from llmspell.bridge.api.hooks import ProceedHandle  # noqa: PLC0415 - the namespace imports this module

        shown = self._context(call, ctx)
        if not await self._wanted(shown):
            return await proceed(call)
        handle = ProceedHandle(self.session, self, call, shown, proceed)
        answer = await self.function(shown, handle, timeout=None)
        if answer is None:
            if handle.results:
                return handle.results[-1]
            message = f"hook {self.name} neither called proceed:run() nor returned a result"
            raise HookError(message, suggestions=["return proceed:run()"])
        if handle.results and answer == self.view.output(handle.results[-1]):
            return handle.results[-1]
        return self.view.result(answer, handle.results[-1] if handle.results else None)

    async def after(self, call: Call, result: object, ctx: CallContext) -> object:
        """See a result, or replace it."""
        shown = self._context(call, ctx)
        shown |= {"output": self.view.output(result), "success": True, "timing": self.timings.of(ctx)}
        shown["result"] = shown["output"]
        answer = await self._ask(shown)
        if answer is None:
            return None
        changed = self._changes(shown, self._table(answer), ("output", "result"))
        return Answer(self.view.result(next(iter(changed.values())), result)) if changed else None

    async def error(self, call: Call, error: Exception, ctx: CallContext) -> object:
        """See a failure; any value of the function is the result in its place."""
        shown = self._context(call, ctx)
        shown |= {"error": to_wire(error), "success": False, "timing": self.timings.of(ctx)}
        answer = await self._ask(shown)
        return None if answer is None else Answer(self.view.result(answer, None))

    def _context(self, call: Call, ctx: CallContext) -> Table:
        shown: Table = {
            "point": self.point.name,
            "operation": call.operation,
            "subject": call.subject,
            "run_id": ctx.scope.run_id,
            "metadata": dict(call.metadata),
        }
        if ctx.scope.kind == "agent":
            shown["agent"] = {"name": ctx.scope.name}
        return {**shown, **self.view.show(call)}

    async def _ask(self, shown: Table) -> object:
        if not self.background:
            return await self.function(shown, timeout=self.timeout) if await self._wanted(shown) else None
        self.session.spawn(self._observe(shown), f"hook {self.name}")
        return None

    async def _observe(self, shown: Table) -> None:
        """Run the function beside the operation: what it returns or raises changes nothing."""
        try:
            with apart():
                if await self._wanted(shown):
                    await self.function(shown, timeout=self.timeout)
        except Exception as error:  # noqa: BLE001 - a background hook observes: its failure is noted
            log.warning("background hook %s failed: %s", self.name, error)

    async def _wanted(self, shown: Table) -> bool:
        if self.when is None:
            return True
        if isinstance(self.when, dict):
            return all(shown.get(key) == value for key, value in self.when.items())
        return bool(await self.when(shown, timeout=self.timeout))

    def _table(self, answer: object) -> Table:
        if not isinstance(answer, dict):
            from llmspell.bridge.converters import describe  # noqa: PLC0415 - only a mistake pays for it

            message = (
                f"hook {self.name} at {self.point.name} returned {describe(answer)}, wanted nothing or the context"
            )
            raise HookError(
                message,
                suggestions=[
                    "return the context with changed fields",
                    "return a map with the one key `refuse`, a reason",
                ],
            )
        return answer

    def _changes(self, shown: Table, answer: Table, writable: tuple[str, ...]) -> Table:
        """Find the fields that a returned context changes; raises `HookError` for one that cannot be changed."""
        changed = {key: value for key, value in answer.items() if key not in shown or not _same(shown[key], value)}
        wrong = [key for key in changed if key not in writable]
        if wrong:
            message = f"hook {self.name} at {self.point.name} cannot change {', '.join(wrong)}"
            raise HookError(message, suggestions=[f"change one of {', '.join(writable)}"] if writable else [])
        return changed


def _same(shown: object, given: object) -> bool:
    """Compare what was shown with what came back; an empty list and an empty map look alike to some languages."""
    return shown == given or (
        not shown and not given and isinstance(shown, (list, dict)) and isinstance(given, (list, dict))
    )


class Timings:
    """Measure operations for hooks that come after them; registered once per table and operation."""

    LIMIT = 1000

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._tables: dict[int, set[str]] = {}

    def watch(self, table: HookTable, operation: str) -> None:
        """Start to measure an operation for the hooks of a table."""
        operations = self._tables.setdefault(id(table), set())
        if operation not in operations:
            operations.add(operation)
            table.register(
                f"around_{operation}", self._measure, HookOptions(priority=0), label="timing", owner="timing"
            )

    def forget(self, table: HookTable) -> None:
        """Forget a table that is gone: another one may be where it was."""
        self._tables.pop(id(table), None)

    async def _measure(self, call: Call, proceed: Callable[[Call], Awaitable[object]], ctx: CallContext) -> object:
        import time  # noqa: PLC0415 - paid by scripts with hooks

        started = time.perf_counter()
        try:
            return await proceed(call)
        finally:
            if len(self._seconds) >= self.LIMIT:
                self._seconds.pop(next(iter(self._seconds)))
            self._seconds[ctx.path] = time.perf_counter() - started

    def of(self, ctx: CallContext) -> Table:
        """Give `{duration}` of the operation that just ended here; empty when a hook answered instead of it."""
        found = self._seconds.get(ctx.path)
        return {} if found is None else {"duration": found}


def register_hook(
    session: SpellSession, table: HookTable, name: str, hook: Callback | ListenerHandle | HookSettings
) -> HookHandle:
    """Register a hook of a script in a table; a lifecycle point is a subscription to its event.

    Raises `hook_not_found`, `hook_priority`, `hook_dependency`, `hook`.
    """
    from llmspell.bridge.api.hooks import HookHandle, Hooks  # noqa: PLC0415 - the namespace imports this module

    settings = hook if isinstance(hook, HookSettings) else HookSettings(handler=hook)
    at = point(canonical(name))
    mode = settings.execution_mode or settings.mode
    registry = session.namespace(Hooks)
    if at.shape == "lifecycle":
        return registry.subscribe(at, settings)
    if mode == "parallel":
        message = f"a hook at {at.name} decides or changes, so it cannot be parallel"
        raise HookError(
            message, suggestions=['use mode = "background" to observe', "subscribe to an event with Events.subscribe"]
        )
    made = ScriptHook(session, at, settings, registry.timings)
    if at.shape in ("after", "error"):
        registry.timings.watch(table, at.operation)
    options = HookOptions(
        priority=settings.priority,
        timeout=None if made.background else settings.timeout,
        after=tuple(settings.dependencies),
        conflicts=tuple(settings.conflicts),
    )
    registration = table.register(at.name, made.implementation(), options, label=made.name, owner=session.run.name)
    return registry.add(HookHandle(session, at.name, made.name, table, registration))
