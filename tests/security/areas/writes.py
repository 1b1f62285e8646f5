"""Writes that are killed, and disks that are full or do not keep what they took."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.security.elsewhere import ENTER, ROOT, why_not_mounted
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from tests.security.probe import Stage

KILLS, FEW = 100, 5


async def write(case: Case, stage: Stage) -> str | None:
    """Write in a process of its own, whose mounts go with it."""
    how, verb = case.data["how"], case.data["verb"]
    count = 1
    if how == "killed":
        count = KILLS if stage.whole else FEW
        stage.tries += count - 1
    enter = ENTER["mounted"] if how in ("full", "unsynced", "locked") else (sys.executable,)
    process = await asyncio.create_subprocess_exec(
        *enter, "-m", "tests.security.writer", how, str(stage.fresh()), verb, str(count),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=ROOT,
    )  # fmt: skip
    told, _ = await process.communicate()
    return told.decode()[-300:] or None


def load() -> list[Case]:
    """Give the cases."""
    return cases_of("writes.toml")


def why_not() -> str | None:
    """Ask for what makes a disk fail."""
    if shutil.which("mkfs.ext4") is None:
        return "makes a disk that fails with mkfs.ext4, which is not there"
    return why_not_mounted()


AREA = Area(
    "writes",
    promise="R5",
    title="Writes that are cut off",
    how="a writer is killed at random moments, 100 times for each verb, and must leave the old file or the new one, "
    "whole; disks that are full, locked, or fail only at fsync must give an error and leave the old file "
    "and nothing else",
    load=load,
    try_=write,
    needs=why_not,
    sample=5,
)
