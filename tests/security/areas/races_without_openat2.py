"""The same races where the kernel has no `openat2`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.security.areas import races
from tests.security.elsewhere import Elsewhere, why_not_walking
from tests.security.probe import Area

if TYPE_CHECKING:
    from tests.security.probe import Case, Stage


async def run(case: Case, stage: Stage) -> str | None:
    """Race one case in the process that may not call `openat2`."""
    process = await stage.once("process", lambda stage: Elsewhere.start(stage, "walking"))
    return await process.race(case, stage, races.count_of(stage))


AREA = Area(
    "races_without_openat2",
    promise="F1",
    title="Names swapped while they are opened, without openat2",
    how="the same in a process in which a filter of the kernel answers `openat2` as a kernel does that has none",
    load=races.load,
    try_=run,
    needs=lambda: why_not_walking() or races.why_not(),
    sample=11,
)
