"""The machine in the kernel's own process: for trusted spells, debugging and speed."""

from __future__ import annotations

import asyncio
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING

from llmspell.errors import ScriptError, ScriptTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmspell.errors import LlmspellError
    from llmspell.runtime.host.limits import Limits
    from llmspell.spec.engines import EngineMachine
    from llmspell.spec.wire import Message

_TURN = 0.001  # seconds; a turn of the loop costs some three microseconds


class InlineChannel:
    """Feed the machine at `send`, keep what it says for `receive`."""

    isolation = "inline"
    congested = False  # `write` has fed what it was given

    def __init__(self, target: str, limits: Limits) -> None:
        module, _, attribute = target.partition(":")
        self._machine: EngineMachine = getattr(import_module(module), attribute)()
        if hasattr(self._machine, "speak"):
            self._machine.speak = self._said
        if hasattr(self._machine, "stopping"):
            self._machine.stopping = self._stopping
        self._owner = asyncio.current_task()
        self._cancels = 0 if self._owner is None else self._owner.cancelling()
        self._feed_all = getattr(self._machine, "feed_all", None)
        self._outbox: list[Message] = []
        self._one_by_one = False  # what a durable spell does must not depend on what comes together
        self.limits = limits
        self.on_post: Callable[[Message], None] | None = None
        self._inbox: list[Message] = []
        self._waiter: asyncio.Future[None] | None = None
        self._cause: Exception | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._last_turn = monotonic()
        if limits.wall is not None:
            self._timer = asyncio.get_running_loop().call_later(limits.wall, self._out_of_time)

    @property
    def resting(self) -> bool:
        """Tell whether nothing waits to be fed or received, or nothing will be any more."""
        return self._cause is not None or (not self._outbox and not self._inbox)

    def write(self, messages: Sequence[Message]) -> None:
        """Feed the machine; it runs until everything in it waits: now, or at the end of this turn of the loop.

        What the machine raises is the end of it: `receive` raises it, too.
        """
        if self._cause is not None:
            raise self._cause
        if self._feed_all is not None:
            if not self._outbox:
                asyncio.get_running_loop().call_soon(self._feed_together)
            self._outbox += messages
            return
        try:
            for message in messages:
                self._inbox += self._machine.feed(message)
        except Exception as error:
            self._drop(error)
            raise
        self._wake()

    def _feed_together(self) -> None:
        """Feed what was sent in one turn of the loop: a machine that takes several messages pays for one crossing."""
        messages, self._outbox = self._outbox, []
        if self._cause is not None or self._feed_all is None:
            return
        self._one_by_one = self._one_by_one or bool(messages[0].get("durable"))
        groups = [[one] for one in messages] if self._one_by_one else [messages]
        try:
            for group in groups:
                self._inbox += self._feed_all(group)
        except Exception as error:  # noqa: BLE001 - told to whoever sends and receives next
            self._drop(error)
            return
        self._wake()

    async def send(self, messages: Sequence[Message]) -> None:
        """Feed the machine likewise: there is nothing to wait for."""
        self.write(messages)

    async def receive(self) -> list[Message]:
        """Give what the machine said, or wait until it says something.

        A machine that always has something to say would keep everybody else waiting: they get a turn once in a while.
        """
        if self._inbox and monotonic() - self._last_turn > _TURN:
            await asyncio.sleep(0)
            self._last_turn = monotonic()
        while not self._inbox:
            if self._cause is not None:
                raise self._cause
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
                self._last_turn = monotonic()
        messages, self._inbox = self._inbox, []
        return messages

    def heard(self) -> list[Message]:
        """Give what the machine said in this turn of the loop, unless others have waited long enough."""
        if monotonic() - self._last_turn > _TURN:
            return []
        messages, self._inbox = self._inbox, []
        return messages

    def _said(self, message: Message) -> None:
        """Hand on what the script said: whoever feeds the machine stands still until it rests."""
        if self.on_post is None:
            self._inbox.append(message)
        else:
            self.on_post(message)

    def _stopping(self) -> bool:
        """Tell whether whoever runs the spell is being cancelled: by Ctrl-C, for nothing else runs beside a script."""
        return self._owner is not None and self._owner.cancelling() > self._cancels

    def interrupt(self) -> None:
        """Tell the machine, which is in the midst of a `feed` of another thread, or does nothing."""
        if hasattr(self._machine, "interrupt"):
            self._machine.interrupt()

    def kill(self, cause: LlmspellError | None = None) -> None:
        """Drop the machine between two messages; one that is running stops by its own limits only."""
        self._drop(cause or ScriptError("the spell was stopped"))

    def _drop(self, cause: Exception) -> None:
        if self._cause is None:
            self._cause = cause
            self._inbox = []
            self._machine.close()
            if self._timer is not None:
                self._timer.cancel()
            self._wake()

    async def aclose(self) -> None:
        """Close the machine."""
        self.kill(ScriptError("the spell has ended"))

    def _out_of_time(self) -> None:
        self.kill(ScriptTimeoutError(f"the spell ran longer than {self.limits.wall:g} s"))

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
