"""Scripts that do not end or that eat what there is: each is stopped, and nobody else notices."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import LlmspellError
from llmspell.runtime.host import Limits
from tests.security.hostile import WAYS, source_of
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from llmspell.runtime.app import App
    from tests.security.probe import Stage

MIB = 1 << 20
LIMITS = Limits(cpu=10.0, wall=1.0, memory=64 * MIB, output=1_000_000)
ROUNDS = 5
GRACE = 1.0
"""Seconds after its limit in which a process must be gone, and in which another spell must answer meanwhile."""

GROWTH = 16 * MIB
"""Bytes by which this process may have grown, at any moment."""

COPIES = 8
"""How often a message (`message`, in MiB, of a case that sends a big one) may be in this process on top of that."""

OUT_OF_TIME = "timeout"
"""What may end any of them: a busy machine gives a script less than it needs to eat its memory in a second."""

CALM = "return 'calm'"


def load() -> list[Case]:
    """Give every script."""
    return cases_of("limits.toml")


async def stop_it(case: Case, stage: Stage) -> str | None:
    """Run a script in one way after the other; the whole run also looks at the time, which a busy machine may spoil."""
    app: App = await stage.once("application", _warm)
    ways = WAYS if case.data["language"] != "python" else ("spell",)
    for turn in stage.rounds(ROUNDS) if stage.whole else range(1):
        way = ways[turn % len(ways)]
        if (fault := await _once(app, case, way, stage)) is not None:
            return f"as {way}: {fault}"
    return None


async def _warm(stage: Stage) -> App:
    """Open an application in which each engine has run before: what is measured is growth, not the first import."""
    app: App = (await stage.context()).app
    for engine, source in (("lua", CALM), ("javascript", CALM), ("python", "'calm'")):
        for _ in range(3):
            await run_spell(app, source=source, options=SpellOptions(engine=engine))
    return app


async def _once(app: App, case: Case, way: str, stage: Stage) -> str | None:
    before = _memory()
    options = SpellOptions(engine=case.data["language"], limits=LIMITS)
    source = source_of({**case.data, "way": way, "source": case.data["code"]})
    begun = monotonic()
    hostile = asyncio.create_task(run_spell(app, source=source, options=options, on_print=_unheard))
    answered = await _answer(app)
    ended = await _end_of(hostile)
    over = monotonic() - begun - (LIMITS.wall or 0)
    grown = _peak() - before
    stage.worst("seconds until it was gone, after its limit", over)
    stage.worst("seconds until another spell had answered", answered)
    big = ", while it was handed big messages" if "message" in case.data else ""
    stage.worst(f"MiB by which the kernel's process grew{big}", grown / MIB)
    if ended not in (*case.data["ends"], OUT_OF_TIME):
        return f"it ended with {ended}"
    if grown > GROWTH + COPIES * case.data.get("message", 0) * MIB:
        return f"the kernel's process grew by {grown / MIB:.0f} MiB"
    if stage.whole and over > GRACE:
        return f"it was gone {over:.1f} s after its limit"
    if stage.whole and answered > GRACE:
        return f"another spell had its answer after {answered:.1f} s"
    return None


def _unheard(_line: str) -> None:
    """Let what it prints go."""


async def _answer(app: App) -> float:
    """Run a calm spell and give the seconds that it took."""
    begun = monotonic()
    result = await run_spell(app, source=CALM, options=SpellOptions(engine="lua"))
    if result != "calm":
        raise RuntimeError(f"the calm spell gave {result!r}")
    return monotonic() - begun


async def _end_of(spell: asyncio.Task[object]) -> str:
    try:
        return f"{await spell!r}"[:200]
    except LlmspellError as error:
        return error.type


def _memory() -> int:
    """Give the resident bytes of this process, and begin to look for the highest anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return _field("VmRSS")


def _peak() -> int:
    return _field("VmHWM")


def _field(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def needs() -> str | None:
    """Ask for Linux: elsewhere the memory of a process is not told so finely."""
    return None if sys.platform == "linux" and os.access("/proc/self/clear_refs", os.W_OK) else "needs Linux's /proc"


AREA = Area(
    "limits",
    promise="S2, S3",
    title="Scripts that do not end, or eat memory",
    how="each runs five times with one second on the clock and 64 MiB, in turn as a spell, a hook, an event handler, "
    "a tool, a step of a workflow, while another spell wants an answer; it has to be gone a second after its limit at "
    "most, and the kernel's process may grow by 16 MiB, besides eight times a message that it is handed",
    load=load,
    try_=stop_it,
    needs=needs,
    sample=3,
)
