"""Parts: what an operation tells while it runs, handed out one by one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from llmspell.errors import AgentConfigError, AgentExecutionError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from typing import Any, Self

    Sink = Callable[[object], Awaitable[None]]

T = TypeVar("T")

BUFFER = 64
"""Parts that may wait between who makes them and a slow reader before the former is held back."""


def without_end(sink: Sink) -> Sink:
    """Keep the part that ends a run to oneself: the run around it goes on, or another one follows."""
    from llmspell.model.agent import RunDone  # noqa: PLC0415 - paid by who runs agents

    async def show(part: object) -> None:
        if not isinstance(part, RunDone):
            await sink(part)

    return show


class PartStream(Generic[T]):
    """Iterate over the parts of one operation; leaving the block cancels it and waits for its end.

    `start` is given a sink for the parts and gives the operation, `who` names it. An error of the operation is raised
    where the iteration meets it.
    """

    def __init__(
        self, start: Callable[[Callable[[object], Awaitable[None]]], Coroutine[Any, Any, T]], who: str
    ) -> None:
        self._start = start
        self._who = who
        self._parts: asyncio.Queue[object] = asyncio.Queue(BUFFER)
        self._task: asyncio.Task[T] | None = None
        self._ended = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name=f"stream of {self._who}")
        return self

    async def __aexit__(self, *exc: object) -> None:
        task = self._task
        if task is not None and not task.done():
            task.cancel()
        if task is not None:
            await asyncio.wait([task])
            if not task.cancelled():
                task.exception()  # who leaves has seen it or does not want it

    async def _run(self) -> T:
        try:
            return await self._start(self._parts.put)
        finally:
            self._ended = True
            if not self._parts.full():  # a reader who waits finds nothing else; one who does not sees `_ended`
                self._parts.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[object]:
        if self._task is None:
            message = f"use `async with` on the stream of {self._who} before iterating"
            raise AgentConfigError(message)
        while not (self._ended and self._parts.empty()) and (part := await self._parts.get()) is not None:
            yield part
        await asyncio.wait([self._task])
        if self._task.cancelled():
            message = f"the run of {self._who} was cancelled"
            raise AgentExecutionError(message)
        self._task.result()

    async def result(self) -> T:
        """Read to the end and return what the operation gave."""
        async for _ in self:
            pass
        if self._task is None:
            message = f"use `async with` on the stream of {self._who} first"
            raise AgentConfigError(message)
        return self._task.result()
