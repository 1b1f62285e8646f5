"""`llmspell run --watch`: run a spell again whenever it, a module it asked for or its scripted model changes."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from llmspell.bridge.spell import run_spell
from llmspell.errors import LlmspellError
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Self

    from llmspell.bridge.session import SpellSession
    from llmspell.bridge.spell import SpellOptions
    from llmspell.cli.console import Console
    from llmspell.runtime.app import App

CALM = 0.1
"""Seconds without a change after which a spell is run again: editors write a file in several steps."""


async def watch(
    app: App, console: Console, path: Path, options: SpellOptions, on_print: Callable[[str], object]
) -> None:
    """Run the spell, and again after every change, until cancelled; a run that is under way then is ended."""
    number = 0
    async with Files(app, path) as files:

        def prepare(session: SpellSession) -> None:
            session.on_file = lambda name: files.add(path.parent / name)

        options = options._replace(prepare=prepare)
        while True:
            number += 1
            console.note(f"--- run {number} of {path}")
            running = asyncio.create_task(_told(app, console, path, options, on_print))
            changed = asyncio.create_task(files.changed())
            try:
                await asyncio.wait((running, changed), return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    running.result()
                    await files.begun()  # a change after the next line is noticed, also of a module asked for just now
                    console.note("--- waiting for a change (Ctrl-C ends)")
                else:
                    changed.result()
                    console.note("--- changed while it ran: ending that run")
                    running.cancel()
                    await asyncio.wait((running,))
                await changed
            finally:
                for task in (running, changed):
                    task.cancel()
                await asyncio.gather(running, changed, return_exceptions=True)


async def _told(
    app: App, console: Console, path: Path, options: SpellOptions, on_print: Callable[[str], object]
) -> None:
    """Run the spell once and tell its error; the next change may mend it."""
    try:
        await run_spell(app, path=path, options=options, on_print=on_print)
    except LlmspellError as error:
        console.fault(error)
    finally:
        console.out.flush()


class Files:
    """Know the files of a spell and notice when one of them changes, also one that was asked for and is not there."""

    def __init__(self, app: App, path: Path) -> None:
        self._app = app
        self._known: set[Path] = set()
        self._watchers: dict[Path, asyncio.Task[None]] = {}
        self._begun: dict[Path, asyncio.Event] = {}
        self._changed = asyncio.Event()
        self._first = path.absolute()

    async def __aenter__(self) -> Self:
        self.add(self._first)
        self.add(self._first.with_suffix(".model.json"))
        await self._begun[self._first.parent].wait()
        return self

    async def __aexit__(self, *error: object) -> None:
        for task in self._watchers.values():
            task.cancel()
        await asyncio.gather(*self._watchers.values(), return_exceptions=True)

    def add(self, path: Path) -> None:
        """Take a file to those that matter. Its folder is watched, as editors put new files in place of old ones."""
        path = path.absolute()
        self._known.add(path)
        folder = path.parent
        if folder not in self._watchers and folder.is_dir():
            self._begun[folder] = asyncio.Event()
            self._watchers[folder] = asyncio.create_task(self._watch(folder), name=f"watch of {folder}")

    async def begun(self) -> None:
        """Wait until every folder that matters is watched."""
        for event in tuple(self._begun.values()):
            await event.wait()

    async def changed(self) -> None:
        """Wait for the next change."""
        await self._changed.wait()
        self._changed.clear()
        for task in self._watchers.values():
            if task.done():
                task.result()

    async def _watch(self, folder: Path) -> None:
        try:
            grants = Grants.parse([f"fs.read={folder}"], cwd=folder)
            port = self._app.services.files.port(grants, folder, "run --watch")
            async with aclosing(port.watch(".", recursive=False, interval=CALM)) as batches:
                async for batch in batches:
                    self._begun[folder].set()
                    if any(folder / one.path in self._known for one in batch):
                        self._changed.set()
        except BaseException:
            self._changed.set()  # whoever waits hears of a watch that failed
            raise
        finally:
            self._begun[folder].set()
