"""Spell: a spell of any language as a part of this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from llmspell.bridge.definition import NO_MAP, Handle, Namespace, Options, function
from llmspell.bridge.loading import LoadedSpell, Loader
from llmspell.errors import LlmspellError

if TYPE_CHECKING:
    from typing import Annotated, Any

    from llmspell.bridge.api.spell_composed import Composed
    from llmspell.bridge.api.tool import CallOptions
    from llmspell.bridge.api.workflow import WorkflowHandle
    from llmspell.bridge.api.workflow_options import WorkflowOptions
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration, Size
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


class ResourceBounds(Options):
    """What a spell of `Spell.create` may take."""

    max_parallel_agents: Annotated[int | None, "how many agents of its workflow work at once"] = None
    timeout_per_phase: Annotated[Duration | None, "time for a step of its workflow that says nothing else"] = None
    max_execution_time: Annotated[Duration | None, "time for all of it"] = None
    memory_limit: Annotated[
        Size | None, "memory of the script; refused when `[scripting] max_memory_usage` lets it have more"
    ] = None  # fmt: skip


class CreateOptions(Options):
    """A spell: a workflow with what it may take and what to do about errors."""

    name: Annotated[str, "its name"]
    workflow: Annotated[WorkflowHandle | WorkflowOptions, "what it does"]
    description: Annotated[str, "what it is for"] = ""
    error_strategy: Annotated[
        str | dict[str, object] | None, "what to do when a step fails that says nothing else, see `ErrorStrategy`"
    ] = None  # fmt: skip
    resources: Annotated[ResourceBounds | None, "what it may take"] = None


class ComposedHandle(Handle):
    """A spell made of a workflow; it can be cast any number of times."""

    kind = "composed"
    shows = ("name", "description")

    def __init__(self, session: SpellSession, spell: Composed) -> None:
        super().__init__(session)
        self._spell = spell

    def fields(self) -> dict[str, object]:
        """Give what scripts read without a call."""
        return {"name": self._spell.name, "description": self._spell.description}

    @function(aliases=("execute", "run"))
    async def cast(
        self, ctx: CallContext, given: object = NO_MAP, options: CallOptions | None = None
    ) -> dict[str, Any]:
        """Run it as an operation of its own and return what `workflow:execute` returns."""
        from llmspell.bridge import shapes  # noqa: PLC0415 - few spells are composed

        try:
            return await self._spell.cast(given, ctx, None if options is None else options.timeout)
        except LlmspellError as error:
            if options is not None and options.on_error == "return":
                return shapes.failure(self.session.told(error))
            raise


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

    @function()
    async def create(self, options: CreateOptions) -> ComposedHandle:
        """Make a spell of a workflow, with an error strategy and resources for all of its steps; `cast` runs it.

        Raises `workflow_definition` with everything that is wrong with it.
        """
        from llmspell.bridge.api.spell_composed import compose  # noqa: PLC0415 - few spells are composed

        return ComposedHandle(self.session, await compose(self.session, options))

    @function(name="@call", hidden=True)
    async def call(self, function: Callback, arguments: list[object], ctx: CallContext) -> object:
        """Call a function of another script, on behalf of this one."""
        return await function(*arguments, timeout=None, ctx=ctx)

    async def finishing(self) -> None:
        """End the loaded spells while everybody's functions still answer."""
        await self.loader.close_all()
