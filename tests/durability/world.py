"""Where a spell of the corpus is run: a folder, an application with the counted tools, a ledger of what happened."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.bridge.durable.opening import Durability
from llmspell.bridge.resume import resume_run
from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import JournalError, LlmspellError, NonDeterminismError, UncertainOutcomeError, UsageError
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.services.config import Config
from llmspell.services.permissions import Grants
from tests.durability.counted import LEDGER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from llmspell.spec.context import Clock
    from tests.durability.corpus import Variant

PLUGIN = "tests.durability.counted"
PATIENCE = 30.0
"""Seconds that one life of a spell may take: each takes less than one, unless it hangs."""


class Life(NamedTuple):
    """How one life of a run ended: its value, what it printed, and what was done in it, by line of the ledger."""

    value: object
    printed: list[str]
    done: Counter[str]


class World:
    """A folder in which runs of one spell live.

    spell     its file
    variant   the engine and where it runs
    """

    def __init__(self, folder: Path, spell: Path, variant: Variant, *, clock: Clock | None = None) -> None:
        self.folder = folder
        self.spell = spell
        self.variant = variant
        self.clock = clock
        self.data = folder / "data"
        self.ledger = folder / "ledger"
        self.empty = folder / "empty"
        self.empty.mkdir(parents=True, exist_ok=True)

    async def begin(self, log: Path, **options: Any) -> Life:
        """Run the spell from its beginning and record it."""
        how = SpellOptions(isolation=self.variant.isolation, durable=Durability(record=log, **options))
        return await self._live(lambda app, said: run_spell(app, path=self.spell, options=how, on_print=said))

    async def resume(
        self, log: Path, assume: Mapping[str, str] | None = None, *, force: bool = False, **options: Any
    ) -> Life:
        """Take a run up from its log."""
        more = SpellOptions(**options) if options else None
        return await self._live(
            lambda app, said: resume_run(app, log, assume=assume, force=force, on_print=said, options=more)
        )

    async def replay(self, log: Path) -> Life:
        """Answer everything outside of the spell from a recording."""
        how = SpellOptions(isolation=self.variant.isolation, durable=Durability(replay=log))
        return await self._live(lambda app, said: run_spell(app, path=self.spell, options=how, on_print=said))

    async def _live(self, work: Callable[[App, Callable[[str], object]], Awaitable[object]]) -> Life:
        self.ledger.write_text("")
        said: list[str] = []
        with environment(LLMSPELL_DATA_DIR=str(self.data), **{LEDGER: str(self.ledger)}):
            config = Config.load(environment=dict(os.environ), working=self.empty, user_folder=self.empty)
            app = App.open(
                config=config,
                grants=Grants.default(cwd=self.spell.parent),
                selection=PluginSelection(modules=(PLUGIN,)),
                clock=self.clock,
            )
            async with asyncio.timeout(PATIENCE), app:
                value = await _ended(work(app, said.append))
        return Life(value, said, self.done())

    def done(self) -> Counter[str]:
        """Count what the last life did."""
        return Counter(self.ledger.read_text().splitlines())


async def _ended(work: Awaitable[object]) -> object:
    """Give the value of a spell; that it failed is one, too, unless the run itself cannot go on."""
    try:
        return await work
    except (JournalError, NonDeterminismError, UncertainOutcomeError, UsageError):
        raise
    except LlmspellError as error:
        return {"failed": error.type, "message": error.message}


@contextmanager
def environment(**values: str) -> Iterator[None]:
    """Set variables of this process for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
