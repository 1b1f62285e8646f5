"""Spells that a spell loads: each an engine and a session of its own, in the run of whoever loaded it.

A loaded spell lives in a task of its loader's session. It ends when it is closed, when its loader ends, or when its
loader's call is cancelled while it loads; those that it loaded itself end with it (docs/adr/0017).
"""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast

from llmspell.bridge.faults import as_llmspell_error, log
from llmspell.bridge.session import SpellSession
from llmspell.bridge.sources import Sources, below
from llmspell.bridge.spell import choose_engine, hello, read_header
from llmspell.bridge.trusted import require_trusted
from llmspell.errors import ResourceUnavailableError, ScriptResourceError, ScriptRuntimeError
from llmspell.model.call import Call
from llmspell.runtime.host import open_channel
from llmspell.runtime.ops import perform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.runtime.context import CallContext
    from llmspell.spec import Component

MAX_DEPTH = 8
"""How many spells may stand in a row of which each loaded the next, the first included."""

MAX_LOADED = 16
"""How many spells one spell may have loaded at a time."""


class LoadedSpell:
    """One spell that another loaded.

    path     its file below the run's root
    engine   what runs it
    exports  what it gave, once it is loaded
    """

    def __init__(self, loader: SpellSession, path: str, engine: Component, source: str) -> None:
        self.path = path
        self.engine = engine
        self.exports: object = None
        self._loader = loader
        self._source = source
        self._task: asyncio.Task[None] | None = None
        self._loaded: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._closing = asyncio.Event()

    @property
    def over(self) -> bool:
        """Tell whether it has begun and ended."""
        return self._task is not None and self._task.done()

    async def load(self, params: Mapping[str, object], ctx: CallContext) -> object:
        """Run the main chunk and give what it exports. Raises what the spell raised; it has ended then."""
        self._task = self._loader.task(self._live(params, ctx), f"spell {self.path}")
        try:
            return await asyncio.shield(self._loaded)
        except BaseException:
            await self.close(at_once=True)
            if not self._loaded.cancelled():
                self._loaded.exception()  # it has been looked at, also when nobody waited for it any more
            raise

    async def close(self, *, at_once: bool = False) -> None:
        """End the spell and wait for that; unless `at_once`, its handlers see first what was emitted before."""
        self._closing.set()
        task = self._task
        if task is None or task.done():
            return
        if at_once:
            task.cancel()
        await asyncio.wait({task})

    async def _live(self, params: Mapping[str, object], ctx: CallContext) -> None:
        """Be the spell, from its first message to its last."""
        try:
            await self._run(params, ctx)
        except Exception as error:  # noqa: BLE001 - told to who loads it, or to the log when it was loaded before
            failure = as_llmspell_error(error)
            if self._loaded.done():
                log.warning("the loaded spell %s ended: %s", self.path, failure)
            else:
                self._loaded.set_exception(failure)
        finally:
            self._loaded.cancel()

    async def _run(self, params: Mapping[str, object], ctx: CallContext) -> None:
        loader = self._loader
        journal = loader.run.journal
        journal.running += 1
        try:
            channel = await open_channel(loader.channel.isolation, self.engine, loader.limits)
        finally:
            journal.running -= 1
        try:
            session = SpellSession(
                loader.run,
                channel,
                language=self.engine.name,
                on_print=loader.on_print,
                caps=loader.caps,
                ctx=ctx,
                files=(*loader.files, self.path),
            )
            session.on_file = loader.on_file
            about = hello(loader.run, self.engine, channel, self.path, self._source)
            await session.drive(**about, params=params, exports=True, until=self._until_closed)
        finally:
            await channel.aclose()

    async def _until_closed(self, exports: object) -> None:
        self.exports = exports
        self._loaded.set_result(exports)
        await self._closing.wait()


class Loader:
    """The spells that one session has loaded."""

    def __init__(self, session: SpellSession) -> None:
        self._session = session
        self._loaded: list[LoadedSpell] = []

    async def load(self, path: str, params: Mapping[str, object], ctx: CallContext) -> LoadedSpell:
        """Load a spell, as a `spell_execution`.

        Raises `ScriptSecurityError` for a path out of the folder, `ResourceUnavailableError` for no such file,
        `ScriptRuntimeError` for one that is being loaded by itself, `ScriptResourceError` past a limit,
        `ComponentNotFoundError` without an engine, and what the spell raises.
        """
        found = below(path)
        self._check(found)
        self._session.on_file(found)
        sources = Sources(self._session.run, path)
        if await sources.find([found]) is None:
            message = f"there is no spell {path!r} below the folder of the spell"
            raise ResourceUnavailableError(message, suggestions=["name it relative to the folder of the first spell"])
        source = await sources.read(found)
        engine = choose_engine(self._session.app, None, PurePosixPath(found), source)
        roots = self._session.run.roots
        root = next((one for one in roots if (one / found).is_file()), roots[0])
        require_trusted(self._session.app, engine, root / found)
        header = read_header(source, found)
        spell = LoadedSpell(self._session, found, engine, source)
        self._loaded.append(spell)  # it counts from here on: others may be loaded while it starts

        async def core(call: Call, inner: CallContext) -> object:
            from llmspell.bridge.asked import within  # noqa: PLC0415 - paid by spells that load others

            given = cast("Mapping[str, object]", call.input)
            return await spell.load(given, within(inner.within(None, found), header))

        try:
            name = PurePosixPath(found).stem
            spell.exports = await perform(ctx, Call("spell_execution", name, dict(params)), core)
        except BaseException:
            await spell.close(at_once=True)
            if spell in self._loaded:
                self._loaded.remove(spell)
            raise
        return spell

    async def close(self, spell: LoadedSpell) -> bool:
        """End a loaded spell and tell whether it was open."""
        was_open = not spell.over
        await spell.close()
        if spell in self._loaded:
            self._loaded.remove(spell)
        return was_open

    async def close_all(self) -> None:
        """End them all, the youngest first."""
        for spell in reversed(self._loaded):
            await spell.close()
        self._loaded.clear()

    def _check(self, path: str) -> None:
        files = self._session.files
        self._loaded = [spell for spell in self._loaded if not spell.over]
        if path in files:
            message = f"{path} is being loaded by itself: {' -> '.join((*files, path))}"
            remedy = "move what both need into a third file"
            raise ScriptRuntimeError(message, suggestions=[remedy], context={"files": [*files, path]})
        if len(files) >= MAX_DEPTH:
            message = f"spells load each other {MAX_DEPTH} deep, which is the limit: {' -> '.join((*files, path))}"
            raise ScriptResourceError(message)
        if len(self._loaded) >= MAX_LOADED:
            message = f"{MAX_LOADED} loaded spells are open, which is the limit"
            raise ScriptResourceError(message, suggestions=["close those you no longer need"])
