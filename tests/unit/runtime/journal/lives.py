"""Lives of one durable run: what is done in the first is on record, the second must do nothing again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmspell.runtime.context import CallContext
from llmspell.runtime.journal.journal import RunJournal
from llmspell.runtime.journal.recorded import Recorded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.runtime.app import App

    Work = Callable[[CallContext], Awaitable[Any]]

ID = "0192f0c1-2a3b-7c4d-8e5f-0123456789ab"


class ListLog:
    """A log in memory; every record passes through JSON."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def append(self, record: dict[str, Any]) -> int:
        """Keep a record."""
        number = len(self.records)
        self.records.append(json.loads(json.dumps({"n": number, **record}, allow_nan=False)))
        return number

    async def commit(self) -> None:
        """Wait for nothing."""

    async def aclose(self) -> None:
        """Do nothing."""


class Lives:
    """Live a run again and again."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.log = ListLog()

    def done(self, operation: str = "") -> list[dict[str, Any]]:
        """Give the records of what ended, of one operation or of all."""
        return [one for one in self.log.records if one["k"] == "done" and operation in ("", one["o"])]

    async def first(self, work: Work) -> Any:
        """Do it, and keep what is done."""
        return await self._live(RunJournal(self.log), work)  # type: ignore[arg-type]  # the part of a log that is used

    async def again(self, work: Work) -> Any:
        """Do it again: whatever is not on record is a `NonDeterminismError`."""
        return await self._live(RunJournal(None, Recorded(self.log.records), strict=True), work)

    async def both(self, work: Work, between: Callable[[], Awaitable[None]] | None = None) -> Any:
        """Live twice; the second time must give the same, and write nothing down."""
        first = await self.first(work)
        if between is not None:
            await between()
        records = list(self.log.records)
        assert await self.again(work) == first
        assert self.log.records == records
        return first

    async def resumed(self, work: Work, until: Callable[[dict[str, Any]], bool] = lambda _: False) -> Any:
        """Take up a run whose log ends before the first record of which `until` is true."""
        records = self.log.records
        at = next((number for number, one in enumerate(records) if until(one)), len(records))
        self.log.records = self.log.records[:at]
        return await self._live(RunJournal(self.log, Recorded(self.log.records)), work)  # type: ignore[arg-type]

    async def _live(self, journal: RunJournal, work: Work) -> Any:
        async with self.app.run("spell", run_id=ID, journal=journal) as run:
            given = await work(CallContext(run, run.scope, path="c1:test"))
            await journal.finish()
            return given


async def written(app: App, scope: str, key: str, value: object) -> None:
    """Have somebody else write."""
    async with app.run("other") as run:
        await app.states.view(run.context(), scope).set(key, value)


async def read(app: App, scope: str, key: str) -> Any:
    """Look at a value and its version, as somebody else."""
    async with app.run("other") as run:
        entry = await app.states.view(run.context(), scope).entry(key)
        return None if entry is None else (entry.value, entry.version)
