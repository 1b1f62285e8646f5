"""Where one spell of the list is performed: the application round it, and the evidence of what it did there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from pathlib import Path

from attrs import define, field

from llmspell.errors import LlmspellError
from llmspell.model.event import Event
from llmspell.runtime.app import App
from llmspell.testing.clock import ManualClock


@define
class Stage:
    """What the tools of `props.py`, and the acts beside and after a spell, share with it.

    app         the application
    folder      the spell's folder
    isolation   where its machine lives
    path        the spell
    spell       the task that runs it; cancelling it is what Ctrl-C does
    clock       a clock that stands still, when the item has `wakes`
    woken       how often that was moved
    printed     the lines it printed so far
    events      what the application told so far
    told        what it gave to the tool `tell`
    kept        the tools of the spell that `keep` was told of: functions of their arguments, for after its end
    notes       what acts beside and after it found out
    """

    app: App
    folder: Path
    isolation: str
    path: Path = field(factory=Path)
    spell: asyncio.Task[object] | None = None
    clock: ManualClock = field(factory=ManualClock)
    woken: int = 0
    printed: list[str] = field(factory=list)
    events: list[Event] = field(factory=list)
    told: list[object] = field(factory=list)
    kept: dict[str, Callable[[Mapping[str, object]], Awaitable[object]]] = field(factory=dict)
    notes: list[object] = field(factory=list)
    gathered: dict[str, list[asyncio.Future[None]]] = field(factory=dict)
    _gates: dict[str, asyncio.Event] = field(factory=dict)

    def gate(self, name: str) -> asyncio.Event:
        """Give a gate by name; it is shut at first."""
        return self._gates.setdefault(name, asyncio.Event())

    def count(self, event: str) -> int:
        """Count the events of a name."""
        return sum(one.name == event for one in self.events)


@define
class Outcome:
    """What came of a spell: a value or an error, and the stage as it was left.

    `status`, `out` and `err` are those of a command.
    """

    stage: Stage | None = None
    value: object = None
    error: LlmspellError | None = None
    cancelled: bool = False
    status: int = 0
    out: str = ""
    err: str = ""

    @property
    def scene(self) -> Stage:
        """Give the stage; a command has none, and raises `LookupError`."""
        if self.stage is None:
            message = "a command leaves no stage behind"
            raise LookupError(message)
        return self.stage


ON_STAGE: ContextVar[Stage] = ContextVar("stage")
"""The stage of the spell under way, for the tools that it calls."""
