"""What the process of an engine has and may, as the system tells it from outside."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve

from llmspell.runtime.host import Limits, open_channel
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from tests.security.probe import Stage

ENGINES = ("lua", "javascript", "python")


def load() -> list[Case]:
    """Give every case for every engine."""
    return [
        evolve(case, name=f"{engine}: {case.name}", data={**case.data, "engine": engine})
        for case in cases_of("engine_processes.toml")
        for engine in ENGINES
    ]


async def look(case: Case, stage: Stage) -> str | None:
    """Start an engine as a run does, and read what the system says of it."""
    ctx = await stage.once("context", lambda stage: stage.context())
    os.environ["LLMSPELL_CANARY"] = stage.canary()
    try:
        channel: Any = await open_channel("process", ctx.app.catalog.get("engine", case.data["engine"]), Limits())
    finally:
        del os.environ["LLMSPELL_CANARY"]
    try:
        hello = {"t": "hello", "v": 1, "api": "", "env": {}, "params": {}, "name": "spell", "source": ""}
        await channel.send([{**hello, "limits": channel.limits.for_guest("process")}])
        await channel.receive()  # it has put up its walls by now
        return _fault(Path(f"/proc/{channel.pid}"), case.data)
    finally:
        await channel.aclose()


def _fault(process: Path, must: Any) -> str | None:
    """Compare one thing with what it must be."""
    found = _found(process, must["look"])
    if "most" in must:
        count = len(found) if isinstance(found, list) else sys.maxsize if found == "unlimited" else int(found)
        return None if count <= must["most"] else f"it is {found}"
    if "without" in must:
        return None if must["without"] not in "".join(found) else f"it holds {must['without']}"
    if "only" in must:
        strange = [name for name in found if not name.startswith(tuple(must["only"]))]
        return f"it holds {strange}" if strange else None
    return None if found == must["is"] else f"it is {found}"


def _found(process: Path, what: str) -> list[str] | str:
    if what == "environment":
        return (process / "environ").read_text().split("\0")[:-1]
    if what == "descriptors":
        return [os.readlink(one) for one in (process / "fd").iterdir()]
    if what == "folder":
        return os.listdir(process / "cwd")
    if what == "session":
        return "own" if os.getsid(int(process.name)) == int(process.name) else "shared"
    if what.startswith("Max "):
        return _line(process / "limits", what).split()[0]
    return _line(process / "status", f"{what}:").strip()


def _line(file: Path, start: str) -> str:
    """Give what follows `start` in the line that begins with it."""
    return next(line.removeprefix(start) for line in file.read_text().splitlines() if line.startswith(start))


def needs() -> str | None:
    """Ask for Linux, whose /proc this reads."""
    return None if sys.platform == "linux" else "reads /proc, which only Linux has"


AREA = Area(
    "engine_processes",
    promise="S4",
    title="What an engine's process has",
    how="an engine is started as a run starts it, and /proc is read for its environment, descriptors, folder, session, "
    "filters and limits",
    load=load,
    try_=look,
    needs=needs,
    sample=12,
)
