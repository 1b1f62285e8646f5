"""Spell: a spell of any language as a part of this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmspell.bridge.definition import NO_MAP, Handle, Namespace, Options, function
from llmspell.bridge.loading import LoadedSpell, Loader

if TYPE_CHECKING:
    from typing import Annotated

    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext


class LoadOptions(Options):
    """How a spell is loaded."""

    params: Annotated[dict[str, object], "what it reads as `params`"] = NO_MAP


class SpellHandle(Handle):
    """A spell that this one loaded: what it exports can be read as fields, and called where it is a function.

    `exports` has all of it, `path` and `engine` tell where it comes from. An export named like one of these, or like a
    method, is found in `exports`.
    """

    kind = "spell"
    shows = ("path", "engine")
    open = True

    def __init__(self, session: SpellSession, spell: LoadedSpell) -> None:
        super().__init__(session)
        self.spell = spell

    def fields(self) -> dict[str, object]:
        """Give what scripts read without a call."""
        own = {"path": self.spell.path, "engine": self.spell.engine.name, "exports": self.spell.exports}
        given = self.spell.exports if isinstance(self.spell.exports, Mapping) else {}
        methods = self.functions()
        return {**{key: value for key, value in given.items() if key not in methods}, **own}

    @function()
    async def close(self) -> bool:
        """End the spell with all it registered and loaded, and tell whether it was open.

        Its functions cannot be called any more.
        """
        return await self.session.namespace(Spell).loader.close(self.spell)


class Spell(Namespace):
    """Spells of any language as parts of this one, each in a context of its own, all in one run."""

    name = "Spell"

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self.loader = Loader(session)

    @function()
    async def load(self, path: str, ctx: CallContext, options: LoadOptions | None = None) -> SpellHandle:
        """Run a spell of any language from the folder of this one, and give what it exports.

        `path` is relative to the folder of the first spell. A Lua spell exports what it returns, a JavaScript spell its
        `exports`, a Python spell its public functions and values. Loading a file again makes another one. Raises
        `security` for a path out of the folder, `resource_unavailable` for no such file, `component_not_found` for no
        engine, `runtime` for files that load each other, `resource_exhausted` past 8 in a row or 16 at a time, and what
        the spell raises.
        """
        params = NO_MAP if options is None else options.params
        return SpellHandle(self.session, await self.loader.load(path, params, ctx))

    @function(name="@call", hidden=True)
    async def call(self, function: Callback, arguments: list[object], ctx: CallContext) -> object:
        """Call a function of another script, on behalf of this one."""
        return await function(*arguments, timeout=None, ctx=ctx)

    async def finishing(self) -> None:
        """End the loaded spells while everybody's functions still answer."""
        await self.loader.close_all()
