"""What is the spell's while it runs, and the host's otherwise: the running loop, standard streams, generator hooks."""

from __future__ import annotations

import asyncio
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from llmspell_engine_python.loop import SpellLoop
    from llmspell_engine_python.output import Poster
    from llmspell_engine_python.watchdog import Watchdog


class Surroundings:
    """Enter before the script runs, leave after it.

    The host may itself be inside a task of another loop: that task is set aside meanwhile. With `stay` everything is
    put in place once, for a process that has nothing else to do.
    """

    def __init__(self, loop: SpellLoop, stdout: Poster, stderr: Poster) -> None:
        self.watchdog: Watchdog | None = None
        self._loop = loop
        self._streams = (stdout, stderr)
        self._generators: WeakSet[AsyncGenerator[Any, Any]] = WeakSet()
        self._staying = False
        self._before: tuple[Any, ...] = ()

    def stay(self) -> None:
        """Put everything in place for good."""
        self.__enter__()
        self._staying = True

    def __enter__(self) -> None:
        if self._staying:
            return
        outer = asyncio._get_running_loop()  # noqa: SLF001 - what loops of other packages use
        task = asyncio.current_task(outer) if outer is not None else None
        if outer is not None and task is not None:
            asyncio.tasks._leave_task(outer, task)  # noqa: SLF001 - documented for loops
        self._before = (outer, task, sys.get_asyncgen_hooks(), sys.stdout, sys.stderr)
        asyncio._set_running_loop(self._loop)  # noqa: SLF001
        sys.set_asyncgen_hooks(self._generators.add, self._finalize)
        sys.stdout, sys.stderr = self._streams
        if self.watchdog is not None:
            self.watchdog.enter()

    def __exit__(self, *error: object) -> None:
        if self._staying:
            return
        if self.watchdog is not None:
            self.watchdog.leave()
        outer, task, hooks, sys.stdout, sys.stderr = self._before
        self._before = ()
        sys.set_asyncgen_hooks(*hooks)
        asyncio._set_running_loop(outer)  # noqa: SLF001
        if task is not None:
            asyncio.tasks._enter_task(outer, task)  # noqa: SLF001

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Put the host's things back for as long as it listens to the script: it may start tasks of its own."""
        if self._staying or not self._before:
            yield
            return
        self.__exit__()
        try:
            yield
        finally:
            self.__enter__()

    def _finalize(self, generator: AsyncGenerator[Any, Any]) -> None:
        """Close a generator that nobody reads any more."""
        if not self._loop.is_closed():
            self._loop.create_task(_close(generator))


async def _close(generator: AsyncGenerator[Any, Any]) -> None:
    await generator.aclose()
