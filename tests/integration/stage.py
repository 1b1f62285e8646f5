"""A stage for spells that play together: several languages, one application, one run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llmspell.bridge.api import names_string
from llmspell.bridge.session import SpellSession
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.runtime.host import Limits, open_channel
from llmspell.services.config import Config

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AsyncExitStack
    from pathlib import Path

LANGUAGES = ("lua", "javascript", "python")
ISOLATIONS = ("inline", "process")
ENDINGS = {"lua": ".lua", "javascript": ".js", "python": ".py"}
PLUGINS = ("lua", "javascript", "python", "utilities")


class Stage:
    """One run that any number of spells share, each in an engine of its own."""

    def __init__(self, stack: AsyncExitStack, folder: Path, isolation: str = "inline") -> None:
        self.stack = stack
        self.folder = folder
        self.isolation = isolation
        self.printed: list[str] = []
        self.sessions: list[SpellSession] = []
        self._waiting: list[asyncio.Task[object]] = []

    async def open(self, steps: Sequence[Any] | None = None) -> Stage:
        """Open the application and the run; `steps` are the answers of its scripted model."""
        config = Config.load(environment={}, working=self.folder, user_folder=self.folder)
        selection = PluginSelection.read([])
        self.app = await self.stack.enter_async_context(App.open(config=config, selection=selection))
        self.run = await self.stack.enter_async_context(self.app.run("stage", source=self.folder / "stage"))
        self.run.model_script = {"steps": list(steps or ())}
        return self

    async def play(self, language: str, source: str, **params: object) -> object:
        """Run a spell to its end and give what it returns."""
        engine = self.app.catalog.get("engine", language)
        limits = Limits()
        channel = await open_channel(self.isolation, engine, limits)
        try:
            session = SpellSession(self.run, channel, language=language, on_print=self.printed.append)
            self.sessions.append(session)
            return await session.drive(
                api=names_string(),
                env={"ENGINE": language},
                params=params,
                seed="c2VlZA==",
                limits=limits.for_guest(self.isolation),
                name=f"spell{ENDINGS[language]}",
                source=source,
            )
        finally:
            await channel.aclose()

    async def begin(self, language: str, source: str, **params: object) -> asyncio.Task[object]:
        """Start a spell and come back when it has emitted `ready`; it should wait for the event `end`."""
        ready = asyncio.Event()
        told = self.app.events.subscribe("ready", lambda _: ready.set())
        task = asyncio.create_task(self.play(language, source, **params))
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        told.cancel()
        if task.done():
            await task  # it failed before it was ready
        return task

    async def end(self, *tasks: asyncio.Task[object]) -> list[object]:
        """Let the spells that wait come to their end and give what they return."""
        await self.app.events.emit("end", {}, run=self.run.id)
        return await asyncio.gather(*tasks)
