"""Functions of a script, as the kernel holds them and as another script does."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import ref

from llmspell.bridge.definition import Handle

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

    __slots__ = ("__weakref__", "_abroad", "number", "sent", "session")

    def __init__(self, session: SpellSession, number: int) -> None:
        self.session = session
        self.number = number
        self.sent = 0
        """How often the script sent this function; it forgets it when it gets as many releases."""
        self._abroad: ref[ForeignFunction] | None = None

    def abroad(self) -> ForeignFunction:
        """Give the one object that stands for this function in every other script."""
        found = None if self._abroad is None else self._abroad()
        if found is None:
            found = ForeignFunction(self)
            self._abroad = ref(found)
        return found

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


class ForeignFunction(Handle):
    """A function of one script in the hands of another, which calls it by `Spell.@call`."""

    kind = "function"

    def __init__(self, function: Callback) -> None:
        super().__init__(function.session)
        self.function = function

    def crossed(self) -> object:
        """Give the function: the kernel knows no difference between those of one script and of another."""
        return self.function
