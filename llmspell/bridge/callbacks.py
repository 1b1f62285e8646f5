"""Functions of a script, as the kernel holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext

DEFAULT_TIMEOUT = 300.0
"""Seconds a callback may take when whoever calls it names no other bound."""


class Callback:
    """Call a function of the script: `await callback(arg, ...)`.

    The same function of the script is the same object here for as long as the script holds it. Raises what the script
    raised, `ScriptTimeoutError` after `timeout` seconds, `ScriptRuntimeError` when the spell has ended.
    """

    __slots__ = ("__weakref__", "number", "sent", "session")

    def __init__(self, session: SpellSession, number: int) -> None:
        self.session = session
        self.number = number
        self.sent = 0
        """How often the script sent this function; it forgets it when it gets as many releases."""

    def __del__(self) -> None:
        """Give the function back to the script."""
        if self.session is not None:
            self.session.sender.give_back(self.number, self.sent)

    async def __call__(
        self, *arguments: object, timeout: float | None = DEFAULT_TIMEOUT, ctx: CallContext | None = None
    ) -> object:
        """Run the function in the script and return its value.

        With `ctx` it works on behalf of that context: what it calls has at most its rights.
        """
        return await self.session.invoke(self.number, list(arguments), timeout=timeout, ctx=ctx)

    def __repr__(self) -> str:
        return f"<function {self.number} of the spell>"
