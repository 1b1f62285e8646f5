"""Questions of a spell or an agent that runs beside a prompt, for the thread which has the keyboard."""

from __future__ import annotations

import asyncio
import queue
import sys
from typing import TYPE_CHECKING

from llmspell.cli.repl_input import asked
from llmspell.cli.rights_prompt import forget_typed

if TYPE_CHECKING:
    from llmspell.cli.console import Console


class Counter:
    """Bring questions from the thread of a loop to the one that has the keyboard."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._waiting: queue.SimpleQueue[tuple[str, asyncio.Future[str | None], asyncio.AbstractEventLoop]]
        self._waiting = queue.SimpleQueue()

    async def read(self, prompt: str) -> str | None:
        """Have a line read where the keyboard is; None at the end of the input."""
        loop = asyncio.get_running_loop()
        line: asyncio.Future[str | None] = loop.create_future()
        self._waiting.put((prompt, line, loop))
        return await line

    def serve(self) -> None:
        """Ask what waits; raises `KeyboardInterrupt` for Ctrl-C."""
        while not self._waiting.empty():
            prompt, line, loop = self._waiting.get()
            if not line.done():
                forget_typed(sys.stdin.fileno())
                loop.call_soon_threadsafe(_answer, line, asked(self._console, prompt, kept=False))


def _answer(line: asyncio.Future[str | None], said: str | None) -> None:
    if not line.done():
        line.set_result(said)
