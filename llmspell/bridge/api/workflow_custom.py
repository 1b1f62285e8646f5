"""Custom workflows: a function of the script that does steps by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge.callbacks import Callback, ForeignFunction

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


def custom(function: Callback) -> Any:
    """Give the function of a custom workflow: it is told the values, and given a function that does steps."""

    async def run(values: Values, do: Callable[..., Awaitable[object]]) -> object:
        return await function(dict(values), ForeignFunction(KernelFunction(function.session, do)), timeout=None)

    return run
