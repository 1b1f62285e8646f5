"""The one pipeline: every effect of a spell runs through `perform`.

    resolve -> [trace, audit] -> journal look-up -> before -> around(policy(permission(intent, core))) ->
    after / error -> record -> event

Hooks are arranged in layers (`kernel.bands`). Each layer runs its `before` hooks, then its `around` hooks around the
next layer, then `after`, or the error hooks when anything inside it raised. The innermost thing is permission and
the core, checked at every `proceed`. When nobody listens, all of this is one look-up, and the core itself is what the
caller awaits: `App.quiet` names the operations of which that is known; every registration and subscription empties it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from llmspell.errors import (
    AgentTimeoutError,
    HookError,
    LimitReachedError,
    LlmspellError,
    PermissionDeniedError,
    RefusedError,
    ScriptTimeoutError,
    ToolTimeoutError,
)
from llmspell.kernel.chains import decide, recover, surround, transform
from llmspell.model.decision import Answer

if TYPE_CHECKING:
    from llmspell.kernel.plan import Layer, Plan
    from llmspell.model.call import Call
    from llmspell.runtime.context import CallContext
    from llmspell.services.events import EventBus

Core = Callable[["Call", "CallContext"], Coroutine[Any, Any, object]]
Authorize = Callable[["Call", "CallContext"], None]
Step = Callable[["Call"], Awaitable[object]]

FINAL = (HookError, PermissionDeniedError)
"""What error hooks may see but not undo: a refusal, a missing right, a guard that failed."""

TIMEOUTS: dict[str, tuple[type[LlmspellError], str]] = {
    "agent_execution": (AgentTimeoutError, "agent"),
    "spell_execution": (ScriptTimeoutError, "spell"),
    "tool_execution": (ToolTimeoutError, "tool"),
}
"""How an operation ends that is still running at its run's deadline; the others end in `LimitReachedError`."""

MAX_RETRIES = 10
"""How often error hooks of one layer may ask for another attempt."""


class OperationTopics:
    """The event topics of one operation, kept so that nobody listening costs a few attribute look-ups."""

    __slots__ = ("completed", "events", "failed", "generation", "refused", "replayed", "started", "wanted")

    def __init__(self, events: EventBus, operation: str) -> None:
        self.events = events
        self.generation = -1
        self.wanted = False
        self.started = events.topic(f"{operation}_started")
        self.completed = events.topic(f"{operation}_completed")
        self.failed = events.topic(f"{operation}_failed")
        self.refused = events.topic(f"{operation}_refused")
        self.replayed = events.topic("replayed")

    def look(self) -> bool:
        """Tell whether anybody listens to any of them; asked anew only when subscriptions have changed."""
        if self.generation != self.events.generation:
            self.generation = self.events.generation
            topics = (self.started, self.completed, self.failed, self.refused, self.replayed)
            self.wanted = any(topic.wanted for topic in topics)
        return self.wanted


def perform(
    ctx: CallContext, call: Call, core: Core, authorize: Authorize | None = None
) -> Coroutine[Any, Any, object]:
    """Run one operation and return its result.

    `authorize` raises `PermissionDeniedError`; it sees the call as the hooks left it, at every attempt. Raises what the
    core, a hook or the permission check raises, a timeout of its kind at the deadline of its scope; cancellation
    passes untouched. That nobody listens is found out here, and not when the result is awaited: await it at once.
    """
    if authorize is None and unheard(ctx, call.operation):
        return core(call, ctx)  # a coroutine around it would cost more than all the rest
    return _heard(ctx, call, core, authorize)


def unheard(ctx: CallContext, operation: str) -> bool:
    """Tell whether it is known that nobody hears of an operation, records or bounds it: then its core is all of it."""
    return operation in ctx.app.quiet and ctx.scope.deadline is None and not ctx.run.journal.active


async def _heard(ctx: CallContext, call: Call, core: Core, authorize: Authorize | None) -> object:
    """Run a call that somebody may listen to, record or bound; find out that nobody does."""
    plan = ctx.scope.table().plan(call.operation)
    topics = ctx.app.topics.get(call.operation)
    told = topics is not None and topics.look()
    if told or ctx.run.journal.active or ctx.scope.deadline is not None:
        return await _recorded_and_told(plan, ctx, call, core, authorize, told=told)
    if plan is None:
        if call.operation not in ctx.app.hooks.root.heard:
            ctx.app.quiet.add(call.operation)
        if authorize is not None:
            authorize(call, ctx)
        return await core(call, ctx)
    if plan.plain is None:
        return await Passage(plan, ctx, core, authorize).run(call)
    call, answer = await decide(plan.plain.before, call, ctx)
    if authorize is not None:
        authorize(call, ctx)
    result = await core(call, ctx) if answer is None else answer.result
    return await transform(plan.plain.after, call, result, ctx) if plan.plain.after else result


async def _recorded_and_told(
    plan: Plan | None, ctx: CallContext, call: Call, core: Core, authorize: Authorize | None, *, told: bool
) -> object:
    """Run a call with a journal, a deadline, or events `<operation>_started`, `_completed`, `_failed`, `_refused`."""
    passage = Passage(plan, ctx, core, authorize)
    if not told:
        return await _in_time(passage, call)
    emit = ctx.app.events.emit
    about: dict[str, object] = {**call.metadata, "subject": call.subject, "path": ctx.path, "id": call.id}
    whose = {"run": ctx.scope.run_id, "source": ctx.scope.name}
    await emit(f"{call.operation}_started", about, **whose)
    started = time.perf_counter()
    try:
        result = await _in_time(passage, call)
    except Exception as error:
        about = {**about, "seconds": time.perf_counter() - started, "error": describe(error)}
        outcome = "refused" if isinstance(error, (RefusedError, PermissionDeniedError)) else "failed"
        await emit(f"{call.operation}_{outcome}", about, **whose)
        raise
    about = {**about, **call.metadata, "seconds": time.perf_counter() - started}  # the core may have said more
    if ctx.replayed:
        await emit("replayed", {**about, "operation": call.operation}, **whose)
    await emit(f"{call.operation}_completed", about, **whose)
    return result


async def _in_time(passage: Passage, call: Call) -> object:
    """Run a call until the deadline of its scope, which is in the loop's own time."""
    deadline = passage.ctx.scope.deadline
    if deadline is None:
        return await passage.run(call)
    if asyncio.get_running_loop().time() >= deadline:
        raise _out_of_time(passage.ctx, call)
    timer = asyncio.timeout_at(deadline)
    try:
        async with timer:
            return await passage.run(call)
    except TimeoutError as error:
        if not timer.expired():
            raise
        raise _out_of_time(passage.ctx, call) from error


def _out_of_time(ctx: CallContext, call: Call) -> LlmspellError:
    kind, what = TIMEOUTS.get(call.operation, (LimitReachedError, call.operation))
    named = "the spell" if what == "spell" else f"{what} {call.subject!r}"
    seconds = ctx.run.seconds
    bound = "its deadline" if seconds is None else f"{seconds:g} s"
    ran = f"{named} ran longer than {bound}" if what == "spell" else f"{named} met the deadline of its run: {bound}"
    about: dict[str, object] = {"limit": "deadline", "subject": call.subject}
    return kind(ran, suggestions=["give the run more time, e.g. with --timeout"], context=about)


class Passage:
    """Take one call through the layers of a plan: outer layer, journal, inner layers, permission, core."""

    __slots__ = ("authorize", "core", "ctx", "inner", "outer")

    def __init__(self, plan: Plan | None, ctx: CallContext, core: Core, authorize: Authorize | None) -> None:
        self.outer: Layer | None = None if plan is None else plan.outer
        self.inner: tuple[Layer, ...] = () if plan is None else plan.inner
        self.ctx = ctx
        self.core = core
        self.authorize = authorize

    async def run(self, call: Call) -> object:
        """Run the call and return its result."""
        following = self._recorded if self.ctx.run.journal.active else self._first
        return await following(call) if self.outer is None else await self._layer(self.outer, 0, call, following)

    async def _recorded(self, call: Call) -> object:
        return await self.ctx.run.journal.through(self.ctx, call, self._first)

    async def _first(self, call: Call) -> object:
        return await self._inner(0, call, None)

    async def _inner(self, index: int, call: Call, answer: Answer | None) -> object:
        """Run the inner layers from `index` on; an answer given further out passes through them in the core's place."""
        if index < len(self.inner):

            async def following(changed: Call) -> object:
                return await self._inner(index + 1, changed, answer)

            return await self._layer(self.inner[index], index + 1, call, following)
        if self.authorize is not None:
            self.authorize(call, self.ctx)
        if answer is not None:
            return answer.result
        journal = self.ctx.run.journal
        return await (journal.enter(self.ctx, call, self.core) if journal.active else self.core(call, self.ctx))

    async def _layer(self, layer: Layer, inside: int, given: Call, following: Step) -> object:
        """Run one layer; on an error ask its error hooks, which may recover or ask for another attempt.

        The `after` hooks see every result once, one that an error hook gave, too; an error of their own is final then.
        """
        retries = 0
        while True:
            call, transformed = given, not layer.after
            try:
                answer = None
                if layer.before:
                    journal = self.ctx.run.journal
                    by: list[str] = []
                    call, answer = await decide(layer.before, given, self.ctx, by.append)
                    if by and journal.active and (answer is not None or call is not given):
                        journal.decided(self.ctx, given, call, by, answered=answer is not None)
                result = await self._inside(layer, inside, call, answer, following)
                if transformed:
                    return result
                transformed = True
                return await transform(layer.after, call, result, self.ctx)
            except Exception as error:
                verdict = await recover(layer.error, given, error, self.ctx) if layer.error else None
                if verdict is None or isinstance(error, FINAL):
                    raise
                if isinstance(verdict, Answer):
                    break
                retries += 1
                if retries > MAX_RETRIES:
                    raise
            await self.ctx.sleep(verdict.delay)
        return verdict.result if transformed else await transform(layer.after, call, verdict.result, self.ctx)

    async def _inside(self, layer: Layer, inside: int, call: Call, answer: Answer | None, following: Step) -> object:
        if answer is not None:
            return await self._inner(inside, call, answer)
        if layer.around:
            return await surround(layer.around, 0, call, self.ctx, following)
        return await following(call)


def describe(error: Exception) -> dict[str, object]:
    """Give any exception as JSON data; one that is not ours is told by type and message, without frames."""
    if isinstance(error, LlmspellError):
        return error.to_dict()
    return {
        "type": "internal",
        "code": 6009,
        "message": f"{type(error).__name__}: {error}",
        "recoverable": False,
        "suggestions": [],
    }
