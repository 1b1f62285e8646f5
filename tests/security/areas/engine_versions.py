"""Whether the engines that run strangers' code are those that were released up to 30 days ago, or later ones.

The package index is asked by `uv`, with whatever configuration uv has on this machine.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.version import Version

from tests.security.probe import Area, Case

if TYPE_CHECKING:
    from tests.security.probe import Stage

LOCK = Path(__file__).parents[3] / "requirements" / "dev.lock"
ENGINES = ("lupa", "mini-racer")
DAYS = 30
SECONDS = 120


def load() -> list[Case]:
    """Give the distributions that hold an interpreter of strangers' code."""
    return [Case(name) for name in ENGINES]


async def compare(case: Case, _: Stage) -> str | None:
    """Compare what is locked with what was to be had."""
    latest = await asyncio.to_thread(resolved, case.name, datetime.now(UTC) - timedelta(days=DAYS))
    return behind(locked(LOCK.read_text(encoding="utf-8"), case.name), latest)


def behind(locked: str, latest: str) -> str | None:
    """Say that a version is older than one that has been there for long enough; None when it is not."""
    if Version(locked) >= Version(latest):
        return None
    return f"{locked} is locked, and {latest} has been released for {DAYS} days or more: `make lock`"


def locked(lock: str, name: str) -> str:
    """Give the version that a lock names."""
    found = re.search(rf"^{re.escape(name)}==(\S+)", lock, re.MULTILINE)
    if found is None:
        raise ValueError(f"{name} is in no lock")
    return found[1]


def resolved(name: str, until: datetime | None = None) -> str:
    """Give the newest version that the index has, or had at a time; raises `CalledProcessError` when uv fails."""
    when = [] if until is None else ["--exclude-newer", until.strftime("%Y-%m-%dT%H:%M:%SZ")]
    done = subprocess.run(
        ["uv", "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--universal", *when],
        input=name,
        capture_output=True,
        text=True,
        check=True,
        timeout=SECONDS,
        cwd=LOCK.parent,  # no project whose pins would count
    )
    return locked(done.stdout, name)


def needs() -> str | None:
    """Ask for uv and an index that answers."""
    if shutil.which("uv") is None:
        return "needs uv, which asks the package index"
    try:
        for name in ENGINES:
            resolved(name)
    except (subprocess.SubprocessError, ValueError):
        return "the package index does not answer"
    return None


AREA = Area(
    "engine_versions",
    promise="S9",
    title="Engines that are behind their releases",
    how="the package index is asked for the newest lupa and mini-racer of 30 days ago; a locked version that is older "
    "counts as failed",
    load=load,
    try_=compare,
    needs=needs,
    online=True,
)
