"""Streams to a script: values go out as the script shows credit for them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell.errors import ScriptResourceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from llmspell.bridge.definition import Stream
    from llmspell.spec.wire import Message

MAX_STREAMS = 256


class Streams:
    """Pump the open streams of one session.

    `spawn` starts a task in the session's group, `send` sends an `item` message (its value or error still in the
    kernel's form).
    """

    def __init__(
        self,
        spawn: Callable[[Awaitable[None], str], asyncio.Task[None]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        self._spawn = spawn
        self._send = send
        self._open: dict[int, _Pump] = {}
        self._last = 0
        self._closed = False

    def open(self, stream: Stream) -> int:
        """Start a stream and give its number; nothing is read from its source before the script shows credit."""
        if len(self._open) >= MAX_STREAMS:
            self._spawn(_close(stream.source), "stream that was not opened")
            message = f"the spell has {MAX_STREAMS} open streams, which is the limit"
            raise ScriptResourceError(
                message, suggestions=["close streams you no longer read, or read them to the end"]
            )
        self._last += 1
        pump = self._open[self._last] = _Pump(self._last, stream.source)
        pump.task = self._spawn(self._run(pump), f"stream {pump.number}")
        return pump.number

    def credit(self, number: int, count: int) -> None:
        """Let `count` more values out."""
        pump = self._open.get(number)
        if pump is not None:
            for _ in range(min(count, 1024)):
                pump.credit.release()

    def close(self, number: int) -> None:
        """End a stream the script no longer reads; its source is closed."""
        pump = self._open.pop(number, None)
        if pump is not None and pump.task is not None:
            pump.task.cancel()
            if not pump.begun and not self._closed:  # it never will begin, so it cannot close its source
                self._spawn(_close(pump.source), f"stream {number}")

    def close_all(self) -> None:
        """End every stream, with the session."""
        self._closed = True
        for number in list(self._open):
            self.close(number)

    async def _run(self, pump: _Pump) -> None:
        pump.begun = True
        try:
            await self._pump(pump)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - it surfaces at the script's loop
            await self._send({"t": "item", "s": pump.number, "error": error})
        finally:
            self._open.pop(pump.number, None)
            await _close(pump.source)

    async def _pump(self, pump: _Pump) -> None:
        while True:
            await pump.credit.acquire()
            try:
                value = await anext(pump.source)
            except StopAsyncIteration:
                await self._send({"t": "item", "s": pump.number, "done": True})
                return
            await self._send({"t": "item", "s": pump.number, "value": value})


async def _close(source: AsyncIterator[object]) -> None:
    closer = getattr(source, "aclose", None)
    if closer is not None:
        await closer()


class _Pump:
    __slots__ = ("begun", "credit", "number", "source", "task")

    def __init__(self, number: int, source: AsyncIterator[object]) -> None:
        self.number = number
        self.source = source
        self.credit = asyncio.Semaphore(0)
        self.task: asyncio.Task[None] | None = None
        self.begun = False
