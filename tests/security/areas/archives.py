"""Archives made to do harm, extracted by the tool."""

from __future__ import annotations

import asyncio
import os
import re
import stat
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from llmspell.errors import (
    PermissionDeniedError,
    ResourceExhaustedError,
    ResourceUnavailableError,
    ToolExecutionError,
)
from tests.security.packing import packed
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.runtime.context import CallContext
    from tests.security.probe import Stage

MUST = {
    "broken": ToolExecutionError,
    "over": ResourceExhaustedError,
    "taken": ResourceUnavailableError,
    "denied": PermissionDeniedError,
}
CAPS = {"max_entries": 1000, "max_total_size": "4MB", "max_file_size": "4MB"}
CAP = 4_000_000
PIECE = 1 << 18
SECRET = "a secret that nobody may see"


class Disk:
    """The most bytes that lay below a folder while something was done; looks whenever the loop is free."""

    def __init__(self, folder: Path) -> None:
        self.peak = 0
        self._folder = folder
        self._task = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            self.peak = max(self.peak, self._used())
            await asyncio.sleep(0)

    def _used(self) -> int:
        used = 0
        for folder, _, names in os.walk(self._folder):
            for name in names:
                with suppress(FileNotFoundError):
                    used += os.lstat(os.path.join(folder, name)).st_size
        return used

    async def stop(self) -> None:
        """Look no more."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


async def extract(case: Case, stage: Stage) -> str | None:
    """Extract the archive of a case into a folder and look what came of it, there and around."""
    folder = _prepare(case, stage.fresh())
    before = _look(folder)
    ctx = await stage.once("context", _context)
    disk = Disk(folder / "out")
    try:
        ended: object = await ctx.call("tool:file_archiver", _arguments(case, folder.relative_to(stage.folder)))
    except Exception as error:  # noqa: BLE001 - what it is is judged
        ended = error
    finally:
        await disk.stop()
    stage.worst("bytes on the disk above the cap", max(0, disk.peak - CAP))
    if disk.peak > CAP + PIECE:
        return f"it took {disk.peak} bytes of the disk"
    return _fault(case, folder, before, ended)


async def _context(stage: Stage) -> CallContext:
    return await stage.context(grants=("fs.read=.", "fs.write=*/out"), cwd=stage.folder)


def _prepare(case: Case, folder: Path) -> Path:
    """Make the archive, the folder it is extracted into, and one beside it with a secret."""
    for name in ("out", "outside", "archives"):
        (folder / name).mkdir()
    (folder / "outside/secret").write_text(SECRET)
    for kind, name, target in case.data.get("there", ()):
        if kind == "link":
            os.symlink(target, folder / "out" / name)
        else:
            os.link(folder / target, folder / "out" / name)

    def written(text: str) -> str:
        text = re.sub(r"\{z\*(\d+)\}", lambda found: "\0" * int(found[1]), text)
        text = re.sub(r"\{([^{}]+?)\*(\d+)\}", lambda found: found[1] * int(found[2]), text)
        return text.replace("{outside}", str(folder / "outside"))

    _archive(case, folder).write_bytes(packed(case.data, written))
    return folder


def _archive(case: Case, folder: Path) -> Path:
    called: str = case.data.get("called", "a." + case.data["format"])
    return folder / "archives" / called


def _arguments(case: Case, here: Path) -> dict[str, Any]:
    asks = dict(case.data.get("asks", {}))
    target = here / asks.pop("target", "out")
    return {**CAPS, **asks, "operation": "extract", "path": str(_archive(case, here)), "target": str(target)}


def _fault(case: Case, folder: Path, before: dict[str, object], ended: object) -> str | None:
    after = _look(folder)
    inside = {name for name in after if name.startswith("out/")}
    around = {name: what for name, what in after.items() if name not in inside}
    if around != {name: what for name, what in before.items() if not name.startswith("out/")}:
        return f"something outside has changed: {sorted(set(around) ^ set(before))}"
    must = case.data["must"]
    if must == "extracted":
        files = sorted(f"out/{name}" for name in case.data["files"])
        return None if sorted(inside) == files and _modest(after) else f"{ended!r:.300}: {sorted(inside)}"
    if sorted(inside) != sorted(name for name in before if name.startswith("out/")):
        return f"it left {sorted(inside)}"
    return None if isinstance(ended, MUST[must]) else f"{type(ended).__name__}: {ended!s:.300}"


def _modest(after: dict[str, object]) -> bool:
    """Tell whether no file that was extracted has a mode that gives away more than reading and running it."""
    modes = [what[0] for name, what in after.items() if name.startswith("out/") and isinstance(what, tuple)]
    return not any(mode & 0o7022 for mode in modes)


def _look(folder: Path) -> dict[str, object]:
    """Tell what lies in a folder: of files mode and contents, but not how many names they have."""
    seen: dict[str, object] = {}
    for path in sorted(folder.rglob("*")):
        info = path.lstat()
        name = str(path.relative_to(folder))
        if name.startswith("archives/"):
            continue
        content: object = path.read_bytes() if stat.S_ISREG(info.st_mode) else ""
        seen[name] = (stat.S_IMODE(info.st_mode), os.readlink(path) if path.is_symlink() else content)
        if stat.S_ISDIR(info.st_mode) and not name.startswith("out/"):
            seen[name] = stat.S_IMODE(info.st_mode)
    return seen


def load() -> list[Case]:
    """Give the cases."""
    return cases_of("archives.toml")


def why_not() -> str | None:
    """Ask for the tool."""
    return None if find_spec("llmspell_tools_files") else "llmspell-tools-files is not installed"


AREA = Area(
    "archives",
    promise="F2",
    title="Archives that leave their folder, and bombs",
    how="each archive is built from its description and given to file_archiver; it must end with the error that is "
    "expected, leave the folder and all around it as they were, and never have more on the disk than its cap and one "
    "piece",
    load=load,
    try_=extract,
    needs=why_not,
    sample=20,
)
