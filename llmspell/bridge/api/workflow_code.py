"""Steps that are source text in some language: each runs in an engine and a context of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.model.workflow import told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.bridge.session import SpellSession
    from llmspell.model.workflow import Definition, Given
    from llmspell.runtime.context import CallContext


class CodeSubject:
    """Source text; it reads `params.input` and `params.context`, and its value is what it returns.

    Raises `ComponentNotFoundError` for an engine that is not there.
    """

    __slots__ = ("_component", "_session", "_source", "arguments", "name", "role", "within")

    def __init__(self, session: SpellSession, source: str, engine: str | None) -> None:
        self.role = "code"
        self._session = session
        self._source = source
        self._component = session.app.catalog.get("engine", engine or session.language)
        self.name = self._component.name
        self.arguments: Mapping[str, Any] | None = None
        self.within: Definition | None = None

    async def run(self, given: Given, ctx: CallContext) -> object:
        """Run it with the limits of the script whose workflow this is, and with its rights."""
        from llmspell.bridge.session import SpellSession  # noqa: PLC0415 - a session imports nothing of the API
        from llmspell.bridge.spell import hello  # noqa: PLC0415 - likewise
        from llmspell.runtime.host import open_channel  # noqa: PLC0415 - paid by steps that are code

        outer = self._session
        channel = await open_channel(outer.channel.isolation, self._component, outer.limits)
        try:
            inner = SpellSession(
                outer.run,
                channel,
                language=self._component.name,
                on_print=outer.on_print,
                caps=outer.caps,
                ctx=ctx,
                files=outer.files,
            )
            about = hello(outer.run, self._component, channel, f"step of {self.name}", self._source)
            params = {"input": given.value, "context": told(given.values)}
            return await inner.drive(**about, params=params)
        finally:
            await channel.aclose()
