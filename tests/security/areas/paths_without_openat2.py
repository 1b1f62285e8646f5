"""The same paths where the kernel has no `openat2`: folders are opened name by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.security.areas.paths import load
from tests.security.elsewhere import Elsewhere, why_not_walking
from tests.security.probe import Area

if TYPE_CHECKING:
    from tests.security.probe import Case, Stage


async def try_verbs(case: Case, stage: Stage) -> str | None:
    """Try a case in the process that may not call `openat2`."""
    process = await stage.once("process", lambda stage: Elsewhere.start(stage, "walking"))
    return await process.attempt(case, stage)


AREA = Area(
    "paths_without_openat2",
    promise="F1",
    title="Paths that lead out of a grant, without openat2",
    how="the same in a process in which a filter of the kernel answers `openat2` as a kernel does that has none",
    load=load,
    try_=try_verbs,
    needs=why_not_walking,
    sample=25,
)
