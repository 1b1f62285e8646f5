"""Lives of a run that waits for people: it begins, pauses, is decided about, goes on, and may be cut off anywhere."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from llmspell.bridge.resume import resume_run
from llmspell.runtime.journal.reading import read
from llmspell.runtime.journal.recorded import Recorded
from llmspell.runtime.journal.waits import waiting_calls
from tests.durability.account import done_by, open_effects, shortened, twice
from tests.durability.world import World
from tests.integration.paused_spells import DECISIONS, SPELLS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.durability.corpus import Variant
    from tests.durability.world import Life

MOST = 8
"""Lives after which a run is taken for one that never ends."""


class Whole(NamedTuple):
    """A run that came to its end: its last life's value, what all lives printed and did, and its log in lines."""

    value: object
    printed: list[str]
    done: Counter[str]
    lines: list[bytes]
    records: list[dict[str, Any]]


class Lives:
    """Live one spell again and again."""

    def __init__(self, folder: Path, variant: Variant, source: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.spell = folder / f"spell{variant.ending}"
        self.spell.write_text(SPELLS[variant.ending] if source is None else source, encoding="utf-8")
        self.world = World(folder, self.spell, variant)
        self._count = 0

    def log(self, contents: bytes = b"") -> Path:
        """Give the path of a log of its own, written if there is something to write."""
        self._count += 1
        path = self.world.folder / f"log-{self._count}.jsonl"
        if contents:
            path.write_bytes(contents)
            path.chmod(0o600)
        return path

    async def decide(self, log: Path, decisions: Mapping[str, Mapping[str, object]]) -> Life:
        """Go on with a run with decisions, and with what was begun taken not to have happened."""
        assume = dict.fromkeys(open_effects(read(log)), "not-done")
        return await self.world._live(
            lambda app, said: resume_run(app, log, assume=assume, decisions=decisions, by="tester", on_print=said)
        )

    async def to_the_end(self, log: Path, *, begin: bool = False) -> Whole:
        """Live until the run has ended, deciding about whatever waits."""
        printed: list[str] = []
        done: Counter[str] = Counter()
        for number in range(MOST):
            life = await (self.world.begin(log) if begin and number == 0 else self.decide(log, decisions(log)))
            printed += life.printed
            done += life.done
            if failed(life) != "run_paused":
                return Whole(life.value, printed, done, log.read_bytes().splitlines(keepends=True), list(read(log)))
        raise AssertionError(f"it never ends: {waiting(log)}")


def failed(life: Life) -> object:
    """Give the type of the error that ended a life, None where none did."""
    return life.value.get("failed") if isinstance(life.value, dict) else None


def waiting(log: Path) -> list[dict[str, Any]]:
    """Give the calls of a run that wait for a decision."""
    return waiting_calls(Recorded(read(log)).waits.open())


def decisions(log: Path) -> dict[str, dict[str, object]]:
    """Decide about all calls that wait, by what they would mark."""
    found: dict[str, dict[str, object]] = {}
    for one in waiting(log):
        found.setdefault(one["path"], {})[one["id"]] = DECISIONS[one["arguments"]["name"]]
    return found


def faults(whole: Whole, n: int, again: Whole) -> list[str]:
    """Compare a run that was cut off before record `n` and taken up again with the whole one."""
    found = []
    if again.value != whole.value:
        found.append(f"it gives {again.value!r} instead of {whole.value!r}")
    left = shortened(whole.done) - done_by(whole.records[:n])
    if shortened(again.done) != left:
        found.append(f"it did {dict(shortened(again.done))} where {dict(left)} was left to do")
    if double := twice(again.records):
        found.append(f"done twice: {double}")
    if again.records[-1].get("status") != "done":
        found.append(f"the log ends with {again.records[-1]}")
    return found
