"""Logs, spells and clocks that are not as they should be when a run is taken up."""

from __future__ import annotations

import json
import shutil
import time
from typing import TYPE_CHECKING, Any

from llmspell.errors import (
    JournalBusyError,
    JournalCorruptError,
    JournalVersionError,
    LlmspellError,
    NonDeterminismError,
    UsageError,
)
from llmspell.runtime.journal.formats import encode
from llmspell.runtime.journal.opening import open_to_write
from llmspell.services.clock import SystemClock
from tests.durability.corpus import SPELLS
from tests.durability.cutting import Cutter
from tests.durability.probe import Area, Case

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.durability.corpus import Variant
    from tests.durability.cutting import Whole
    from tests.durability.probe import Tally

DAY = 86400.0


class Scene:
    """A spell of which a run has ended, in a folder where it can be edited, and logs that end in its middle."""

    def __init__(self, folder: Path, spell: str, variant: Variant) -> None:
        shutil.copytree(SPELLS, folder / "spells")
        self.spell = folder / "spells" / f"{spell}{variant.ending}"
        self.cutter = Cutter(folder / "runs", self.spell, variant)
        self.world = self.cutter.world

    async def half(self) -> tuple[Whole, Path, int]:
        """Run the spell, and give the log of a run that was cut off behind the first answer of `mark`."""
        whole = await self.cutter.whole()
        n = 1 + next(one["n"] for one in whole.records if one["k"] == "done" and one["s"] in ("mark", "look"))
        return whole, self.cutter.log(b"".join(whole.lines[:n])), n

    async def asleep(self) -> tuple[Whole, Path]:
        """Run the spell, and give the log of a run that was cut off in the middle of a pause."""
        whole = await self.cutter.whole()
        n = 1 + next(one["n"] for one in whole.records if one["k"] == "intent" and one["s"] == "sleep")
        return whole, self.cutter.log(b"".join(whole.lines[:n]))

    async def must(self, log: Path, kind: type[LlmspellError], *words: str) -> list[str]:
        """Take a run up that must be refused with an error of a kind that says these words, and leave all as it is."""
        before = log.read_bytes()
        try:
            await self.world.resume(log)
        except LlmspellError as error:
            text = f"{error.message} {json.dumps(error.context, default=str)} {error.where} {error.suggestions}"
            faults = [] if isinstance(error, kind) else [f"{type(error).__name__}: {error.message}"]
            faults += [f"it does not say {word!r}: {text[:300]}" for word in words if word not in text]
        else:
            faults = ["it went on"]
        if log.read_bytes() != before:
            faults.append("the log has changed")
        return faults + ([f"it did {dict(done)}"] if (done := self.world.done()) else [])


async def corrupt(scene: Scene) -> list[str]:
    """Change a byte in the middle."""
    _, log, n = await scene.half()
    lines = log.read_bytes().splitlines(keepends=True)
    lines[n // 2] = lines[n // 2].replace(b'"k"', b'"K"', 1)
    log.write_bytes(b"".join(lines))
    return await scene.must(log, JournalCorruptError, str(n // 2 + 1))


async def newer(scene: Scene) -> list[str]:
    """Write another number of the format."""
    _, log, _ = await scene.half()
    _edit_header(log, format=99)
    return await scene.must(log, JournalVersionError, "99")


async def busy(scene: Scene) -> list[str]:
    """Take a run up that somebody else has."""
    _, log, _ = await scene.half()
    with open_to_write(log):
        return await scene.must(log, JournalBusyError)


async def ended(scene: Scene) -> list[str]:
    """Take a run up that has ended."""
    whole = await scene.cutter.whole()
    return await scene.must(scene.cutter.log(b"".join(whole.lines)), UsageError, "fork")


async def edited(scene: Scene) -> list[str]:
    """Change what the spell does before the place where it was cut off; by force the first difference is found."""
    whole, log, _ = await scene.half()
    text = scene.spell.read_text()
    scene.spell.write_text(text.replace('"one"', '"another"', 1))
    digest = str(whole.records[0]["digest"])
    faults = await scene.must(log, NonDeterminismError, digest[:12], "now")
    try:
        await scene.world.resume(log, force=True)
    except NonDeterminismError as error:
        told = f"{error.message} {error.context} {error.where}"
        faults += [] if scene.spell.name in told else [f"by force it names no line: {told[:300]}"]
    else:
        faults.append("by force it went on though the call was another one")
    scene.spell.write_text(text)
    return faults + await _ends(scene, whole, log)


async def module(scene: Scene) -> list[str]:
    """Change a file that the spell has loaded."""
    whole, log, _ = await scene.half()
    (loaded,) = [one["name"] for one in whole.records if one["k"] == "module"]
    path = scene.spell.parent / loaded
    text = path.read_text()
    path.write_text(text + "\n")
    faults = await scene.must(log, NonDeterminismError, loaded)
    path.write_text(text)
    return faults + await _ends(scene, whole, log)


async def version(scene: Scene) -> list[str]:
    """Have another engine's version in the log; by force the run goes on."""
    whole, log, _ = await scene.half()
    known = dict.fromkeys(whole.records[0]["versions"], "0.0.0")
    _edit_header(log, versions=known)
    faults = await scene.must(log, NonDeterminismError, "0.0.0")
    return faults + await _ends(scene, whole, log, force=True)


async def back(scene: Scene) -> list[str]:
    """Set the clock back a day."""
    whole, log, _ = await scene.half()
    scene.world.clock = Shifted(-DAY)
    return await _ends(scene, whole, log)


async def forward(scene: Scene) -> list[str]:
    """Set the clock forward a day."""
    whole, log, _ = await scene.half()
    scene.world.clock = Shifted(DAY)
    return await _ends(scene, whole, log)


async def back_asleep(scene: Scene) -> list[str]:
    """Set the clock back a day in the middle of a pause, which does not become longer."""
    whole, log = await scene.asleep()
    scene.world.clock = Shifted(-DAY)
    return await _ends(scene, whole, log)


async def forward_asleep(scene: Scene) -> list[str]:
    """Set the clock forward a day in the middle of a pause, which is over then."""
    whole, log = await scene.asleep()
    scene.world.clock = Shifted(DAY)
    return await _ends(scene, whole, log)


class Shifted(SystemClock):
    """A clock that somebody has set."""

    __slots__ = ("_by",)

    def __init__(self, by: float) -> None:
        self._by = by

    def now(self) -> float:
        """Give the time as it was set."""
        return time.time() + self._by


async def _ends(scene: Scene, whole: Whole, log: Path, *, force: bool = False) -> list[str]:
    life = await scene.world.resume(log, force=force)
    return [] if life.value == whole.life.value else [f"it gives {life.value!r} instead of {whole.life.value!r}"]


def _edit_header(log: Path, **fields: Any) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    header = {key: one for key, one in json.loads(lines[0]).items() if key not in ("n", "t", "c")}
    lines[0] = encode(0, json.loads(lines[0])["t"], {**header, **fields})
    log.write_bytes(b"".join(lines))


CASES: dict[str, tuple[Callable[[Scene], Awaitable[list[str]]], str]] = {
    "a damaged log": (corrupt, "sequence"),
    "a log of a newer format": (newer, "sequence"),
    "a run that another process has": (busy, "sequence"),
    "a run that has ended": (ended, "sequence"),
    "an edited spell": (edited, "sequence"),
    "an edited module": (module, "loads"),
    "another version of the engine": (version, "sequence"),
    "a clock set back": (back, "sleeps"),
    "a clock set forward": (forward, "sleeps"),
    "a clock set back in a pause": (back_asleep, "sleeps"),
    "a clock set forward in a pause": (forward_asleep, "sleeps"),
}


async def try_(case: Case, variant: Variant, tally: Tally) -> None:
    """Have one thing not be as it should."""
    work, spell = CASES[case.name]
    tally.count(case.name, await work(Scene(tally.folder, spell, variant)))


AREA = Area(
    "bad_logs",
    title="What is not as it should be when a run is taken up",
    how="logs that are damaged, newer, in use or of a run that has ended; spells, modules and engines that are not "
    "those of the log; clocks that were set. Each has an error of its own and changes nothing, or the run goes on",
    load=lambda _: [Case(name) for name in CASES],
    try_=try_,
    sample=2,
)
