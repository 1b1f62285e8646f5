"""File systems of the kernel that are mounted within a grant, and devices that lie there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.security.elsewhere import Elsewhere, why_not_mounted
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from tests.security.probe import Stage


async def try_verbs(case: Case, stage: Stage) -> str | None:
    """Try a case in a process with mounts of its own."""
    process = await stage.once("process", lambda stage: Elsewhere.start(stage, "mounted"))
    return await process.attempt(case, stage)


def load() -> list[Case]:
    """Give the cases."""
    return cases_of("mounts.toml")


AREA = Area(
    "mounts",
    promise="F1",
    title="File systems of the kernel and devices within a grant",
    how="a process with mounts of its own mounts them in the granted folder, or makes devices there, and tries "
    "every verb",
    load=load,
    try_=try_verbs,
    needs=why_not_mounted,
    sample=12,
)
