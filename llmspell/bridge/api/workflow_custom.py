"""Custom workflows: a function of the script that does steps by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.callbacks import Callback, ForeignFunction
from llmspell.model.workflow import told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.bridge.session import SpellSession
    from llmspell.model.workflow import Values
    from llmspell.runtime.context import CallContext


class KernelFunction(Callback):
    """A function of the kernel in the hands of a script, which calls it as it calls one of another script."""

    __slots__ = ("_function",)

    def __init__(self, session: SpellSession, function: Callable[..., Awaitable[object]]) -> None:
        super().__init__(session, 0)
        self._function = function

    def __del__(self) -> None:
        """Give nothing back: it came from here."""

    async def __call__(
        self,
        *arguments: object,
        timeout: float | None = None,  # noqa: ARG002 - as of functions of scripts
        ctx: CallContext | None = None,  # noqa: ARG002 - it works on behalf of who made it
    ) -> object:
        """Call it."""
        return await self._function(*arguments)


class CustomFunction:
    """The function of a custom workflow: it is told the values, and given a function that does steps."""

    __slots__ = ("_ctx", "_function")

    def __init__(self, function: Callback, ctx: CallContext | None = None) -> None:
        self._function = function
        self._ctx = ctx

    def on_behalf(self, ctx: CallContext) -> CustomFunction:
        """Give the function with at most the rights of a context."""
        return CustomFunction(self._function, ctx)

    async def __call__(self, values: Values, do: Callable[..., Awaitable[object]]) -> object:
        """Ask the script."""
        run = ForeignFunction(KernelFunction(self._function.session, do))
        return await self._function(told(values), run, timeout=None, ctx=self._ctx)
