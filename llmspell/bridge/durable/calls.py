"""The calls of a script in a durable run: their places in the run follow from the script alone."""

from __future__ import annotations

from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, cast

from llmspell.bridge.calls import Calls
from llmspell.bridge.dispatch import operation
from llmspell.errors import NonDeterminismError
from llmspell.runtime.context import CallContext
from llmspell.runtime.journal.port import BEHIND

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable

    from llmspell.bridge.calls import Pending
    from llmspell.bridge.dispatch import Operation
    from llmspell.bridge.durable.boundary import Boundary
    from llmspell.bridge.script_modules import ModuleOperation
    from llmspell.bridge.session import SpellSession
    from llmspell.spec.wire import Message

MODULE = "Module.load"


class DurableCalls(Calls):
    """Serve the calls of one session through its boundary; nothing is answered before it is written down."""

    __slots__ = ("_boundary", "_context", "_modules")

    def __init__(self, session: SpellSession, cap: int, boundary: Boundary) -> None:
        super().__init__(session, cap)
        self._boundary = boundary
        self._context = copy_context()
        self._modules: set[int] = set()

    def take(self, message: Message) -> None:
        """Begin one call."""
        number = message["id"]
        try:
            found = operation(message["op"], self._session)
            ctx = self._placed(message)
            if not found.plain or self._ahead:
                if message["op"] == MODULE:
                    self._modules.add(number)
                self._begin(message, found, ctx)
                return
            value = self._context.copy().run(self._call, message, found, ctx)
        except Exception as error:  # noqa: BLE001 - every failure of a call goes to the script that made it
            self._offer(number, error=error)
        else:
            self._offer(number, value)

    def take_last(self, message: Message) -> Pending | None:
        """Begin one call: here, too, each has a task of its own."""
        self.take(message)
        return None

    def cancel(self, number: int) -> None:
        """Stop a call the script gave up on; while records are repeated it comes as far as it had come before."""
        self._boundary.gone(("settle", number))
        self._boundary.withdraw(("settle", number))
        if self._boundary.live:
            super().cancel(number)
        elif number in self._tasks:
            self._session.spawn(self._cancelled_later(number), "a call given up")

    def abandon(self, number: int) -> None:
        """End a call that was settled before and does not come to an end now; the script gets what was recorded.

        Raises `NonDeterminismError` when there is no such call.
        """
        task = self._tasks.get(number)
        if task is None:
            message = f"the run was answered call {number}, which the spell has not made this time"
            raise NonDeterminismError(message, context={"call": number})
        task.cancel()
        self._ahead.add(number)

    async def _cancelled_later(self, number: int) -> None:
        await self._boundary.quiet()
        super().cancel(number)

    def current(self, recorded: Message, made: Message) -> Message:
        """Give what answers a recorded call: the recorded message, but for the text of a module as it is now.

        A module is a part of the spell: one that was edited is run as it is, and what it does otherwise is found. What
        was recorded stands for one that cannot be read any more.
        """
        if recorded["t"] != "settle" or recorded["id"] not in self._modules or not made.get("ok"):
            return recorded
        return cast("Message", {**made, "now": recorded["now"]})

    def _placed(self, message: Message) -> CallContext:
        """Give a call the context of whoever made it, at a place that the call's number says."""
        session = self._session
        base = session.invocations.caller(cast("int", message.get("in", 0))) or session.ctx
        name = f"c{message['id']}:{message['op']}"
        path = f"{base.path}/{name}" if base.path else name
        return CallContext(base.run, base.scope, path=path, spending=base.spending)

    def _task(
        self, message: Message, found: Operation | ModuleOperation, ctx: CallContext | None
    ) -> asyncio.Task[None]:
        context = self._context.copy()
        context.run(BEHIND.set, self._boundary.invocations.behind(cast("int", message.get("in", 0))))
        return context.run(super()._task, message, found, ctx)

    async def _finish(self, message: Message, work: Awaitable[object]) -> None:
        """Await a call and offer its outcome, unless it was cancelled."""
        number = message["id"]
        try:
            value = await work
        except Exception as error:  # noqa: BLE001 - every failure of a call goes to the script that made it
            self._forget(number)
            if not self._session.ended:
                self._offer(number, error=error)
        except BaseException:
            self._forget(number)
            raise
        else:
            self._forget(number)
            if not self._session.ended:
                self._offer(number, value)

    def _offer(self, number: int, value: object = None, *, error: Exception | None = None) -> None:
        delivered = self._boundary.offer(("settle", number), partial(self._settled, number, value, error))
        delivered.add_done_callback(_heard)

    def _settled(self, number: int, value: object, error: Exception | None, _: Message | None) -> Message:
        if error is None:
            try:
                return {"t": "settle", "id": number, "ok": True, "value": self._session.out(value)}
            except Exception as failure:  # noqa: BLE001 - what cannot cross is the script's to know
                error = failure
        return self._failed(number, error)


def _heard(delivered: asyncio.Future[bool]) -> None:
    """Take note of how an answer was delivered: nobody waits for that."""
    if not delivered.cancelled():
        delivered.exception()
