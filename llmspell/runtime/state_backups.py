"""Backups of the store while an application lives: one when it is due, verified by the store, and old ones go."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.services.state_backups import abandoned, name_at, superfluous, wait
from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.services.state_backups import Schedule
    from llmspell.spec.context import Clock
    from llmspell.spec.storages import Storage

log = logging.getLogger("llmspell.state")


class Backups:
    """Make backups of a store by a schedule, from `start` to `aclose`.

    The time of the last one is in its name, so runs that end before the interval does add up. A backup that is due or
    under way when the application closes is made; one that fails is logged, nothing is removed, and the next interval
    tries again.
    """

    def __init__(self, store: Storage, schedule: Schedule, clock: Clock) -> None:
        self._store = store
        self._schedule = schedule
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()

    def start(self) -> None:
        """Begin to make backups."""
        self._task = asyncio.create_task(self._run(), name="backups of the store")

    async def aclose(self) -> None:
        """Make no more backups, after the one that is under way or due."""
        task, self._task = self._task, None
        if task is None:
            return
        idle = asyncio.create_task(self._idle.wait())
        try:
            await asyncio.wait({task, idle}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            idle.cancel()
            task.cancel()
            await asyncio.gather(idle, task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                pause = wait(self._schedule, await in_thread(self._names), self._clock.now())
                if pause <= 0:
                    await self.make()
                    continue
            except (LlmspellError, OSError) as error:
                log.warning("the store could not be backed up: %s", error)
                pause = self._schedule.interval
            await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        self._idle.set()
        await self._clock.sleep(seconds)
        self._idle.clear()

    async def make(self) -> Path:
        """Make a backup now, remove those that are too many, and give its path."""
        folder = self._schedule.folder
        await in_thread(lambda: folder.mkdir(parents=True, exist_ok=True, mode=0o700))
        made = folder / name_at(self._schedule, self._clock.now())
        await self._store.backup(made)
        await in_thread(lambda: self._remove(made.name))
        return made

    def _names(self) -> list[str]:
        folder = self._schedule.folder
        return [path.name for path in folder.iterdir()] if folder.is_dir() else []

    def _remove(self, newest: str) -> None:
        names = self._names()
        old = superfluous(self._schedule, names, newest) + abandoned(self._schedule, names, self._clock.now())
        for name in old:
            (self._schedule.folder / name).unlink(missing_ok=True)
