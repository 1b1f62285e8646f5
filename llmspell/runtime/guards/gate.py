"""What waits for the guards of an input: the parts of an answer, and the tools."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell.model.llm import Done, MediaPart, ReasoningDelta, TextDelta, ToolCallDelta, ToolCallEnd, ToolCallStart
from llmspell.model.output import Partial

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Sink = Callable[[object], Awaitable[None]]

_SAYING = (TextDelta, ReasoningDelta, ToolCallStart, ToolCallDelta, ToolCallEnd, MediaPart, Partial, Done)


class Gate:
    """Hold parts back, and those who wait, until it is opened; without a sink nobody looks at the parts."""

    def __init__(self, sink: Sink | None) -> None:
        self._sink = sink
        self._held: list[object] = []
        self._open = asyncio.Event()
        self._turn = asyncio.Lock()

    async def take(self, part: object) -> None:
        """Take a part; in order, whether it is held or not."""
        async with self._turn:
            if self._open.is_set():
                await self._hand_on(part)
            else:
                self._held.append(part)

    async def open(self) -> None:
        """Hand on what was held, and let pass from now on."""
        async with self._turn:
            for part in self._held:
                await self._hand_on(part)
            self._held.clear()
            self._open.set()

    def retell(self, *parts: object) -> None:
        """Put parts in the place of all held ones that an answer was told by; what its tools did stays."""
        self._held = [*(one for one in self._held if not isinstance(one, _SAYING)), *parts]

    async def passed(self) -> None:
        """Wait until it is open."""
        await self._open.wait()

    async def _hand_on(self, part: object) -> None:
        if self._sink is not None:
            await self._sink(part)
