"""The contract of a script engine: 99 behaviours, each one small spell through the whole application."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pytest

from llmspell.testing.child_machine import ChildMachine
from llmspell.testing.conformance import record
from llmspell.testing.conformance.driver import MODULES, perform
from llmspell.testing.conformance.item import CHILD, CHILD_ONLY, HOLDS, INLINE, LACKS, NOT_ASKED, PLACES, Reason, reason
from llmspell.testing.conformance.items import ITEMS
from llmspell.testing.engine_machine_contract import EngineMachineContract

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from llmspell.spec.descriptor import Component
    from llmspell.spec.engines import EngineMachine
    from llmspell.testing.conformance.item import Item

MACHINE = "machine"
"""The folder beside the spells that holds the sources of the machine's own contract."""


class EngineContract(EngineMachineContract):
    """Check a script engine, inline and in a child process; see `llmspell.testing.conformance` for how to begin.

    class TestLua(EngineContract):
        plugin = "llmspell_engine_lua.plugin"
        spells = Path(__file__).parent / "conformance"
        child_only = {74: untried("a pattern runs in C, where no hook is called")}
        lacks = {59: "an empty table is a map, unless the parameter is a list"}
    """

    plugin: ClassVar[str]
    """The module of the plugin, which describes one engine."""
    spells: ClassVar[Path]
    """The folder of spells: `NNN_words.ext`, `modules/`, `machine/` and the record."""
    lacks: ClassVar[Mapping[int, str | Reason]] = {}
    """Why the engine does not show a behaviour at all."""
    child_only: ClassVar[Mapping[int, str | Reason]] = {}
    """Why the engine does not show a behaviour inline, beyond what no engine can."""
    durable_child_only: ClassVar[bool] = False
    """Whether a durable spell of the engine needs a process of its own: inline its hello is then refused."""
    child_examples: ClassVar[int] = 8
    """How many values go on a round trip where each machine is a process."""

    isolation: str = INLINE

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        folder = getattr(cls, "spells", None)
        if folder is not None:
            found = sorted((folder / MACHINE).glob("*.*"))
            cls.sources = {path.stem: path.read_text(encoding="utf-8") for path in found}

    @pytest.fixture(autouse=True, params=PLACES)
    def _placed(self, request: pytest.FixtureRequest) -> None:
        """Run each test in both places where a machine can live."""
        self.complete()
        self.isolation = request.param
        self.counts_time = self.isolation != CHILD
        self.durable_here = self.isolation == CHILD or not self.durable_child_only
        if self.isolation == CHILD:
            self.examples = self.child_examples  # type: ignore[misc]  # of this instance: pytest makes one a test

    def complete(self) -> None:
        """Fail, saying what to do, unless the class says what the contract needs of it."""
        missing = [name for name in ("plugin", "spells") if not hasattr(self, name)]
        if missing:
            pytest.fail(f"{type(self).__name__} must say its {' and '.join(missing)}: see llmspell.testing.conformance")
        if not self.spells.is_dir():
            pytest.fail(f"{self.spells} is no folder: make it, with {MACHINE}/ and a spell for each behaviour")

    @classmethod
    def engine(cls) -> Component:
        """Give the description of the engine."""
        described = import_module(cls.plugin).llmspell_engines()
        return cast("Component", described[0])

    def machine(self) -> EngineMachine:
        """Make the engine's machine where this test wants it."""
        engine = self.engine()
        if self.isolation == CHILD:
            return ChildMachine(engine)
        module, _, name = engine.target.partition(":")
        return cast("EngineMachine", getattr(import_module(module), name)())

    @pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.name)
    async def test_behaviour(self, item: Item, tmp_path: Path, request: pytest.FixtureRequest) -> None:
        """The spell of an item shows its behaviour, or the engine says why not.

        If this fails, the message says which check did. A spell that waits for ever ends in a timeout.
        """
        state, why = await self.tried(item, tmp_path)
        cell = record.Cell(item.number, self.isolation, state, why)
        record.settle(request.config, self.spells / record.FILE, self.engine().name, cell)

    async def tried(self, item: Item, folder: Path) -> tuple[str, str]:
        """Give the state of an item's cell and the reason of that state; raises `AssertionError` when it fails."""
        spell = self.spell(item)
        state, mark = self.marked(item)
        if mark is None:
            assert spell is not None, f"there is no {item.name}_*: {item.title}. {item.asks}"
            await self.checked(item, spell, folder)
            return HOLDS, ""
        if state == NOT_ASKED and spell is not None:  # nobody asked, but the engine can
            await self.checked(item, spell, folder)
            return HOLDS, ""
        if spell is not None and not mark.untried and await self.holds(item, spell, folder):
            pytest.fail(f"item {item.number} is marked {state!r} ({mark.text}), but it holds: remove the mark")
        return state, mark.text

    async def checked(self, item: Item, spell: Path, folder: Path) -> None:
        """Perform a spell and check what came of it."""
        outcome = await perform(item, spell, plugin=self.plugin, isolation=self.isolation, folder=folder)
        for check in item.expects:
            check(outcome)
        if item.wakes:
            woken, wanted = outcome.scene.woken, len(item.wakes)
            assert woken == wanted, f"of {wanted} times {item.wakes} were asleep at once {woken} came about"

    async def holds(self, item: Item, spell: Path, folder: Path) -> bool:
        """Tell whether a marked behaviour holds after all."""
        try:
            await self.checked(item, spell, folder)
        except AssertionError:
            return False
        return True

    def marked(self, item: Item) -> tuple[str, Reason | None]:
        """Give what a cell may say instead of `holds`, and why."""
        if not item.asked_of(self.engine().name):
            return NOT_ASKED, Reason(item.only.because if item.only else "")
        if item.number in self.lacks:
            return LACKS, reason(self.lacks[item.number])
        if self.isolation == INLINE and (item.child_only or item.number in self.child_only):
            return CHILD_ONLY, item.child_only or reason(self.child_only[item.number])
        return HOLDS, None

    def spell(self, item: Item) -> Path | None:
        """Find the spell of an item."""
        found = sorted(path for path in self.spells.glob(f"{item.name}_*.*"))
        assert len(found) <= 1, f"item {item.number} has several spells: {', '.join(path.name for path in found)}"
        return found[0] if found else None

    def test_every_spell_belongs_to_an_item(self) -> None:
        """A spell that no item runs proves nothing, and a mark without an item excuses nothing.

        If this fails, give the file the number of its item, or remove it.
        """
        names = {item.name for item in ITEMS}
        strange = [
            path.name
            for path in self.spells.iterdir()
            if path.name not in (MODULES, MACHINE, record.FILE) and path.name.partition("_")[0] not in names
        ]
        numbers = {item.number for item in ITEMS}
        assert not strange, f"no item has the number of {', '.join(strange)}"
        path = self.spells / record.FILE
        recorded = {int(number) for number in record.read(path)} if path.is_file() else set()
        assert set(self.lacks) | set(self.child_only) | recorded <= numbers
