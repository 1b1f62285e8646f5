"""What native code can do in an enclosed process: a Python spell's without its guard rail, or isolated work's."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

from attrs import evolve

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.spec.engine_landlock import landlock_version
from llmspell.spec.engine_seccomp import machine
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.security.probe import Stage

WAYS = ("spell", "isolated")
SPELL = """\
from tests.security.attempt import attempt, disarm
disarm()
attempt(params)
"""
PIPE = 3
"""A descriptor that is open in the process: any will do."""


def load() -> list[Case]:
    """Give each case for a spell and for isolated work."""
    return [
        evolve(case, name=f"{case.name}, {way}", data={**case.data, "way": way})
        for case in cases_of("walls.toml")
        for way in WAYS
    ]


async def run_into(case: Case, stage: Stage) -> str | None:
    """Try one thing and compare how it is refused."""
    ctx: Any = await stage.once("context", lambda stage: stage.context())
    outside = stage.fresh()
    (outside / "secret.txt").write_text(stage.canary())
    before = (outside / "secret.txt").read_bytes(), os.listdir(outside), os.getpriority(os.PRIO_PROCESS, 0)
    given = {
        "code": case.data["code"],
        "params": {**_facts(outside), "pipe": 1 if case.data["way"] == "isolated" else 2},
    }
    if case.data["way"] == "isolated":
        answer = await ctx.isolate("tests.security.attempt:attempt", given)
    else:
        options = SpellOptions(engine="python", params=given)
        answer = await run_spell(ctx.app, path=stage.folder / "probe.py", source=SPELL, options=options)
    after = (outside / "secret.txt").read_bytes(), os.listdir(outside), os.getpriority(os.PRIO_PROCESS, 0)
    if before != after:
        return "it changed what is outside"
    return None if answer in [f"refused {name}" for name in case.data["refused"]] else str(answer)


def _facts(outside: Path) -> dict[str, object]:
    return {
        "file": str(outside / "secret.txt"),
        "folder": str(outside),
        "pid": os.getpid(),
        "address": id(asyncio.run),
    }


def needs() -> str | None:
    """Ask for both filters: elsewhere the walls are fewer, which `llmspell doctor` says."""
    if sys.platform != "linux" or landlock_version() < 1 or machine() not in {"x86_64", "aarch64"}:
        return "needs Landlock, and seccomp on x86-64 or 64-bit ARM"
    return None


AREA = Area(
    "walls",
    promise="S4, S8",
    title="The walls around a process",
    how="native code in a Python spell whose guard rail was taken down, and in isolated work, makes the system calls "
    "that reach files, the network, programs and other processes; each has to be refused with the errno of its wall",
    load=load,
    try_=run_into,
    needs=needs,
    sample=16,
)
