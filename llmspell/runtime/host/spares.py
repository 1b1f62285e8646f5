"""Processes of engines that wait for a run, so that a run need not wait for them."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.runtime.host.process import EngineProcess
    from llmspell.spec.descriptor import Component

    Key = tuple[str, tuple[str, ...]]

IDLE = 2
"""How many processes wait at most; one of JavaScript holds 70 MB."""

log = logging.getLogger(__name__)


class Spares:
    """Keep one process ready for each engine that is used again and again.

    Nothing is started for the first run of an engine, which may be the only one. From the second on, a spare follows
    when the run has begun, so that it does not take its time. A process serves one run and is never given twice.
    """

    def __init__(self, idle: int = IDLE) -> None:
        self._idle = idle
        self._used: set[str] = set()
        self._waiting: dict[Key, asyncio.Task[EngineProcess]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def take(self, engine: Component) -> EngineProcess | None:
        """Give a process that waits, or None."""
        spare = self._waiting.pop(_key(engine), None)
        if spare is None:
            return None
        try:
            process = await asyncio.shield(spare)
        except asyncio.CancelledError:
            self._end(spare)
            raise
        except OSError as error:
            log.warning("a spare process of %s did not start: %s", engine.name, error)
            return None
        if process.alive:
            return process
        self._end(spare)
        return None

    def follow(self, engine: Component) -> None:
        """Hear that a run has begun, and see that the next one finds a process."""
        if engine.target in self._used:
            self.prepare(engine)
        self._used.add(engine.target)

    def prepare(self, engine: Component) -> None:
        """Have a process wait for the next run of an engine; of too many the one that waits longest goes."""
        key = _key(engine)
        if self._closed or key in self._waiting or self._idle < 1:
            return
        while len(self._waiting) >= self._idle:
            self._end(self._waiting.pop(next(iter(self._waiting))))
        self._waiting[key] = asyncio.create_task(_started(engine), name=f"spare of {engine.name}")

    async def aclose(self) -> None:
        """End every process that waits."""
        self._closed = True
        for spare in self._waiting.values():
            self._end(spare)
        self._waiting.clear()
        while self._ending:
            await asyncio.wait(self._ending)

    def _end(self, spare: asyncio.Task[EngineProcess]) -> None:
        ending = asyncio.create_task(_ended(spare), name="end of a spare")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


def _key(engine: Component) -> Key:
    """Say which processes are alike: one imports from where it was told to when it started."""
    return engine.target, tuple(sys.path)


async def _started(engine: Component) -> EngineProcess:
    from llmspell.runtime.host.process import EngineProcess  # noqa: PLC0415 - asyncio's subprocesses cost 10 ms

    return await EngineProcess.start(engine)


async def _ended(spare: asyncio.Task[EngineProcess]) -> None:
    try:
        process = await spare
    except (OSError, asyncio.CancelledError):
        return  # there is nothing to end
    await process.aclose()
