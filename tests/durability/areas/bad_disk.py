"""Disks that are full or fail, folders that cannot be written, and two processes that want one run."""

from __future__ import annotations

import asyncio
import os
import platform
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from llmspell.runtime.journal.reading import read
from tests.durability.account import open_effects
from tests.durability.corpus import SPELLS, VARIANTS
from tests.durability.faults import SYNCS
from tests.durability.killing import Graveyard, Kill, compare, log_of
from tests.durability.probe import Area, Case

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.durability.corpus import Variant
    from tests.durability.killing import Ended, Life
    from tests.durability.probe import Tally

PAGE = 4096
PARTS = 4
STEP = 3
"""Records between the places at which the disk begins to fail: messages and effects have two or more."""

SPELL = "sequence"
WRITE = "journal_write"
POLL = 0.02
WAITS = {
    ".lua": 'Tools.get("mark"):execute({ name = "once" })\n'
    'Tools.get("renew"):execute({ name = "never", wait = 3600 })\n',
    ".js": 'await (await Tools.get("mark")).execute({ name: "once" });\n'
    'await (await Tools.get("renew")).execute({ name: "never", wait: 3600 });\n',
    ".py": 'await (await Tools.get("mark")).execute({"name": "once"})\n'
    'await (await Tools.get("renew")).execute({"name": "never", "wait": 3600})\n',
}
"""A spell whose last step never ends."""


class Scene:
    """Real processes that run one spell, a run of it that came to its end, and what is counted."""

    def __init__(self, graves: Graveyard, spell: Path, whole: Ended, tally: Tally) -> None:
        self.graves = graves
        self.spell = spell
        self.whole = whole
        self.tally = tally
        self.records = list(read(whole.log))
        self.size = whole.log.stat().st_size

    async def failed(self, name: str, home: Path, begin: list[str], life: Life, *words: str) -> None:
        """Count a life that must have failed as it should, and go on to the end from what it left."""
        faults = _told(life, WRITE, *words)
        log = log_of(home)
        kept = 0 if log is None else sum(1 for _ in read(log))
        if faults == [] and life.said["error"]["context"]["safe"] > kept:
            faults.append(
                f"it says that {life.said['error']['context']['safe']} records are kept, and there are {kept}"
            )
        one = await self.graves.go_on(home, begin, [life])
        self.tally.count(name, faults + compare(self.spell, self.whole, one))


def _told(life: Life, kind: str, *words: str) -> list[str]:
    """Hold the error of a life against its type and what it must say."""
    if life.status <= 0:
        return [f"it ended with {life.status}"]
    error = life.said["error"]
    text = f"{error['message']} {error['suggestions']} {error['context']}"
    faults = [] if error["type"] == kind else [f"it is a {error['type']}: {error['message']}"]
    return faults + [f"it does not say {word!r}: {text[:300]}" for word in words if word not in text]


async def small_files(scene: Scene) -> None:
    """Let the log grow to a part of its size."""
    for sync in scene.tally.some(("sync", "async")):
        for part in scene.tally.some(range(1, PARTS)):
            size = scene.size * part // PARTS
            home, begin = scene.graves.prepare(scene.spell, sync)
            life = await scene.graves.cast(home, begin, fault={"files": size})
            await scene.failed(f"{sync}, files of {size} bytes", home, begin, life, "EFBIG", "ulimit -f")


async def failing_syncs(scene: Scene) -> None:
    """Refuse to bring the log to the disk when it has some records."""
    for records in scene.tally.some(range(2, len(scene.records) - 1, STEP)):
        home, begin = scene.graves.prepare(scene.spell, "sync")
        life = await scene.graves.cast(home, begin, fault={"syncs": records})
        await scene.failed(f"from {records} records on", home, begin, life, "EIO", "look at the disk")


async def closed_folder(scene: Scene) -> None:
    """Take the right to write from the folder of logs, then from a log that is to be taken up."""
    for sync in scene.tally.some(("sync", "async")):
        home, begin = scene.graves.prepare(scene.spell, sync)
        folder = home / "data" / "runs"
        folder.mkdir(parents=True, mode=0o700)
        with closed(folder, 0o500):
            life = await scene.graves.cast(home, begin, fault={"rights": 1})
            done = scene.graves.done(home)
        scene.tally.count(f"{sync}, nothing is done before it is kept", [f"it did {done}"] if done else [])
        await scene.failed(f"{sync}, a folder", home, begin, life, "EACCES", "make the folder writable")


async def closed_log(scene: Scene) -> None:
    """Take the right to write from a log that is to be taken up."""
    home, begin, log = await _half(scene)
    before, done = log.read_bytes(), scene.graves.done(home)
    with closed(log, 0o400):
        life = await scene.graves.cast(home, ["runs", "resume", log.stem], fault={"rights": 1})
    faults = _told(life, "journal", str(log), "rights of the file")
    faults += [] if log.read_bytes() == before else ["the log has changed"]
    faults += [] if scene.graves.done(home) == done else ["it did something"]
    scene.tally.count(
        "a log", faults + compare(scene.spell, scene.whole, await scene.graves.go_on(home, begin, [life]))
    )


async def two_processes(scene: Scene) -> None:
    """Have two processes take up one run at once: one does, the other one is told so."""
    home, _, log = await _half(scene)
    async with Graveyard(home / "other", scene.graves.variant) as others:
        words = ["runs", "resume", log.stem]
        lives = await asyncio.gather(scene.graves.cast(home, words), others.cast(home, words, to="other"))
    went_on = [life for life in lives if life.status == 0]
    faults = [] if len(went_on) == 1 else [f"{len(went_on)} of them went on"]
    refused = [life.said["error"] for life in lives if life.status != 0]
    faults += [f"the other one was told: {one}" for one in refused if one["type"] not in ("journal_busy", "usage")]
    if not faults:
        faults = compare(scene.spell, scene.whole, scene.graves.ended(home, [*went_on], went_on[0].said["result"]))
    scene.tally.count("two processes", faults)


async def never_ends(scene: Scene) -> None:
    """Ask a run to end from another process while one of its steps does not."""
    spell = scene.tally.folder / f"waits{scene.spell.suffix}"
    spell.write_text(WAITS[scene.spell.suffix])
    home, begin = scene.graves.prepare(spell, "sync")
    async with Graveyard(home / "other", scene.graves.variant) as others:
        life = asyncio.create_task(scene.graves.cast(home, begin))
        log = await _waiting(home, life)
        asked = await others.cast(home, ["runs", "cancel", log.stem], to="asked")
        faults = _told(await life, "run_cancelled", "was cancelled")
        faults += _told(await others.cast(home, ["runs", "resume", log.stem], to="again"), "usage", "cancelled")
    faults += [] if asked.said == {"run": log.stem, "status": "asked"} else [f"who asked was told {asked.said}"]
    end = list(read(log))[-1]
    faults += [] if (end["k"], end.get("status")) == ("finished", "cancelled") else [f"the log ends with {end}"]
    done = scene.graves.done(home)
    scene.tally.count("asked to end", faults + ([] if done == {"mark once": 1} else [f"it did {done}"]))


async def _waiting(home: Path, life: asyncio.Task[Life]) -> Path:
    """Wait until the step that never ends is under way."""
    while not life.done():
        log = log_of(home)
        if log is not None and any(one["k"] == "intent" and one["s"] == "renew" for one in read(log)):
            return log
        await asyncio.sleep(POLL)
    raise AssertionError(f"it has ended: {life.result()}")


async def _half(scene: Scene) -> tuple[Path, list[str], Path]:
    """Kill a run where nothing is under way."""
    places = [n for n in range(len(scene.records) // 2, len(scene.records)) if not open_effects(scene.records[:n])]
    home, begin = scene.graves.prepare(scene.spell, "sync")
    await scene.graves.cast(home, begin, Kill(records=places[0]))
    log = log_of(home)
    if log is None:
        raise AssertionError("it was killed before it had begun")
    return home, begin, log


@contextmanager
def closed(path: Path, mode: int) -> Iterator[None]:
    """Take rights to a path away for a while."""
    before = path.stat().st_mode
    path.chmod(mode)
    try:
        yield
    finally:
        path.chmod(before)


async def full_disk(scene: Scene) -> None:
    """Have the folder of logs on a disk of some pages, and make room when it is full."""
    for sync in scene.tally.some(("sync", "async")):
        for pages in scene.tally.some(range(1, -(-scene.size // PAGE))):
            home, begin = scene.graves.prepare(scene.spell, sync)
            folder = home / "data" / "runs"
            folder.mkdir(parents=True, mode=0o700)
            with disk(folder, pages * PAGE):
                life = await scene.graves.cast(home, begin)
                make_room(folder)
                await scene.failed(f"{sync}, {pages * PAGE} bytes of room", home, begin, life, "ENOSPC", "make room")


@contextmanager
def disk(place: Path, size: int) -> Iterator[None]:
    """Have a small disk at a place for a while."""
    made = ["mount", "-t", "tmpfs", "-o", f"mode=700,size={size}", "tmpfs", str(place)]
    subprocess.run(made, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True, capture_output=True)


def make_room(place: Path) -> None:
    """Make a small disk larger."""
    subprocess.run(["mount", "-o", "remount,size=1m", str(place)], check=True, capture_output=True)


def _nothing() -> str | None:
    return None


def _no_filter() -> str | None:
    return None if platform.machine() in SYNCS else f"no filter of calls is known for {platform.machine()}"


def _no_mount() -> str | None:
    """Give why this process may have no small disk: root may, where nothing forbids it."""
    made = ["unshare", "--mount", "mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", "/mnt"]
    if os.geteuid() == 0 and subprocess.run(made, capture_output=True, check=False).returncode == 0:
        return None
    return "no file system may be mounted here"


CASES: dict[str, tuple[Callable[[Scene], Awaitable[None]], Callable[[], str | None]]] = {
    "a file that may not grow": (small_files, _nothing),
    "a disk that fails": (failing_syncs, _no_filter),
    "a folder that cannot be written": (closed_folder, _nothing),
    "a log that cannot be written": (closed_log, _nothing),
    "two processes that take up one run": (two_processes, _nothing),
    "a step that never ends": (never_ends, _nothing),
    "a full disk": (full_disk, _no_mount),
}


async def try_(case: Case, variant: Variant, tally: Tally) -> None:
    """Have one thing fail in a process that runs a spell."""
    work, missing = CASES[case.name]
    if (reason := missing()) is not None:
        tally.untried = reason
        return
    spell = SPELLS / f"{SPELL}{variant.ending}"
    async with Graveyard(tally.folder, variant) as graves:
        await work(Scene(graves, spell, await graves.live(spell), tally))


AREA = Area(
    "bad_disk",
    title="Disks that fail, and other processes, while a run is kept",
    how="the system itself refuses real processes that run a spell: files that may not grow (`RLIMIT_FSIZE`), a disk "
    "that is full (a small `tmpfs`) or fails (`fdatasync` gives `EIO`), a folder or a log without the right to write. "
    "Each has its error, which says what is kept and what to do; when that is done the run comes to the same end, and "
    "every effect has happened once. Of two processes that take up one run at once one does and the other is told so; "
    "a run whose step never ends is ended by another process",
    load=lambda _: [Case(name) for name in CASES],
    try_=try_,
    sample=1,
    few=1,
    fast=VARIANTS[1:3],
)
