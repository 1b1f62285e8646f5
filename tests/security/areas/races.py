"""Names that are swapped while the file port opens them."""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING

from tests.security.probe import Area, Case, cases_of
from tests.security.race import race

if TYPE_CHECKING:
    from tests.security.probe import Stage

ROUNDS, FEW = 10_000, 60


def count_of(stage: Stage) -> int:
    """Give how often a case is tried, and count it."""
    count = ROUNDS if stage.whole else FEW
    stage.tries += count - 1
    return count


async def run(case: Case, stage: Stage) -> str | None:
    """Race one case."""
    return await race(stage.fresh(), case.data, count_of(stage))


def load() -> list[Case]:
    """Give the cases."""
    return cases_of("races.toml")


def why_not() -> str | None:
    """Ask for the call that swaps two names in one step."""
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "renameat2"):
        return None
    return "swaps names in one step, which only Linux does"


AREA = Area(
    "races",
    promise="F1",
    title="Names swapped while they are opened",
    how="another process exchanges two names as fast as it can while the verbs take turns; no secret may be shown and "
    "nothing outside change, and both names must have been met",
    load=load,
    try_=run,
    needs=why_not,
    sample=11,
)
