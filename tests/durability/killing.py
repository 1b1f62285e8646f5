"""Kill real processes that run spells, and have others take the runs up, until one comes to the end."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from llmspell.runtime.journal.reading import read
from tests.durability.account import done_by, name_of, shortened, twice
from tests.durability.corpus import asks_again
from tests.durability.counted import LEDGER
from tests.durability.world import PLUGIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from tests.durability.corpus import Variant

ROOT = Path(__file__).parents[2]
LIVES = 12
"""How often a run may be cut off or have to ask before it is taken for one that never ends."""

KILLED = -9
FAILED = {"failed": "type", "message": "message"}
UNCERTAIN = "uncertain_outcome"


class Kill(NamedTuple):
    """When a life is to get SIGKILL: when its log has so many records, or after so many seconds."""

    records: int | None = None
    seconds: float | None = None

    def __str__(self) -> str:
        return f"{self.records} records" if self.seconds is None else f"{self.seconds:.4f} s"


class Life(NamedTuple):
    """How one process ended: its status, its document, when it began and how long it took."""

    status: int
    said: dict[str, Any]
    began: float
    seconds: float


class Ended(NamedTuple):
    """How a run ended.

    value    its value or error
    done     what the ledger says of all its lives
    log      its log
    lives    how many it had
    killed   how many of them were killed
    first    seconds from the beginning of its first life to the first record
    seconds  how long its first life took
    """

    value: object
    done: dict[str, int]
    log: Path
    lives: int
    killed: int
    first: float
    seconds: float


class Graveyard:
    """Begin runs in real processes and kill them; each run has folders of its own."""

    def __init__(self, folder: Path, variant: Variant) -> None:
        self._folder = folder
        self.variant = variant
        self._count = 0

    async def __aenter__(self) -> Self:
        self._caster = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.durability.caster"),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        cast("asyncio.StreamWriter", self._caster.stdin).close()
        await self._caster.wait()

    async def live(self, spell: Path, *kills: Kill, sync: str = "sync") -> Ended:
        """Run a spell; its lives are killed as they are told, those after them come to an end."""
        home, words = self.prepare(spell, sync)
        return await self.go_on(home, words, [], kills)

    def prepare(self, spell: Path, sync: str) -> tuple[Path, list[str]]:
        """Make the folder of a run, and give the words that begin it."""
        self._count += 1
        home = self._folder / f"run-{self._count}"
        home.mkdir(parents=True)
        (home / "ledger").touch()
        isolation = self.variant.isolation
        return home, ["run", str(spell), "--durable", "--sync", sync, "--isolation", isolation]

    async def go_on(self, home: Path, begin: list[str], lives: list[Life], kills: Sequence[Kill] = ()) -> Ended:
        """Begin a run, or take it up where these lives left it, until it has ended."""
        wanted = list(kills)
        while len(lives) < LIVES:
            words = await self._resume(home, lives[-1]) if lives else None  # one that was not begun is begun again
            lives.append(life := await self.cast(home, words or begin, wanted.pop(0) if wanted else Kill()))
            if (value := _outcome(life, log_of(home))) is not None:
                return self.ended(home, lives, value[0])
        raise AssertionError(f"the run has not ended in {LIVES} lives")

    async def _resume(self, home: Path, life: Life) -> list[str] | None:
        """Give the words that take a run up, with the truth if the last life asked for it; None before it was begun."""
        if (log := log_of(home)) is None:
            return None
        asked = life.said.get("error", {}).get("type") == UNCERTAIN
        return ["runs", "resume", log.stem, *(await self._truth(home, log, life.said["error"]) if asked else ())]

    def ended(self, home: Path, lives: list[Life], value: object) -> Ended:
        """Say how a run ended that had these lives."""
        log = cast("Path", log_of(home))
        killed = sum(life.status == KILLED for life in lives)
        first = next(iter(read(log)))["t"] - lives[0].began
        return Ended(value, self.done(home), log, len(lives), killed, first, lives[0].seconds)

    async def cast(
        self,
        home: Path,
        words: list[str],
        kill: Kill = Kill(),  # noqa: B008 - it is frozen
        fault: Mapping[str, int] | None = None,
        to: str = "out",
    ) -> Life:
        """Carry out one command in a process of its own; `fault` is one of `faults.FAULTS` and its number.

        to   the file that gets the document
        """
        out = home / to
        env = {LEDGER: str(home / "ledger"), "LLMSPELL_DATA_DIR": str(home / "data"), "HOME": str(home)}
        env |= {"LLMSPELL_CONFIG_DIR": str(home / "config"), "LLMSPELL_CACHE_DIR": str(self._folder / "cache")}
        when = {name: value for name, value in kill._asdict().items() if value is not None}
        order = {"words": [*words, "--json", "-p", PLUGIN], "cwd": str(home), "env": env, "out": str(out)}
        cast("asyncio.StreamWriter", self._caster.stdin).write(
            json.dumps({**order, "kill": when, "fault": fault or {}}).encode() + b"\n"
        )
        told = json.loads(await cast("asyncio.StreamReader", self._caster.stdout).readline())
        status = int(told["status"])
        try:
            said = {} if status == KILLED else json.loads(out.read_text())
        except ValueError as error:
            text = out.with_name(f"{to}.err").read_text()[-500:]
            raise AssertionError(f"{words[0]} ended with {status} and no document: {text}") from error
        return Life(status, said, told["began"], told["seconds"])

    async def _truth(self, home: Path, log: Path, error: dict[str, Any]) -> list[str]:
        """Look into the ledger, or the store, at what became of the effects of which a log does not know it."""
        intents = {one["p"]: one for one in read(log) if one["k"] == "intent"}
        done = self.done(home)
        words = []
        for effect in error["context"]["effects"]:
            intent = intents[effect["path"]]
            if intent["o"] == "state_write":
                known = await self._has_counted(home, log, intent)
            else:
                known = done.get(f"{effect['subject']} {name_of(intent['i'])}", 0) > 0
            words.append(f"--assume={effect['path']}={'done' if known else 'not-done'}")
        return words

    async def _has_counted(self, home: Path, log: Path, intent: dict[str, Any]) -> bool:
        """Tell whether a value in the store is beyond what the log says was counted."""
        said = (await self.cast(home, ["state", "get", intent["s"]])).said
        done = [one["p"] for one in read(log) if one["k"] == "done" and one["s"] == intent["s"]]
        counted = sum(int(one["i"]) for one in read(log) if one["k"] == "intent" and one["p"] in done)
        return int(said.get("value") or 0) > int(counted)

    @staticmethod
    def done(home: Path) -> dict[str, int]:
        """Count what a run has done in all its lives."""
        done: dict[str, int] = {}
        for line in (home / "ledger").read_text().splitlines():
            done[line] = done.get(line, 0) + 1
        return done


def log_of(home: Path) -> Path | None:
    """Give the log of the run in a folder; None when it has none with a whole record."""
    log = next((home / "data" / "runs").glob("*.jsonl"), None)
    return log if log is not None and b"\n" in log.read_bytes() else None


def _outcome(life: Life, log: Path | None) -> tuple[object] | None:
    """Give the value or error of a run that has ended, None for one that has not."""
    if life.status == 0:
        return (life.said["result"],)
    if life.status != KILLED and life.said["error"]["type"] != UNCERTAIN:
        return ({key: life.said["error"][name] for key, name in FAILED.items()},)
    if log is not None and (end := tail_of(log))["k"] == "finished":  # it was killed when all was done
        failed = end.get("error")
        return ({key: failed[name] for key, name in FAILED.items()} if failed else end.get("v"),)
    return None


def tail_of(log: Path) -> dict[str, Any]:
    """Give the last record that is whole."""
    return list(read(log))[-1]


def compare(spell: Path, whole: Ended, one: Ended) -> list[str]:
    """Give what is different about a run that was killed."""
    faults = [] if one.value == whole.value else [f"it gives {one.value!r} instead of {whole.value!r}"]
    for line in sorted({*whole.done, *one.done}):
        first, now = whole.done.get(line, 0), one.done.get(line, 0)
        repeatable = line.startswith(("renew ", "look ", "llm ", "broken "))
        if now < first or (now > first and not repeatable) or now > first + one.lives - 1:
            faults.append(f"{line!r} happened {now} times, not {first}")
    records = list(read(one.log))
    if found := twice(records):
        faults.append(f"done twice: {found}")
    if records[-1]["k"] != "finished":
        faults.append(f"the log ends with {records[-1]['k']}")
    return faults + ([] if asks_again(spell) else _kept(whole, records))


def _kept(whole: Ended, records: list[dict[str, Any]]) -> list[str]:
    """Hold what the log says was done against what was."""
    assumed = sum(1 for one in records if one.get("assumed"))
    lost = shortened(Counter(whole.done)) - done_by(records)
    return [f"the log lacks {dict(lost)}"] if lost.total() > assumed else []
