"""Cut the log of a run that ended after each of its records, and have the run taken up from what is left."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from llmspell.errors import UncertainOutcomeError
from llmspell.runtime.journal.forking import fork
from llmspell.runtime.journal.reading import read
from llmspell.services.clock import new_id
from tests.durability.account import done_by, open_effects, outcomes, shortened, twice
from tests.durability.corpus import asks_again
from tests.durability.world import World

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from tests.durability.corpus import Variant
    from tests.durability.world import Life


class Whole(NamedTuple):
    """A run that came to its end: its log in lines and records, and how it ended."""

    lines: list[bytes]
    records: list[dict[str, Any]]
    life: Life


class Cutter:
    """Cut the runs of one spell."""

    def __init__(self, folder: Path, spell: Path, variant: Variant) -> None:
        self.world = World(folder, spell, variant)
        self._count = 0

    async def whole(self) -> Whole:
        """Run the spell to its end; what the log says was done must be what was done."""
        log = self.world.folder / "whole.jsonl"
        life = await self.world.begin(log)
        records = list(read(log))
        if done_by(records) != shortened(life.done):
            raise AssertionError(f"the log says {done_by(records)}, and the ledger {shortened(life.done)}")
        return Whole(log.read_bytes().splitlines(keepends=True), records, life)

    async def cut(self, whole: Whole, n: int, *, torn: bool = False) -> list[str]:
        """Take the run up from its first `n` records, half of the next beside them if `torn`; give what went wrong."""
        rest = whole.lines[n] if n < len(whole.lines) else b""
        tail = rest[: random.Random(n).randrange(1, len(rest))] if torn and len(rest) > 1 else b""
        cut = b"".join(whole.lines[:n]) + tail
        unknown = open_effects(whole.records[:n])
        if not unknown:
            return await self._taken_up(whole, n, self.log(cut), None)
        faults = await self._refused(cut, set(unknown))
        for answer in ("done", "not-done"):
            assume = dict.fromkeys(unknown, answer)
            faults += [f"assumed {answer}: {one}" for one in await self._taken_up(whole, n, self.log(cut), assume)]
        return faults

    async def forked(self, whole: Whole, n: int) -> list[str]:
        """Begin another run before record `n`; it does again what lies behind it, and nothing else."""
        self._count += 1
        log = self.world.folder / f"fork-{self._count}.jsonl"
        fork(whole.records, n, new_id(), log, time.time())
        return await self._taken_up(whole, n, log, None)

    async def _refused(self, cut: bytes, unknown: set[str]) -> list[str]:
        """Take up a run of which nobody knows what became of an effect: it must say so, and do nothing."""
        log = self.log(cut)
        try:
            await self.world.resume(log)
        except UncertainOutcomeError as error:
            told = {one["path"] for one in cast("list[dict[str, str]]", error.context["effects"])}
            faults = [] if told == unknown else [f"uncertain are {sorted(unknown)}, and it says {sorted(told)}"]
        else:
            faults = ["it went on though nobody knows what became of an effect"]
        if done := self.world.done():
            faults.append(f"it did {dict(done)} before it was told what became of an effect")
        if log.read_bytes() not in (cut, cut[: cut.rfind(b"\n") + 1]):
            faults.append("it wrote into the log though it did not go on")
        return faults

    async def _taken_up(self, whole: Whole, n: int, log: Path, assume: dict[str, str] | None) -> list[str]:
        try:
            life = await self.world.resume(log, assume)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run is lost
            detail = str(getattr(error, "context", "") or "")[:300]
            return [f"{type(error).__name__}: {error} {detail}"]
        faults = []
        if life.value != whole.life.value:
            faults.append(f"it gives {life.value!r} instead of {whole.life.value!r}")
        left, done = self._left(whole, n, assume), shortened(life.done)
        if asks_again(self.world.spell):
            del left["llm"], done["llm"]
        if done != left:
            faults.append(f"it did {dict(done - left)} too often and {dict(left - done)} too seldom")
        return faults + self._log_faults(whole, log, assume)

    def _log_faults(self, whole: Whole, log: Path, assume: dict[str, str] | None) -> list[str]:
        records = list(read(log))
        faults = []
        if found := twice(records):
            faults.append(f"done twice: {found}")
        if records[-1]["k"] != "finished":
            faults.append(f"the log ends with {records[-1]['k']}")
        blunt = bool(assume)  # what is assumed gives nothing, and models are told that
        first, now = outcomes(whole.records, blunt=blunt), outcomes(records, blunt=blunt)
        if asks_again(self.world.spell):
            for counts in (first, now):
                for key in [one for one in counts if one[0] == "llm_call"]:
                    del counts[key]
        if first != now:
            faults.append(f"the log lacks outcomes {dict(first - now)} and has {dict(now - first)} beyond")
        return faults

    def _left(self, whole: Whole, n: int, assume: dict[str, str] | None) -> Counter[str]:
        """Count what was still to be done: all that the whole run did, but for what the log knows to have happened."""
        left = shortened(whole.life.done) - done_by(whole.records[:n])
        if assume and "done" in assume.values():
            known = {path: one for path, one in open_effects(whole.records[:n]).items() if assume[path] == "done"}
            left -= done_by([{**one, "k": "done"} for one in known.values()])
        return left

    def log(self, contents: bytes) -> Path:
        """Write a log of its own."""
        self._count += 1
        path = self.world.folder / f"cut-{self._count}.jsonl"
        path.write_bytes(contents)
        path.chmod(0o600)
        return path
