"""Events that a component tells: they carry its run and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.runtime.context import CallContext


class RunEvents:
    """Emit events that carry the run and the component that emitted them."""

    __slots__ = ("_ctx",)

    def __init__(self, ctx: CallContext) -> None:
        self._ctx = ctx

    async def emit(self, name: str, data: Mapping[str, object] | None = None) -> None:
        """Tell everybody who listens in this application."""
        ctx = self._ctx
        await ctx.app.events.emit(name, data or {}, run=ctx.scope.run_id, source=ctx.who)
