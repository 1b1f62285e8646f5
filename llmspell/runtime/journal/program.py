"""Durable runs of Python programs: their effects have names that the program gives.

A program is code like any other: nobody makes it deterministic, so what it did is known by names of its own choice and
not by the order in which it did it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

from llmspell import __version__
from llmspell.errors import UsageError
from llmspell.model.call import Call
from llmspell.runtime.context import CallContext
from llmspell.runtime.journal.journal import RunJournal
from llmspell.runtime.journal.log import RunLog
from llmspell.runtime.journal.recorded import Recorded
from llmspell.runtime.ops import perform

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from llmspell.runtime.app import App
    from llmspell.runtime.journal.log import Sync
    from llmspell.runtime.run import Run

T = TypeVar("T")


class Program:
    """A durable run of a Python program. `run` is what agents and tools are made in."""

    def __init__(self, run: Run, journal: RunJournal) -> None:
        self.run = run
        self._journal = journal
        self._names: set[str] = set()

    async def step(
        self,
        name: str,
        work: Callable[[], Awaitable[T]],
        *,
        input: object = None,  # noqa: A002 - the field's name in a call
        effect: str = "once",
    ) -> T:
        """Do something once, however often the program is started, and give what came of it as JSON can say it.

        `effect` is `pure`, `idempotent` or `once`: whether it may be done again when nobody knows what became of it.
        Raises what `work` raises, or raised; `UsageError` for a name that was used before, `NonDeterminismError` when
        `input` is another one than before, `UncertainOutcomeError` for one that was begun and may not be repeated.
        """

        async def core(_: Call, __: CallContext) -> T:
            return await work()

        at = self.at(name)
        result = await perform(at, Call("effect", name, input, effect=effect), core)
        await self._journal.commit()
        return cast("T", result)

    def at(self, name: str) -> CallContext:
        """Give a context for one call of an agent or a tool, under a name; raises `UsageError` for one used before."""
        if not name or "/" in name or name in self._names:
            fault = "was used before" if name in self._names else "is no name: it is empty or has a slash"
            message = f"the step {name!r} {fault}"
            raise UsageError(message, suggestions=["give each step a name of its own, with a number in a loop"])
        self._names.add(name)
        return CallContext(self.run, self.run.scope, path=name)


@asynccontextmanager
async def durable(
    app: App,
    log: Path,
    name: str = "program",
    *,
    sync: Sync = "sync",
    assume: Mapping[str, str] | None = None,
    **options: Any,
) -> AsyncIterator[Program]:
    """Begin a durable run whose log does not exist, or go on with the one whose log does.

    Leaving it normally ends the run; an error or a cancellation leaves it to be taken up. `options` are those of
    `App.run`. Raises `JournalError` and its kinds, `UsageError` for a run that has ended.
    """
    opened, recorded = _opened(app, log, name, sync)
    if recorded.status:
        await opened.aclose()
        message = f"the run of {log.name} has ended: it is {recorded.status}"
        raise UsageError(message, suggestions=["name another log to begin a new run"])
    journal = RunJournal(opened, recorded, assume=assume, mask=app.services.secrets.quick)
    journal.assume()
    async with app.run(name, run_id=str(recorded.header["id"]), journal=journal, **options) as run:
        run.on_end(journal.aclose)
        try:
            yield Program(run, journal)
        except BaseException:
            journal.cut_off()
            raise
        await journal.finish()


def _opened(app: App, log: Path, name: str, sync: Sync) -> tuple[RunLog, Recorded]:
    if log.exists():
        opened = RunLog.open(log)
        return opened, Recorded(opened.records)
    header = {"k": "run", "id": app.services.new_id(), "name": name, "version": __version__, "engine": None}
    return RunLog.create(log, header, sync=sync), Recorded([header])
