"""The application as a plugin's verb sees it: `llmspell.spec.commands.Application` over the real one."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from llmspell.runtime.app import App
    from llmspell.spec import Component, Context


class CommandApplication:
    """Give a verb what the contract promises and nothing else; rights are those of the command line."""

    def __init__(self, app: App, plugin: str) -> None:
        self._app = app
        self._plugin = plugin

    def components(self, kind: str) -> list[Component]:
        """List the components of a kind."""
        return self._app.catalog.list(kind)

    async def instance(self, kind: str, name: str) -> object:
        """Give an open component of the verb's own plugin."""
        return await self._app.components.instance(self._app.catalog.get(kind, f"{self._plugin}:{name}"))

    async def describe(self, tool: str) -> dict[str, object]:
        """Give all that is known of a tool as JSON data."""
        return await self._app.tools.describe(tool)

    @asynccontextmanager
    async def run(self, name: str) -> AsyncIterator[Context]:
        """Open a run and give its context."""
        async with self._app.run(name) as run:
            yield run.context()

    async def run_spell(
        self, path: Path, params: Mapping[str, object] | None = None, *, on_print: Callable[[str], object]
    ) -> object:
        """Run a spell from a file and give what it returns."""
        from llmspell.bridge.spell import SpellOptions, run_spell  # noqa: PLC0415 - a verb that only calls tools needs no engine

        options = SpellOptions(params=dict(params or {}))
        return await run_spell(self._app, path=path, options=options, on_print=on_print)
