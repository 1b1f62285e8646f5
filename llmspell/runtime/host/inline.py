"""The machine in the kernel's own process: for trusted spells, debugging and speed."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from llmspell.errors import ScriptError, ScriptTimeoutError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.errors import LlmspellError
    from llmspell.runtime.host.limits import Limits
    from llmspell.spec.engines import EngineMachine
    from llmspell.spec.wire import Message


class InlineChannel:
    """Feed the machine at `send`, keep what it says for `receive`."""

    isolation = "inline"

    def __init__(self, target: str, limits: Limits) -> None:
        module, _, attribute = target.partition(":")
        self._machine: EngineMachine = getattr(import_module(module), attribute)()
        self.limits = limits
        self._inbox: list[Message] = []
        self._waiter: asyncio.Future[None] | None = None
        self._cause: LlmspellError | None = None
        self._timer: asyncio.TimerHandle | None = None
        if limits.wall is not None:
            self._timer = asyncio.get_running_loop().call_later(limits.wall, self._out_of_time)

    async def send(self, messages: Sequence[Message]) -> None:
        """Feed the machine; it runs until everything in it waits."""
        if self._cause is not None:
            raise self._cause
        for message in messages:
            self._inbox += self._machine.feed(message)
        self._wake()

    async def receive(self) -> list[Message]:
        """Give what the machine said, or wait until it says something."""
        while not self._inbox:
            if self._cause is not None:
                raise self._cause
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        messages, self._inbox = self._inbox, []
        return messages

    def kill(self, cause: LlmspellError | None = None) -> None:
        """Drop the machine between two messages; one that is running stops by its own limits only."""
        if self._cause is None:
            self._cause = cause or ScriptError("the spell was stopped")
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
