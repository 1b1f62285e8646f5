"""The calls a script waits for: a plain function is answered at once, an asynchronous one by a task of its own.

The last call that came is begun at once, too, by the task that reads: most are over before they would have waited. One
that does wait keeps the task in which it began, and another one reads on (docs/adr/0019).

Tasks begin in the order in which their calls were made, and a call made after them waits its turn by becoming a task,
too, also behind one that has yet to hear that it was given up: what a script does happens in the order in which it did
it. Whose call it is, and its place in the run, is settled when it arrives. While the engine is slow to take its
answers, all calls become tasks: those are counted, so nobody can make the kernel keep any number of answers
(docs/adr/0015).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from llmspell.bridge.begun import Begun
from llmspell.bridge.dispatch import operation
from llmspell.bridge.faults import log
from llmspell.bridge.values import decode_arguments
from llmspell.errors import LlmspellError, ScriptError, ScriptResourceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Coroutine
    from typing import NoReturn

    from llmspell.bridge.dispatch import Operation
    from llmspell.bridge.script_modules import ModuleOperation
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext
    from llmspell.spec.wire import Message


class Pending(NamedTuple):
    """A call that was begun and waits: who reads finishes it with `Calls.finish`, and reads no more."""

    message: Message
    rest: Begun


class Calls:
    """Serve the calls of one session, at most `cap` of them at a time.

    `take` begins a call, `take_last` one with which nothing came after it; `flush` sends the answers of those that were
    over at once, all in one frame.
    """

    __slots__ = ("_ahead", "_answers", "_session", "_tasks", "_unbegun", "cap")

    def __init__(self, session: SpellSession, cap: int) -> None:
        self._session = session
        self.cap = cap
        self._answers: list[Message] = []
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._unbegun: set[int] = set()
        self._ahead: set[int] = set()
        """The calls whose tasks have a turn coming, to begin or to hear that they were given up."""

    @property
    def unbegun(self) -> bool:
        """Tell whether calls have arrived whose tasks have not begun: their arguments have not been looked at."""
        return bool(self._unbegun)

    def take(self, message: Message) -> None:
        """Begin one call."""
        number = message["id"]
        try:
            found = operation(message["op"], self._session)
            ctx = self._session.caller(message) if found.binder.wants_ctx else None
            if not found.plain or self._ahead or self._session.sender.congested:
                self._begin(message, found, ctx)
                return
            value = self._session.out(self._call(message, found, ctx))
            self._answers.append({"t": "settle", "id": number, "ok": True, "value": value})
        except Exception as error:  # noqa: BLE001 - every failure of a call goes to the script that made it
            self._answers.append(self._failed(number, error))

    def take_last(self, message: Message) -> Pending | None:
        """Begin a call in this task; give what is left of it when it waits."""
        number = message["id"]
        try:
            found = operation(message["op"], self._session)
            if found.plain or self._ahead or self._session.sender.congested or not self._room_for(number):
                self.take(message)
                return None
            ctx = self._session.caller(message) if found.binder.wants_ctx else None
            work = Begun(cast("Coroutine[Any, Any, object]", self._call(message, found, ctx)))
            if not work.over:
                self._tasks[number] = self._session.adopt(message["op"])
                return Pending(message, work)
            self._answers.append({"t": "settle", "id": number, "ok": True, "value": self._session.out(work.value)})
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - as in `take`; nobody cancels who is running
            self._answers.append(self._failed(number, error))
        return None

    async def finish(self, pending: Pending) -> None:
        """Run the rest of a call and settle it, unless it was cancelled."""
        await self._finish(pending.message, pending.rest)

    def cancel(self, number: int) -> None:
        """Stop a call the script gave up on; it is not answered."""
        task = self._tasks.get(number)
        if task is not None:
            task.cancel()
            self._ahead.add(number)
            if number in self._unbegun:  # it never will begin, so nothing in it can tidy up
                self._forget(number)

    def flush(self) -> None:
        """Send the answers that have come together."""
        if self._answers:
            answers, self._answers = self._answers, []
            try:
                self._session.sender.write(answers)
            except ScriptResourceError:  # too much for one frame, which one by one they need not be
                for one in answers:
                    self._write_alone(one)

    def _write_alone(self, answer: Message) -> None:
        try:
            self._session.sender.write([answer])
        except ScriptResourceError as error:  # the value does not fit into a message: the script still waits
            self._session.sender.write([self._failed(answer["id"], error)])

    def _begin(self, message: Message, found: Operation | ModuleOperation, ctx: CallContext | None) -> None:
        number = message["id"]
        if not self._room_for(number):
            self._refuse(number)
        self._tasks[number] = self._task(message, found, ctx)
        self._unbegun.add(number)
        self._ahead.add(number)

    def _task(
        self, message: Message, found: Operation | ModuleOperation, ctx: CallContext | None
    ) -> asyncio.Task[None]:
        return self._session.task(self._serve(message, found, ctx), message["op"])

    def _room_for(self, number: int) -> bool:
        return len(self._tasks) < self.cap and number not in self._tasks

    def _refuse(self, number: int) -> NoReturn:
        if number not in self._tasks:
            text = f"{self.cap} calls are outstanding, which is the limit"
            raise ScriptResourceError(text, suggestions=["await some of them first"])
        text = f"the engine sent a second call {number} before the first was answered"
        raise ScriptError(text)

    async def _serve(self, message: Message, found: Operation | ModuleOperation, ctx: CallContext | None) -> None:
        """Run one call of the script in a task of its own."""
        self._unbegun.discard(message["id"])
        self._ahead.discard(message["id"])
        await self._finish(message, self._called(message, found, ctx))

    async def _called(self, message: Message, found: Operation | ModuleOperation, ctx: CallContext | None) -> object:
        result = self._call(message, found, ctx)
        return result if found.plain else await cast("Awaitable[object]", result)

    async def _finish(self, message: Message, work: Awaitable[object]) -> None:
        """Await a call and settle it, unless it was cancelled."""
        number = message["id"]
        try:
            value = self._session.out(await work)
            settle: Message = {"t": "settle", "id": number, "ok": True, "value": value}
        except Exception as error:  # noqa: BLE001 - every failure of a call goes to the script that made it
            settle = self._failed(number, error)
        finally:
            self._forget(number)
        if not self._session.ended:
            await self._settle(message["op"], settle)

    async def _settle(self, op: str, settle: Message) -> None:
        try:
            try:
                await self._session.sender.send(settle)
            except ScriptResourceError as error:  # as above
                await self._session.sender.send(self._failed(settle["id"], error))
        except Exception as error:  # noqa: BLE001 - most often the engine has died, which its reader is told, too
            log.warning("%s failed: %s", op, error, exc_info=not isinstance(error, LlmspellError))

    def _call(self, message: Message, found: Operation | ModuleOperation, ctx: CallContext | None) -> object:
        given = decode_arguments(message.get("args") or (), self._session.crossing)
        return found.call(self._session, given, ctx)

    def _failed(self, number: int, error: BaseException) -> Message:
        return {"t": "settle", "id": number, "ok": False, "error": self._session.error(error)}

    def _forget(self, number: int) -> None:
        self._tasks.pop(number, None)
        self._unbegun.discard(number)
        self._ahead.discard(number)
